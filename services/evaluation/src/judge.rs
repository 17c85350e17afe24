//! Evaluates counties' months, each as of an instant.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    evaluation::evaluate,
    facts::CountyFacts,
    standard::Standard,
};
use junheng_proto::evaluation::v1 as proto;
use junheng_store::{Reads, StoreError, cases, submissions};
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

/// Reads what was known of counties' months, as [`cases::read`] does, with what each rests on.
pub(crate) async fn read(
    reads: &impl Reads,
    asked: &[(RegionCode, Month)],
    as_of: Option<Timestamp>,
) -> Result<Vec<Option<Case>>, StoreError> {
    let case = |read: cases::Case| {
        let cases::Case { county, known_at, facts, submission } = read;
        let basis = basis(&county, submission);
        Case { county, known_at, facts, basis }
    };
    Ok(cases::read(reads, asked, as_of).await?.into_iter().map(|read| read.map(case)).collect())
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
