//! Reading records: of one stream, and of many by what was done.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Kind, Record, Stream, decode, kind, stream};
use crate::{
    Reads, StoreError,
    encoding::{statement, unix_ms},
    entity::audit_records,
};

/// Which records are meant; what is `None` or empty does not narrow them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of these regions; empty: of all, and of none.
    pub regions: Vec<RegionCode>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub before: Option<Timestamp>,
    /// By this subject.
    pub subject: String,
    /// Where this was done: `submit_month`.
    pub action: String,
    /// On resources whose names begin so.
    pub resource: String,
    /// By this request.
    pub request_id: String,
}

/// Place of a record among all: its stream and its sequence.
pub type Place = (Stream, i64);

/// Lists what was changed in a scope after a sequence, at most `limit`, oldest first.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that is none.
pub async fn list(
    reads: &impl Reads,
    scope: Option<&RegionCode>,
    after: i64,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    list_stream(reads, &stream(scope, Kind::Changes), after, limit).await
}

/// Lists the records of a stream after a sequence, at most `limit`, oldest first.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that is none.
pub async fn list_stream(
    reads: &impl Reads,
    stream: &Stream,
    after: i64,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    let rows = audit_records::Entity::find()
        .filter(audit_records::Column::CountyCode.eq(stream.region.as_str()))
        .filter(audit_records::Column::Kind.eq(stream.kind.name()))
        .filter(audit_records::Column::Sequence.gt(after))
        .order_by_asc(audit_records::Column::Sequence)
        .limit(u64::from(limit));
    rows.all(reads.connection()).await?.into_iter().map(decode).collect()
}

/// Lists records by stream and sequence, after a place, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that is none.
pub async fn list_all(
    reads: &impl Reads,
    filter: &Filter,
    after: Option<&Place>,
    limit: u32,
) -> Result<Vec<Record>, StoreError> {
    use audit_records::Column;
    let mut wanted = Condition::all();
    if !filter.regions.is_empty() {
        wanted = wanted.add(Column::CountyCode.is_in(filter.regions.iter().map(RegionCode::as_str)));
    }
    wanted = wanted
        .add_option(filter.kind.map(|kind| Column::Kind.eq(kind.name())))
        .add_option(filter.from.map(|from| Column::AtUnixMs.gte(unix_ms(from))))
        .add_option(filter.before.map(|before| Column::AtUnixMs.lt(unix_ms(before))));
    let texts =
        [(Column::Subject, &filter.subject), (Column::Action, &filter.action), (Column::RequestId, &filter.request_id)];
    for (column, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        wanted = wanted.add(column.eq(text.as_str()));
    }
    if !filter.resource.is_empty() {
        // As a range of bytes: what stands in it is no pattern.
        let end = format!("{}{}", filter.resource, char::MAX);
        wanted = wanted.add(Column::Resource.gte(filter.resource.as_str())).add(Column::Resource.lt(end));
    }
    if let Some((stream, sequence)) = after {
        let same_region = Condition::all().add(Column::CountyCode.eq(stream.region.as_str()));
        let same_stream =
            same_region.clone().add(Column::Kind.eq(stream.kind.name())).add(Column::Sequence.gt(*sequence));
        let later = Condition::any()
            .add(Column::CountyCode.gt(stream.region.as_str()))
            .add(same_region.add(Column::Kind.gt(stream.kind.name())))
            .add(same_stream);
        wanted = wanted.add(later);
    }
    let rows = audit_records::Entity::find()
        .filter(wanted)
        .order_by_asc(Column::CountyCode)
        .order_by_asc(Column::Kind)
        .order_by_asc(Column::Sequence)
        .limit(u64::from(limit));
    rows.all(reads.connection()).await?.into_iter().map(decode).collect()
}

/// Lists all streams that have records, in order.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that is none.
pub async fn list_streams(reads: &impl Reads) -> Result<Vec<Stream>, StoreError> {
    let db = reads.connection();
    let sql = "SELECT county_code, kind FROM audit_records GROUP BY county_code, kind ORDER BY county_code, kind";
    let mut streams = vec![];
    for row in db.query_all_raw(statement(db, sql, [])).await? {
        let name: String = row.try_get_by_index(1)?;
        streams.push(Stream { region: row.try_get_by_index(0)?, kind: kind(&name)? });
    }
    Ok(streams)
}
