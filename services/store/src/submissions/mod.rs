//! Table `submissions`. Written by ingest, read by every service.

mod acknowledgements;
mod last;
mod superseded;
mod write;

use std::collections::BTreeSet;

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    finding::{Finding, FindingGroup, TOLD_AT_MOST, Told, group},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::Deserialize;

use crate::{
    CountyMonth, Reads, StoreError,
    bulk::ask,
    encoding::{instant, month as decode_month, number as decode_number, parse, unix_ms, unix_ms_or_latest},
    entity::submissions,
};

pub use self::{
    acknowledgements::Given,
    last::{Last, list_last},
    write::{Settled, insert_accepted, insert_held, insert_refused, insert_withdrawn, settle},
};

pub(crate) use self::superseded::OVERTAKEN;

const ACCEPTED: &str = "accepted";
const REFUSED: &str = "refused";
const HELD: &str = "held";
const WITHDRAWN: &str = "withdrawn";

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Accepted (已接收): its facts are stored.
    Accepted {
        /// 1 for the first accepted submission of the county and month.
        revision: u32,
    },
    /// Refused (已退回): nothing of it counts.
    Refused,
    /// Held (待确认): its facts are stored and do not count until its warnings are acknowledged.
    Held,
    /// Superseded (已被取代): it was held, and another one of the month was sent or withdrawn since; it counts never.
    Superseded,
    /// Withdrawal (撤回) of the month: a revision without facts, from which on the month counts as not reported.
    Withdrawn {
        /// Its number among the revisions of the month.
        revision: u32,
    },
}

impl State {
    /// The revision of the month that it is; `None`: it is none.
    #[must_use]
    pub const fn revision(self) -> Option<u32> {
        match self {
            Self::Accepted { revision } | Self::Withdrawn { revision } => Some(revision),
            Self::Refused | Self::Held | Self::Superseded => None,
        }
    }
}

/// A submission that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubmission {
    /// County.
    pub county: RegionCode,
    /// Month that its facts are about.
    pub month: Month,
    /// Request that brought it.
    pub request_id: String,
    /// How many schools it holds.
    pub school_count: u32,
    /// How many operands of county items it holds.
    pub item_count: u32,
    /// Digest of its content.
    pub content_digest: String,
    /// When it was known, from the county's clock.
    pub known_at: Timestamp,
    /// Subject of the caller.
    pub caller: String,
    /// W3C trace context of the request; empty when there is none.
    pub trace_parent: String,
    /// What the checks found; read again, at most the first [`TOLD_AT_MOST`] of it.
    pub findings: Vec<Finding>,
    /// Acknowledgements of its warnings, in the order they were given.
    pub acknowledgements: Vec<Given>,
}

/// Submission (报送) of a county and month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Number among all submissions of the county and month, from 1.
    pub number: u32,
    /// What became of it.
    pub state: State,
    /// When it was held; `None`: it never was.
    pub held_at: Option<Timestamp>,
    /// Why the month was withdrawn; empty unless this is the withdrawal.
    pub withdrawal_reason: String,
    /// What was kept.
    pub content: NewSubmission,
    /// All that the checks found, by root cause.
    pub finding_groups: Vec<FindingGroup>,
}

/// Finds a submission by its number.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the row holds a value that the domain refuses.
pub async fn find(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    number: u32,
) -> Result<Option<Submission>, StoreError> {
    let Ok(number) = i32::try_from(number) else { return Ok(None) };
    let row = submissions::Entity::find_by_id((county.to_string(), month.ordinal(), number));
    let mut found = row.one(reads.connection()).await?.map(decode).transpose()?;
    superseded::tell(reads, county, found.as_mut_slice()).await?;
    Ok(found)
}

/// Finds the current submission of a county and month: the highest revision known at the instant, unless it is a withdrawal;
/// `None`: now.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the row holds a value that the domain refuses.
pub async fn find_current(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    as_of: Option<Timestamp>,
) -> Result<Option<Submission>, StoreError> {
    let newest = find_newest(reads, county, month, as_of).await?;
    Ok(newest.filter(|newest| matches!(newest.state, State::Accepted { .. })))
}

/// Finds the highest revision of a county and month known at the instant, a withdrawal, too; `None`: now.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the row holds a value that the domain refuses.
pub async fn find_newest(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    as_of: Option<Timestamp>,
) -> Result<Option<Submission>, StoreError> {
    let row = submissions::Entity::find()
        .filter(submissions::Column::CountyCode.eq(county.as_str()))
        .filter(submissions::Column::Month.eq(month.ordinal()))
        .filter(submissions::Column::Revision.is_not_null())
        .filter(submissions::Column::KnownAtUnixMs.lte(unix_ms_or_latest(as_of)))
        .order_by_desc(submissions::Column::Revision)
        .limit(1)
        .one(reads.connection())
        .await?;
    row.map(decode).transpose()
}

