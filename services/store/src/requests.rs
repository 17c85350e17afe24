//! Table `requests`. Every service appends and reads its own requests; what it answered once it answers again.
//!
//! [`claim`] and [`answer`] want the county's lock ([`clock::advance`](crate::clock::advance)) taken before, in the same transaction: so
//! a copy of the request that comes at the same time waits, and then finds the answer.

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    history::SchoolHistory,
};
use junheng_seal::chain::Kind;
use sea_orm::{ConnectionTrait, QueryResult};

use crate::{
    Reads, StoreError, WriteTransaction, audit,
    encoding::{hash, instant, month as decode_month, parse, statement, unix_ms},
    message::Message,
    rules::{self, Ruled},
    schools,
    standards::Loaded,
    submissions::REPORTED,
    transaction::Numbers,
};

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is new: do the work and [`answer`].
    New,
    /// It was answered with this reply: give it again, do nothing else.
    Answered(Vec<u8>),
}

/// Tells whether the request is new, or what it was answered.
///
/// # Errors
///
/// [`StoreError::RequestIdReused`] when the id was answered for a content with another fingerprint.
pub async fn claim(
    transaction: &WriteTransaction,
    county: &RegionCode,
    request_id: &str,
    fingerprint: &str,
) -> Result<Claim, StoreError> {
    let db = transaction.connection();
    // The end of the county's audit is read along: the write will append to it.
    let sql = format!("SELECT {CLAIM} FROM (SELECT 1 AS one) o {OF_REQUEST}");
    let values = [county.as_str().into(), request_id.into()];
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("requests: no row of a single one"))?;
    decode(transaction, county, fingerprint, &row)
}

/// What a request that brings a month meets.
#[derive(Debug, Clone)]
pub struct Meeting {
    /// What is known of the request.
    pub claim: Claim,
    /// Where the county's clock stood, for [`clock::advance_from`](crate::clock::advance_from); `None`: nothing of the county was written yet.
    pub clock: Option<Timestamp>,
    /// The newest two months that the county reported, as [`submissions::list_newest`](crate::submissions::list_newest) gives them.
    pub newest: Vec<(Month, u32)>,
    /// Its schools, as [`schools::list_as_of`] gives them now; none where the request was answered.
    pub schools: Vec<SchoolHistory>,
    /// What it is and what its submissions are checked by.
    pub ruled: Ruled,
}

/// Tells whether a request that brings a month is new, as [`claim`], with all that the month is checked by: what the county reported from `first` to
/// that month, its schools, and its rules; in one statement, and with or without the county's lock.
///
/// # Errors
///
/// As [`claim`].
pub async fn meet(
    transaction: &WriteTransaction,
    loaded: &Loaded,
    county: &RegionCode,
    request_id: &str,
    fingerprint: &str,
    (first, month): (Month, Month),
) -> Result<Meeting, StoreError> {
    let db = transaction.connection();
    let backend = db.get_database_backend();
    // The numbers of the month's submissions are read along, too: the write will add one.
    let sql = format!(
        "{} SELECT {CLAIM}, c.known_at_unix_ms AS clock, n.number, n.revision,
            (SELECT string_agg(newest.month || ' ' || newest.number, ',') FROM (
                SELECT submissions.month, submissions.number FROM submissions
                WHERE county_code = $1 AND month BETWEEN $4 AND $3 AND {REPORTED} ORDER BY month DESC LIMIT 2) newest) AS newest,
            CASE WHEN r.request_id IS NULL THEN (SELECT {}) END AS schools,
            {} AS rules
        FROM (SELECT COALESCE(MAX(number), 0) AS number, COALESCE(MAX(revision), 0) AS revision FROM submissions
            WHERE county_code = $1 AND month = $3) n
        LEFT JOIN county_clocks c ON c.county_code = $1
        {OF_REQUEST}",
        *rules::CHAIN,
        schools::text_of_county(backend),
        rules::text_of_region(backend),
    );
    let values = [county.as_str().into(), request_id.into(), month.ordinal().into(), first.ordinal().into()];
    let row = db.query_one_raw(statement(db, &sql, values)).await?;
    let row = row.ok_or_else(|| StoreError::corrupt("requests: no row of a single one"))?;
    let claim = decode(transaction, county, fingerprint, &row)?;
    let clock: Option<i64> = row.try_get_by_index(4)?;
    let known =
        Numbers { county: county.clone(), month, number: row.try_get_by_index(5)?, revision: row.try_get_by_index(6)? };
    transaction.remember_numbers(Some(known));
    let [newest, schools, rules]: [Option<String>; 3] =
        [row.try_get_by_index(7)?, row.try_get_by_index(8)?, row.try_get_by_index(9)?];
    Ok(Meeting {
        claim,
        clock: clock.map(|at| instant(at, "county_clocks.known_at_unix_ms")).transpose()?,
        newest: decode_newest(&newest.unwrap_or_default())?,
        schools: schools::read_text(backend, schools.as_deref())?,
        ruled: rules::read_text(transaction, loaded, county, rules.as_deref()).await?,
    })
}

