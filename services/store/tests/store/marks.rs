//! Marks: who evaluates what, and when again.

use futures::future::join_all;
use junheng_store::{
    Store,
    marks::{self, Backlog, Mark},
};

use crate::{Database, at, county, month, on_both_databases};

on_both_databases!(
    marks_are_offered_oldest_first,
    of_many_claimers_one_wins,
    a_leased_mark_is_offered_again_when_the_lease_is_over,
    a_finished_mark_is_gone,
    a_mark_that_was_marked_again_is_evaluated_again,
    marking_again_in_the_same_instant_counts,
    a_failed_evaluation_is_tried_again_later,
    marking_again_ends_the_wait_after_a_failure,
    who_lost_the_lease_takes_nothing_from_its_new_holder,
);

async fn mark(store: &Store, months: &[&str], marked_at: i64) {
    let transaction = store.begin_write().await.unwrap();
    let months: Vec<_> = months.iter().map(|text| month(text)).collect();
    marks::mark(&transaction, &county(), &months, at(marked_at), "00-trace-01").await.unwrap();
    transaction.commit().await.unwrap();
}

async fn claim(store: &Store, now: i64, lease_until: i64) -> Option<Mark> {
    marks::claim(store, &county(), month("2024-12"), at(now), at(lease_until)).await.unwrap()
}

async fn finish(store: &Store, mark: &Mark) -> bool {
    let transaction = store.begin_write().await.unwrap();
    let deleted = marks::finish(&transaction, mark).await.unwrap();
    transaction.commit().await.unwrap();
    deleted
}

async fn marks_are_offered_oldest_first(database: Database) {
    let store = database.migrated().await;
    assert_eq!(marks::find_backlog(&store).await.unwrap(), Backlog { count: 0, oldest: None });
    mark(&store, &["2024-12", "2025-01", "2024-12"], 20).await;
    mark(&store, &["2024-11"], 30).await;
    mark(&store, &["2024-10"], 10).await;

    let candidates = marks::list_candidates(&store, at(100), 3).await.unwrap();

    let months: Vec<String> = candidates.iter().map(|mark| mark.month.to_string()).collect();
    assert_eq!(months, ["2024-10", "2024-12", "2025-01"]);
    assert_eq!(candidates[0].trace_parent, "00-trace-01");
    assert_eq!(marks::find_backlog(&store).await.unwrap(), Backlog { count: 4, oldest: Some(at(10)) });
}

async fn of_many_claimers_one_wins(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimers = (0..20).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { claim(&store, 100, 200 + n).await })
    });

    let claims = join_all(claimers).await;

    let won: Vec<Mark> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(won[0].marked_at, at(10));
    assert_eq!(won[0].attempt, 0);
}

async fn a_leased_mark_is_offered_again_when_the_lease_is_over(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    claim(&store, 100, 200).await.unwrap();

    assert_eq!(marks::list_candidates(&store, at(200), 10).await.unwrap(), []);
    assert_eq!(claim(&store, 200, 300).await, None);
    assert_eq!(marks::list_candidates(&store, at(201), 10).await.unwrap().len(), 1);
    assert!(claim(&store, 201, 301).await.is_some());
}

async fn a_finished_mark_is_gone(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();

    assert!(finish(&store, &claimed).await);

    assert_eq!(marks::find_backlog(&store).await.unwrap().count, 0);
    assert_eq!(claim(&store, 300, 400).await, None);
    assert!(!finish(&store, &claimed).await);
}

async fn a_mark_that_was_marked_again_is_evaluated_again(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();
    mark(&store, &["2024-12"], 150).await;
    // Still leased: nobody else evaluates the same month at the same time.
    assert_eq!(claim(&store, 150, 250).await, None);

    assert!(!finish(&store, &claimed).await);

    let again = claim(&store, 151, 251).await.unwrap();
    assert_eq!(again.marked_at, at(150));
    assert!(finish(&store, &again).await);
}

async fn marking_again_in_the_same_instant_counts(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();

    mark(&store, &["2024-12"], 10).await;

    assert!(!finish(&store, &claimed).await);
}

async fn a_failed_evaluation_is_tried_again_later(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();

    marks::release(&store, &claimed, at(500)).await.unwrap();

    assert_eq!(claim(&store, 499, 600).await, None);
    let again = claim(&store, 500, 600).await.unwrap();
    assert_eq!(again.attempt, 1);
    mark(&store, &["2024-12"], 550).await;
    assert_eq!(claim(&store, 601, 700).await.unwrap().attempt, 0);
}

async fn marking_again_ends_the_wait_after_a_failure(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();
    mark(&store, &["2024-12"], 150).await;

    marks::release(&store, &claimed, at(500)).await.unwrap();

    assert_eq!(claim(&store, 151, 251).await.unwrap().attempt, 0);
}

async fn who_lost_the_lease_takes_nothing_from_its_new_holder(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let slow = claim(&store, 100, 200).await.unwrap();
    mark(&store, &["2024-12"], 150).await;
    let holder = claim(&store, 201, 301).await.unwrap();

    marks::release(&store, &slow, at(202)).await.unwrap();
    assert!(!finish(&store, &slow).await);

    assert_eq!(claim(&store, 210, 310).await, None);
    assert!(finish(&store, &holder).await);
}