/// Lists the current submissions of many counties and months, each as [`find_current`] gives it, in the order of the questions.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_current(
    reads: &impl Reads,
    questions: &[CountyMonth],
) -> Result<Vec<Option<Submission>>, StoreError> {
    let select = "SELECT wanted.place, submissions.* FROM wanted CROSS JOIN submissions
        WHERE submissions.county_code = wanted.county_code AND submissions.month = wanted.month
            AND submissions.state = 'accepted'
            AND submissions.revision = (SELECT MAX(newest.revision) FROM submissions newest
                WHERE newest.county_code = wanted.county_code AND newest.month = wanted.month
                AND newest.known_at_unix_ms <= wanted.as_of_unix_ms)";
    let encode = |question: &CountyMonth| {
        [question.county.as_str().into(), question.month.ordinal().into(), unix_ms(question.as_of).into()]
    };
    ask(reads.connection(), "county_code, month, as_of_unix_ms", select, questions, encode, |answer, row| {
        *answer = Some(decode(submissions::Model::from_query_result(row, "")?)?);
        Ok(())
    })
    .await
}

/// What a query adds to find the months whose newest revision is no withdrawal.
pub(crate) const REPORTED: &str = "submissions.state = 'accepted'
    AND submissions.revision = (SELECT MAX(newest.revision) FROM submissions newest
        WHERE newest.county_code = submissions.county_code AND newest.month = submissions.month)";

/// Lists the months after `after`, up to and including `up_to`, that the county reported and did not withdraw; oldest first.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_months(
    reads: &impl Reads,
    county: &RegionCode,
    after: Month,
    up_to: Month,
) -> Result<Vec<Month>, StoreError> {
    let ordinals: Vec<i32> = submissions::Entity::find()
        .select_only()
        .column(submissions::Column::Month)
        .filter(submissions::Column::CountyCode.eq(county.as_str()))
        .filter(Expr::cust(REPORTED))
        .filter(submissions::Column::Month.gt(after.ordinal()))
        .filter(submissions::Column::Month.lte(up_to.ordinal()))
        .order_by_asc(submissions::Column::Month)
        .into_tuple()
        .all(reads.connection())
        .await?;
    ordinals.into_iter().map(|ordinal| decode_month(ordinal, "submissions.month")).collect()
}

/// Lists the newest months from `first` to `last` that the county reported and did not withdraw, each with the number of its
/// current submission; newest first, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_newest(
    reads: &impl Reads,
    county: &RegionCode,
    first: Month,
    last: Month,
    limit: u32,
) -> Result<Vec<(Month, u32)>, StoreError> {
    let rows: Vec<(i32, i32)> = submissions::Entity::find()
        .select_only()
        .columns([submissions::Column::Month, submissions::Column::Number])
        .filter(submissions::Column::CountyCode.eq(county.as_str()))
        .filter(submissions::Column::Month.between(first.ordinal(), last.ordinal()))
        .filter(Expr::cust(REPORTED))
        .order_by_desc(submissions::Column::Month)
        .limit(u64::from(limit))
        .into_tuple()
        .all(reads.connection())
        .await?;
    let decode =
        |(month, number)| Ok((decode_month(month, "submissions.month")?, decode_number(number, "submissions.number")?));
    rows.into_iter().map(decode).collect()
}

/// Finds which of the counties reported the month and did not withdraw it.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_reported(
    reads: &impl Reads,
    counties: &[RegionCode],
    month: Month,
) -> Result<BTreeSet<RegionCode>, StoreError> {
    let codes: Vec<String> = submissions::Entity::find()
        .select_only()
        .column(submissions::Column::CountyCode)
        .filter(submissions::Column::CountyCode.is_in(counties.iter().map(RegionCode::as_str)))
        .filter(submissions::Column::Month.eq(month.ordinal()))
        .filter(Expr::cust(REPORTED))
        .into_tuple()
        .all(reads.connection())
        .await?;
    codes.iter().map(|code| parse(code, "submissions.county_code")).collect()
}

