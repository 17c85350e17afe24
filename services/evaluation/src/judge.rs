//! Reads what counties' months rest on, each as of an instant, and evaluates them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    evaluation::{ITEM_VALID_MONTHS, evaluate},
    facts::CountyFacts,
    school::School,
    standard::{NATIONAL_DEFAULT, Standard},
};
use junheng_proto::evaluation::v1 as proto;
use junheng_store::{
    CountyMonth, Reads, StoreError, clock, county_items, regions, school_facts, schools, standards_in_force,
    standards_in_force::StandardInForce, submissions, submissions::State,
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
    let registered = schools::list_many(reads, &instants).await?;
    let registered: BTreeMap<&RegionCode, Vec<School>> =
        instants.iter().map(|(county, _)| county).zip(registered).collect();
    let months_back = u16::try_from(ITEM_VALID_MONTHS).unwrap_or(0);
    let mut items = county_items::list_latest(reads, &reported, months_back).await?.into_iter();
    let mut school_facts = school_facts::list_many(reads, &numbers).await?.into_iter();
    let mut case = |asked: CountyMonth, current: submissions::Submission| {
        let CountyMonth { county, month, as_of } = asked;
        let schools = registered.get(&county).map(Vec::as_slice).unwrap_or_default();
        let facts = CountyFacts {
            month,
            schools: schools.iter().filter(|school| school.open_in(month)).cloned().collect(),
            school_facts: school_facts.next().unwrap_or_default(),
            items: items.next().unwrap_or_default(),
        };
        let revision = match current.state {
            State::Accepted { revision } => Some(revision),
            State::Refused => None,
        };
        let basis = proto::Basis {
            submission: name::submission(&county, month, current.number),
            revision,
            content_digest: current.content.content_digest,
            known_at: Some(time::encode(current.content.known_at)),
        };
        Case { county, known_at: as_of, facts, basis }
    };
    Ok(asked.into_iter().zip(current).map(|(asked, current)| current.map(|current| case(asked, current))).collect())
}

/// Evaluates a case under some standards. It computes for long: not on a thread that serves.
pub(crate) fn judge(case: &Case, standards: &[&'static Standard]) -> Vec<proto::Evaluation> {
    let one = |standard: &&Standard| {
        let evaluated = evaluate(standard, &case.facts);
        evaluation::encode(&evaluated, &case.county, &case.facts.schools, Some(case.basis.clone()))
    };
    standards.iter().map(one).collect()
}

/// Computes apart from the threads that serve.
pub(crate) async fn apart<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> Result<T, RpcError> {
    let computed = tokio::task::spawn_blocking(compute).await;
    computed.map_err(|error| RpcError::Internal { what: format!("judging: {error}") })
}

/// The standards that judge each of the counties and months, in their order: those of the nearest region above the county
/// (itself first) that has any in force, else the nation's.
///
/// Source: project rule, domain notes 2.4.
pub(crate) async fn in_force(
    reads: &impl Reads,
    asked: &[(RegionCode, Month)],
) -> Result<Vec<Result<Vec<&'static Standard>, RpcError>>, StoreError> {
    let counties: Vec<RegionCode> = distinct(asked.iter().map(|(county, _)| county));
    let chains = regions::list_above(reads, &counties).await?;
    let regions: Vec<RegionCode> = distinct(chains.iter().flatten());
    let mut covering = BTreeMap::new();
    for month in asked.iter().map(|(_, month)| *month).collect::<BTreeSet<_>>() {
        covering.insert(month, standards_in_force::list_covering(reads, &regions, month).await?);
    }
    let chains: BTreeMap<&RegionCode, Vec<RegionCode>> = counties.iter().zip(chains).collect();
    let of = |(county, month): &(RegionCode, Month)| {
        let chain = chains.get(county).map(Vec::as_slice).unwrap_or_default();
        nearest(chain, covering.get(month).map(Vec::as_slice).unwrap_or_default())
    };
    Ok(asked.iter().map(of).collect())
}

/// The standards of the first region of a chain that has any among the entries.
fn nearest(chain: &[RegionCode], covering: &[StandardInForce]) -> Result<Vec<&'static Standard>, RpcError> {
    let nearest = chain.iter().find(|region| covering.iter().any(|entry| entry.region == **region));
    let ids: Vec<&str> = match nearest {
        Some(region) => {
            covering.iter().filter(|entry| entry.region == *region).map(|entry| entry.standard_id.as_str()).collect()
        }
        None => vec![NATIONAL_DEFAULT],
    };
    let distinct: BTreeSet<&str> = ids.into_iter().collect();
    distinct.into_iter().map(find).collect()
}

fn distinct<'a>(codes: impl Iterator<Item = &'a RegionCode>) -> Vec<RegionCode> {
    codes.collect::<BTreeSet<_>>().into_iter().cloned().collect()
}

/// Finds a standard by its id.
pub(crate) fn find(id: &str) -> Result<&'static Standard, RpcError> {
    all()?
        .iter()
        .find(|standard| standard.id == id)
        .ok_or_else(|| RpcError::StandardMissing { resource: name::standard(id) })
}

/// All standards, by id.
pub(crate) fn all() -> Result<&'static [Standard], RpcError> {
    Standard::national().map_err(|faults| RpcError::Internal { what: faults.to_string() })
}