/// Reads months with the numbers of their submissions, newest first.
fn decode_newest(text: &str) -> Result<Vec<(Month, u32)>, StoreError> {
    let decode = |pair: &str| {
        let (month, number) = pair.split_once(' ').unwrap_or((pair, ""));
        let month: i32 = parse(month, "submissions.month")?;
        Ok((decode_month(month, "submissions.month")?, parse(number, "submissions.number")?))
    };
    let pairs: Result<Vec<_>, StoreError> = text.split(',').filter(|pair| !pair.is_empty()).map(decode).collect();
    let mut newest = pairs?;
    newest.sort_unstable_by(|a, b| b.cmp(a));
    Ok(newest)
}

/// What is known of request `$2` of county `$1`, and where the county's audit ends.
const CLAIM: &str = "r.fingerprint, r.reply, a.sequence, a.hash";
const OF_REQUEST: &str = "LEFT JOIN requests r ON r.county_code = $1 AND r.request_id = $2
    LEFT JOIN (SELECT sequence, hash FROM audit_records WHERE county_code = $1 AND kind = 'changes'
        ORDER BY sequence DESC LIMIT 1) a ON 1 = 1";

fn decode(
    transaction: &WriteTransaction,
    county: &RegionCode,
    fingerprint: &str,
    row: &QueryResult,
) -> Result<Claim, StoreError> {
    let sequence: Option<i64> = row.try_get_by_index(2)?;
    let tip = match sequence {
        Some(sequence) => Some((sequence, hash(row.try_get_by_index(3)?, "audit_records.hash")?)),
        None => None,
    };
    transaction.remember_tip(&audit::stream(Some(county), Kind::Changes), tip);
    let known: Option<String> = row.try_get_by_index(0)?;
    match known {
        None => Ok(Claim::New),
        Some(known) if known == fingerprint => Ok(Claim::Answered(row.try_get_by_index(1)?)),
        Some(_) => Err(StoreError::RequestIdReused),
    }
}

/// Whether the request was answered already, as far as can be seen without the lock: what is costly need not be done for it again.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn is_answered(reads: &impl Reads, county: &RegionCode, request_id: &str) -> Result<bool, StoreError> {
    let db = reads.connection();
    let sql = "SELECT 1 FROM requests WHERE county_code = $1 AND request_id = $2";
    Ok(db.query_one_raw(statement(db, sql, [county.as_str().into(), request_id.into()])).await?.is_some())
}

/// Keeps the reply to a request that [`claim`] called new; the transaction fails when it was answered already.
pub fn answer(
    transaction: &WriteTransaction,
    county: &RegionCode,
    request_id: &str,
    fingerprint: &str,
    reply: Vec<u8>,
    known_at: Timestamp,
) {
    let sql = "INSERT INTO requests (county_code, request_id, fingerprint, reply, known_at_unix_ms)
        VALUES ($1, $2, $3, $4, $5)";
    let values =
        [county.as_str().into(), request_id.into(), fingerprint.into(), reply.into(), unix_ms(known_at).into()];
    transaction.connection().defer(Message::new(sql, values));
}
