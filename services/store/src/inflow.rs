//! Table `submissions`, read across counties: what was sent for which months, and what became known since when.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    inflow::Sent,
};
use sea_orm::ConnectionTrait;

use crate::{
    Reads, StoreError,
    encoding::{chunks, instant, month as decode_month, number, parse, statement, unix_ms},
    submissions::OVERTAKEN,
};

const ACCEPTED: &str = "accepted";
const REFUSED: &str = "refused";
const HELD: &str = "held";

/// What is known of a county's month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MonthSent {
    /// What was sent, for judging how the county stands.
    pub sent: Sent,
    /// The current revision, where one counts.
    pub revision: Option<u32>,
    /// When the current revision was accepted, where one counts.
    pub last_accepted: Option<Timestamp>,
    /// Number of the last submission that was read, whatever became of it.
    last_number: i32,
    /// Highest revision, whether it counts or not.
    last_revision: i32,
}

/// The newest data that a county has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// The newest month that was accepted and not withdrawn since; `None`: all were withdrawn.
    pub month: Option<Month>,
    /// When anything was accepted last.
    pub accepted: Timestamp,
}

/// A revision that became known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// When it became known.
    pub known_at: Timestamp,
    /// County.
    pub county: RegionCode,
    /// Month.
    pub month: Month,
    /// Number among all submissions of the county and month.
    pub number: u32,
    /// Revision of the month.
    pub revision: u32,
    /// Whether the month counts with it; else it was withdrawn by it.
    pub accepted: bool,
    /// Digest of its content.
    pub content_digest: String,
}

/// Place of a revision in the order of [`list_revisions`].
pub type Place = (Timestamp, RegionCode, Month, u32);

/// Lists what was sent by these counties for the months `from` to `to`, as far as it was known at an instant. Months of which nothing was
/// sent are left out. What was held at the instant and accepted after it is held; what was held and refused after it is refused. A few
/// statements for a province.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_sent(
    reads: &impl Reads,
    counties: &[RegionCode],
    (from, to): (Month, Month),
    as_of: Timestamp,
) -> Result<BTreeMap<(RegionCode, Month), MonthSent>, StoreError> {
    let db = reads.connection();
    let mut months: BTreeMap<(RegionCode, Month), MonthSent> = BTreeMap::new();
    for chunk in chunks(counties) {
        let sql = format!(
            "SELECT county_code, month, CASE WHEN known_at_unix_ms <= $3 THEN state ELSE '{HELD}' END AS state_then,
                COUNT(*), MAX(number), COALESCE(MAX(CASE WHEN known_at_unix_ms <= $3 THEN revision END), 0),
                MIN(known_at_unix_ms), MAX(known_at_unix_ms)
            FROM submissions WHERE month >= $1 AND month <= $2 AND (known_at_unix_ms <= $3 OR held_at_unix_ms <= $3)
                AND county_code IN ({})
            GROUP BY county_code, month, state_then ORDER BY county_code, month, state_then",
            marks_from(4, chunk.len())
        );
        let values = [from.ordinal().into(), to.ordinal().into(), unix_ms(as_of).into()];
        let codes = chunk.iter().map(|county| county.as_str().into());
        for row in db.query_all_raw(statement(db, &sql, values.into_iter().chain(codes))).await? {
            let (county, month, state): (String, i32, String) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let (count, last_number, revision): (i64, i32, i32) =
                (row.try_get_by_index(3)?, row.try_get_by_index(4)?, row.try_get_by_index(5)?);
            let known = (instant(row.try_get_by_index(6)?, COLUMN)?, instant(row.try_get_by_index(7)?, COLUMN)?);
            let key = (parse(&county, "submissions.county_code")?, decode_month(month, "submissions.month")?);
            let group = Group { count: number(count, "submissions")?, last_number, revision, known };
            months.entry(key).or_default().add(&state, &group)?;
        }
    }
    Ok(months)
}

const COLUMN: &str = "submissions.known_at_unix_ms";

/// The submissions of a county's month in one state.
struct Group {
    count: u32,
    last_number: i32,
    /// 0: none of them is a revision.
    revision: i32,
    known: (Timestamp, Timestamp),
}

