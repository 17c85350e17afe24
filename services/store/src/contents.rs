//! All tables, whatever is in them: their names, their rows' digests, and a consistent copy. For backups and the drills that prove them.

use std::path::Path;

use junheng_seal::{
    hex,
    rows::{Cell, RowDigest},
};
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryResult};

use crate::{ReadTransaction, Reads, Store, StoreError, encoding::statement};

/// Rows that are read at a time.
const PAGE: usize = 5_000;

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The columns that the digest is of, in their order.
    pub columns: Vec<String>,
    /// How many rows it has.
    pub row_count: u64,
    /// SHA-256 over all rows in the order of the primary key, lower-case hexadecimal.
    pub digest: String,
}

/// A column of a table as the catalogue has it.
struct Column {
    name: String,
    /// Place in the primary key, from 1.
    key: Option<i64>,
    number: bool,
}

/// Digests all tables. It reads every row.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn digest(reads: &ReadTransaction) -> Result<Vec<Table>, StoreError> {
    let mut tables = vec![];
    for name in list_tables(reads).await? {
        let columns = columns(reads, &name).await?;
        let named: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        tables.push(digest_table(reads, &name, &columns, named).await?);
    }
    Ok(tables)
}

/// Digests these tables by these columns; a table or column that is not there any more is left out.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn digest_again(reads: &ReadTransaction, tables: &[Table]) -> Result<Vec<Table>, StoreError> {
    let present = list_tables(reads).await?;
    let mut digested = vec![];
    for table in tables.iter().filter(|table| present.contains(&table.name)) {
        let columns = columns(reads, &table.name).await?;
        let there = |name: &&String| columns.iter().any(|column| column.name == **name);
        let named = table.columns.iter().filter(there).cloned().collect();
        digested.push(digest_table(reads, &table.name, &columns, named).await?);
    }
    Ok(digested)
}

/// Names of all tables, in order.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn list_tables(reads: &impl Reads) -> Result<Vec<String>, StoreError> {
    let db = reads.connection();
    let sql = match db.get_database_backend() {
        DatabaseBackend::Postgres => {
            "SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
            ORDER BY relname::text COLLATE \"C\""
        }
        _ => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name",
    };
    let rows = db.query_all_raw(statement(db, sql, [])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Gives the name by which another program sees the snapshot of this transaction, as long as it lasts; `None` on SQLite.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn export_snapshot(reads: &ReadTransaction) -> Result<Option<String>, StoreError> {
    let db = reads.connection();
    if db.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(None);
    }
    let row = db.query_one_raw(statement(db, "SELECT pg_export_snapshot()", [])).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Copies an SQLite database into a new file, consistent while others write, and gives what the copy must hold. Writers wait for as long as the
/// copy takes, not for the digests.
///
/// # Errors
///
/// [`StoreError::Database`] when the file exists or cannot be written.
pub async fn copy_sqlite(store: &Store, file: &Path) -> Result<Vec<Table>, StoreError> {
    let file = file.to_str().ok_or_else(|| StoreError::corrupt("the path of the copy is not UTF-8"))?;
    let writers = store.begin_write().await?;
    let reads = store.begin_read().await?;
    // The first read is what the snapshot is of.
    list_tables(&reads).await?;
    let db = store.connection();
    db.execute_raw(statement(db, "VACUUM INTO $1", [file.into()])).await?;
    writers.rollback().await?;
    let tables = digest(&reads).await?;
    reads.finish().await?;
    Ok(tables)
}

/// Whether every page and index of an SQLite database is sound; on PostgreSQL restoring has built them anew.
///
/// # Errors
///
/// [`StoreError::Corrupt`] with what is not.
pub async fn check_integrity(reads: &impl Reads) -> Result<(), StoreError> {
    let db = reads.connection();
    if db.get_database_backend() == DatabaseBackend::Postgres {
        return Ok(());
    }
    let row = db.query_one_raw(statement(db, "PRAGMA integrity_check", [])).await?;
    let told: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    if told == "ok" { Ok(()) } else { Err(StoreError::corrupt(told)) }
}

async fn columns(reads: &ReadTransaction, table: &str) -> Result<Vec<Column>, StoreError> {
    let db = reads.connection();
    let sql = match db.get_database_backend() {
        DatabaseBackend::Postgres => {
            "SELECT a.attname::text, array_position(i.indkey::int2[], a.attnum)::bigint, a.atttypid IN (20, 21, 23)
            FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
            LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
            WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attnum"
        }
        _ => {
            "SELECT name, NULLIF(pk, 0), type LIKE '%INT%' FROM pragma_table_info($1) ORDER BY cid"
        }
    };
    let rows = db.query_all_raw(statement(db, sql, [table.into()])).await?;
    let decode = |row: &QueryResult| -> Result<Column, StoreError> {
        Ok(Column { name: row.try_get_by_index(0)?, key: row.try_get_by_index(1)?, number: row.try_get_by_index(2)? })
    };
    rows.iter().map(decode).collect()
}

async fn digest_table(
    reads: &ReadTransaction,
    table: &str,
    columns: &[Column],
    named: Vec<String>,
) -> Result<Table, StoreError> {
    let db = reads.connection();
    let postgres = db.get_database_backend() == DatabaseBackend::Postgres;
    let mut keys: Vec<&Column> = columns.iter().filter(|column| column.key.is_some()).collect();
    keys.sort_by_key(|column| column.key);
    if keys.is_empty() {
        return Err(StoreError::corrupt(format!("{table}: has no primary key")));
    }
    // Values as texts: of the same backend the same value has the same text.
    let value =
        |name: &String| if postgres { format!("CAST(\"{name}\" AS TEXT)") } else { format!("quote(\"{name}\")") };
    let values: Vec<String> = named.iter().map(value).collect();
    let key = |column: &&Column| format!("CAST(\"{}\" AS TEXT)", column.name);
    let selected: Vec<String> = keys.iter().map(key).chain(values).collect();
    let order = keys.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
    let bound = |(place, column): (usize, &&Column)| {
        format!("CAST(${} AS {})", place + 1, if column.number { "BIGINT" } else { "TEXT" })
    };
    let after = keys.iter().enumerate().map(bound).collect::<Vec<_>>().join(", ");
    let select = format!("SELECT {} FROM \"{table}\"", selected.join(", "));
    let first = format!("{select} ORDER BY {order} LIMIT {PAGE}");
    let next = format!("{select} WHERE ({order}) > ({after}) ORDER BY {order} LIMIT {PAGE}");
    let (mut digest, mut last): (RowDigest, Vec<String>) = (RowDigest::default(), vec![]);
    loop {
        let sql = if last.is_empty() { &first } else { &next };
        let rows = db.query_all_raw(statement(db, sql, last.iter().map(|key| key.as_str().into()))).await?;
        for row in &rows {
            let cell = |place| -> Result<Cell, StoreError> {
                let text: Option<String> = row.try_get_by_index(place)?;
                Ok(text.map_or(Cell::Null, Cell::Text))
            };
            let cells: Result<Vec<Cell>, StoreError> = (keys.len()..selected.len()).map(cell).collect();
            digest.add(&cells?);
        }
        let Some(end) = rows.last().filter(|_| rows.len() == PAGE) else { break };
        last = (0..keys.len()).map(|place| end.try_get_by_index(place)).collect::<Result<_, _>>()?;
    }
    let (row_count, hash) = digest.finish();
    Ok(Table { name: table.to_owned(), columns: named, row_count, digest: hex(&hash) })
}
