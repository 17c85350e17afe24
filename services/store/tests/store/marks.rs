//! Marks: who evaluates what, and when again.

use std::time::Duration;

use futures::future::join_all;
use junheng_domain::code::{Month, RegionCode};
use junheng_store::{
    Store,
    marks::{self, Backlog, Finished, Mark},
    submissions,
};

use crate::{Database, at, begin, county, month, on_both_databases, submissions::submission};

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
    what_was_marked_before_the_reading_is_evaluated_once,
    months_of_a_county_are_claimed_together,
    a_renewed_lease_lasts_longer,
    a_renewed_lease_does_not_hide_that_the_month_was_marked_again,
    accepted_months_are_marked_and_no_others,
    a_month_is_marked_with_those_that_count_its_items,
    whoever_waits_for_marks_hears_of_a_commit_and_of_nothing_else,
);

async fn mark(store: &Store, months: &[&str], marked_at: i64) {
    let transaction = store.begin_write().await.unwrap();
    let months: Vec<_> = months.iter().map(|text| month(text)).collect();
    marks::mark(&transaction, &county(), &months, at(marked_at), "00-trace-01").await.unwrap();
    transaction.commit().await.unwrap();
}

async fn claim(store: &Store, now: i64, lease_until: i64) -> Option<Mark> {
    let mut claimed = marks::claim(store, &county(), &[month("2024-12")], at(now), at(lease_until)).await.unwrap();
    claimed.pop()
}

async fn finish(store: &Store, mark: &Mark) -> Finished {
    finish_knowing(store, mark, 0).await
}

/// Finishes a mark whose evaluation knows the county up to an instant.
async fn finish_knowing(store: &Store, mark: &Mark, known_at: i64) -> Finished {
    let transaction = store.begin_write().await.unwrap();
    let finished = marks::finish(&transaction, mark, at(known_at)).await.unwrap();
    transaction.commit().await.unwrap();
    finished
}

async fn marks_are_offered_oldest_first(database: Database) {
    let store = database.migrated().await;
    assert_eq!(marks::find_backlog(&store, at(100)).await.unwrap(), Backlog::default());
    mark(&store, &["2024-12", "2025-01", "2024-12"], 20).await;
    mark(&store, &["2024-11"], 30).await;
    mark(&store, &["2024-10"], 10).await;

    let candidates = marks::list_candidates(&store, at(100), 3).await.unwrap();

    let months: Vec<String> = candidates.iter().map(|mark| mark.month.to_string()).collect();
    assert_eq!(months, ["2024-10", "2024-12", "2025-01"]);
    assert_eq!(candidates[0].trace_parent, "00-trace-01");
    let all_wait = Backlog { waiting: 4, oldest: Some(at(10)), ..Backlog::default() };
    assert_eq!(marks::find_backlog(&store, at(100)).await.unwrap(), all_wait);
    let first_two = [candidates[0].month, candidates[1].month];
    let held = marks::claim(&store, &candidates[0].county, &first_two, at(100), at(200)).await.unwrap();
    marks::release(&store, &held[0], at(150)).await.unwrap();
    let apart = Backlog { waiting: 2, leased: 1, failing: 1, oldest: Some(at(10)), first_lease_end: Some(at(200)) };
    assert_eq!(marks::find_backlog(&store, at(120)).await.unwrap(), apart);
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

    assert_eq!(finish(&store, &claimed).await, Finished::Done);

    assert_eq!(marks::find_backlog(&store, at(100)).await.unwrap(), Backlog::default());
    assert_eq!(claim(&store, 300, 400).await, None);
    assert_eq!(finish(&store, &claimed).await, Finished::Lost);
}

async fn a_mark_that_was_marked_again_is_evaluated_again(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();
    mark(&store, &["2024-12"], 150).await;
    // Still leased: nobody else evaluates the same month at the same time.
    assert_eq!(claim(&store, 150, 250).await, None);

    assert_eq!(finish_knowing(&store, &claimed, 149).await, Finished::MarkedAgain);

    let again = claim(&store, 151, 251).await.unwrap();
    assert_eq!(again.marked_at, at(150));
    assert_eq!(finish(&store, &again).await, Finished::Done);
}

async fn what_was_marked_before_the_reading_is_evaluated_once(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();
    mark(&store, &["2024-12"], 150).await;

    assert_eq!(finish_knowing(&store, &claimed, 150).await, Finished::Done);

    assert_eq!(marks::find_backlog(&store, at(100)).await.unwrap(), Backlog::default());
}

async fn marking_again_in_the_same_instant_counts(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();

    mark(&store, &["2024-12"], 10).await;

    assert_eq!(finish(&store, &claimed).await, Finished::MarkedAgain);
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
    assert_eq!(finish_knowing(&store, &slow, 150).await, Finished::Lost);
    assert_eq!(marks::renew(&store, &[slow], at(400)).await.unwrap(), []);

    assert_eq!(claim(&store, 210, 310).await, None);
    assert_eq!(finish(&store, &holder).await, Finished::Done);
}

async fn months_of_a_county_are_claimed_together(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-10", "2024-11", "2024-12"], 10).await;
    assert_eq!(claim(&store, 100, 200).await.unwrap().month, month("2024-12"));

    let months = ["2024-12", "2024-11", "2024-10", "2024-09"].map(month);
    let claimed = marks::claim(&store, &county(), &months, at(110), at(210)).await.unwrap();

    let claimed: Vec<_> = claimed.iter().map(|mark| (mark.month, mark.lease_until)).collect();
    assert_eq!(claimed, [(month("2024-10"), at(210)), (month("2024-11"), at(210))]);
    assert_eq!(marks::claim(&store, &county(), &[], at(300), at(400)).await.unwrap(), []);
}

