//! What was sent, read across counties; and closing the clocks of many.

use std::collections::BTreeSet;

use jiff::Timestamp;
use junheng_domain::{
    code::RegionCode,
    finding::Finding,
    inflow::{CalendarEntry, DueDay},
};
use junheng_store::{
    Store, clock, inflow, reporting_calendars,
    submissions::{self, NewSubmission},
};

use crate::{Database, at, month, on_both_databases};

on_both_databases!(
    months_are_told_by_what_was_sent_for_them,
    the_newest_month_is_one_that_was_not_withdrawn,
    closing_many_clocks_waits_for_writers_and_leaves_clocks_that_are_ahead,
    the_newest_calendar_entry_of_a_month_stands,
    revisions_come_in_the_order_they_became_known_after_a_place,
);

fn county(code: &str) -> RegionCode {
    code.parse().unwrap()
}

fn new(code: &str, of: &str, known_at: Timestamp) -> NewSubmission {
    NewSubmission {
        county: county(code),
        month: month(of),
        request_id: "r".to_owned(),
        school_count: 1,
        item_count: 0,
        content_digest: "d".to_owned(),
        known_at,
        caller: "test".to_owned(),
        trace_parent: String::new(),
        findings: Vec::<Finding>::new(),
        acknowledgements: vec![],
    }
}

/// Keeps a submission; `false`: refused.
async fn keep(store: &Store, code: &str, of: &str, now: i64, accepted: bool) -> Timestamp {
    let transaction = store.begin_write().await.unwrap();
    let known_at = clock::advance(&transaction, &county(code), at(now)).await.unwrap();
    if accepted {
        submissions::insert_accepted(&transaction, &new(code, of, known_at)).await.unwrap();
    } else {
        submissions::insert_refused(&transaction, &new(code, of, known_at)).await.unwrap();
    }
    transaction.commit().await.unwrap();
    known_at
}

async fn months_are_told_by_what_was_sent_for_them(database: Database) {
    let store = database.migrated().await;
    let counties: Vec<RegionCode> = (0..300).map(|number| county(&format!("21{number:04}"))).collect();
    keep(&store, "210000", "2024-12", 1_000, false).await;
    keep(&store, "210000", "2024-12", 2_000, true).await;
    keep(&store, "210000", "2024-12", 3_000, true).await;
    keep(&store, "210299", "2024-11", 4_000, false).await;
    let asked = (month("2024-11"), month("2024-12"));

    let now = inflow::list_sent(&store, &counties, asked, at(9_000)).await.unwrap();
    let before = inflow::list_sent(&store, &counties, asked, at(2_500)).await.unwrap();
    let newest = inflow::list_newest(&store, &counties, at(9_000)).await.unwrap();

    let corrected = now[&(county("210000"), month("2024-12"))];
    assert_eq!((corrected.revision, corrected.last_accepted), (Some(2), Some(at(3_000))));
    assert_eq!((corrected.sent.first_accepted, corrected.sent.counts), (Some(at(2_000)), true));
    assert_eq!((corrected.sent.submissions, corrected.sent.refused, corrected.sent.waits), (3, 1, false));
    let refused = now[&(county("210299"), month("2024-11"))];
    assert_eq!((refused.revision, refused.sent.counts, refused.sent.refused), (None, false, 1));
    assert_eq!((now.len(), before.len()), (2, 1));
    assert_eq!(before[&(county("210000"), month("2024-12"))].revision, Some(1));
    assert_eq!(newest.len(), 1);
    assert_eq!(
        (newest[&county("210000")].month, newest[&county("210000")].accepted),
        (Some(month("2024-12")), at(3_000))
    );
    let counts = inflow::count_by_state(&store, &counties).await.unwrap();
    assert_eq!(counts[&(county("210000"), "accepted".to_owned())], 2);
}