impl MonthSent {
    fn add(&mut self, state: &str, group: &Group) -> Result<(), StoreError> {
        self.sent.submissions += group.count;
        if state == ACCEPTED {
            self.sent.first_accepted = Some(group.known.0);
        }
        if state == REFUSED {
            self.sent.refused = group.count;
        }
        if group.revision > self.last_revision {
            self.last_revision = group.revision;
            self.sent.counts = state == ACCEPTED;
            self.revision = self.sent.counts.then(|| number(group.revision, "submissions.revision")).transpose()?;
            self.last_accepted = self.sent.counts.then_some(group.known.1);
        }
        if group.last_number > self.last_number {
            self.last_number = group.last_number;
            self.sent.waits = state != ACCEPTED && state != REFUSED && group.revision == 0;
        }
        Ok(())
    }
}

/// Finds for each of these provinces the first month that any county of it, by the digits, reported by an instant and had not
/// withdrawn by then; a province of which nobody did is left out.
///
/// Looks over all counties of the province, in a transaction also over those that its access does not cover: since when there is a duty to
/// report is the same for all of them.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_first_reported(
    reads: &impl Reads,
    provinces: &[RegionCode],
    as_of: Timestamp,
) -> Result<BTreeMap<RegionCode, Month>, StoreError> {
    if provinces.is_empty() {
        return Ok(BTreeMap::new());
    }
    reads.see_everything(true).await?;
    let listed = read_first_reported(reads, provinces, as_of).await;
    let narrowed = reads.see_everything(false).await;
    listed.and_then(|listed| narrowed.map(|()| listed))
}

async fn read_first_reported(
    reads: &impl Reads,
    provinces: &[RegionCode],
    as_of: Timestamp,
) -> Result<BTreeMap<RegionCode, Month>, StoreError> {
    let db = reads.connection();
    let mut first = BTreeMap::new();
    for chunk in chunks(provinces) {
        // Ranges of codes are found by the key.
        let ranges: Vec<_> = (0..chunk.len())
            .map(|place| format!("county_code BETWEEN ${} AND ${}", 2 + 2 * place, 3 + 2 * place))
            .collect();
        let sql = format!(
            "SELECT SUBSTR(county_code, 1, 2), MIN(month) FROM submissions WHERE state = 'accepted' AND ({})
                AND revision = (SELECT MAX(newest.revision) FROM submissions newest
                    WHERE newest.county_code = submissions.county_code AND newest.month = submissions.month
                    AND newest.known_at_unix_ms <= $1)
            GROUP BY SUBSTR(county_code, 1, 2)",
            ranges.join(" OR ")
        );
        let ends = chunk.iter().flat_map(|province| {
            let code = province.as_str();
            [code.to_owned(), code.chars().take(2).chain("9999".chars()).collect()]
        });
        let values = [unix_ms(as_of).into()].into_iter().chain(ends.map(Into::into));
        for row in db.query_all_raw(statement(db, &sql, values)).await? {
            let (stem, month): (String, i32) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let province = parse(&format!("{stem}0000"), "submissions.county_code")?;
            first.insert(province, decode_month(month, "submissions.month")?);
        }
    }
    Ok(first)
}

/// Lists the newest data of each of these counties that was known at an instant; a county without any is left out.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_newest(
    reads: &impl Reads,
    counties: &[RegionCode],
    as_of: Timestamp,
) -> Result<BTreeMap<RegionCode, Newest>, StoreError> {
    let db = reads.connection();
    let mut newest = BTreeMap::new();
    for chunk in chunks(counties) {
        let sql = format!(
            "SELECT county_code, MAX(CASE WHEN revision = (SELECT MAX(newest.revision) FROM submissions newest
                    WHERE newest.county_code = submissions.county_code AND newest.month = submissions.month
                    AND newest.known_at_unix_ms <= $1) THEN month END), MAX(known_at_unix_ms) FROM submissions
            WHERE known_at_unix_ms <= $1 AND state = $2 AND county_code IN ({}) GROUP BY county_code",
            marks_from(3, chunk.len())
        );
        let codes = chunk.iter().map(|county| county.as_str().into());
        let values = [unix_ms(as_of).into(), ACCEPTED.into()].into_iter().chain(codes);
        for row in db.query_all_raw(statement(db, &sql, values)).await? {
            let county: String = row.try_get_by_index(0)?;
            let month: Option<i32> = row.try_get_by_index(1)?;
            let month = month.map(|month| decode_month(month, "submissions.month")).transpose()?;
            let accepted = instant(row.try_get_by_index(2)?, COLUMN)?;
            newest.insert(parse(&county, "submissions.county_code")?, Newest { month, accepted });
        }
    }
    Ok(newest)
}

