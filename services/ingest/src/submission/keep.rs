//! Stores a submission: its facts when it is accepted or held, its findings alone when it is refused.

use jiff::Timestamp;
use junheng_domain::{
    acknowledgement::Acknowledgement,
    code::{Month, RegionCode},
    finding::Finding,
    standard::ITEM_VALID_MONTHS_AT_MOST,
};
use junheng_runtime::Caller;
use junheng_store::{StoreError, WriteTransaction, county_items, marks, school_facts, submissions, submissions::Given};
use junheng_wire::name;

use super::{Decision, Submission};

/// What was stored of a submission.
pub(crate) struct Kept {
    pub(crate) number: u32,
    /// `None`: refused or held.
    pub(crate) revision: Option<u32>,
    /// When it was refused, held or accepted.
    pub(crate) known_at: Timestamp,
}

impl Kept {
    pub(crate) fn name(&self, submission: &Submission) -> String {
        name::submission(&submission.county, submission.month, self.number)
    }
}

/// Stores a submission, accepted, held or refused, and marks what it touches.
pub(crate) async fn keep(
    transaction: &WriteTransaction,
    caller: &Caller,
    request_id: &str,
    submission: &Submission,
    findings: &[Finding],
    known_at: Timestamp,
) -> Result<Kept, StoreError> {
    let (county, month) = (&submission.county, submission.month);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let new = submissions::NewSubmission {
        county: county.clone(),
        month,
        request_id: request_id.to_owned(),
        school_count: count(submission.schools.len()),
        item_count: count(submission.items.len()),
        content_digest: submission.digest.clone(),
        known_at,
        caller: caller.subject.to_string(),
        trace_parent: caller.trace.traceparent(),
        findings: findings.to_vec(),
        acknowledgements: given(&submission.acknowledgements, caller, known_at),
    };
    let (number, revision) = match Decision::of(findings, &submission.acknowledgements) {
        Decision::Refuse => {
            let number = submissions::insert_refused(transaction, &new).await?;
            return Ok(Kept { number, revision: None, known_at });
        }
        Decision::Hold => (submissions::insert_held(transaction, &new).await?, None),
        Decision::Accept => {
            let (number, revision) = submissions::insert_accepted(transaction, &new).await?;
            marks::mark_new(transaction, county, month, last_marked(month), known_at, &new.trace_parent);
            (number, Some(revision))
        }
    };
    school_facts::insert_many(transaction, county, month, number, submission.schools.iter().map(|row| &row.facts))?;
    county_items::insert_many(transaction, county, month, number, submission.items.iter().map(|row| &row.item))?;
    Ok(Kept { number, revision, known_at })
}

/// Marks a month, if it is reported, and those reported in the 12 after it: items go on counting, so that a late month touches them, too.
pub(crate) async fn mark(
    transaction: &WriteTransaction,
    caller: &Caller,
    county: &RegionCode,
    month: Month,
    known_at: Timestamp,
) -> Result<(), StoreError> {
    let trace_parent = caller.trace.traceparent();
    marks::mark_accepted(transaction, county, month, last_marked(month), known_at, &trace_parent).await?;
    Ok(())
}

/// The last month that counts the items of a month.
fn last_marked(month: Month) -> Month {
    Month::from_ordinal(month.ordinal() + i32::from(ITEM_VALID_MONTHS_AT_MOST)).unwrap_or(month)
}

/// Acknowledgements that a caller gives at an instant.
pub(crate) fn given(acknowledgements: &[Acknowledgement], caller: &Caller, at: Timestamp) -> Vec<Given> {
    let one = |acknowledgement: &Acknowledgement| Given {
        acknowledgement: acknowledgement.clone(),
        by: caller.subject.to_string(),
        at,
    };
    acknowledgements.iter().map(one).collect()
}
