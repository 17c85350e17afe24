//! What the checks found in the last submission of each county.

use junheng_domain::{
    code::{Month, RegionCode},
    finding::FindingGroup,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};

use super::{State, decode_findings, decode_number, decode_state};
use crate::{
    Reads, StoreError,
    encoding::{chunks, parse},
    entity::submissions,
};

/// The last submission of a county for a month, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// County.
    pub county: RegionCode,
    /// Number among all submissions of the county and month.
    pub number: u32,
    /// What became of it.
    pub state: State,
    /// All that the checks found, by root cause.
    pub finding_groups: Vec<FindingGroup>,
}

const IS_LAST: &str = "submissions.number = (SELECT MAX(newest.number) FROM submissions newest
    WHERE newest.county_code = submissions.county_code AND newest.month = submissions.month)";

/// Lists the last submission for a month of each of the counties, by county; those that sent nothing are left out.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that the domain refuses.
pub async fn list_last(reads: &impl Reads, counties: &[RegionCode], month: Month) -> Result<Vec<Last>, StoreError> {
    let mut last = vec![];
    for chunk in chunks(counties) {
        let rows: Vec<(String, i32, String, Option<i32>, String)> = submissions::Entity::find()
            .select_only()
            .columns([submissions::Column::CountyCode, submissions::Column::Number, submissions::Column::State])
            .columns([submissions::Column::Revision])
            .columns([submissions::Column::FindingsJson])
            .filter(submissions::Column::CountyCode.is_in(chunk.iter().map(RegionCode::as_str)))
            .filter(submissions::Column::Month.eq(month.ordinal()))
            .filter(Expr::cust(IS_LAST))
            .order_by_asc(submissions::Column::CountyCode)
            .into_tuple()
            .all(reads.connection())
            .await?;
        for (county, number, state, revision, findings) in rows {
            last.push(Last {
                county: parse(&county, "submissions.county_code")?,
                number: decode_number(number, "submissions.number")?,
                state: decode_state(&state, revision)?,
                finding_groups: decode_findings(&findings)?.groups,
            });
        }
    }
    Ok(last)
}
