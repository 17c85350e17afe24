//! Summaries of evaluations: every order and filter, page by page, and evaluations that wait for one.

use junheng_domain::code::RegionCode;
use junheng_store::{
    Store,
    evaluation_summaries::{self, Filter, Listed, Order, Summary},
    evaluations::{self, Evaluation},
};
use sea_orm::{ConnectionTrait, Database as Raw};

use crate::{Database, at, month, on_both_databases};

on_both_databases!(
    pages_of_every_order_hold_each_evaluation_once,
    filters_select_alone_and_together,
    a_summary_of_another_evaluation_does_not_count,
    a_summary_that_knew_less_does_not_come_back,
    what_waits_is_listed_in_order_and_read_on_after_what_waits_for_ever,
    the_last_month_before_a_month_is_found,
);

const ORDERS: [Order; 5] = [
    Order::Region,
    Order::MetShareAscending,
    Order::MetShareDescending,
    Order::ExceededVariationsDescending,
    Order::NotMetUnitsDescending,
];

fn county(number: usize) -> RegionCode {
    format!("2109{number:02}").parse().unwrap()
}

fn evaluation(county: &RegionCode, text: &str, standard_id: &str, verdict: &str) -> Evaluation {
    Evaluation {
        county: county.clone(),
        month: month(text),
        standard_id: standard_id.to_owned(),
        verdict: verdict.to_owned(),
        known_at: at(100),
        evaluated_at: at(105),
        evaluation: vec![1; 20_000],
    }
}

fn summary(share: Option<u64>, not_met: u64, exceeded: u64) -> Summary {
    Summary {
        met_share_billionths: share,
        not_met_unit_count: not_met,
        exceeded_variation_count: exceeded,
        summary: vec![0, 255],
    }
}

async fn put(store: &Store, evaluation: &Evaluation, summary: &Summary) -> bool {
    let transaction = store.begin_write().await.unwrap();
    let stored = evaluations::put(&transaction, evaluation, summary).await.unwrap();
    transaction.commit().await.unwrap();
    stored
}

/// Six counties, three months, two standards; shares, counts and verdicts that tie all over, and some without units.
async fn filled(store: &Store) -> Vec<RegionCode> {
    let counties: Vec<_> = (1..=6).map(county).collect();
    for (index, county) in counties.iter().enumerate() {
        for (number, text) in ["2024-10", "2024-11", "2024-12"].iter().enumerate() {
            for (other, standard) in ["basic", "quality"].iter().enumerate() {
                let kind = index + number + other;
                let verdict = ["met", "not_met", "undetermined"][kind % 3];
                let share = [Some(0), Some(500_000_000), None, Some(1_000_000_000)][kind % 4];
                let summary = summary(share, [0, 7][kind % 2], [14, 0, 3][kind % 3]);
                assert!(put(store, &evaluation(county, text, standard, verdict), &summary).await);
            }
        }
    }
    // Of no interest to anybody here.
    put(store, &evaluation(&county(50), "2024-12", "quality", "met"), &summary(Some(1), 1, 1)).await;
    counties
}

fn all(counties: &[RegionCode]) -> Filter<'_> {
    Filter { counties, from: None, to: None, standard_id: None, verdicts: &[] }
}

async fn list(store: &Store, filter: Filter<'_>, order: Order) -> Vec<Listed> {
    evaluation_summaries::list(store, filter, order, None, 1000).await.unwrap()
}

async fn pages_of_every_order_hold_each_evaluation_once(database: Database) {
    let store = database.migrated().await;
    let counties = filled(&store).await;

    for order in ORDERS {
        let whole = list(&store, all(&counties), order).await;
        assert_eq!(whole.len(), 36);
        let mut sorted = whole.clone();
        sorted.sort_by_key(|listed| {
            let at = &listed.position;
            (at.rank, at.county.clone(), -at.month.ordinal(), at.standard_id.clone())
        });
        assert_eq!(whole, sorted, "{order:?}");
        for size in [1, 5, 36] {
            let mut paged: Vec<Listed> = vec![];
            loop {
                let after = paged.last().map(|last| &last.position);
                let page = evaluation_summaries::list(&store, all(&counties), order, after, size).await.unwrap();
                if page.is_empty() {
                    break;
                }
                paged.extend(page);
            }
            assert_eq!(paged, whole, "{order:?} by {size}");
        }
    }
    let ranks = async |order| -> Vec<i64> {
        let mut ranks: Vec<_> =
            list(&store, all(&counties), order).await.iter().map(|listed| listed.position.rank).collect();
        ranks.dedup();
        ranks
    };
    assert_eq!(ranks(Order::MetShareAscending).await, [0, 500_000_000, 1_000_000_000, 2_000_000_000]);
    assert_eq!(ranks(Order::MetShareDescending).await, [-1_000_000_000, -500_000_000, 0, 1]);
    assert_eq!(ranks(Order::ExceededVariationsDescending).await, [-14, -3, 0]);
    assert_eq!(ranks(Order::NotMetUnitsDescending).await, [-7, 0]);
}

