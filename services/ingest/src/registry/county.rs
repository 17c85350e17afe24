//! A county's schools, as they are held and as they are to be.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_domain::{
    checks,
    code::{Month, RegionCode, SchoolCode},
    finding::Finding,
    history::{SchoolEvent, SchoolHistory},
};
use junheng_runtime::Caller;
use junheng_store::{Reads, StoreError, WriteTransaction, Written, marks, school_events, schools, submissions};

/// The months that a county may have reported.
pub(crate) fn all_months() -> Option<(Month, Month)> {
    Month::new(1986, 1).ok().zip(Month::new(2999, 12).ok())
}

/// A county's schools, as they are held and as they are to be.
pub(crate) struct County {
    pub(crate) code: RegionCode,
    before: BTreeMap<SchoolCode, SchoolHistory>,
    /// As they are to be.
    pub(crate) after: BTreeMap<SchoolCode, SchoolHistory>,
}

impl County {
    /// Reads what is held now.
    pub(crate) async fn read(reads: &impl Reads, code: &RegionCode) -> Result<Self, StoreError> {
        let held = schools::list_as_of(reads, code, None).await?;
        let before: BTreeMap<_, _> = held.into_iter().map(|history| (history.code().clone(), history)).collect();
        Ok(Self { code: code.clone(), after: before.clone(), before })
    }

    fn changed(&self) -> Vec<SchoolHistory> {
        self.after
            .iter()
            .filter(|(code, after)| self.before.get(*code) != Some(after))
            .map(|(_, one)| one.clone())
            .collect()
    }

    /// A school belongs to one county in a month: finds those that would newly be open in a month in which another county holds them open.
    /// `path_of` says where a school stands.
    pub(crate) async fn check_elsewhere(
        &self,
        reads: &impl Reads,
        path_of: impl Fn(&SchoolCode) -> String,
    ) -> Result<Vec<Finding>, StoreError> {
        let changed = self.changed();
        let codes: Vec<SchoolCode> = changed.iter().map(|history| history.code().clone()).collect();
        let elsewhere = schools::list_elsewhere(reads, &self.code, &codes).await?;
        let foreign = changed.iter().filter_map(|history| {
            let code = history.code();
            // What was registered so before is not the fault of this change.
            let met_before = |held| self.before.get(code).is_some_and(|before| before.meets_in_a_month(held));
            let meets = |held| history.meets_in_a_month(held) && !met_before(held);
            let (other, _) = elsewhere.get(code)?.iter().find(|(_, held)| meets(held))?;
            Some(checks::held_elsewhere(&path_of(code), code, other))
        });
        Ok(foreign.collect())
    }

    /// The months that the county reported and that are judged otherwise by what is to be.
    pub(crate) async fn touched(&self, reads: &impl Reads) -> Result<Vec<Month>, StoreError> {
        let changed = self.changed();
        let Some((first, last)) = all_months().filter(|_| !changed.is_empty()) else { return Ok(vec![]) };
        let mut months = submissions::list_months(reads, &self.code, first, last).await?;
        months.retain(|month| changed.iter().any(|after| after.differs_in(self.before.get(after.code()), *month)));
        Ok(months)
    }

    /// Writes what is to be, with the events that it comes from, and marks the months that it touches.
    pub(crate) async fn write(
        &self,
        transaction: &WriteTransaction,
        caller: &Caller,
        known_at: Timestamp,
        events: &[SchoolEvent],
    ) -> Result<(Written, Vec<Month>), StoreError> {
        let months = self.touched(transaction).await?;
        let written = schools::insert_versions(transaction, &self.code, known_at, &self.changed()).await?;
        school_events::append(transaction, &self.code, known_at, events).await?;
        marks::mark(transaction, &self.code, &months, known_at, &caller.trace.traceparent()).await?;
        Ok((written, months))
    }
}
