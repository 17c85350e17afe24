//! What nobody waits for does not run on.

use std::time::{Duration, Instant};

use junheng_store::{Access, Options, Store, StoreError, clock};

use crate::{Database, at, begin, county, database::database_name, postgres};

/// Statements that run in the database, or wait for a lock.
fn running(database: &Database) -> u32 {
    let count = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND state = 'active' AND pid <> pg_backend_pid()",
        database_name(database)
    );
    postgres::cluster().unwrap().execute("postgres", &count).unwrap().parse().unwrap()
}

/// Waits until so many statements run.
pub(crate) async fn until(database: &Database, count: u32) {
    let started = Instant::now();
    while running(database) != count {
        assert!(started.elapsed() < Duration::from_secs(20), "{} are running", running(database));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_ends_at_the_deadline_of_its_call() {
    let database = Database::postgres();
    let store = database.migrated().await;
    let (_holder, _) = begin(&store, 1_000).await;
    let called = store.with_access(Access::everything().until(Some(Instant::now() + Duration::from_millis(300))));
    let started = Instant::now();

    let transaction = called.begin_write().await.unwrap();
    let waited = clock::advance(&transaction, &county(), at(1_000)).await;

    assert!(matches!(waited, Err(StoreError::Unavailable(_))), "{waited:?}");
    // Far below what a lock is waited for by itself.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    until(&database, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_were_cancelled_leave_nothing_running() {
    let database = Database::postgres();
    let store = database.migrated().await;
    let (holder, _) = begin(&store, 1_000).await;
    let waiting: Vec<_> = (0..6)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let transaction = store.begin_write().await.unwrap();
                clock::advance(&transaction, &county(), at(1_000)).await
            })
        })
        .collect();
    until(&database, 6).await;

    for call in &waiting {
        call.abort();
    }

    // They would wait for the lock for half a minute.
    until(&database, 0).await;
    holder.commit().await.unwrap();
    assert_eq!(clock::find(&store, &county()).await.unwrap(), Some(at(1_000)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_statement_that_was_cancelled_does_not_run_on() {
    let database = Database::postgres();
    let store = database.migrated().await;
    let cluster = postgres::cluster().unwrap();
    let name = database_name(&database);
    // A table that is locked holds up everybody who reads it.
    let locker = std::thread::spawn(move || {
        let sql = "BEGIN; LOCK TABLE county_clocks; SELECT pg_sleep(2); COMMIT";
        cluster.execute(&name, sql).map(drop)
    });
    until(&database, 1).await;
    let reading = tokio::spawn({
        let store = store.clone();
        async move { clock::find(&store, &county()).await }
    });
    until(&database, 2).await;

    reading.abort();

    until(&database, 1).await;
    assert!(!locker.is_finished(), "the lock outlived the reader");
    locker.join().unwrap().unwrap();
}

/// Stops or continues the server processes behind the connections of a database's pool, as a machine that hangs does.
fn signal(database: &Database, name: &str) {
    let list = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
        database_name(database)
    );
    for pid in postgres::cluster().unwrap().execute("postgres", &list).unwrap().lines() {
        let sent = std::process::Command::new("kill").args(["-s", name, pid]).status().unwrap();
        assert!(sent.success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_cancelled_at_its_first_message_leaves_no_transaction_open() {
    let database = Database::postgres();
    let options = Options { max_connections: 1, ..database.options.clone() };
    let store = Store::connect(&options).await.unwrap();
    store.migrate().await.unwrap();
    store.begin_read().await.unwrap().finish().await.unwrap();

    signal(&database, "STOP");
    let begun = tokio::time::timeout(Duration::from_millis(300), store.begin_read()).await;
    signal(&database, "CONT");

    assert!(begun.is_err(), "the server answered though it was stopped");
    let open = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND state LIKE 'idle in transaction%'",
        database_name(&database)
    );
    let started = Instant::now();
    // The server itself ends such a transaction only after a minute. One that is being rolled back may be seen at first.
    while postgres::cluster().unwrap().execute("postgres", &open).unwrap() != "0" {
        assert!(started.elapsed() < Duration::from_secs(20), "a transaction was left open");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The connection is as good as new to whoever has it next.
    let transaction = store.begin_write().await.unwrap();
    clock::advance(&transaction, &county(), at(1)).await.unwrap();
    transaction.commit().await.unwrap();
}