async fn a_renewed_lease_lasts_longer(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-11", "2024-12"], 10).await;
    let months = ["2024-11", "2024-12"].map(month);
    let held = marks::claim(&store, &county(), &months, at(100), at(200)).await.unwrap();

    let renewed = marks::renew(&store, &held, at(300)).await.unwrap();

    assert_eq!(renewed.iter().map(|mark| mark.lease_until).collect::<Vec<_>>(), [at(300); 2]);
    assert_eq!(claim(&store, 201, 301).await, None);
    assert_eq!(finish(&store, &held[0]).await, Finished::Lost);
    assert_eq!(finish(&store, &renewed[0]).await, Finished::Done);
    // Of the two, one is left to renew.
    assert_eq!(marks::renew(&store, &renewed, at(400)).await.unwrap().len(), 1);
    assert_eq!(marks::renew(&store, &[], at(400)).await.unwrap(), []);
}

async fn a_renewed_lease_does_not_hide_that_the_month_was_marked_again(database: Database) {
    let store = database.migrated().await;
    mark(&store, &["2024-12"], 10).await;
    let claimed = claim(&store, 100, 200).await.unwrap();
    mark(&store, &["2024-12"], 150).await;

    let renewed = marks::renew(&store, &[claimed], at(300)).await.unwrap();

    assert_eq!(finish_knowing(&store, &renewed[0], 149).await, Finished::MarkedAgain);
}

async fn accepted_months_are_marked_and_no_others(database: Database) {
    let store = database.migrated().await;
    let (transaction, known_at) = begin(&store, 1_000).await;
    for text in ["2023-12", "2024-01", "2024-06", "2024-06", "2024-12", "2025-01"] {
        submissions::insert_accepted(&transaction, &submission(text, known_at)).await.unwrap();
    }
    submissions::insert_refused(&transaction, &submission("2024-03", known_at)).await.unwrap();
    marks::mark(&transaction, &county(), &[month("2024-06")], known_at, "").await.unwrap();
    transaction.commit().await.unwrap();

    let (transaction, known_at) = begin(&store, 2_000).await;
    let (first, last) = (month("2024-01"), month("2024-12"));
    let marked = marks::mark_accepted(&transaction, &county(), first, last, known_at, "00-trace-02").await.unwrap();
    let other: RegionCode = "210900".parse().unwrap();
    let none = marks::mark_accepted(&transaction, &other, first, last, known_at, "").await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!((marked, none), (3, 0));
    let candidates = marks::list_candidates(&store, at(3_000), 10).await.unwrap();
    let marked: Vec<_> = candidates.iter().map(|mark| (mark.month.to_string(), mark.marked_at)).collect();
    assert_eq!(marked, ["2024-01", "2024-06", "2024-12"].map(|month| (month.to_owned(), at(2_000))));
    assert!(candidates.iter().all(|mark| mark.trace_parent == "00-trace-02"));
}

async fn a_month_is_marked_with_those_that_count_its_items(database: Database) {
    let store = database.migrated().await;
    let (transaction, known_at) = begin(&store, 1_000).await;
    for text in ["2024-05", "2024-06", "2025-06", "2025-07"] {
        submissions::insert_accepted(&transaction, &submission(text, known_at)).await.unwrap();
    }
    submissions::insert_refused(&transaction, &submission("2024-09", known_at)).await.unwrap();
    transaction.commit().await.unwrap();

    for (text, now) in [("2024-06", 2_000), ("2024-08", 3_000)] {
        let (transaction, known_at) = begin(&store, now).await;
        submissions::insert_accepted(&transaction, &submission(text, known_at)).await.unwrap();
        let month = month(text);
        let last = Month::from_ordinal(month.ordinal() + 12).unwrap();
        marks::mark_new(&transaction, &county(), month, last, known_at, "");
        transaction.commit().await.unwrap();
    }

    let candidates = marks::list_candidates(&store, at(4_000), 10).await.unwrap();
    let marked: Vec<_> = candidates.iter().map(|mark| (mark.month.to_string(), mark.marked_at)).collect();
    let expected = [("2024-06", 2_000), ("2024-08", 3_000), ("2025-06", 3_000), ("2025-07", 3_000)];
    assert_eq!(marked, expected.map(|(month, now)| (month.to_owned(), at(now))));
}

async fn whoever_waits_for_marks_hears_of_a_commit_and_of_nothing_else(database: Database) {
    let store = database.migrated().await;
    let silent = async || tokio::time::timeout(Duration::from_millis(20), store.marked()).await.is_err();
    let (transaction, _) = begin(&store, 1_000).await;
    transaction.commit().await.unwrap();
    let (transaction, known_at) = begin(&store, 1_000).await;
    marks::mark(&transaction, &county(), &[month("2024-12")], known_at, "").await.unwrap();
    transaction.rollback().await.unwrap();
    assert!(silent().await);

    mark(&store.clone(), &["2024-12"], 2_000).await;

    // It came before anybody waited, and is heard all the same, once.
    store.marked().await;
    assert!(silent().await);
}
