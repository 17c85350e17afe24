//! Table `audit_heads`: the newest signed heads. Written and read by whoever has the signing key; what counts is the heads that were exported, but
//! those here find what was done since by somebody who did not think of them.

use junheng_seal::head::{Head, Signed, Statement as _};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

use super::{Stream, kind};
use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{hash, statement},
    entity::audit_heads,
};

/// Heads that are kept.
const KEPT: u64 = 32;

/// Reads where all streams end. Give it a transaction's snapshot.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that is none.
pub async fn read_head(reads: &impl Reads, at_unix_ms: i64) -> Result<Head, StoreError> {
    let db = reads.connection();
    let sql = "SELECT r.county_code, r.kind, r.sequence, r.hash FROM audit_records r
        JOIN (SELECT county_code, kind, MAX(sequence) AS sequence FROM audit_records GROUP BY county_code, kind) t
            ON r.county_code = t.county_code AND r.kind = t.kind AND r.sequence = t.sequence";
    let mut head = Head { at_unix_ms, ..Head::default() };
    for row in db.query_all_raw(statement(db, sql, [])).await? {
        let name: String = row.try_get_by_index(1)?;
        let stream = Stream { region: row.try_get_by_index(0)?, kind: kind(&name)? };
        head.streams.insert(stream, (row.try_get_by_index(2)?, hash(row.try_get_by_index(3)?, "audit_records.hash")?));
    }
    Ok(head)
}

/// Keeps a signed head, and no more than the newest of those before.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn put_head(transaction: &WriteTransaction, signed: &Signed<Head>) -> Result<(), StoreError> {
    let db = transaction.connection();
    let row = audit_heads::ActiveModel {
        at_unix_ms: Set(signed.content.at_unix_ms),
        head: Set(signed.content.encoded()),
        key_id: Set(signed.key_id.clone()),
        signature: Set(signed.signature.clone()),
    };
    // Another replica may have signed in the same millisecond.
    let same = OnConflict::column(audit_heads::Column::AtUnixMs).do_nothing().to_owned();
    audit_heads::Entity::insert(row).on_conflict(same).exec_without_returning(db).await?;
    let oldest = audit_heads::Entity::find()
        .order_by_desc(audit_heads::Column::AtUnixMs)
        .offset(KEPT - 1)
        .limit(1)
        .one(db)
        .await?;
    if let Some(oldest) = oldest {
        let before = audit_heads::Column::AtUnixMs.lt(oldest.at_unix_ms);
        audit_heads::Entity::delete_many().filter(before).exec(db).await?;
    }
    Ok(())
}

/// Finds the newest signed heads, newest first, at most `limit`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds no head.
pub async fn find_heads(reads: &impl Reads, limit: u64) -> Result<Vec<Signed<Head>>, StoreError> {
    let rows = audit_heads::Entity::find().order_by_desc(audit_heads::Column::AtUnixMs).limit(limit);
    let decode = |row: audit_heads::Model| {
        let content = Head::decode(&row.head).ok_or_else(|| StoreError::corrupt("audit_heads.head: is no head"))?;
        Ok(Signed { content, key_id: row.key_id, signature: row.signature })
    };
    rows.all(reads.connection()).await?.into_iter().map(decode).collect()
}
