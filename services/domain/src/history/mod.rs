//! Histories of schools: what a school is from which day on, what happened to it, and what came before and after it.
//!
//! A history is made of periods. In each the school is open and its attributes hold; between them it is closed. What happens
//! changes it from a day on, so that the months before stay as they were; a correction changes what was held wrongly.

mod change;
mod event;
mod lineage;

use jiff::civil::Date;

pub use self::{
    change::Contradiction,
    event::{Change, SchoolEvent, open, record},
    lineage::{Link, LinkKind, SchoolRef, links, predecessors, successors},
};
use crate::{
    code::{Month, SchoolCode},
    school::{Group, School, SchoolType},
};

/// What a school is, apart from its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    /// Name for people.
    pub name: String,
    /// Type.
    pub school_type: SchoolType,
    /// Organiser type (举办者类型), 1 to 10.
    pub organiser_type: Option<u8>,
    /// Urban-rural code (城乡分类代码).
    pub urban_rural_code: Option<String>,
    /// Education group (教育集团).
    pub group: Option<Group>,
}

impl From<&School> for Attributes {
    fn from(school: &School) -> Self {
        Self {
            name: school.name.clone(),
            school_type: school.school_type,
            organiser_type: school.organiser_type,
            urban_rural_code: school.urban_rural_code.clone(),
            group: school.group.clone(),
        }
    }
}

/// Days on which a school is open and the same in everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// First day; `None`: as far back as anything was reported.
    pub from: Option<Date>,
    /// First day that no longer belongs to it; `None`: it lasts.
    pub to: Option<Date>,
    /// What the school is on these days.
    pub attributes: Attributes,
}

impl Period {
    fn begun_by(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day)
    }

    fn holds_on(&self, day: Date) -> bool {
        self.begun_by(day) && self.to.is_none_or(|to| day < to)
    }

    fn is_empty(&self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| to <= from)
    }

    /// Whether the other one follows without a day between.
    fn meets(&self, next: &Self) -> bool {
        self.to.is_some() && self.to == next.from
    }
}

/// Periods that do not make up a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the periods of a school are none, overlap or are out of order")]
pub struct BadPeriods;

/// A school with all that it was and is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolHistory {
    code: SchoolCode,
    /// At least one, in order, disjoint; two that meet differ. One may be empty where it is the only one: the school never opened.
    periods: Vec<Period>,
}

impl SchoolHistory {
    /// Makes a history of periods in order. Two that meet and say the same become one.
    ///
    /// # Errors
    ///
    /// [`BadPeriods`] when there is none, or when they overlap or are out of order.
    pub fn new(code: SchoolCode, periods: Vec<Period>) -> Result<Self, BadPeriods> {
        let apart = periods.is_sorted_by(|one, next| one.to.zip(next.from).is_some_and(|(to, from)| to <= from));
        let reversed = periods.iter().any(|one| one.from.zip(one.to).is_some_and(|(from, to)| to < from));
        if periods.is_empty() || !apart || reversed {
            return Err(BadPeriods);
        }
        let mut history = Self { code, periods };
        history.tidy();
        Ok(history)
    }

    /// The history of a school that has been the same since it opened.
    #[must_use]
    pub fn of(school: &School) -> Self {
        let period = Period { from: school.opened_on, to: school.closed_on, attributes: Attributes::from(school) };
        Self { code: school.code.clone(), periods: vec![period] }
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> &SchoolCode {
        &self.code
    }

    /// Its periods, oldest first.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// The school in a month: as it is on the last day of the month on which it is open; `None` when it is open on no day of it.
    #[must_use]
    pub fn in_month(&self, month: Month) -> Option<School> {
        self.place_in(month).map(|place| self.view(place))
    }

    /// What it is in a month, like [`in_month`](Self::in_month).
    #[must_use]
    pub fn attributes_in(&self, month: Month) -> Option<&Attributes> {
        self.place_in(month).map(|place| &self.periods[place].attributes)
    }

    /// The school in a month, whether it is open in it ([`School::open_in`]) or not: then as it last was before, or first was after.
    #[must_use]
    pub fn view_in(&self, month: Month) -> School {
        self.in_month(month).unwrap_or_else(|| self.at(month.last_day()))
    }

    /// The school on a day on which it is open.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<School> {
        self.place_on(day).map(|place| self.view(place))
    }

    /// The school on a day, whether it is open or not: then as it last was before, or first was after.
    #[must_use]
    pub fn at(&self, day: Date) -> School {
        self.view(self.place_at(day))
    }

    /// Whether a month is judged otherwise by this history than by another one; `None`: by no school.
    #[must_use]
    pub fn differs_in(&self, other: Option<&Self>, month: Month) -> bool {
        self.attributes_in(month) != other.and_then(|other| other.attributes_in(month))
    }

    /// Whether there may be a month in which this school and the other one are open both.
    #[must_use]
    pub fn meets_in_a_month(&self, other: &Self) -> bool {
        let first = |period: &Period| period.from.map_or(Date::MIN, Date::first_of_month);
        // The last day of the period says the month in which it is still open.
        let last = |period: &Period| {
            let day = period.to.map_or(Some(Date::MAX), |to| to.yesterday().ok());
            day.map_or(Date::MIN, Date::last_of_month)
        };
        let open = |periods: &'_ [Period]| -> Vec<(Date, Date)> {
            periods.iter().filter(|one| !one.is_empty()).map(|one| (first(one), last(one))).collect()
        };
        let (ours, theirs) = (open(&self.periods), open(&other.periods));
        ours.iter().any(|one| theirs.iter().any(|other| one.0 <= other.1 && other.0 <= one.1))
    }

    /// The last period with an open day in the month.
    fn place_in(&self, month: Month) -> Option<usize> {
        let (first, last) = (month.first_day(), month.last_day());
        let open = |one: &Period| !one.is_empty() && one.begun_by(last) && one.to.is_none_or(|to| first < to);
        self.periods.iter().rposition(open)
    }

    fn place_on(&self, day: Date) -> Option<usize> {
        self.periods.iter().position(|one| one.holds_on(day))
    }

    /// The period that holds on the day, or the last before it, or the first.
    fn place_at(&self, day: Date) -> usize {
        self.periods.iter().rposition(|one| one.begun_by(day)).unwrap_or(0)
    }

    /// The first and the last of the periods that follow each other without a gap around one.
    fn run(&self, place: usize) -> (usize, usize) {
        let (mut first, mut last) = (place, place);
        while first > 0 && self.periods[first - 1].meets(&self.periods[first]) {
            first -= 1;
        }
        while last + 1 < self.periods.len() && self.periods[last].meets(&self.periods[last + 1]) {
            last += 1;
        }
        (first, last)
    }

    fn view(&self, place: usize) -> School {
        let (first, last) = self.run(place);
        let attributes = self.periods[place].attributes.clone();
        School {
            code: self.code.clone(),
            name: attributes.name,
            school_type: attributes.school_type,
            organiser_type: attributes.organiser_type,
            urban_rural_code: attributes.urban_rural_code,
            group: attributes.group,
            opened_on: self.periods[first].from,
            closed_on: self.periods[last].to,
        }
    }

    /// Joins periods that meet and say the same, and leaves out empty ones but the only one.
    fn tidy(&mut self) {
        if self.periods.iter().any(|one| !one.is_empty()) {
            self.periods.retain(|one| !one.is_empty());
        } else {
            self.periods.truncate(1);
        }
        self.periods.dedup_by(|next, one| {
            let same = one.meets(next) && one.attributes == next.attributes;
            if same {
                one.to = next.to;
            }
            same
        });
    }
}

#[cfg(test)]
mod tests;