/// Lists a county's submissions, newest month first and newest number first: those of `month`, or of all months; those
/// after the month and number `after`, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    county: &RegionCode,
    month: Option<Month>,
    after: Option<(Month, u32)>,
    limit: u32,
) -> Result<Vec<Submission>, StoreError> {
    let mut query = submissions::Entity::find()
        .filter(submissions::Column::CountyCode.eq(county.as_str()))
        .order_by_desc(submissions::Column::Month)
        .order_by_desc(submissions::Column::Number)
        .limit(u64::from(limit));
    if let Some(month) = month {
        query = query.filter(submissions::Column::Month.eq(month.ordinal()));
    }
    if let Some((month, number)) = after {
        let same_month = Condition::all()
            .add(submissions::Column::Month.eq(month.ordinal()))
            .add(submissions::Column::Number.lt(i32::try_from(number).unwrap_or(i32::MAX)));
        query = query.filter(Condition::any().add(submissions::Column::Month.lt(month.ordinal())).add(same_month));
    }
    let mut found: Vec<Submission> =
        query.all(reads.connection()).await?.into_iter().map(decode).collect::<Result<_, _>>()?;
    superseded::tell(reads, county, &mut found).await?;
    Ok(found)
}

fn decode(row: submissions::Model) -> Result<Submission, StoreError> {
    let state = decode_state(&row.state, row.revision)?;
    let Told { findings, groups } = decode_findings(&row.findings_json)?;
    Ok(Submission {
        number: decode_number(row.number, "submissions.number")?,
        state,
        held_at: row.held_at_unix_ms.map(|at| instant(at, "submissions.held_at_unix_ms")).transpose()?,
        withdrawal_reason: row.withdrawal_reason,
        content: NewSubmission {
            county: parse(&row.county_code, "submissions.county_code")?,
            month: decode_month(row.month, "submissions.month")?,
            request_id: row.request_id,
            school_count: decode_number(row.school_count, "submissions.school_count")?,
            item_count: decode_number(row.item_count, "submissions.item_count")?,
            content_digest: row.content_digest,
            known_at: instant(row.known_at_unix_ms, "submissions.known_at_unix_ms")?,
            caller: row.caller,
            trace_parent: row.trace_parent,
            findings,
            acknowledgements: acknowledgements::read(&row.acknowledgements_json)?,
        },
        finding_groups: groups,
    })
}

fn decode_state(state: &str, revision: Option<i32>) -> Result<State, StoreError> {
    match (state, revision) {
        (ACCEPTED, Some(revision)) => {
            Ok(State::Accepted { revision: decode_number(revision, "submissions.revision")? })
        }
        (WITHDRAWN, Some(revision)) => {
            Ok(State::Withdrawn { revision: decode_number(revision, "submissions.revision")? })
        }
        (REFUSED, None) => Ok(State::Refused),
        (HELD, None) => Ok(State::Held),
        (state, _) => Err(StoreError::corrupt(format!("submissions.state: {state}"))),
    }
}

/// Findings as they stand in `findings_json`: all of them, or the first with the groups of all.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredFindings {
    All(Vec<Finding>),
    First(Told),
}

fn encode_findings(findings: &[Finding]) -> Result<String, StoreError> {
    let json = if findings.len() > TOLD_AT_MOST {
        serde_json::to_string(&Told::of(findings))
    } else {
        serde_json::to_string(findings)
    };
    json.map_err(|error| StoreError::corrupt(format!("submissions.findings_json: {error}")))
}

fn decode_findings(json: &str) -> Result<Told, StoreError> {
    match serde_json::from_str(json) {
        Ok(StoredFindings::All(findings)) => Ok(Told { groups: group(&findings), findings }),
        Ok(StoredFindings::First(told)) => Ok(told),
        Err(error) => Err(StoreError::corrupt(format!("submissions.findings_json: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use junheng_domain::finding::{Fault, Severity};

    use super::*;

    #[test]
    fn findings_that_were_kept_before_they_were_told_in_english_are_read() {
        let json = r#"[{"severity":"warning","rule":"number","path":"a:2.x","school":null,"element":"books","found":"1.5","message":"甲","remedy":"乙"}]"#;

        let told = decode_findings(json).unwrap();

        let finding = &told.findings[0];
        assert_eq!(
            (finding.severity, finding.message.as_str(), finding.message_en.as_str()),
            (Severity::Warning, "甲", "")
        );
        assert_eq!((told.groups.len(), told.groups[0].count), (1, 1));
    }

    #[test]
    fn of_many_findings_the_first_are_kept_and_all_are_counted() {
        let finding = |line| Finding::of(Fault::FileRow, format!("a:{line}"));
        let most: Vec<_> = (0..TOLD_AT_MOST).map(finding).collect();
        let more: Vec<_> = (0..=TOLD_AT_MOST).map(finding).collect();

        let read = |findings: &[Finding]| decode_findings(&encode_findings(findings).unwrap()).unwrap();

        assert_eq!((read(&most).findings, read(&most).groups[0].count), (most, 2_000));
        assert_eq!((read(&more).findings.len(), read(&more).groups[0].count), (2_000, 2_001));
    }
}
