//! The catalogue of elements (指标要素): the one list of what a school reports.

use crate::school::Stage;

/// Kind of number that an element takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Count,
    /// Square metres or yuan, with at most two decimals.
    Amount,
}

impl Kind {
    /// How many decimals it may have.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Count => 0,
            Self::Amount => 2,
        }
    }
}

/// What the catalogue says of an element.
#[derive(Debug)]
pub struct Definition {
    /// Id: header of a file's column, name of the protobuf field.
    pub id: &'static str,
    /// Stage that it belongs to; `None` for what the whole institution shares.
    pub stage: Option<Stage>,
    /// Kind of number.
    pub kind: Kind,
    /// Chinese title.
    pub title: &'static str,
    /// English title.
    pub title_en: &'static str,
    /// Chinese unit of measure.
    pub unit: &'static str,
    /// English unit of measure.
    pub unit_en: &'static str,
    /// Id of the element that it is a part of and cannot exceed.
    pub part_of: Option<&'static str>,
    /// Ids of a total and of a count whose mean it cannot lie below: the largest class is no smaller than pupils / classes.
    pub mean_of: Option<(&'static str, &'static str)>,
    /// National form that it stands in since 2021; empty where none is known.
    pub form: &'static str,
}

/// Titles and units stand in Chinese and in English.
const fn staged(
    id: &'static str,
    stage: Stage,
    title: [&'static str; 2],
    unit: [&'static str; 2],
    part_of: Option<&'static str>,
    form: &'static str,
) -> Definition {
    let (kind, stage) = (Kind::Count, Some(stage));
    Definition { stage, ..shared(id, kind, title, unit, part_of, form) }
}

const fn largest(
    id: &'static str,
    stage: Stage,
    title: [&'static str; 2],
    unit: [&'static str; 2],
    part_of: Option<&'static str>,
    form: &'static str,
) -> Definition {
    let mean_of = match stage {
        Stage::Primary => Some(("pupils_primary", "classes_primary")),
        Stage::Junior | Stage::Senior => Some(("pupils_junior", "classes_junior")),
    };
    Definition { mean_of, ..staged(id, stage, title, unit, part_of, form) }
}

const fn shared(
    id: &'static str,
    kind: Kind,
    title: [&'static str; 2],
    unit: [&'static str; 2],
    part_of: Option<&'static str>,
    form: &'static str,
) -> Definition {
    let ([title, title_en], [unit, unit_en]) = (title, unit);
    Definition { id, stage: None, kind, title, title_en, unit, unit_en, part_of, mean_of: None, form }
}

/// The catalogue, in the order in which missing elements are listed.
#[rustfmt::skip]
const CATALOGUE: [Definition; 28] = [
    staged("pupils_primary", Stage::Primary, ["小学在校生", "Primary pupils"], ["人", "persons"], None, "教基3112, 教基3115"),
    staged("pupils_junior", Stage::Junior, ["初中在校生", "Junior secondary pupils"], ["人", "persons"], None, "教基3112, 教基3115"),
    staged("pupils_senior", Stage::Senior, ["高中在校生", "Senior secondary pupils"], ["人", "persons"], None, "教基3112, 教基3115"),
    staged("classes_primary", Stage::Primary, ["小学班数", "Primary classes"], ["班", "classes"], None, "教基2106, 教基2107"),
    staged("classes_junior", Stage::Junior, ["初中班数", "Junior secondary classes"], ["班", "classes"], None, "教基2106, 教基2107"),
    largest("largest_class_primary", Stage::Primary, ["小学最大班额", "Largest primary class"], ["人", "persons"], Some("pupils_primary"), "教基2106, 教基2107"),
    largest("largest_class_junior", Stage::Junior, ["初中最大班额", "Largest junior secondary class"], ["人", "persons"], Some("pupils_junior"), "教基2106, 教基2107"),
    staged("teachers_primary", Stage::Primary, ["小学专任教师", "Full-time primary teachers"], ["人", "persons"], None, "教基4155, 教基4156"),
    staged("teachers_junior", Stage::Junior, ["初中专任教师", "Full-time junior secondary teachers"], ["人", "persons"], None, "教基4155, 教基4156"),
    staged("teachers_above_degree_primary", Stage::Primary, ["小学高于规定学历教师", "Primary teachers with qualifications above the required level"], ["人", "persons"], Some("teachers_primary"), "教基4155, 教基4156"),
    staged("teachers_above_degree_junior", Stage::Junior, ["初中高于规定学历教师", "Junior secondary teachers with qualifications above the required level"], ["人", "persons"], Some("teachers_junior"), "教基4155, 教基4156"),
    staged("backbone_teachers_primary", Stage::Primary, ["小学县级及以上骨干教师", "Primary backbone teachers at county level or above"], ["人", "persons"], Some("teachers_primary"), "教基1102(续)"),
    staged("backbone_teachers_junior", Stage::Junior, ["初中县级及以上骨干教师", "Junior secondary backbone teachers at county level or above"], ["人", "persons"], Some("teachers_junior"), "教基1102(续)"),
    staged("pe_arts_teachers_primary", Stage::Primary, ["小学体育、艺术专任教师", "Full-time primary PE and arts teachers"], ["人", "persons"], Some("teachers_primary"), "教基4155, 教基4156"),
    staged("pe_arts_teachers_junior", Stage::Junior, ["初中体育、艺术专任教师", "Full-time junior secondary PE and arts teachers"], ["人", "persons"], Some("teachers_junior"), "教基4155, 教基4156"),
    staged("senior_title_teachers_primary", Stage::Primary, ["小学中级及以上专业技术职务教师", "Primary teachers with intermediate or senior professional titles"], ["人", "persons"], Some("teachers_primary"), ""),
    staged("senior_title_teachers_junior", Stage::Junior, ["初中中级及以上专业技术职务教师", "Junior secondary teachers with intermediate or senior professional titles"], ["人", "persons"], Some("teachers_junior"), ""),
    shared("teaching_area_m2", Kind::Amount, ["教学及辅助用房面积", "Teaching and auxiliary floor area"], ["平方米", "m²"], None, "教基5170"),
    shared("indoor_sports_area_m2", Kind::Amount, ["室内体育用房面积", "Indoor sports area"], ["平方米", "m²"], Some("teaching_area_m2"), "教基5170"),
    shared("sports_ground_area_m2", Kind::Amount, ["运动场地面积", "Sports ground area"], ["平方米", "m²"], None, "教基5176"),
    shared("equipment_value_yuan", Kind::Amount, ["教学仪器设备资产值", "Value of teaching equipment"], ["元", "yuan"], None, "教基5176"),
    shared("multimedia_rooms", Kind::Count, ["网络多媒体教室", "Networked multimedia classrooms"], ["间", "rooms"], None, "教基5176"),
    shared("computers", Kind::Count, ["计算机", "Computers"], ["台", "sets"], None, "教基5176"),
    shared("books", Kind::Count, ["图书", "Library books"], ["册", "copies"], None, "教基5176"),
    shared("music_rooms_qualified", Kind::Count, ["达标音乐专用教室", "Music rooms up to standard"], ["间", "rooms"], None, ""),
    shared("art_rooms_qualified", Kind::Count, ["达标美术专用教室", "Art rooms up to standard"], ["间", "rooms"], None, ""),
    shared("public_funds_budget_yuan", Kind::Amount, ["公用经费预算", "Public funds budget"], ["元", "yuan"], None, ""),
    shared("training_budget_yuan", Kind::Amount, ["教师培训经费预算", "Teacher training budget"], ["元", "yuan"], Some("public_funds_budget_yuan"), ""),
];

/// Of each element the one that it is a part of: every value of a submission asks for it.
const WHOLES: [Option<Element>; CATALOGUE.len()] = {
    let mut wholes = [None; CATALOGUE.len()];
    let mut index = 0;
    while index < wholes.len() {
        if let Some(whole) = CATALOGUE[index].part_of {
            wholes[index] = Element::find(whole);
        }
        index += 1;
    }
    wholes
};

/// Whether two ids are the same; `==` cannot be used in constants.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// One element of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element(usize);

impl Element {
    /// How many elements there are.
    pub const COUNT: usize = CATALOGUE.len();

    /// All elements, in catalogue order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// Finds an element by its id.
    #[must_use]
    pub const fn find(id: &str) -> Option<Self> {
        let mut index = 0;
        while index < Self::COUNT {
            if same(CATALOGUE[index].id, id) {
                return Some(Self(index));
            }
            index += 1;
        }
        None
    }

    /// The element of a stage: `of_stage("pupils", Primary)` is `pupils_primary`.
    #[must_use]
    pub fn of_stage(id: &str, stage: Stage) -> Option<Self> {
        Self::find(&format!("{id}_{}", stage.id()))
    }

    /// The pupils of a stage.
    #[must_use]
    pub const fn pupils(stage: Stage) -> Self {
        match stage {
            Stage::Primary => Self(0),
            Stage::Junior => Self(1),
            Stage::Senior => Self(2),
        }
    }

    /// Place in the catalogue, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }

    /// What the catalogue says of it.
    #[must_use]
    pub const fn definition(self) -> &'static Definition {
        &CATALOGUE[self.0]
    }

    /// Id of the element.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.definition().id
    }

    /// The element that it is a part of and cannot exceed.
    #[must_use]
    pub const fn whole(self) -> Option<Self> {
        WHOLES[self.0]
    }

    /// The elements that are parts of it.
    pub fn parts(self) -> impl Iterator<Item = Self> {
        Self::all().filter(move |part| part.definition().part_of == Some(self.id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_found_and_every_part_has_its_whole() {
        for element in Element::all() {
            assert_eq!(Element::find(element.id()), Some(element));
            assert_eq!(element.definition().part_of.is_some(), element.whole().is_some(), "{}", element.id());
        }
    }

    #[test]
    fn every_element_has_a_title_and_a_unit_in_english() {
        for element in Element::all() {
            let definition = element.definition();
            assert!(definition.title_en.is_ascii() && !definition.title_en.is_empty(), "{}", element.id());
            assert!(!definition.unit_en.is_empty() && definition.unit_en != definition.unit, "{}", element.id());
        }
    }

    #[test]
    fn an_element_of_a_stage_ends_in_its_id() {
        for element in Element::all() {
            if let Some(stage) = element.definition().stage {
                assert!(element.id().ends_with(stage.id()), "{}", element.id());
            }
        }
        for stage in [Stage::Primary, Stage::Junior, Stage::Senior] {
            assert_eq!(Element::pupils(stage).id(), format!("pupils_{}", stage.id()));
        }
    }
}
