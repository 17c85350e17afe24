//! Held submissions that a later one of their month overtook: nobody can acknowledge them any more.

use std::collections::BTreeSet;

use junheng_domain::code::RegionCode;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use super::{HELD, State, Submission};
use crate::{Reads, StoreError, entity::submissions};

/// What a query adds to find submissions after which another one of the month was sent, accepted or withdrawn, and not refused.
pub(crate) const OVERTAKEN: &str = "EXISTS (SELECT 1 FROM submissions later
    WHERE later.county_code = submissions.county_code AND later.month = submissions.month AND later.state <> 'refused'
        AND (later.number > submissions.number OR later.known_at_unix_ms > submissions.known_at_unix_ms))";

/// Tells apart, of submissions of one county, those that are held and those that were and are superseded.
pub(super) async fn tell(
    reads: &impl Reads,
    county: &RegionCode,
    submissions: &mut [Submission],
) -> Result<(), StoreError> {
    let held = submissions.iter().filter(|one| one.state == State::Held);
    let months: BTreeSet<i32> = held.map(|one| one.content.month.ordinal()).collect();
    if months.is_empty() {
        return Ok(());
    }
    let overtaken: Vec<(i32, i32)> = submissions::Entity::find()
        .select_only()
        .columns([submissions::Column::Month, submissions::Column::Number])
        .filter(submissions::Column::CountyCode.eq(county.as_str()))
        .filter(submissions::Column::Month.is_in(months))
        .filter(submissions::Column::State.eq(HELD))
        .filter(Expr::cust(OVERTAKEN))
        .into_tuple()
        .all(reads.connection())
        .await?;
    for one in submissions.iter_mut().filter(|one| one.state == State::Held) {
        let place = (one.content.month.ordinal(), i64::from(one.number));
        if overtaken.iter().any(|(month, number)| (*month, i64::from(*number)) == place) {
            one.state = State::Superseded;
        }
    }
    Ok(())
}