async fn filters_select_alone_and_together(database: Database) {
    let store = database.migrated().await;
    let counties = filled(&store).await;
    let whole = list(&store, all(&counties), Order::Region).await;
    let (october, december) = (month("2024-10"), month("2024-12"));

    for from in [None, Some(month("2024-11")), Some(december)] {
        for to in [None, Some(october), Some(month("2024-11"))] {
            for standard_id in [None, Some("basic"), Some("other")] {
                for verdicts in [&[][..], &["met"], &["not_met", "undetermined"]] {
                    let filter = Filter { counties: &counties[1..4], from, to, standard_id, verdicts };
                    let found = list(&store, filter, Order::Region).await;
                    let wanted = whole.iter().filter(|listed| {
                        let at = &listed.position;
                        counties[1..4].contains(&at.county)
                            && from.is_none_or(|from| at.month >= from)
                            && to.is_none_or(|to| at.month <= to)
                            && standard_id.is_none_or(|id| at.standard_id == id)
                            && (verdicts.is_empty() || verdicts.contains(&listed.verdict.as_str()))
                    });
                    assert_eq!(found, wanted.cloned().collect::<Vec<_>>(), "{filter:?}");
                }
            }
        }
    }
    assert_eq!(list(&store, all(&[]), Order::Region).await, []);
    assert_eq!(evaluation_summaries::list_waiting(&store, all(&[]), None, 10).await.unwrap(), []);
}

async fn a_summary_of_another_evaluation_does_not_count(database: Database) {
    let store = database.migrated().await;
    let counties = [county(1), county(2)];
    let evaluations = counties.clone().map(|county| evaluation(&county, "2024-12", "quality", "met"));
    for evaluation in &evaluations {
        put(&store, evaluation, &summary(Some(5), 0, 0)).await;
    }
    let waiting = async || evaluation_summaries::list_waiting(&store, all(&counties), None, 10).await.unwrap();
    assert_eq!(waiting().await, []);
    // An older program stored it anew, and knows nothing of summaries.
    let raw = Raw::connect(&database.options.url).await.unwrap();
    raw.execute_unprepared("UPDATE evaluations SET known_at_unix_ms = 200 WHERE county_code = '210901'").await.unwrap();

    assert_eq!(waiting().await, [(county(1), month("2024-12"), "quality".to_owned())]);
    let listed = list(&store, all(&counties), Order::MetShareAscending).await;
    let found: Vec<_> = listed.iter().map(|one| (one.position.county.clone(), one.summary.is_some())).collect();
    assert_eq!(found, [(county(2), true), (county(1), false)]);

    let now = evaluations::find(&store, &county(1), month("2024-12"), "quality").await.unwrap().unwrap();
    let transaction = store.begin_write().await.unwrap();
    evaluation_summaries::put(&transaction, &now, &summary(Some(4), 0, 0)).await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(waiting().await, []);
    let listed = list(&store, all(&counties), Order::MetShareAscending).await;
    assert_eq!(listed.iter().map(|one| one.position.rank).collect::<Vec<_>>(), [4, 5]);
}

async fn a_summary_that_knew_less_does_not_come_back(database: Database) {
    let store = database.migrated().await;
    let counties = [county(1)];
    let older = evaluation(&counties[0], "2024-12", "quality", "met");
    let newer = Evaluation { known_at: at(300), evaluated_at: at(301), ..older.clone() };
    put(&store, &older, &summary(Some(1), 0, 0)).await;
    put(&store, &newer, &summary(Some(2), 0, 0)).await;

    let transaction = store.begin_write().await.unwrap();
    evaluation_summaries::put(&transaction, &older, &summary(Some(1), 0, 0)).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(!put(&store, &older, &summary(Some(1), 0, 0)).await);

    let listed = list(&store, all(&counties), Order::MetShareAscending).await;
    assert_eq!((listed.len(), listed[0].position.rank), (1, 2));
}

async fn what_waits_is_listed_in_order_and_read_on_after_what_waits_for_ever(database: Database) {
    let store = database.migrated().await;
    let counties = [county(1), county(2), county(3)];
    let mut wanted = vec![];
    for county in &counties {
        for text in ["2024-11", "2024-12"] {
            for standard in ["basic", "quality"] {
                put(&store, &evaluation(county, text, standard, "met"), &summary(None, 0, 0)).await;
                wanted.push((county.clone(), month(text), standard.to_owned()));
            }
        }
    }
    // Each summary knows more than its evaluation: no other takes its place.
    let raw = Raw::connect(&database.options.url).await.unwrap();
    raw.execute_unprepared("UPDATE evaluation_summaries SET known_at_unix_ms = 900").await.unwrap();

    for limit in [1, 5, 12] {
        let mut found: Vec<evaluation_summaries::Key> = vec![];
        loop {
            let page = evaluation_summaries::list_waiting(&store, all(&counties), found.last(), limit).await.unwrap();
            let Some((at, month, standard_id)) = page.last() else { break };
            let row = evaluations::find(&store, at, *month, standard_id).await.unwrap().unwrap();
            let transaction = store.begin_write().await.unwrap();
            evaluation_summaries::put(&transaction, &row, &summary(None, 0, 0)).await.unwrap();
            transaction.commit().await.unwrap();
            found.extend(page);
            assert!(found.len() <= wanted.len());
        }
        assert_eq!(found, wanted, "by {limit}");
    }
}

async fn the_last_month_before_a_month_is_found(database: Database) {
    let store = database.migrated().await;
    let counties = [county(1), county(2), county(3)];
    for (county, text, standard) in [
        (&counties[0], "2024-08", "quality"),
        (&counties[0], "2024-10", "quality"),
        (&counties[0], "2024-11", "basic"),
        (&counties[0], "2024-12", "quality"),
        (&counties[1], "2024-12", "quality"),
    ] {
        put(&store, &evaluation(county, text, standard, "met"), &summary(None, 0, 0)).await;
    }

    let last = evaluations::list_last_months(&store, &counties, "quality", month("2024-12")).await.unwrap();

    assert_eq!(last.into_iter().collect::<Vec<_>>(), [(county(1), month("2024-10"))]);
}
