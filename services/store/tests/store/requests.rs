//! Requests that come more than once.

use futures::future::join_all;
use junheng_domain::{code::RegionCode, school::School};
use junheng_store::{
    Store, StoreError, WriteTransaction, audit, clock,
    requests::{self, Claim, Meeting},
    schools, submissions,
};

use crate::{
    Database, at, begin,
    concurrency::entry,
    county,
    deadlines::until,
    month, on_both_databases,
    registry::{self, school},
    submissions::submission,
};

on_both_databases!(
    an_answered_request_is_answered_again,
    another_content_under_the_same_id_is_refused,
    ids_of_different_counties_do_not_meet,
    fifty_copies_at_once_write_once_and_get_the_same_reply,
    a_request_that_was_rolled_back_is_new,
    what_was_read_early_holds_while_the_clock_stands,
    a_write_since_what_was_read_early_is_noticed,
    the_first_write_of_a_county_is_overtaken_by_another,
    an_audit_that_went_on_is_noticed,
    what_was_begun_early_is_not_committed_in_part,
    a_month_meets_the_schools_of_its_county_and_the_two_months_before,
    a_write_that_waits_to_be_sent_is_seen_and_undone_with_its_transaction,
);

/// What a service does with a request: the reply is its `known_at`.
async fn handle(store: &Store, fingerprint: &str) -> Result<Vec<u8>, StoreError> {
    let (transaction, known_at) = begin(store, 1_000).await;
    if let Claim::Answered(reply) = requests::claim(&transaction, &county(), "r1", fingerprint).await? {
        return Ok(reply);
    }
    submissions::insert_accepted(&transaction, &submission("2024-12", known_at)).await?;
    let reply = known_at.to_string().into_bytes();
    requests::answer(&transaction, &county(), "r1", fingerprint, reply.clone(), known_at);
    transaction.commit().await?;
    Ok(reply)
}

/// What December meets, compared with June and later.
async fn meet(store: &Store, transaction: &WriteTransaction, county: &RegionCode, id: &str) -> Meeting {
    let months = (month("2024-06"), month("2024-12"));
    requests::meet(transaction, store.standards(), county, id, "a", months).await.unwrap()
}

async fn an_answered_request_is_answered_again(database: Database) {
    let store = database.migrated().await;

    let first = handle(&store, "a").await.unwrap();
    let second = handle(&store, "a").await.unwrap();

    assert_eq!(first, second);
}

async fn another_content_under_the_same_id_is_refused(database: Database) {
    let store = database.migrated().await;
    handle(&store, "a").await.unwrap();

    assert!(matches!(handle(&store, "b").await, Err(StoreError::RequestIdReused)));
}

async fn ids_of_different_counties_do_not_meet(database: Database) {
    let store = database.migrated().await;
    handle(&store, "a").await.unwrap();
    let transaction = store.begin_write().await.unwrap();

    let claim = requests::claim(&transaction, &"210921".parse().unwrap(), "r1", "b").await.unwrap();

    assert_eq!(claim, Claim::New);
}

async fn fifty_copies_at_once_write_once_and_get_the_same_reply(database: Database) {
    let store = database.migrated().await;
    let copies = (0..50).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { handle(&store, "a").await.unwrap() })
    });

    let replies: Vec<Vec<u8>> = join_all(copies).await.into_iter().map(Result::unwrap).collect();

    assert!(replies.iter().all(|reply| *reply == replies[0]));
    let written = submissions::list(&store, &county(), Some(month("2024-12")), None, 100).await.unwrap();
    assert_eq!(written.len(), 1);
}

async fn a_request_that_was_rolled_back_is_new(database: Database) {
    let store = database.migrated().await;
    let (transaction, known_at) = begin(&store, 1_000).await;
    requests::answer(&transaction, &county(), "r1", "a", vec![1], known_at);
    transaction.rollback().await.unwrap();

    let (transaction, _) = begin(&store, 1_000).await;

    assert_eq!(requests::claim(&transaction, &county(), "r1", "b").await.unwrap(), Claim::New);
}

