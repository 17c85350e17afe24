//! The reference of loading: the rows that the service wrote, loaded once more by the barest means, a transaction a county.
//!
//! On PostgreSQL it is binary COPY of bytes that are ready, over some connections at once. On SQLite it is `INSERT … SELECT` from the
//! service's own file, which is C from end to end: prepared inserts of rusqlite bind every value besides.

use std::time::{Duration, Instant};

use junheng_e2e::Database;
use junheng_store::{Options, Store};
use sea_orm::sqlx::{
    self, AssertSqlSafe, ConnectOptions as _, Connection as _, PgPool, Row as _, SqliteConnection,
    postgres::{PgPoolCopyExt as _, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::task::JoinSet;
use tokio_stream::StreamExt as _;

/// The tables that are loaded.
const TABLES: [&str; 2] = ["school_facts", "county_items"];

/// What a county reported for a month: its code, the month's ordinal and, where rows are bytes, those of each table.
#[derive(Clone)]
pub(crate) struct Rows {
    county: String,
    month: i32,
    bytes: [Vec<u8>; 2],
}

/// Tables beside those of the service, or a file beside its file.
pub(crate) enum Copies {
    Postgres(PgPool),
    Sqlite { connection: Box<SqliteConnection>, _file: Database },
}

impl Copies {
    /// Makes empty tables like those of the service, with their keys.
    pub(crate) async fn beside(database: &Database, connections: u32) -> Self {
        if let Some(path) = database.url().strip_prefix("sqlite://") {
            let file = Database::sqlite();
            let store = Store::connect(&Options::new(file.url())).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await.unwrap();
            let options: SqliteConnectOptions = file.url().parse().unwrap();
            let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
            let mut connection = options.connect().await.unwrap();
            let attach = format!("ATTACH DATABASE '{}' AS written", path.split('?').next().unwrap());
            sqlx::query(AssertSqlSafe(attach)).execute(&mut connection).await.unwrap();
            return Self::Sqlite { connection: Box::new(connection), _file: file };
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
        let mut bytes = [vec![], vec![]];
        if let Self::Postgres(pool) = self {
            for (table, bytes) in TABLES.iter().zip(&mut bytes) {
                let sql = format!(
                    "COPY (SELECT * FROM {table} WHERE county_code = '{county}' AND month = {month}) TO STDOUT (FORMAT binary)"
                );
                let mut out = pool.copy_out_raw(&sql).await.unwrap();
                while let Some(part) = out.next().await {
                    bytes.extend_from_slice(&part.unwrap());
                }
            }
        }
        Rows { county: county.to_owned(), month, bytes }
    }

    /// Makes what was written before last, so that it is nobody's burden while something is measured.
    pub(crate) async fn settle(&mut self) {
        match self {
            Self::Postgres(pool) => sqlx::query("CHECKPOINT").execute(&*pool).await.map(drop).unwrap(),
            Self::Sqlite { connection, .. } => {
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut **connection).await.map(drop).unwrap();
            }
        }
    }

    /// Loads one county in one transaction, and gives the time.
    pub(crate) async fn load(&mut self, rows: Rows) -> Duration {
        let start = Instant::now();
        match self {
            Self::Postgres(pool) => copy(pool, rows).await,
            Self::Sqlite { connection, .. } => insert(connection, &rows).await,
        }
        start.elapsed()
    }

    /// Loads many, over as many connections as there are, and gives the time.
    pub(crate) async fn load_all(&mut self, all: Vec<Rows>) -> Duration {
        let start = Instant::now();
        match self {
            Self::Postgres(pool) => {
                let mut loading = JoinSet::new();
                for rows in all {
                    let most = usize::try_from(pool.options().get_max_connections()).unwrap();
                    if loading.len() == most {
                        loading.join_next().await;
                    }
                    let pool = pool.clone();
                    loading.spawn(async move { copy(&pool, rows).await });
                }
                loading.join_all().await;
            }
            Self::Sqlite { connection, .. } => {
                for rows in all {
                    insert(connection, &rows).await;
                }
            }
        }
        start.elapsed()
    }

    /// Rows that were loaded into both tables.
    pub(crate) async fn count(&mut self) -> i64 {
        match self {
            Self::Postgres(pool) => {
                let sql = "SELECT (SELECT COUNT(*) FROM school_facts_copy) + (SELECT COUNT(*) FROM county_items_copy)";
                sqlx::query(sql).fetch_one(&*pool).await.unwrap().get(0)
            }
            Self::Sqlite { connection, .. } => {
                let sql = "SELECT (SELECT COUNT(*) FROM main.school_facts) + (SELECT COUNT(*) FROM main.county_items)";
                sqlx::query(sql).fetch_one(&mut **connection).await.unwrap().get(0)
            }
        }
    }
}

async fn copy(pool: &PgPool, rows: Rows) {
    let mut transaction = pool.begin().await.unwrap();
    for (table, bytes) in TABLES.iter().zip(rows.bytes) {
        let sql = format!("COPY {table}_copy FROM STDIN (FORMAT binary)");
        let mut copy = transaction.copy_in_raw(&sql).await.unwrap();
        copy.send(bytes).await.unwrap();
        copy.finish().await.unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn insert(connection: &mut SqliteConnection, rows: &Rows) {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    for table in TABLES {
        let sql =
            format!("INSERT INTO main.{table} SELECT * FROM written.{table} WHERE county_code = $1 AND month = $2");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(&rows.county).bind(rows.month);
        query.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
}
