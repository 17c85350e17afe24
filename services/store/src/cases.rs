//! What counties' months are judged on, read from several tables: each county as of one instant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    facts::CountyFacts,
    history::SchoolHistory,
    standard::ITEM_VALID_MONTHS_AT_MOST,
};

use crate::{
    CountyMonth, Reads, StoreError, clock, county_items, school_facts, schools,
    submissions::{self, Submission},
    waivers::{self, Grant},
};

/// What a county's month is judged on.
#[derive(Debug)]
pub struct Case {
    /// County.
    pub county: RegionCode,
    /// As of which instant it was read.
    pub known_at: Timestamp,
    /// The facts.
    pub facts: CountyFacts,
    /// The submission that counted.
    pub submission: Submission,
}

/// Reads what was known of counties' months at an instant, `None`: up to each county's clock; in the order of the months asked
/// for. A month that was not reported has no case.
///
/// One county is the case of many: there is no other way to read. A county is read as of one instant that its clock has passed,
/// so that nothing of it is of another instant, whether the database has a snapshot over several counties or not.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn read(
    reads: &impl Reads,
    asked: &[(RegionCode, Month)],
    as_of: Option<Timestamp>,
) -> Result<Vec<Option<Case>>, StoreError> {
    let counties: BTreeSet<RegionCode> = asked.iter().map(|(county, _)| county.clone()).collect();
    let counties: Vec<RegionCode> = counties.into_iter().collect();
    // First of all: what is read after it is complete up to it.
    let clocks = clock::list(reads, &counties).await?;
    let instant = |county: &RegionCode| {
        // Of a county that was never written nothing is known at any time.
        let clock = clocks.get(county).copied().unwrap_or(Timestamp::MIN);
        as_of.map_or(clock, |as_of| as_of.min(clock))
    };
    let asked: Vec<CountyMonth> = asked
        .iter()
        .map(|(county, month)| CountyMonth { county: county.clone(), month: *month, as_of: instant(county) })
        .collect();
    let current = submissions::list_current(reads, &asked).await?;
    let (mut reported, mut numbers) = (vec![], vec![]);
    for (asked, current) in asked.iter().zip(&current) {
        if let Some(current) = current {
            reported.push(asked.clone());
            numbers.push((asked.county.clone(), asked.month, current.number));
        }
    }
    let instants: BTreeMap<_, _> = reported.iter().map(|asked| (asked.county.clone(), asked.as_of)).collect();
    let instants: Vec<_> = instants.into_iter().collect();
    let granted = waivers::list_many(reads, &instants).await?;
    let registered = schools::list_many(reads, &instants).await?;
    let registered: BTreeMap<&RegionCode, Vec<SchoolHistory>> =
        instants.iter().map(|(county, _)| county).zip(registered).collect();
    let mut items = county_items::list_latest(reads, &reported, ITEM_VALID_MONTHS_AT_MOST).await?.into_iter();
    let mut school_facts = school_facts::list_many(reads, &numbers).await?.into_iter();
    let mut case = |asked: CountyMonth, submission: Submission| {
        let CountyMonth { county, month, as_of } = asked;
        let schools = registered.get(&county).map(Vec::as_slice).unwrap_or_default();
        let facts = CountyFacts {
            month,
            schools: schools.iter().filter_map(|school| school.in_month(month)).collect(),
            school_facts: school_facts.next().unwrap_or_default(),
            items: items.next().unwrap_or_default(),
            waivers: granted.get(&county).into_iter().flatten().filter_map(Grant::standing).cloned().collect(),
        };
        Case { county, known_at: as_of, facts, submission }
    };
    Ok(asked.into_iter().zip(current).map(|(asked, current)| current.map(|current| case(asked, current))).collect())
}