/// Counts the submissions of each of these counties by what became of them: `accepted`, `refused`, `withdrawn`, `held`, or `superseded`, which
/// was held and is overtaken.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn count_by_state(
    reads: &impl Reads,
    counties: &[RegionCode],
) -> Result<BTreeMap<(RegionCode, String), u64>, StoreError> {
    let db = reads.connection();
    let mut found = BTreeMap::new();
    for chunk in chunks(counties) {
        let sql = format!(
            "SELECT county_code, state_now, COUNT(*) FROM (SELECT county_code,
                    CASE WHEN state = '{HELD}' AND {OVERTAKEN} THEN 'superseded' ELSE state END AS state_now
                FROM submissions WHERE county_code IN ({})) AS told GROUP BY county_code, state_now",
            marks_from(1, chunk.len())
        );
        let codes = chunk.iter().map(|county| county.as_str().into());
        for row in db.query_all_raw(statement(db, &sql, codes)).await? {
            let (county, state, number_of): (String, String, i64) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            found.insert((parse(&county, "submissions.county_code")?, state), number(number_of, "submissions")?);
        }
    }
    Ok(found)
}

/// Lists the revisions of these counties that became known after `after` and by `to`, in the order of `known_at`, county, month and number;
/// those at and before `place` are left out; at most `limit`.
///
/// It is complete when no writer of these counties can get a `known_at` up to `to` any more: [`clock::close_all`](crate::clock::close_all).
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_revisions(
    reads: &impl Reads,
    counties: &[RegionCode],
    (after, to): (Timestamp, Timestamp),
    place: Option<&Place>,
    limit: u32,
) -> Result<Vec<Revision>, StoreError> {
    let db = reads.connection();
    let after = place.map_or(unix_ms(after), |(known_at, ..)| unix_ms(*known_at) - 1);
    let mut found = vec![];
    for chunk in chunks(counties) {
        // Those at the place's own instant are few; they are left out below.
        let sql = format!(
            "SELECT known_at_unix_ms, county_code, month, number, revision, state, content_digest FROM submissions
            WHERE known_at_unix_ms > $1 AND known_at_unix_ms <= $2 AND revision IS NOT NULL AND county_code IN ({})
            ORDER BY known_at_unix_ms, county_code, month, number LIMIT $3",
            marks_from(4, chunk.len())
        );
        let spare = i64::from(limit) + i64::try_from(counties.len()).unwrap_or(i64::MAX / 2);
        let values = [after.into(), unix_ms(to).into(), spare.into()];
        let codes = chunk.iter().map(|county| county.as_str().into());
        for row in db.query_all_raw(statement(db, &sql, values.into_iter().chain(codes))).await? {
            let (county, state): (String, String) = (row.try_get_by_index(1)?, row.try_get_by_index(5)?);
            let (of_month, revision): (i32, i32) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            found.push(Revision {
                known_at: instant(row.try_get_by_index(0)?, COLUMN)?,
                county: parse(&county, "submissions.county_code")?,
                month: decode_month(row.try_get_by_index(2)?, "submissions.month")?,
                number: number(of_month, "submissions.number")?,
                revision: number(revision, "submissions.revision")?,
                accepted: state == ACCEPTED,
                content_digest: row.try_get_by_index(6)?,
            });
        }
    }
    found.retain(|revision| place.is_none_or(|place| revision.place() > *place));
    found.sort_by_cached_key(Revision::place);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

impl Revision {
    /// Its place in the order of [`list_revisions`].
    #[must_use]
    pub fn place(&self) -> Place {
        (self.known_at, self.county.clone(), self.month, self.number)
    }
}

/// `$first, $(first+1), …`: so many parameters.
fn marks_from(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
