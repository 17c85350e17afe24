//! Table `audit_checkpoints`: how far streams were pruned. Written by `junheng audit prune`; read by whoever verifies.

use jiff::Timestamp;
use junheng_seal::{
    head::{Checkpoint, Signed},
    key::Signer,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};

use super::{Entry, Kind, Stream, append_to, kind};
use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{hash, unix_ms},
    entity::{audit_checkpoints, audit_records},
};

/// What was pruned of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pruned {
    /// How many records.
    pub count: u64,
    /// Sequence of the last of them.
    pub through: i64,
}

/// Deletes the records of a stream from its beginning up to the last before the first that is not older than `cutoff`, leaves a signed
/// checkpoint, and appends `entry` to the stream; `None`, and nothing is written, when there is nothing so old.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn prune(
    transaction: &WriteTransaction,
    stream: &Stream,
    cutoff: Timestamp,
    signer: &Signer,
    entry: &Entry,
) -> Result<Option<Pruned>, StoreError> {
    use audit_records::Column;
    let db = transaction.connection();
    let of_stream = || {
        audit_records::Entity::find()
            .filter(Column::CountyCode.eq(stream.region.as_str()))
            .filter(Column::Kind.eq(stream.kind.name()))
    };
    let kept = of_stream().filter(Column::AtUnixMs.gte(unix_ms(cutoff)));
    let kept = kept.order_by_asc(Column::Sequence).limit(1).one(db).await?;
    let mut old = of_stream().order_by_desc(Column::Sequence).limit(1);
    if let Some(kept) = kept {
        old = old.filter(Column::Sequence.lt(kept.sequence));
    }
    let Some(last) = old.one(db).await? else { return Ok(None) };
    // First the record that it happens: a stream is never empty.
    let detail = format!("through {}", last.sequence);
    append_to(transaction, stream, &Entry { detail, ..entry.clone() }).await?;
    let deleted = audit_records::Entity::delete_many()
        .filter(Column::CountyCode.eq(stream.region.as_str()))
        .filter(Column::Kind.eq(stream.kind.name()))
        .filter(Column::Sequence.lte(last.sequence))
        .exec(db)
        .await?;
    let checkpoint = Checkpoint {
        stream: stream.clone(),
        sequence: last.sequence,
        hash: hash(last.hash, "audit_records.hash")?,
        at_unix_ms: unix_ms(entry.at),
    };
    put_checkpoint(transaction, &Signed::by(signer, checkpoint)).await?;
    Ok(Some(Pruned { count: deleted.rows_affected, through: last.sequence }))
}

async fn put_checkpoint(transaction: &WriteTransaction, signed: &Signed<Checkpoint>) -> Result<(), StoreError> {
    use audit_checkpoints::Column;
    let Checkpoint { stream, sequence, hash, at_unix_ms } = &signed.content;
    let row = audit_checkpoints::ActiveModel {
        county_code: Set(stream.region.clone()),
        kind: Set(stream.kind.name().to_owned()),
        sequence: Set(*sequence),
        hash: Set(hash.to_vec()),
        at_unix_ms: Set(*at_unix_ms),
        key_id: Set(signed.key_id.clone()),
        signature: Set(signed.signature.clone()),
    };
    let replaced = OnConflict::columns([Column::CountyCode, Column::Kind])
        .update_columns([Column::Sequence, Column::Hash, Column::AtUnixMs, Column::KeyId, Column::Signature])
        .to_owned();
    let insert = audit_checkpoints::Entity::insert(row).on_conflict(replaced);
    insert.exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// Lists how far streams were pruned.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that is none.
pub async fn list_checkpoints(reads: &impl Reads) -> Result<Vec<Signed<Checkpoint>>, StoreError> {
    let rows = audit_checkpoints::Entity::find()
        .order_by_asc(audit_checkpoints::Column::CountyCode)
        .order_by_asc(audit_checkpoints::Column::Kind);
    let decode = |row: audit_checkpoints::Model| {
        let kind: Kind = kind(&row.kind)?;
        let content = Checkpoint {
            stream: Stream { region: row.county_code, kind },
            sequence: row.sequence,
            hash: hash(row.hash, "audit_checkpoints.hash")?,
            at_unix_ms: row.at_unix_ms,
        };
        Ok(Signed { content, key_id: row.key_id, signature: row.signature })
    };
    rows.all(reads.connection()).await?.into_iter().map(decode).collect()
}
