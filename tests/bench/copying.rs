//! The reference of loading: the rows that the service wrote, loaded once more by the barest means, a transaction a county.
//!
//! On PostgreSQL it is binary COPY of bytes that are ready, over some connections at once. On SQLite it is a prepared insert for each row of values
//! that are ready, by rusqlite with `synchronous=FULL`.

use std::{
    fs,
    time::{Duration, Instant},
};

use junheng_e2e::Database;
use junheng_store::{Options, Store};
use rusqlite::{Connection, params, params_from_iter, types::Value};
use sea_orm::sqlx::{
    self, AssertSqlSafe, PgPool, Row as _,
    postgres::{PgPoolCopyExt as _, PgPoolOptions},
};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

use crate::served::processor_of;

/// The tables that are loaded.
const TABLES: [&str; 2] = ["school_facts", "county_items"];

/// What a county reported for a month, each table's.
#[derive(Clone)]
pub(crate) enum Rows {
    Bytes([Vec<u8>; 2]),
    Values([Vec<Vec<Value>>; 2]),
}

/// Tables beside those of the service, or a file beside its file.
pub(crate) enum Copies {
    Postgres(PgPool),
    Sqlite { written: Box<Connection>, copy: Box<Connection>, _file: Database },
}

impl Copies {
    /// Makes empty tables like those of the service, with their keys.
    pub(crate) async fn beside(database: &Database, connections: u32) -> Self {
        if database.url().starts_with("sqlite:") {
            let file = Database::sqlite();
            let store = Store::connect(&Options::new(file.url())).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await.unwrap();
            let (written, copy) = (Box::new(open(database)), Box::new(open(&file)));
            return Self::Sqlite { written, copy, _file: file };
        }
        let pool = PgPoolOptions::new().max_connections(connections).connect(database.url()).await.unwrap();
        for table in TABLES {
            let sql = format!("CREATE TABLE {table}_copy (LIKE {table} INCLUDING ALL)");
            sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
        }
        Self::Postgres(pool)
    }

    /// Takes what is to be loaded.
    pub(crate) async fn take(&self, county: &str, month: i32) -> Rows {
        match self {
            Self::Postgres(pool) => {
                let mut bytes = [vec![], vec![]];
                for (table, bytes) in TABLES.iter().zip(&mut bytes) {
                    let sql = format!(
                        "COPY (SELECT * FROM {table} WHERE county_code = '{county}' AND month = {month}) TO STDOUT (FORMAT binary)"
                    );
                    let mut out = pool.copy_out_raw(&sql).await.unwrap();
                    while let Some(part) = out.next().await {
                        bytes.extend_from_slice(&part.unwrap());
                    }
                }
                Rows::Bytes(bytes)
            }
            Self::Sqlite { written, .. } => Rows::Values(TABLES.map(|table| {
                let sql = format!("SELECT * FROM {table} WHERE county_code = ?1 AND month = ?2");
                let mut select = written.prepare_cached(&sql).unwrap();
                let columns = select.column_count();
                let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
                let rows = select.query_map(params![county, month], row).unwrap();
                rows.collect::<Result<_, _>>().unwrap()
            })),
        }
    }

    /// Makes what was written before last, so that it is nobody's burden while something is measured.
    pub(crate) async fn settle(&mut self) {
        match self {
            Self::Postgres(pool) => sqlx::query("CHECKPOINT").execute(&*pool).await.map(drop).unwrap(),
            Self::Sqlite { written, copy, .. } => {
                for connection in [written, copy] {
                    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
                }
            }
        }
    }

    /// Seconds of processor time of all processes of the database server; `None`: it is none.
    pub(crate) async fn processor(&self) -> Option<f64> {
        let Self::Postgres(pool) = self else { return None };
        let pids: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity").fetch_all(pool).await.unwrap();
        // One that ended since is not counted.
        Some(
            pids.iter()
                .filter_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok())
                .map(|stat| processor_of(&stat))
                .sum(),
        )
    }

    /// Loads one county in one transaction, and gives the time.
    pub(crate) async fn load(&mut self, rows: Rows) -> Duration {
        let start = Instant::now();
        match (self, rows) {
            (Self::Postgres(pool), Rows::Bytes(bytes)) => copy(pool, bytes).await,
            (Self::Sqlite { copy, .. }, Rows::Values(rows)) => insert(copy, rows),
            _ => unreachable!("rows of the other database"),
        }
        start.elapsed()
    }

    /// Loads many, over as many connections as there are, and gives the time.
    pub(crate) async fn load_all(&mut self, all: Vec<Rows>) -> Duration {
        let start = Instant::now();
        let Self::Postgres(pool) = self else {
            for rows in all {
                self.load(rows).await;
            }
            return start.elapsed();
        };
        let mut loading = JoinSet::new();
        for rows in all {
            let Rows::Bytes(bytes) = rows else { unreachable!("rows of the other database") };
            let most = usize::try_from(pool.options().get_max_connections()).unwrap();
            if loading.len() == most {
                loading.join_next().await;
            }
            let pool = pool.clone();
            loading.spawn(async move { copy(&pool, bytes).await });
        }
        loading.join_all().await;
        start.elapsed()
    }

    /// Rows that were loaded into both tables.
    pub(crate) async fn count(&mut self) -> i64 {
        match self {
            Self::Postgres(pool) => {
                let sql = "SELECT (SELECT COUNT(*) FROM school_facts_copy) + (SELECT COUNT(*) FROM county_items_copy)";
                sqlx::query(sql).fetch_one(&*pool).await.unwrap().get(0)
            }
            Self::Sqlite { copy, .. } => {
                let sql = "SELECT (SELECT COUNT(*) FROM school_facts) + (SELECT COUNT(*) FROM county_items)";
                copy.query_row(sql, [], |row| row.get(0)).unwrap()
            }
        }
    }
}

/// The database's file, as a service has it open.
fn open(database: &Database) -> Connection {
    let path = database.url().trim_start_matches("sqlite://").split('?').next().unwrap();
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    connection
}

async fn copy(pool: &PgPool, bytes: [Vec<u8>; 2]) {
    let mut transaction = pool.begin().await.unwrap();
    for (table, bytes) in TABLES.iter().zip(bytes) {
        let sql = format!("COPY {table}_copy FROM STDIN (FORMAT binary)");
        let mut copy = transaction.copy_in_raw(&sql).await.unwrap();
        copy.send(bytes).await.unwrap();
        copy.finish().await.unwrap();
    }
    transaction.commit().await.unwrap();
}

fn insert(connection: &mut Connection, rows: [Vec<Vec<Value>>; 2]) {
    let transaction = connection.transaction().unwrap();
    for (table, rows) in TABLES.iter().zip(rows) {
        let Some(columns) = rows.first().map(Vec::len) else { continue };
        let sql = format!("INSERT INTO {table} VALUES ({})", vec!["?"; columns].join(","));
        let mut insert = transaction.prepare_cached(&sql).unwrap();
        for row in rows {
            insert.execute(params_from_iter(row)).unwrap();
        }
    }
    transaction.commit().unwrap();
}
