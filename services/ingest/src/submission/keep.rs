//! Stores a submission: its facts when it is accepted, its findings alone when it is refused.

use junheng_domain::{
    code::Month,
    finding::{Finding, error_count},
    standard::ITEM_VALID_MONTHS_AT_MOST,
};
use junheng_runtime::Caller;
use junheng_store::{StoreError, WriteTransaction, county_items, marks, school_facts, submissions};
use junheng_wire::name;

use super::Submission;

/// What was stored of a submission.
pub(crate) struct Kept {
    pub(crate) number: u32,
    /// `None`: refused.
    pub(crate) revision: Option<u32>,
    pub(crate) known_at: jiff::Timestamp,
}

impl Kept {
    pub(crate) fn name(&self, submission: &Submission) -> String {
        name::submission(&submission.county, submission.month, self.number)
    }
}

/// Stores a submission, accepted or refused, and marks what it touches.
pub(crate) async fn keep(
    transaction: &WriteTransaction,
    caller: &Caller,
    request_id: &str,
    submission: &Submission,
    findings: &[Finding],
    known_at: jiff::Timestamp,
) -> Result<Kept, StoreError> {
    let (county, month) = (&submission.county, submission.month);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let trace_parent = caller.trace.traceparent();
    let new = submissions::NewSubmission {
        county: county.clone(),
        month,
        request_id: request_id.to_owned(),
        school_count: count(submission.schools.len()),
        item_count: count(submission.items.len()),
        content_digest: submission.digest.clone(),
        known_at,
        caller: caller.subject.to_string(),
        trace_parent: trace_parent.clone(),
        findings: findings.to_vec(),
    };
    if error_count(findings) > 0 {
        let number = submissions::insert_refused(transaction, &new).await?;
        return Ok(Kept { number, revision: None, known_at });
    }
    let (number, revision) = submissions::insert_accepted(transaction, &new).await?;
    let facts: Vec<_> = submission.schools.iter().map(|row| row.facts.clone()).collect();
    school_facts::insert_many(transaction, county, month, number, &facts).await?;
    let items: Vec<_> = submission.items.iter().map(|row| row.item.clone()).collect();
    county_items::insert_many(transaction, county, month, number, &items).await?;
    // Items go on counting, so that a late month touches the months reported after it, too.
    let last = Month::from_ordinal(month.ordinal() + i32::from(ITEM_VALID_MONTHS_AT_MOST)).unwrap_or(month);
    marks::mark_accepted(transaction, county, month, last, known_at, &trace_parent).await?;
    Ok(Kept { number, revision: Some(revision), known_at })
}