async fn what_was_read_early_holds_while_the_clock_stands(database: Database) {
    let store = database.migrated().await;
    handle(&store, "a").await.unwrap();
    let write = store.begin_early().await.unwrap();

    let met = meet(&store, &write, &county(), "r2").await;
    let known_at = clock::advance_from(&write, &county(), met.clock, at(900)).unwrap();
    let numbers = submissions::insert_accepted(&write, &submission("2024-12", at(1_001))).await.unwrap();
    write.commit().await.unwrap();

    assert_eq!((met.claim, met.clock, met.newest), (Claim::New, Some(at(1_000)), vec![(month("2024-12"), 1)]));
    assert_eq!((known_at, numbers), (at(1_001), (2, 2)));
    assert_eq!(clock::find(&store, &county()).await.unwrap(), Some(known_at));
}

async fn a_write_since_what_was_read_early_is_noticed(database: Database) {
    let store = database.migrated().await;
    let (first, known_at) = begin(&store, 500).await;
    first.commit().await.unwrap();
    let write = store.begin_early().await.unwrap();
    let met = meet(&store, &write, &county(), "r1").await;
    handle(&store, "a").await.unwrap();

    // The same number and the same request once more: it is the clock that is looked at, and first.
    requests::answer(&write, &county(), "r1", "a", vec![2], at(2_000));
    submissions::insert_accepted(&write, &submission("2024-12", at(2_000))).await.unwrap();
    clock::advance_from(&write, &county(), met.clock, at(2_000)).unwrap();
    let committed = write.commit().await;
    let later = store.begin_early().await.unwrap();
    let again = meet(&store, &later, &county(), "r1").await;
    later.rollback().await.unwrap();

    assert_eq!((met.claim, met.clock, met.newest), (Claim::New, Some(known_at), vec![]));
    assert!(matches!(committed, Err(StoreError::Overtaken)), "{committed:?}");
    assert!(matches!(again.claim, Claim::Answered(_)));
    assert_eq!((again.clock, again.newest), (Some(at(1_000)), vec![(month("2024-12"), 1)]));
    assert_eq!(submissions::list(&store, &county(), None, None, 10).await.unwrap().len(), 1);
}

/// On PostgreSQL: SQLite has one writer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_holds_a_county_holds_up_its_writers_and_leaves_its_clock() {
    let database = Database::postgres();
    let store = database.migrated().await;
    let (first, known_at) = begin(&store, 500).await;
    first.commit().await.unwrap();
    let holder = store.begin_write().await.unwrap();
    clock::hold(&holder, &county()).await.unwrap();
    let other = store.clone();
    let writer = tokio::spawn(async move {
        let write = other.begin_write().await.unwrap();
        clock::advance_from(&write, &county(), Some(known_at), at(2_000)).unwrap();
        write.commit().await
    });

    until(&database, 1).await;
    let held = writer.is_finished();
    holder.commit().await.unwrap();

    writer.await.unwrap().unwrap();
    assert!(!held);
    assert_eq!(clock::find(&store, &county()).await.unwrap(), Some(at(2_000)));
}

async fn the_first_write_of_a_county_is_overtaken_by_another(database: Database) {
    let store = database.migrated().await;
    let early = store.begin_early().await.unwrap();
    let met = meet(&store, &early, &county(), "r2").await;
    early.rollback().await.unwrap();
    handle(&store, "a").await.unwrap();

    let write = store.begin_write().await.unwrap();
    clock::advance_from(&write, &county(), met.clock, at(2_000)).unwrap();
    let committed = write.commit().await;

    assert_eq!((met.claim, met.clock), (Claim::New, None));
    assert!(matches!(committed, Err(StoreError::Overtaken)), "{committed:?}");
    let other: RegionCode = "210921".parse().unwrap();
    let write = store.begin_write().await.unwrap();
    assert_eq!(clock::advance_from(&write, &other, None, at(2_000)).unwrap(), at(2_000));
    write.commit().await.unwrap();
    assert_eq!(clock::find(&store, &other).await.unwrap(), Some(at(2_000)));
}

