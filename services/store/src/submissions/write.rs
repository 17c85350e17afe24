//! Writing submissions. The county's lock was taken or is by the first of the writes, and instants come from its clock.

use jiff::Timestamp;
use junheng_domain::finding::Finding;
use sea_orm::ConnectionTrait;

use super::{ACCEPTED, Given, HELD, NewSubmission, REFUSED, Submission, WITHDRAWN, acknowledgements, encode_findings};
use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{number as decode_number, statement, unix_ms},
    message::Message,
    transaction::Numbers,
};

/// What becomes of a held submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It becomes a revision, known at this instant.
    Accepted {
        /// When it becomes known.
        known_at: Timestamp,
    },
    /// It is refused.
    Refused,
    /// It is held on.
    Held,
}

/// Inserts an accepted submission and gives its number and revision.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_accepted(
    transaction: &WriteTransaction,
    submission: &NewSubmission,
) -> Result<(u32, u32), StoreError> {
    revision(insert(transaction, submission, ACCEPTED, "").await?)
}

/// Inserts a refused submission and gives its number; all submissions of a month share the sequence.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_refused(transaction: &WriteTransaction, submission: &NewSubmission) -> Result<u32, StoreError> {
    Ok(insert(transaction, submission, REFUSED, "").await?.0)
}

/// Inserts a held submission and gives its number; its `known_at` is when it is held.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_held(transaction: &WriteTransaction, submission: &NewSubmission) -> Result<u32, StoreError> {
    Ok(insert(transaction, submission, HELD, "").await?.0)
}

/// Inserts the withdrawal of a month, which has no facts, and gives its number and revision.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_withdrawn(
    transaction: &WriteTransaction,
    submission: &NewSubmission,
    reason: &str,
) -> Result<(u32, u32), StoreError> {
    revision(insert(transaction, submission, WITHDRAWN, reason).await?)
}

/// Settles a held submission with what the checks found by now and all its acknowledgements; gives its revision where it has
/// one then.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it is not held.
pub async fn settle(
    transaction: &WriteTransaction,
    held: &Submission,
    settled: Settled,
    findings: &[Finding],
    given: &[Given],
) -> Result<Option<u32>, StoreError> {
    let db = transaction.connection();
    let content = &held.content;
    let (state, revision, known_at) = match settled {
        Settled::Accepted { known_at } => {
            (ACCEPTED, Some(numbers(transaction, content).await?.revision.saturating_add(1)), known_at)
        }
        Settled::Refused => (REFUSED, None, content.known_at),
        Settled::Held => (HELD, None, content.known_at),
    };
    let sql = "UPDATE submissions SET state = $1, revision = $2, known_at_unix_ms = $3, findings_json = $4,
            acknowledgements_json = $5
        WHERE county_code = $6 AND month = $7 AND number = $8 AND state = $9";
    let values = [
        state.into(),
        revision.into(),
        unix_ms(known_at).into(),
        encode_findings(findings)?.into(),
        acknowledgements::write(given)?.into(),
        content.county.as_str().into(),
        content.month.ordinal().into(),
        decode_number::<i32, _>(held.number, "submissions.number")?.into(),
        HELD.into(),
    ];
    transaction.remember_numbers(None);
    if db.execute_raw(statement(db, sql, values)).await?.rows_affected() != 1 {
        return Err(StoreError::corrupt("submissions: one to be settled is not held"));
    }
    revision.map(|revision| decode_number(revision, "submissions.revision")).transpose()
}

/// The greatest number and revision of a month, by now.
async fn numbers(transaction: &WriteTransaction, submission: &NewSubmission) -> Result<Numbers, StoreError> {
    let (county, month) = (&submission.county, submission.month);
    if let Some(known) = transaction.known_numbers(county, month) {
        return Ok(known);
    }
    let db = transaction.connection();
    let sql = "SELECT COALESCE(MAX(number), 0), COALESCE(MAX(revision), 0) FROM submissions
        WHERE county_code = $1 AND month = $2";
    let row = db.query_one_raw(statement(db, sql, [county.as_str().into(), month.ordinal().into()])).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("submissions: no greatest number"))?;
    Ok(Numbers { county: county.clone(), month, number: row.try_get_by_index(0)?, revision: row.try_get_by_index(1)? })
}

/// Inserts a submission with the next number of its month and, where its state has one, the next revision; gives both. The county's lock or
/// its clock keeps others from taking them.
async fn insert(
    transaction: &WriteTransaction,
    submission: &NewSubmission,
    state: &str,
    withdrawal_reason: &str,
) -> Result<(u32, Option<u32>), StoreError> {
    let known_at = unix_ms(submission.known_at);
    let mut numbers = numbers(transaction, submission).await?;
    numbers.number += 1;
    let revision = matches!(state, ACCEPTED | WITHDRAWN).then(|| {
        numbers.revision += 1;
        numbers.revision
    });
    let number = numbers.number;
    transaction.remember_numbers(Some(numbers));
    let sql = "INSERT INTO submissions (county_code, month, number, revision, state, request_id, school_count, item_count,
            content_digest, known_at_unix_ms, caller, trace_parent, findings_json, acknowledgements_json, held_at_unix_ms,
            withdrawal_reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let values = [
        submission.county.as_str().into(),
        submission.month.ordinal().into(),
        number.into(),
        revision.into(),
        state.into(),
        submission.request_id.as_str().into(),
        decode_number::<i32, _>(submission.school_count, "submissions.school_count")?.into(),
        decode_number::<i32, _>(submission.item_count, "submissions.item_count")?.into(),
        submission.content_digest.as_str().into(),
        known_at.into(),
        submission.caller.as_str().into(),
        submission.trace_parent.as_str().into(),
        encode_findings(&submission.findings)?.into(),
        acknowledgements::write(&submission.acknowledgements)?.into(),
        (state == HELD).then_some(known_at).into(),
        withdrawal_reason.into(),
    ];
    transaction.connection().defer(Message::new(sql, values));
    Ok((
        decode_number(number, "submissions.number")?,
        revision.map(|revision| decode_number(revision, "submissions.revision")).transpose()?,
    ))
}

/// The number and revision of a submission that has both.
fn revision((number, revision): (u32, Option<u32>)) -> Result<(u32, u32), StoreError> {
    Ok((number, revision.ok_or_else(|| StoreError::corrupt("submissions: no revision after the insert"))?))
}
