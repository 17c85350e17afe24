//! Tests of the store, every one on both databases.
#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

mod audit;
mod bulk;
mod check_limits;
mod concurrency;
mod contents;
mod county_items;
mod database;
mod deadlines;
mod evaluation_summaries;
mod evaluations;
mod failover;
#[expect(unreachable_pub, reason = "the file is also part of a library")]
#[path = "../../../../tests/harness/forwarder.rs"]
mod forwarder;
mod inflow;
mod marks;
#[expect(unreachable_pub, reason = "the file is also part of a library")]
#[path = "../../../../tests/harness/postgres.rs"]
mod postgres;
mod registry;
mod reports;
mod requests;
mod row_security;
mod schema;
mod school_facts;
mod standards;
mod start;
mod submissions;
mod upgrade;
mod waivers;

use std::time::Duration;

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use junheng_store::{Options, Store, WriteTransaction, clock};
use tempfile::TempDir;

/// A fresh database without a schema.
struct Database {
    options: Options,
    _folder: Option<TempDir>,
}

impl Database {
    fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}/junheng.db", folder.path().display());
        Self { options: options(url), _folder: Some(folder) }
    }

    fn postgres() -> Self {
        let url = postgres::cluster().and_then(postgres::Cluster::create_database);
        Self { options: options(url.unwrap_or_else(|fault| panic!("{fault}"))), _folder: None }
    }

    async fn connect(&self) -> Store {
        Store::connect(&self.options).await.unwrap()
    }

    async fn migrated(&self) -> Store {
        let store = self.connect().await;
        store.migrate().await.unwrap();
        store
    }
}

fn options(url: String) -> Options {
    Options { connect_timeout: Duration::from_secs(30), ..Options::new(url) }
}

/// Makes each named function a test on SQLite and a test on PostgreSQL.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::Database::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::Database::postgres()).await;
            })+
        }
    };
}
use on_both_databases;

fn county() -> RegionCode {
    "210922".parse().unwrap()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn at(unix_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(unix_ms).unwrap()
}

/// Begins a write of the county, and gives its `known_at`.
async fn begin(store: &Store, now: i64) -> (WriteTransaction, Timestamp) {
    let transaction = store.begin_write().await.unwrap();
    let known_at = clock::advance(&transaction, &county(), at(now)).await.unwrap();
    (transaction, known_at)
}
