//! The county's clock, and what it locks.

use std::collections::BTreeSet;

use futures::future::join_all;
use junheng_domain::code::RegionCode;
use junheng_store::{Store, audit, clock};

use crate::{Database, at, begin, county, on_both_databases};

on_both_databases!(
    a_county_that_was_never_written_has_no_clock,
    the_clock_never_stands_still_or_goes_back,
    concurrent_writers_of_a_county_get_different_instants,
    writers_of_several_replicas_wait_for_each_other,
    writers_see_what_the_writer_before_them_wrote,
    a_closed_instant_stays_closed,
    closing_waits_for_the_writer_at_work,
    a_transaction_that_is_dropped_writes_nothing_and_blocks_nobody,
    audit_entries_of_one_instant_keep_their_order,
    concurrent_audit_entries_are_all_kept,
);

async fn a_county_that_was_never_written_has_no_clock(database: Database) {
    let store = database.migrated().await;

    assert_eq!(clock::find(&store, &county()).await.unwrap(), None);
}

async fn the_clock_never_stands_still_or_goes_back(database: Database) {
    let store = database.migrated().await;
    let mut instants = Vec::new();

    for now in [1_000, 1_000, 500, 2_000, 1_999] {
        let (transaction, known_at) = begin(&store, now).await;
        transaction.commit().await.unwrap();
        instants.push(known_at);
    }

    assert_eq!(instants, [1_000, 1_001, 1_002, 2_000, 2_001].map(at));
    assert_eq!(clock::find(&store, &county()).await.unwrap(), Some(at(2_001)));
}

async fn concurrent_writers_of_a_county_get_different_instants(database: Database) {
    let store = database.migrated().await;
    let write = async |store: Store| {
        let (transaction, known_at) = begin(&store, 1_000).await;
        transaction.commit().await.unwrap();
        known_at
    };

    let instants: BTreeSet<_> = join_all((0..40).map(|_| write(store.clone()))).await.into_iter().collect();

    assert_eq!(instants, (1_000..1_040).map(at).collect());
}

async fn writers_of_several_replicas_wait_for_each_other(database: Database) {
    let replicas = [database.migrated().await, database.connect().await, database.connect().await];
    let write = async |store: Store| {
        let (transaction, known_at) = begin(&store, 1_000).await;
        audit::append(&transaction, &entry(Some("210922"), "written")).await.unwrap();
        transaction.commit().await.unwrap();
        known_at
    };

    let writes = replicas.iter().cycle().take(30).map(|store| write(store.clone()));
    let instants: BTreeSet<_> = join_all(writes).await.into_iter().collect();

    assert_eq!(instants.len(), 30);
    assert_eq!(audit::list(&replicas[0], Some(&county()), 0, 100).await.unwrap().len(), 30);
}

async fn writers_see_what_the_writer_before_them_wrote(database: Database) {
    let store = database.migrated().await;
    let (first, _) = begin(&store, 1_000).await;
    let second = tokio::spawn({
        let store = store.clone();
        async move {
            let (transaction, _) = begin(&store, 1_000).await;
            audit::list(&transaction, Some(&county()), 0, 10).await.unwrap().len()
        }
    });

    audit::append(&first, &entry(Some("210922"), "first")).await.unwrap();
    first.commit().await.unwrap();

    assert_eq!(second.await.unwrap(), 1);
}

async fn a_closed_instant_stays_closed(database: Database) {
    let store = database.migrated().await;
    let close = async |as_of: i64| {
        let transaction = store.begin_write().await.unwrap();
        clock::close(&transaction, &county(), at(as_of)).await.unwrap();
        transaction.commit().await.unwrap();
        clock::find(&store, &county()).await.unwrap().unwrap()
    };

    assert_eq!(close(5_000).await, at(5_000));
    assert_eq!(close(4_000).await, at(5_000));
    let (_transaction, known_at) = begin(&store, 3_000).await;

    assert_eq!(known_at, at(5_001));
}

async fn closing_waits_for_the_writer_at_work(database: Database) {
    let store = database.migrated().await;
    let (writer, _) = begin(&store, 1_000).await;
    let closing = tokio::spawn({
        let store = store.clone();
        async move {
            let transaction = store.begin_write().await.unwrap();
            clock::close(&transaction, &county(), at(1_000)).await.unwrap();
            transaction.commit().await.unwrap();
            audit::list(&store, Some(&county()), 0, 10).await.unwrap().len()
        }
    });

    audit::append(&writer, &entry(Some("210922"), "written")).await.unwrap();
    writer.commit().await.unwrap();

    assert_eq!(closing.await.unwrap(), 1);
}

async fn a_transaction_that_is_dropped_writes_nothing_and_blocks_nobody(database: Database) {
    let store = database.migrated().await;

    let (transaction, _) = begin(&store, 9_000).await;
    drop(transaction);
    let (transaction, known_at) = begin(&store, 1_000).await;
    transaction.rollback().await.unwrap();

    assert_eq!(known_at, at(1_000));
    assert_eq!(clock::find(&store, &county()).await.unwrap(), None);
}

async fn audit_entries_of_one_instant_keep_their_order(database: Database) {
    let store = database.migrated().await;
    let transaction = store.begin_write().await.unwrap();
    for (scope, action) in [(None, "other"), (Some("210000"), "first"), (Some("210000"), "second")] {
        audit::append(&transaction, &entry(scope, action)).await.unwrap();
    }
    transaction.commit().await.unwrap();

    let scope: RegionCode = "210000".parse().unwrap();
    let records = audit::list(&store, Some(&scope), 0, 10).await.unwrap();
    let later = audit::list(&store, Some(&scope), 1, 10).await.unwrap();

    assert_eq!(records.iter().map(|record| record.sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((records[0].deed.action.as_str(), records[0].deed.at_unix_ms), ("first", 7));
    assert_eq!(later, records[1..]);
    assert_eq!(audit::list(&store, None, 0, 10).await.unwrap()[0].deed.action, "other");
}

async fn concurrent_audit_entries_are_all_kept(database: Database) {
    let store = database.migrated().await;
    let append = async |store: Store| {
        let transaction = store.begin_write().await.unwrap();
        audit::append(&transaction, &entry(None, "import")).await.unwrap();
        transaction.commit().await.unwrap();
    };

    join_all((0..20).map(|_| append(store.clone()))).await;

    assert_eq!(audit::list(&store, None, 0, 100).await.unwrap().len(), 20);
}

pub(crate) fn entry(scope: Option<&str>, action: &str) -> audit::Entry {
    audit::Entry {
        scope: scope.map(|code| code.parse().unwrap()),
        at: at(7),
        who: audit::Who { subject: "office".to_owned(), ..audit::Who::default() },
        action: action.to_owned(),
        resource: "regions/210922".to_owned(),
        outcome: "accepted".to_owned(),
        request_id: "r1".to_owned(),
        detail: "{}".to_owned(),
    }
}
