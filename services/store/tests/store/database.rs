//! Opening a database, and what its faults are called.

use std::{error::Error, time::Duration};

use junheng_store::{Options, Store, StoreError, regions};
use tempfile::TempDir;

use crate::{
    Database, county, on_both_databases,
    postgres::{self, Cluster},
    registry::region,
};

on_both_databases!(a_sign_of_life_is_given, an_answer_of_a_closed_store_is_unavailable, a_snapshot_does_not_change);

async fn a_sign_of_life_is_given(database: Database) {
    database.connect().await.ping().await.unwrap();
}

async fn an_answer_of_a_closed_store_is_unavailable(database: Database) {
    let store = database.migrated().await;
    store.close().await.unwrap();

    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(regions::find(&store, &county()).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.begin_write().await, Err(StoreError::Unavailable(_))));
}

async fn a_snapshot_does_not_change(database: Database) {
    let store = database.migrated().await;
    let snapshot = store.begin_read().await.unwrap();
    assert_eq!(regions::find(&snapshot, &county()).await.unwrap(), None);

    let transaction = store.begin_write().await.unwrap();
    regions::upsert(&transaction, &[region("210922", Some("210900"))]).await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(regions::find(&snapshot, &county()).await.unwrap(), None);
    snapshot.finish().await.unwrap();
    assert!(regions::find(&store, &county()).await.unwrap().is_some());
}

/// The error and its sources, as an operator reads them.
fn full_text(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn an_unreachable_server_is_unavailable() {
    let options = Options {
        connect_timeout: Duration::from_millis(300),
        ..Options::new("postgres://junheng:secret@127.0.0.1:1/junheng")
    };

    let error = Store::connect(&options).await.unwrap_err();

    assert!(matches!(error, StoreError::Unavailable(_)));
    let text = full_text(&error);
    assert!(text.contains("no connection to 127.0.0.1:1/junheng as junheng: nothing listens there"), "{text}");
    assert!(!text.contains("secret"));
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_where_and_why() {
    let cluster = postgres::cluster().unwrap();
    let socket = cluster.socket();
    let folder = socket.parent().unwrap().display();
    for (url, told) in [
        (format!("postgres://nobody@localhost/postgres?host={folder}"), "the login is refused"),
        (format!("postgres://postgres@localhost/nowhere?host={folder}"), "there is no such database"),
    ] {
        let error = Store::connect(&Options::new(url)).await.unwrap_err();

        let text = full_text(&error);
        assert!(text.contains(told) && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_without_printing_it() {
    for url in ["mysql://junheng:secret@localhost/junheng", "", "postgres://junheng:secret@local host:no/junheng"] {
        // Not one that is waited for.
        let error = Store::open(&Options::new(url), Duration::from_mins(1)).await.unwrap_err();

        assert!(matches!(error, StoreError::Database(_)), "{error:?}");
        assert!(!full_text(&error).contains("secret"));
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("report.docx");
    std::fs::write(&file, "not a database, but long enough to have a header of one hundred bytes. ".repeat(100))
        .unwrap();

    let error = Store::connect(&Options::new(format!("sqlite://{}", file.display()))).await.unwrap_err();

    let text = full_text(&error);
    assert!(text.contains("report.docx: it is not an SQLite database"), "{text}");
}

#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("junheng.db");
    let store = Store::connect(&Options::new(format!("sqlite://{}", file.display()))).await.unwrap();
    store.migrate().await.unwrap();

    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() > 1, "what is not yet in the database stands beside it");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn a_folder_that_is_missing_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("nowhere/junheng.db");

    let error = Store::connect(&Options::new(format!("sqlite://{}", file.display()))).await.unwrap_err();

    let text = full_text(&error);
    assert!(text.contains("nowhere/junheng.db: its folder does not exist"), "{text}");
}

#[tokio::test]
async fn a_folder_is_no_database() {
    let folder = TempDir::new().unwrap();

    let error = Store::connect(&Options::new(format!("sqlite://{}", folder.path().display()))).await.unwrap_err();

    let text = full_text(&error);
    assert!(text.contains("it is no file, or this user may not open it"), "{text}");
}

#[tokio::test]
async fn a_database_in_memory_keeps_its_content() {
    let store = Store::connect(&Options::new("sqlite::memory:")).await.unwrap();

    store.migrate().await.unwrap();

    store.check_schema().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_server_ended_are_replaced() {
    let cluster = postgres::cluster().unwrap();
    let database = Database::postgres();
    let store = database.migrated().await;
    let this = database_name(&database);

    end_connections(cluster, &this);

    assert_eq!(regions::find(&store, &county()).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_the_server_ended_is_unavailable() {
    let cluster = postgres::cluster().unwrap();
    let database = Database::postgres();
    let store = database.migrated().await;
    let transaction = store.begin_write().await.unwrap();
    let this = database_name(&database);

    end_connections(cluster, &this);

    assert!(matches!(regions::find(&transaction, &county()).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_only_reads_is_not_connected_to() {
    let cluster = postgres::cluster().unwrap();
    let database = Database::postgres();
    let this = database_name(&database);
    cluster.execute("postgres", &format!("ALTER DATABASE {this} SET default_transaction_read_only = on")).unwrap();
    let options = Options { connect_timeout: Duration::from_millis(300), ..database.options.clone() };
    assert!(matches!(Store::connect(&options).await, Err(StoreError::Unavailable(_))));
}

fn end_connections(cluster: &Cluster, database: &str) {
    let ended = cluster.execute(
        "postgres",
        &format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"),
    );
    assert!(ended.unwrap().lines().all(|ended| ended == "t"));
}

/// The name in a URL of the tests' cluster.
pub(crate) fn database_name(database: &Database) -> String {
    let url = &database.options.url;
    let path = url.split('?').next().unwrap();
    path.rsplit('/').next().unwrap().to_owned()
}
