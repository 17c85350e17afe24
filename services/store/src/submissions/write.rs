//! Writing submissions. The county's lock must have been taken, and instants come from its clock.

use jiff::Timestamp;
use junheng_domain::finding::Finding;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::{ACCEPTED, Given, HELD, NewSubmission, REFUSED, Submission, WITHDRAWN, acknowledgements, encode_findings};
use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{number as decode_number, statement, unix_ms},
    entity::submissions,
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
    let next = Next::of(transaction, submission).await?;
    insert(transaction, submission, next.number, ACCEPTED, Some(next.revision), "").await?;
    next.decode()
}

/// Inserts a refused submission and gives its number; all submissions of a month share the sequence.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_refused(transaction: &WriteTransaction, submission: &NewSubmission) -> Result<u32, StoreError> {
    let next = Next::of(transaction, submission).await?;
    insert(transaction, submission, next.number, REFUSED, None, "").await?;
    Ok(next.decode()?.0)
}

/// Inserts a held submission and gives its number; its `known_at` is when it is held.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn insert_held(transaction: &WriteTransaction, submission: &NewSubmission) -> Result<u32, StoreError> {
    let next = Next::of(transaction, submission).await?;
    insert(transaction, submission, next.number, HELD, None, "").await?;
    Ok(next.decode()?.0)
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
    let next = Next::of(transaction, submission).await?;
    insert(transaction, submission, next.number, WITHDRAWN, Some(next.revision), reason).await?;
    next.decode()
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
        Settled::Accepted { known_at } => (ACCEPTED, Some(Next::of(transaction, content).await?.revision), known_at),
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
    if db.execute_raw(statement(db, sql, values)).await?.rows_affected() != 1 {
        return Err(StoreError::corrupt("submissions: one to be settled is not held"));
    }
    revision.map(|revision| decode_number(revision, "submissions.revision")).transpose()
}

/// The number and the revision that the next submission of a month has.
struct Next {
    number: i32,
    revision: i32,
}

impl Next {
    async fn of(transaction: &WriteTransaction, submission: &NewSubmission) -> Result<Self, StoreError> {
        let db = transaction.connection();
        let sql = "SELECT COALESCE(MAX(number), 0) + 1, COALESCE(MAX(revision), 0) + 1 FROM submissions
            WHERE county_code = $1 AND month = $2";
        let values = [submission.county.as_str().into(), submission.month.ordinal().into()];
        let row = db.query_one_raw(statement(db, sql, values)).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("submissions: no greatest number"))?;
        Ok(Self { number: row.try_get_by_index(0)?, revision: row.try_get_by_index(1)? })
    }

    fn decode(&self) -> Result<(u32, u32), StoreError> {
        Ok((decode_number(self.number, "submissions.number")?, decode_number(self.revision, "submissions.revision")?))
    }
}

async fn insert(
    transaction: &WriteTransaction,
    submission: &NewSubmission,
    number: i32,
    state: &str,
    revision: Option<i32>,
    withdrawal_reason: &str,
) -> Result<(), StoreError> {
    let known_at = unix_ms(submission.known_at);
    let row = submissions::ActiveModel {
        county_code: Set(submission.county.to_string()),
        month: Set(submission.month.ordinal()),
        number: Set(number),
        state: Set(state.to_owned()),
        revision: Set(revision),
        request_id: Set(submission.request_id.clone()),
        school_count: Set(decode_number(submission.school_count, "submissions.school_count")?),
        item_count: Set(decode_number(submission.item_count, "submissions.item_count")?),
        content_digest: Set(submission.content_digest.clone()),
        known_at_unix_ms: Set(known_at),
        caller: Set(submission.caller.clone()),
        trace_parent: Set(submission.trace_parent.clone()),
        findings_json: Set(encode_findings(&submission.findings)?),
        acknowledgements_json: Set(acknowledgements::write(&submission.acknowledgements)?),
        held_at_unix_ms: Set((state == HELD).then_some(known_at)),
        withdrawal_reason: Set(withdrawal_reason.to_owned()),
    };
    submissions::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}
