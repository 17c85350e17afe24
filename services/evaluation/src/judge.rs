//! Reads what counties' months rest on, each as of an instant, and evaluates them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    evaluation::evaluate,
    facts::CountyFacts,
    history::SchoolHistory,
    standard::{ITEM_VALID_MONTHS_AT_MOST, Standard},
};
use junheng_proto::evaluation::v1 as proto;
use junheng_store::{
    CountyMonth, Reads, StoreError, clock, county_items, school_facts, schools, submissions, waivers, waivers::Grant,
};
use junheng_wire::{evaluation, name, status::RpcError, time};

/// What a county's month is judged on, and what it rests on.
#[derive(Debug)]
pub(crate) struct Case {
    county: RegionCode,
    /// As of which instant it was read.
    pub(crate) known_at: Timestamp,
    facts: CountyFacts,
    basis: proto::Basis,
}

impl Case {
    /// What is judged.
    pub(crate) const fn facts(&self) -> &CountyFacts {
        &self.facts
    }

    /// What it rests on.
    pub(crate) const fn basis(&self) -> &proto::Basis {
        &self.basis
    }

    /// The same county with other facts, made from these.
    pub(crate) fn with(&self, facts: CountyFacts) -> Self {
        Self { county: self.county.clone(), known_at: self.known_at, facts, basis: self.basis.clone() }
    }
}

/// Reads what was known of counties' months at an instant, `None`: up to each county's clock; in the order of the months asked
/// for. A month that was not reported has no case.
///
/// One county is the case of many: there is no other way to read. A county is read as of one instant that its clock has passed,
/// so that nothing of it is of another instant, whether the database has a snapshot over several counties or not.
pub(crate) async fn read(
    reads: &impl Reads,
    asked: &[(RegionCode, Month)],
    as_of: Option<Timestamp>,
) -> Result<Vec<Option<Case>>, StoreError> {
    let counties: Vec<RegionCode> = distinct(asked.iter().map(|(county, _)| county));
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
    let mut case = |asked: CountyMonth, current: submissions::Submission| {
        let CountyMonth { county, month, as_of } = asked;
        let schools = registered.get(&county).map(Vec::as_slice).unwrap_or_default();
        let facts = CountyFacts {
            month,
            schools: schools.iter().filter_map(|school| school.in_month(month)).collect(),
            school_facts: school_facts.next().unwrap_or_default(),
            items: items.next().unwrap_or_default(),
            waivers: granted.get(&county).into_iter().flatten().filter_map(Grant::standing).cloned().collect(),
        };
        let basis = basis(&county, current);
        Case { county, known_at: as_of, facts, basis }
    };
    Ok(asked.into_iter().zip(current).map(|(asked, current)| current.map(|current| case(asked, current))).collect())
}

/// What an accepted submission is to whoever rests on it.
pub(crate) fn basis(county: &RegionCode, submission: submissions::Submission) -> proto::Basis {
    proto::Basis {
        submission: name::submission(county, submission.content.month, submission.number),
        revision: submission.state.revision(),
        content_digest: submission.content.content_digest,
        known_at: Some(time::encode(submission.content.known_at)),
    }
}

/// Evaluates a case under some standards. It computes for long: not on a thread that serves.
pub(crate) fn compute(case: &Case, standards: &[Arc<Standard>]) -> Vec<proto::Evaluation> {
    let one = |standard: &Arc<Standard>| {
        let evaluated = evaluate(standard, &case.facts);
        evaluation::encode(&evaluated, &case.county, Some(case.basis.clone()))
    };
    standards.iter().map(one).collect()
}

/// Evaluates a case under some standards, apart from the threads that serve.
pub(crate) async fn judge(case: Case, standards: Vec<Arc<Standard>>) -> Result<Vec<proto::Evaluation>, RpcError> {
    apart(move || compute(&case, &standards)).await
}

/// Computes apart from the threads that serve.
pub(crate) async fn apart<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T, RpcError> {
    let computed = tokio::task::spawn_blocking(compute).await;
    computed.map_err(|error| RpcError::Internal { what: format!("judging: {error}") })
}

pub(crate) fn distinct<'a>(codes: impl Iterator<Item = &'a RegionCode>) -> Vec<RegionCode> {
    codes.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}