async fn an_audit_that_went_on_is_noticed(database: Database) {
    let store = database.migrated().await;
    let write = store.begin_early().await.unwrap();
    let met = meet(&store, &write, &county(), "r2").await;
    // As an evaluation that is kept: it advances no clock.
    let other = store.begin_write().await.unwrap();
    audit::append(&other, &entry(Some("210922"), "meanwhile")).await.unwrap();
    other.commit().await.unwrap();

    clock::advance_from(&write, &county(), met.clock, at(2_000)).unwrap();
    audit::append(&write, &entry(Some("210922"), "early")).await.unwrap();
    let committed = write.commit().await;

    assert!(matches!(committed, Err(StoreError::Overtaken)), "{committed:?}");
    let told = audit::list(&store, Some(&county()), 0, 10).await.unwrap();
    assert_eq!(told.iter().map(|record| record.deed.action.as_str()).collect::<Vec<_>>(), ["meanwhile"]);
    assert_eq!(clock::find(&store, &county()).await.unwrap(), None);
}

async fn a_month_meets_the_schools_of_its_county_and_the_two_months_before(database: Database) {
    let store = database.migrated().await;
    let renamed =
        School { name: "实验 \"小学\"".into(), opened_on: Some("2020-09-01".parse().unwrap()), ..school(1) };
    registry::write(&store, &county(), 1_000, &[school(2), school(1)]).await;
    registry::write(&store, &county(), 2_000, &[renamed]).await;
    registry::write(&store, &"210921".parse().unwrap(), 1_000, &[school(3)]).await;
    let (transaction, known_at) = begin(&store, 3_000).await;
    for text in ["2024-05", "2024-09", "2024-10", "2024-10", "2024-11", "2025-01"] {
        submissions::insert_accepted(&transaction, &submission(text, known_at)).await.unwrap();
    }
    transaction.commit().await.unwrap();

    let early = store.begin_early().await.unwrap();
    let met = meet(&store, &early, &county(), "r1").await;

    assert_eq!(met.newest, [(month("2024-11"), 1), (month("2024-10"), 2)]);
    assert_eq!(met.schools, schools::list_as_of(&early, &county(), None).await.unwrap());
    let named: Vec<_> = met.schools.iter().map(|school| school.view_in(month("2024-12")).name).collect();
    assert_eq!(named, ["实验 \"小学\"", "第2小学"]);
}

async fn a_write_that_waits_to_be_sent_is_seen_and_undone_with_its_transaction(database: Database) {
    let store = database.migrated().await;
    let december = async |reads: &WriteTransaction| {
        submissions::list(reads, &county(), Some(month("2024-12")), None, 10).await.unwrap().len()
    };
    let (transaction, known_at) = begin(&store, 1_000).await;
    requests::answer(&transaction, &county(), "r1", "a", vec![1], known_at);
    submissions::insert_accepted(&transaction, &submission("2024-12", known_at)).await.unwrap();

    assert_eq!(december(&transaction).await, 1);
    transaction.rollback().await.unwrap();

    let (transaction, known_at) = begin(&store, 2_000).await;
    assert_eq!(december(&transaction).await, 0);
    for _ in 0..2 {
        requests::answer(&transaction, &county(), "r1", "a", vec![1], known_at);
    }
    assert!(matches!(transaction.commit().await, Err(StoreError::Database(_))), "answered twice");
}

/// On SQLite nothing can be read after the first write; whoever does so nevertheless has the commit refuse.
async fn what_was_begun_early_is_not_committed_in_part(database: Database) {
    let store = database.migrated().await;
    let write = store.begin_early().await.unwrap();
    let met = meet(&store, &write, &county(), "r2").await;
    clock::advance_from(&write, &county(), met.clock, at(2_000)).unwrap();

    let read = schools::list_as_of(&write, &county(), None).await;
    requests::answer(&write, &county(), "r2", "a", vec![2], at(2_000));
    let committed = write.commit().await;

    assert_eq!(committed.is_ok(), read.is_ok(), "{committed:?}");
    let again = store.begin_early().await.unwrap();
    let claimed = meet(&store, &again, &county(), "r2").await.claim;
    assert_eq!(matches!(claimed, Claim::Answered(_)), read.is_ok());
}
