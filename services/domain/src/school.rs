//! Schools, their types, and the stages that they teach.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use crate::code::{Month, SchoolCode};

/// Stage (学段) of schooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// 小学.
    Primary,
    /// 初中.
    Junior,
    /// 高中: not compulsory, its pupils matter only as a divisor.
    Senior,
}

impl Stage {
    /// The stages of compulsory education, in order.
    pub const COMPULSORY: [Self; 2] = [Self::Primary, Self::Junior];

    /// The stage's id, the ending of the elements that belong to it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Junior => "junior",
            Self::Senior => "senior",
        }
    }

    /// The stage's Chinese name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Primary => "小学",
            Self::Junior => "初中",
            Self::Senior => "高中",
        }
    }
}

/// School type (办学类型): three digits, category and kind.
///
/// Six types teach compulsory stages as ordinary schools and are judged. Types of the categories
/// 幼儿园, 成人, 职业, 中职, 工读, 特殊教育, and the 高级中学, are known and not judged. Any other code is
/// refused: a mistyped one would otherwise drop a school from the judgement.
///
/// Legal source: GB/T 33782; the categories as in the rules for school codes (学校(机构)代码).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolType(u16);

/// A text that is no known school type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known school type code")]
pub struct UnknownSchoolType;

impl SchoolType {
    /// The types that are judged, with their stages and names.
    const ORDINARY: [(u16, &'static [Stage], &'static str); 6] = [
        (211, &[Stage::Primary], "小学"),
        (218, &[Stage::Primary], "小学教学点"),
        (311, &[Stage::Junior], "初级中学"),
        (312, &[Stage::Primary, Stage::Junior], "九年一贯制学校"),
        (341, &[Stage::Junior, Stage::Senior], "完全中学"),
        (345, &[Stage::Primary, Stage::Junior, Stage::Senior], "十二年一贯制学校"),
    ];
    /// Categories (the first two digits) that are not ordinary compulsory education.
    const OUTSIDE: [(u16, &'static str); 9] = [
        (11, "幼儿园"),
        (22, "成人小学"),
        (32, "职业初中"),
        (33, "成人初中"),
        (35, "成人高中"),
        (36, "中等职业学校"),
        (37, "工读学校"),
        (41, "高等学校"),
        (51, "特殊教育学校"),
    ];
    /// Of them those whose compulsory pupils are listed and not judged: vocational, special and reform schools.
    const WITH_COMPULSORY_PUPILS: [u16; 4] = [32, 36, 37, 51];
    const SENIOR_ONLY: (u16, &'static str) = (342, "高级中学");

    /// The stages that the type teaches; empty for a type that is not judged.
    #[must_use]
    pub fn stages(self) -> &'static [Stage] {
        Self::ORDINARY.iter().find(|(code, ..)| *code == self.0).map_or(&[], |(_, stages, _)| stages)
    }

    /// Whether schools of the type are judged at all.
    #[must_use]
    pub fn judged(self) -> bool {
        !self.stages().is_empty()
    }

    /// Whether a school of the type may have pupils of a stage.
    ///
    /// An ordinary one has them in the stages that it teaches, a vocational, special or reform school in any, and no other in a
    /// compulsory one: a school that has them is of a type that is judged.
    #[must_use]
    pub fn admits(self, stage: Stage) -> bool {
        if self.judged() {
            self.stages().contains(&stage)
        } else {
            stage == Stage::Senior || Self::WITH_COMPULSORY_PUPILS.contains(&(self.0 / 10))
        }
    }

    /// The type's Chinese name.
    #[must_use]
    pub fn title(self) -> &'static str {
        let ordinary = Self::ORDINARY.iter().find(|(code, ..)| *code == self.0).map(|(.., title)| *title);
        let outside = || Self::OUTSIDE.iter().find(|(category, _)| *category == self.0 / 10).map(|(_, title)| *title);
        ordinary.or_else(outside).unwrap_or(Self::SENIOR_ONLY.1)
    }
}

impl FromStr for SchoolType {
    type Err = UnknownSchoolType;

