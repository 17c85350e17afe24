//! Tables `reports` and `report_pieces`. Appended and read by reporting. Nothing is ever changed or deleted.
//!
//! Issued reports of a county are numbered from 1. The content stands in pieces of [`PIECE_BYTES`], so that it is read as it is sent.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{instant, month as decode_month, number as decode_number, parse, unix_ms},
    entity::{report_pieces, reports},
};

/// Bytes of a piece; the last one of a report may have fewer.
pub const PIECE_BYTES: usize = 256 * 1024;

/// A report as it was issued, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// County.
    pub county: RegionCode,
    /// Number within the county, from 1.
    pub number: u32,
    /// Month that it is on.
    pub month: Month,
    /// Standard that the month was judged by.
    pub standard_id: String,
    /// Id of its format: `docx`.
    pub format: String,
    /// Media type of its content.
    pub media_type: String,
    /// A name for its file.
    pub file_name: String,
    /// Bytes of its content.
    pub byte_count: u64,
    /// SHA-256 of its content, lower-case hexadecimal.
    pub digest: String,
    /// SHA-256 of what it was made of, likewise.
    pub inputs_digest: String,
    /// Number and revision of the submission that it rests on.
    pub submission: Option<(u32, u32)>,
    /// When the evaluation was made.
    pub evaluated_at: Timestamp,
    /// Who issued it.
    pub issued_by: String,
    /// When it was issued.
    pub known_at: Timestamp,
}

/// Gives the number that the county's next report has: for certain where the county's lock
/// ([`clock::advance`](crate::clock::advance)) was taken in the same transaction, else unless another one is issued first.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn next_number(reads: &impl Reads, county: &RegionCode) -> Result<u32, StoreError> {
    let last: Option<i32> = reports::Entity::find()
        .select_only()
        .column(reports::Column::Number)
        .filter(reports::Column::CountyCode.eq(county.as_str()))
        .order_by_desc(reports::Column::Number)
        .limit(1)
        .into_tuple()
        .one(reads.connection())
        .await?;
    decode_number(last.unwrap_or(0).saturating_add(1), "reports.number")
}

/// Inserts an issued report with its content; its number comes from [`next_number`] in the same transaction.
///
/// # Errors
///
/// [`StoreError::Database`] when the number is taken.
pub async fn insert(transaction: &WriteTransaction, report: &Report, content: &[u8]) -> Result<(), StoreError> {
    let db = transaction.connection();
    let number: i32 = decode_number(report.number, "reports.number")?;
    let (submission_number, revision) = match report.submission {
        Some((number, revision)) => (
            Some(decode_number(number, "reports.submission_number")?),
            Some(decode_number(revision, "reports.revision")?),
        ),
        None => (None, None),
    };
    let row = reports::ActiveModel {
        county_code: Set(report.county.to_string()),
        number: Set(number),
        month: Set(report.month.ordinal()),
        standard_id: Set(report.standard_id.clone()),
        format: Set(report.format.clone()),
        media_type: Set(report.media_type.clone()),
        file_name: Set(report.file_name.clone()),
        byte_count: Set(decode_number(report.byte_count, "reports.byte_count")?),
        digest: Set(report.digest.clone()),
        inputs_digest: Set(report.inputs_digest.clone()),
        submission_number: Set(submission_number),
        revision: Set(revision),
        evaluated_at_unix_ms: Set(unix_ms(report.evaluated_at)),
        issued_by: Set(report.issued_by.clone()),
        known_at_unix_ms: Set(unix_ms(report.known_at)),
    };
    reports::Entity::insert(row).exec_without_returning(db).await?;
    for (place, piece) in (0..).zip(content.chunks(PIECE_BYTES)) {
        let row = report_pieces::ActiveModel {
            county_code: Set(report.county.to_string()),
            number: Set(number),
            place: Set(place),
            content: Set(piece.to_vec()),
        };
        report_pieces::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Finds an issued report by its number.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the row holds a value that the domain refuses.
pub async fn find(reads: &impl Reads, county: &RegionCode, number: u32) -> Result<Option<Report>, StoreError> {
    // No report has a number that a column cannot hold.
    let Ok(number) = i32::try_from(number) else { return Ok(None) };
    let row = reports::Entity::find_by_id((county.to_string(), number));
    row.one(reads.connection()).await?.map(decode).transpose()
}

/// Finds a piece of a report's content, from 0; `None`: there is none at that place.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn find_piece(
    reads: &impl Reads,
    county: &RegionCode,
    number: u32,
    place: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let (Ok(number), Ok(place)) = (i32::try_from(number), i32::try_from(place)) else { return Ok(None) };
    let row = report_pieces::Entity::find_by_id((county.to_string(), number, place));
    Ok(row.one(reads.connection()).await?.map(|piece| piece.content))
}

/// Lists a county's issued reports, newest first: those on `month`, or on all months; those before the number `before`, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list(
    reads: &impl Reads,
    county: &RegionCode,
    month: Option<Month>,
    before: Option<u32>,
    limit: u32,
) -> Result<Vec<Report>, StoreError> {
    let mut query = reports::Entity::find()
        .filter(reports::Column::CountyCode.eq(county.as_str()))
        .order_by_desc(reports::Column::Number)
        .limit(u64::from(limit));
    if let Some(month) = month {
        query = query.filter(reports::Column::Month.eq(month.ordinal()));
    }
    if let Some(before) = before {
        query = query.filter(reports::Column::Number.lt(i32::try_from(before).unwrap_or(i32::MAX)));
    }
    query.all(reads.connection()).await?.into_iter().map(decode).collect()
}

fn decode(row: reports::Model) -> Result<Report, StoreError> {
    let submission = match (row.submission_number, row.revision) {
        (Some(number), Some(revision)) => {
            Some((decode_number(number, "reports.submission_number")?, decode_number(revision, "reports.revision")?))
        }
        _ => None,
    };
    Ok(Report {
        county: parse(&row.county_code, "reports.county_code")?,
        number: decode_number(row.number, "reports.number")?,
        month: decode_month(row.month, "reports.month")?,
        standard_id: row.standard_id,
        format: row.format,
        media_type: row.media_type,
        file_name: row.file_name,
        byte_count: decode_number(row.byte_count, "reports.byte_count")?,
        digest: row.digest,
        inputs_digest: row.inputs_digest,
        submission,
        evaluated_at: instant(row.evaluated_at_unix_ms, "reports.evaluated_at_unix_ms")?,
        issued_by: row.issued_by,
        known_at: instant(row.known_at_unix_ms, "reports.known_at_unix_ms")?,
    })
}
