//! How a history changes from a day on, and how it is corrected.

use std::ops::Range;

use jiff::civil::Date;

use super::{Attributes, Period, SchoolHistory};
use crate::{code::SchoolCode, school::School};

/// What a history holds against what is said to have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// The school is not registered.
    Unknown(SchoolCode),
    /// The school is not open on the day: it opens later, has closed, or never opened.
    NotOpen(SchoolCode),
    /// The school is open on the day, or opens later.
    AlreadyOpen,
    /// The school is registered to close on a later day.
    ClosesLater(Date),
    /// The registry holds a later change of the school, on this day.
    ChangesLater(Date),
    /// It is so already.
    Unchanged,
    /// The school belongs to no group.
    NoGroup,
    /// A school cannot become itself.
    Itself,
    /// A split has fewer than two parts, or names one twice.
    Parts,
    /// A move to another county does not take effect on the first day of a month.
    NotFirstOfMonth,
    /// Corrected dates reach into other days on which the school was open.
    Overlap,
}

impl SchoolHistory {
    /// Opens the school, or opens it again.
    pub(super) fn open(&mut self, day: Date, attributes: Attributes) -> Result<(), Contradiction> {
        if self.periods.iter().any(|one| !one.is_empty() && one.to.is_none_or(|to| day < to)) {
            return Err(Contradiction::AlreadyOpen);
        }
        self.periods.push(Period { from: Some(day), to: None, attributes });
        self.tidy();
        Ok(())
    }

    /// Closes the school. On the day on which it opened it never was open.
    pub(super) fn close(&mut self, day: Date) -> Result<(), Contradiction> {
        let not_open = || Contradiction::NotOpen(self.code.clone());
        let place = self.place_on(day).ok_or_else(not_open)?;
        let (_, last) = self.run(place);
        if let Some(later) = self.periods[last].to {
            return Err(Contradiction::ClosesLater(later));
        }
        if let Some(later) = self.periods.get(place + 1).and_then(|next| next.from) {
            return Err(Contradiction::ChangesLater(later));
        }
        self.periods[place].to = Some(day);
        self.tidy();
        Ok(())
    }

    /// Changes one attribute from a day on, up to the next change of the same one.
    pub(super) fn set<T: PartialEq + Clone>(
        &mut self,
        day: Date,
        attribute: impl Fn(&mut Attributes) -> &mut T,
        value: &T,
    ) -> Result<(), Contradiction> {
        let not_open = || Contradiction::NotOpen(self.code.clone());
        let place = self.place_on(day).ok_or_else(not_open)?;
        let before = attribute(&mut self.periods[place].attributes).clone();
        if before == *value {
            return Err(Contradiction::Unchanged);
        }
        let (_, last) = self.run(place);
        let first = self.split(place, day);
        for period in &mut self.periods[first..=last + (first - place)] {
            let held = attribute(&mut period.attributes);
            if *held != before {
                break;
            }
            held.clone_from(value);
        }
        self.tidy();
        Ok(())
    }

    /// Has a period begin on the day, and gives its place.
    fn split(&mut self, place: usize, day: Date) -> usize {
        if self.periods[place].from == Some(day) {
            return place;
        }
        let rest = Period { from: Some(day), ..self.periods[place].clone() };
        self.periods[place].to = Some(day);
        self.periods.insert(place + 1, rest);
        place + 1
    }

    /// Corrects what is held: the days on which the school opens and closes, and its attributes since they last changed, as of
    /// `today`. Nothing happened to the school; earlier periods keep their attributes.
    ///
    /// # Errors
    ///
    /// [`Contradiction::Overlap`] when the days reach into others on which the school was open before or is after.
    pub fn correct(&mut self, school: &School, today: Date) -> Result<(), Contradiction> {
        let run = self.move_ends(school.opened_on, school.closed_on, today)?;
        let current = run.clone().rev().find(|place| self.periods[*place].begun_by(today)).unwrap_or(run.start);
        self.periods[current].attributes = Attributes::from(school);
        self.tidy();
        Ok(())
    }

    /// Corrects only the days on which the school opens and closes, those of the opening that counts on `today`.
    ///
    /// # Errors
    ///
    /// [`Contradiction::Overlap`] as in [`correct`](Self::correct).
    pub fn correct_days(
        &mut self,
        opened_on: Option<Date>,
        closed_on: Option<Date>,
        today: Date,
    ) -> Result<(), Contradiction> {
        self.move_ends(opened_on, closed_on, today)?;
        self.tidy();
        Ok(())
    }

    /// Moves both ends of the run that counts on a day, and gives the places of its periods.
    fn move_ends(
        &mut self,
        opened_on: Option<Date>,
        closed_on: Option<Date>,
        today: Date,
    ) -> Result<Range<usize>, Contradiction> {
        let (first, last) = self.run(self.place_at(today));
        let before = first.checked_sub(1).and_then(|place| self.periods[place].to);
        let after = self.periods.get(last + 1).and_then(|one| one.from);
        let reaches_back = before.is_some_and(|end| opened_on.is_none_or(|day| day < end));
        let reaches_on = after.is_some_and(|begin| closed_on.is_none_or(|day| begin < day));
        if reaches_back || reaches_on {
            return Err(Contradiction::Overlap);
        }
        let mut within: Vec<Period> = self.periods.drain(first..=last).collect();
        // What changed before the opening or after the closing happened to no school.
        while within.len() > 1 && within[0].to.zip(opened_on).is_some_and(|(to, opened)| to <= opened) {
            within.remove(0);
        }
        while within.len() > 1
            && within.last().and_then(|one| one.from).zip(closed_on).is_some_and(|(from, closed)| closed <= from)
        {
            within.pop();
        }
        if let Some(one) = within.first_mut() {
            one.from = opened_on;
        }
        if let Some(one) = within.last_mut() {
            one.to = closed_on;
        }
        let run = first..first + within.len();
        self.periods.splice(first..first, within);
        Ok(run)
    }
}
