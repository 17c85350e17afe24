//! Reads what a county's month rests on, as of an instant, and evaluates it.

use std::sync::Arc;

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    evaluation::evaluate,
    facts::CountyFacts,
    school::School,
    standard::{ITEM_VALID_MONTHS_AT_MOST, Standard},
};
use junheng_proto::evaluation::v1 as proto;
use junheng_store::{Reads, StoreError, county_items, school_facts, schools, submissions, submissions::State, waivers};
use junheng_wire::{evaluation, name, status::RpcError, time};

/// What a county's month is judged on, and what it rests on.
#[derive(Debug)]
pub(crate) struct Case {
    county: RegionCode,
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
        Self { county: self.county.clone(), facts, basis: self.basis.clone() }
    }
}

/// Reads what was known of a county's month at an instant; `None` when it was not reported.
pub(crate) async fn read(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    as_of: Option<Timestamp>,
) -> Result<Option<Case>, StoreError> {
    let Some(current) = submissions::find_current(reads, county, month, as_of).await? else { return Ok(None) };
    let registered = schools::list_as_of(reads, county, as_of).await?;
    let schools: Vec<School> = registered.into_iter().filter(|school| school.open_in(month)).collect();
    let school_facts = school_facts::list(reads, county, month, current.number).await?;
    let items = county_items::list_latest(reads, county, month, as_of, ITEM_VALID_MONTHS_AT_MOST).await?;
    let waivers = waivers::list_as_of(reads, county, as_of).await?;
    let waivers = waivers.into_iter().filter(|grant| grant.revocation.is_none()).map(|grant| grant.waiver).collect();
    let revision = match current.state {
        State::Accepted { revision } => Some(revision),
        State::Refused => None,
    };
    let basis = proto::Basis {
        submission: name::submission(county, month, current.number),
        revision,
        content_digest: current.content.content_digest,
        known_at: Some(time::encode(current.content.known_at)),
    };
    let facts = CountyFacts { month, schools, school_facts, items, waivers };
    Ok(Some(Case { county: county.clone(), facts, basis }))
}

/// Evaluates a case under some standards, apart from the threads that serve.
pub(crate) async fn judge(case: Case, standards: Vec<Arc<Standard>>) -> Result<Vec<proto::Evaluation>, RpcError> {
    let case = Arc::new(case);
    let judged = tokio::task::spawn_blocking(move || {
        let one = |standard: &Arc<Standard>| {
            let evaluated = evaluate(standard, &case.facts);
            evaluation::encode(&evaluated, &case.county, Some(case.basis.clone()))
        };
        standards.iter().map(one).collect()
    });
    judged.await.map_err(|error| RpcError::Internal { what: format!("judging: {error}") })
}
