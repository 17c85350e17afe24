//! How counties stand with months: what was sent, held against the calendars, from the month on with which their duty to report begins.
//!
//! Whoever tells it reads it here, so that all say the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    inflow::{CalendarEntry, DueDay, Standing, duty_begins, effective},
};

use crate::{
    Reads, StoreError,
    inflow::{MonthSent, list_first_reported, list_sent},
    reporting_calendars,
};

/// How counties stand with some months at an instant.
#[derive(Debug)]
pub struct Standings {
    at: Timestamp,
    /// For each county the regions above it, itself first.
    chains: BTreeMap<RegionCode, Vec<RegionCode>>,
    calendar: Vec<CalendarEntry>,
    /// First month that a county has to report.
    begins: BTreeMap<RegionCode, Month>,
    sent: BTreeMap<(RegionCode, Month), MonthSent>,
}

/// How a county stands with a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthStanding {
    /// How it stands.
    pub standing: Standing,
    /// Until when it is on time.
    pub due: DueDay,
    /// Whether the county has to report it, nothing counts, and the due day has passed.
    pub overdue: bool,
    /// What was sent.
    pub sent: MonthSent,
}

impl Standings {
    /// Reads how counties stand with the months `from` to `to` at an instant, with all that is known, or with what was known `as_of` and at that
    /// instant. `chains` has for each county the regions above it, itself first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
    pub async fn read(
        reads: &impl Reads,
        chains: BTreeMap<RegionCode, Vec<RegionCode>>,
        months: (Month, Month),
        at: Timestamp,
        as_of: Option<Timestamp>,
    ) -> Result<Self, StoreError> {
        let at = as_of.unwrap_or(at);
        // A writer whose clock runs ahead may already have been committed: without `as_of` it counts.
        let until = as_of.unwrap_or(Timestamp::MAX);
        let counties: Vec<RegionCode> = chains.keys().cloned().collect();
        let above: BTreeSet<RegionCode> = chains.values().flatten().cloned().collect();
        let calendar = reporting_calendars::list(reads, &above.into_iter().collect::<Vec<_>>(), as_of).await?;
        let provinces: BTreeSet<RegionCode> = counties.iter().map(RegionCode::province).collect();
        let first = list_first_reported(reads, &provinces.into_iter().collect::<Vec<_>>(), until).await?;
        let sent = list_sent(reads, &counties, months, until).await?;
        let begins = chains.iter().filter_map(|(county, chain)| {
            let begins = duty_begins(chain, &calendar, first.get(&county.province()).copied(), at)?;
            Some((county.clone(), begins))
        });
        Ok(Self { at, begins: begins.collect(), chains, calendar, sent })
    }

    /// The instant that they stand so at.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Until when a county is on time with a month.
    #[must_use]
    pub fn due(&self, county: &RegionCode, month: Month) -> DueDay {
        let chain = self.chains.get(county).map(Vec::as_slice).unwrap_or_default();
        effective(chain, &self.calendar, month).map_or(DueDay::DEFAULT, |(_, day)| day)
    }

    /// Whether the duty of one of the counties to report has begun by a month.
    #[must_use]
    pub fn begun(&self, county: &RegionCode, month: Month) -> bool {
        self.begins.get(county).is_some_and(|begins| month >= *begins)
    }

    /// How one of the counties stands with one of the months.
    #[must_use]
    pub fn of(&self, county: &RegionCode, month: Month) -> MonthStanding {
        let due = self.due(county, month);
        let sent = self.sent.get(&(county.clone(), month)).copied().unwrap_or_default();
        let standing = Standing::of(&sent.sent, month, due, self.begins.get(county).copied(), self.at);
        let overdue = self.begun(county, month) && !standing.reported() && due.passed(month, self.at);
        MonthStanding { standing, due, overdue, sent }
    }
}