    fn from_str(text: &str) -> Result<Self, UnknownSchoolType> {
        if text.len() != 3 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UnknownSchoolType);
        }
        let code: u16 = text.parse().map_err(|_| UnknownSchoolType)?;
        let known = Self::ORDINARY.iter().any(|(ordinary, ..)| *ordinary == code)
            || Self::OUTSIDE.iter().any(|(category, _)| *category == code / 10)
            || code == Self::SENIOR_ONLY.0;
        if known { Ok(Self(code)) } else { Err(UnknownSchoolType) }
    }
}

impl fmt::Display for SchoolType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:03}", self.0)
    }
}

/// The urban-rural codes (城乡分类代码) that a school may have.
pub const URBAN_RURAL_CODES: [&str; 7] = ["111", "112", "121", "122", "123", "210", "220"];

/// What a school is to its education group (教育集团).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupRole {
    /// Its head (龙头校).
    Head,
    /// A branch (成员校), which is judged as a school of its own all the same.
    Branch,
}

impl GroupRole {
    /// The role's id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Branch => "branch",
        }
    }

    /// The role's Chinese name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Head => "龙头校",
            Self::Branch => "成员校",
        }
    }

    /// The role of an id.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        [Self::Head, Self::Branch].into_iter().find(|role| role.id() == id)
    }
}

/// Education group (教育集团) of a school, and what the school is to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Head or branch; `None`: not known.
    pub role: Option<GroupRole>,
}

/// School (学校) in a month: the flat view of its history that everything is judged on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Identification code.
    pub code: SchoolCode,
    /// Name for people; nothing is read from it.
    pub name: String,
    /// Type, which says what stages it teaches.
    pub school_type: SchoolType,
    /// Organiser type (举办者类型), 1 to 10.
    pub organiser_type: Option<u8>,
    /// Urban-rural code (城乡分类代码).
    pub urban_rural_code: Option<String>,
    /// Education group (教育集团) that it belongs to.
    pub group: Option<Group>,
    /// First day it is open; `None`: as far back as anything was reported.
    pub opened_on: Option<Date>,
    /// First day it is no longer open; `None`: still open.
    pub closed_on: Option<Date>,
}

impl School {
    /// Whether it is open on any day of the month. One that closed on the day on which it opened never was.
    #[must_use]
    pub fn open_in(&self, month: Month) -> bool {
        self.opened_on.is_none_or(|day| day <= month.last_day())
            && self.closed_on.is_none_or(|day| day > month.first_day())
            && self.opened_on.zip(self.closed_on).is_none_or(|(opened, closed)| opened < closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_judged_outside_or_refused() {
        assert!("312".parse::<SchoolType>().unwrap().judged());
        assert!(!"512".parse::<SchoolType>().unwrap().judged());
        assert!("512".parse::<SchoolType>().unwrap().admits(Stage::Junior));
        assert!(!"342".parse::<SchoolType>().unwrap().admits(Stage::Junior));
        assert_eq!("514".parse::<SchoolType>().unwrap().title(), "特殊教育学校");
        for text in ["", "21", "212", "999", "2110", "小学"] {
            assert_eq!(text.parse::<SchoolType>(), Err(UnknownSchoolType), "{text}");
        }
    }

    #[test]
    fn a_school_counts_in_a_month_when_open_on_any_day_of_it() {
        let school = School {
            code: "2121000001".parse().unwrap(),
            name: String::new(),
            school_type: "211".parse().unwrap(),
            organiser_type: None,
            urban_rural_code: None,
            group: None,
            opened_on: Some("2024-09-30".parse().unwrap()),
            closed_on: Some("2024-11-01".parse().unwrap()),
        };

        let open = |month: &str| school.open_in(month.parse().unwrap());

        assert!(!open("2024-08"));
        assert!(open("2024-09"));
        assert!(open("2024-10"));
        assert!(!open("2024-11"));
        let never = School { closed_on: school.opened_on, ..school.clone() };
        assert!(!never.open_in("2024-09".parse().unwrap()), "it closed on the day on which it opened");
    }
}
