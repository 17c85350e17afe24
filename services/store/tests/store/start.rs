//! A program that starts waits for its database.

use std::time::{Duration, Instant};

use junheng_store::{Connections, Options, Store, StoreError};

use crate::{Database, forwarder::Forwarder, postgres};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_a_server_that_does_not_answer_yet() {
    let database = Database::postgres();
    let forwarder = Forwarder::start(postgres::cluster().unwrap().socket()).unwrap();
    forwarder.lead_to(None);
    let name = crate::database::database_name(&database);
    let url = format!("postgres://postgres@{}/{name}?sslmode=disable", forwarder.address());
    let options = Options { connect_timeout: Duration::from_millis(200), ..Options::new(url) };
    let started = Instant::now();
    let given_up = Store::open(&options, Duration::from_millis(500)).await;
    assert!(matches!(given_up, Err(StoreError::Unavailable(_))));
    assert!(started.elapsed() >= Duration::from_millis(500));

    let opening = tokio::spawn(async move { Store::open(&options, PATIENCE).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!opening.is_finished());
    forwarder.lead_to(Some(postgres::cluster().unwrap().socket()));

    let store = opening.await.unwrap().unwrap();
    store.ping().await.unwrap();
    let Connections { open, idle } = store.connections();
    assert!(open >= 1 && idle <= open, "{open} {idle}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_waits_for_its_schema_and_does_not_migrate() {
    let database = Database::postgres();
    let given_up = Store::ready(&database.options, Duration::from_millis(300)).await;
    assert!(matches!(given_up, Err(StoreError::Schema(_))), "{given_up:?}");

    let waiting = tokio::spawn({
        let options = database.options.clone();
        async move { Store::ready(&options, PATIENCE).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    let _migrated = database.migrated().await;

    waiting.await.unwrap().unwrap().check_schema().await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_not_waited_for() {
    let started = Instant::now();

    let refused = Store::open(&Options::new("sqlite:///nowhere/at/all/junheng.db"), PATIENCE).await;

    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    assert!(started.elapsed() < PATIENCE);
}