async fn the_newest_month_is_one_that_was_not_withdrawn(database: Database) {
    let store = database.migrated().await;
    let code = county("210000");
    keep(&store, "210000", "2024-11", 1_000, true).await;
    keep(&store, "210000", "2024-12", 2_000, true).await;
    for (of, now) in [("2024-12", 3_000), ("2024-11", 4_000)] {
        let transaction = store.begin_write().await.unwrap();
        let known_at = clock::advance(&transaction, &code, at(now)).await.unwrap();
        submissions::insert_withdrawn(&transaction, &new("210000", of, known_at), "误报").await.unwrap();
        transaction.commit().await.unwrap();
    }
    keep(&store, "210000", "2024-11", 5_000, true).await;

    let mut found = vec![];
    for now in [2_500, 3_500, 4_500, 5_500] {
        let newest = inflow::list_newest(&store, std::slice::from_ref(&code), at(now)).await.unwrap();
        found.push((newest[&code].month.map(|month| month.to_string()), newest[&code].accepted));
    }

    let wanted = |of: &str, known: i64| (Some(of.to_owned()), at(known));
    assert_eq!(
        found,
        [wanted("2024-12", 2_000), wanted("2024-11", 2_000), (None, at(2_000)), wanted("2024-11", 5_000)]
    );
}

async fn closing_many_clocks_waits_for_writers_and_leaves_clocks_that_are_ahead(database: Database) {
    let store = database.migrated().await;
    let ahead = keep(&store, "210002", "2024-12", 8_000, true).await;
    let writer = store.begin_write().await.unwrap();
    let known_at = clock::advance(&writer, &county("210001"), at(1_000)).await.unwrap();
    let closing = tokio::spawn({
        let store = store.clone();
        async move {
            let counties: BTreeSet<RegionCode> = ["210001", "210002", "210003"].map(county).into();
            let transaction = store.begin_write().await.unwrap();
            clock::close_all(&transaction, &counties, at(5_000)).await.unwrap();
            transaction.commit().await.unwrap();
            let counties: Vec<RegionCode> = counties.into_iter().collect();
            let window = (at(0), at(5_000));
            inflow::list_revisions(&store, &counties, window, None, 10).await.unwrap().len()
        }
    });

    submissions::insert_accepted(&writer, &new("210001", "2024-12", known_at)).await.unwrap();
    writer.commit().await.unwrap();

    assert_eq!(closing.await.unwrap(), 1, "what was being written is found, what is ahead is not");
    let codes = ["210001", "210002", "210003"].map(county);
    let clocks = clock::list(&store, &codes).await.unwrap();
    assert_eq!(codes.map(|code| clocks[&code]), [at(5_000), ahead, at(5_000)]);
    assert_eq!(keep(&store, "210003", "2024-12", 4_000, true).await, at(5_001));
}

async fn the_newest_calendar_entry_of_a_month_stands(database: Database) {
    let store = database.migrated().await;
    let entry = |from: &str, day: Option<u32>| CalendarEntry {
        region: county("210000"),
        from: month(from),
        due_day: day.map(|day| DueDay::new(day).unwrap()),
    };
    for (known_at, entry) in
        [(10, entry("2024-01", Some(5))), (20, entry("2024-06", None)), (30, entry("2024-01", Some(9)))]
    {
        let transaction = store.begin_write().await.unwrap();
        reporting_calendars::append(&transaction, &entry, at(known_at)).await.unwrap();
        transaction.commit().await.unwrap();
    }
    let regions = [county("210000"), county("210900")];

    let now = reporting_calendars::list(&store, &regions, None).await.unwrap();
    let before = reporting_calendars::list(&store, &regions, Some(at(20))).await.unwrap();

    assert_eq!(now, [entry("2024-01", Some(9)), entry("2024-06", None)]);
    assert_eq!(before, [entry("2024-01", Some(5)), entry("2024-06", None)]);
}

async fn revisions_come_in_the_order_they_became_known_after_a_place(database: Database) {
    let store = database.migrated().await;
    let codes = ["210001", "210002", "210003"];
    for code in codes {
        keep(&store, code, "2024-12", 1_000, true).await;
        keep(&store, code, "2024-11", 2_000, true).await;
        keep(&store, code, "2024-11", 3_000, false).await;
    }
    let counties = codes.map(county);
    let window = (at(500), at(2_500));

    let all = inflow::list_revisions(&store, &counties, window, None, 10).await.unwrap();

    let known: Vec<_> = all.iter().map(|found| (found.known_at, found.county.to_string())).collect();
    let wanted = |at: Timestamp| codes.map(|code| (at, code.to_owned()));
    assert_eq!(known, [wanted(at(1_000)), wanted(at(2_000))].concat());
    for cut in 0..all.len() {
        let place = all[cut].place();
        let rest = inflow::list_revisions(&store, &counties, window, Some(&place), 2).await.unwrap();
        assert_eq!(rest, all[cut + 1..(cut + 3).min(all.len())], "after {cut}");
    }
}
