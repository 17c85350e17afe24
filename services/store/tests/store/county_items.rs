//! County items: their values, and which of them is the latest.

use jiff::Timestamp;
use junheng_domain::{
    code::RegionCode,
    facts::{CountyItem, ItemValue},
    quantity::Quantity,
};
use junheng_store::{CountyMonth, Store, clock, county_items, submissions};

use crate::{Database, at, begin, county, month, on_both_databases, submissions::submission};

on_both_databases!(
    every_kind_of_value_comes_back_as_it_went_in,
    every_text_comes_back_as_it_went_in,
    the_newest_month_within_the_window_counts,
    a_later_month_is_not_looked_at,
    what_the_current_revision_left_out_does_not_count,
    the_latest_value_is_that_of_the_instant_asked_for,
    items_of_a_refused_number_never_count,
    questions_of_several_counties_and_months_do_not_mix,
    items_of_a_withdrawn_or_held_month_give_way_to_older_ones,
);

fn item(name: &str, value: &str) -> CountyItem {
    let (item, operand) = name.split_once('.').unwrap();
    CountyItem {
        item: item.to_owned(),
        operand: operand.to_owned(),
        value: ItemValue::Quantity(Quantity::parse(value).unwrap()),
        declared_on: None,
        declared_by: String::new(),
        evidence: String::new(),
    }
}

/// Accepts a submission with these items, and gives its `known_at`.
async fn accept(store: &Store, text: &str, now: i64, items: &[CountyItem]) -> Timestamp {
    let (transaction, known_at) = begin(store, now).await;
    let (number, _) = submissions::insert_accepted(&transaction, &submission(text, known_at)).await.unwrap();
    county_items::insert_many(&transaction, &county(), month(text), number, items).unwrap();
    transaction.commit().await.unwrap();
    known_at
}

/// The latest values as `item.operand=value@month`.
async fn latest(store: &Store, text: &str, as_of: Option<i64>) -> Vec<String> {
    let as_of = as_of.map_or(Timestamp::MAX, at);
    let asked = [CountyMonth { county: county(), month: month(text), as_of }];
    let items = county_items::list_latest(store, &asked, 12).await.unwrap().remove(0);
    let text = |dated: &junheng_domain::facts::DatedItem| match dated.item.value {
        ItemValue::Quantity(value) => format!("{}.{}={value}@{}", dated.item.item, dated.item.operand, dated.month),
        _ => panic!("only quantities here"),
    };
    items.iter().map(text).collect()
}

async fn every_kind_of_value_comes_back_as_it_went_in(database: Database) {
    let store = database.migrated().await;
    let date = "2024-02-29".parse().unwrap();
    let mut stored = vec![
        item("G10.amount", "-0.000001"),
        item("G7.rate", "999999999999.999999"),
        item("G7.zero", "0"),
        item("Q9.math.difference_rate", "0.15"),
    ];
    let values = [ItemValue::Declaration(true), ItemValue::Declaration(false), ItemValue::Date(date)];
    stored.extend(values.into_iter().zip(["no", "yes", "zday"]).map(|(value, operand)| CountyItem {
        value,
        operand: operand.to_owned(),
        declared_on: Some(date),
        declared_by: "县教育局".to_owned(),
        evidence: "阜政发〔2024〕3号".to_owned(),
        ..item("V1.x", "0")
    }));

    accept(&store, "2024-12", 1_000, &stored).await;

    assert_eq!(county_items::list(&store, &county(), month("2024-12"), 1).await.unwrap(), stored);
    let asked = [CountyMonth { county: county(), month: month("2024-12"), as_of: at(1_000) }];
    let latest = county_items::list_latest(&store, &asked, 12).await.unwrap().remove(0);
    assert_eq!(latest.into_iter().map(|dated| dated.item).collect::<Vec<_>>(), stored);
}

async fn every_text_comes_back_as_it_went_in(database: Database) {
    let store = database.migrated().await;
    let texts = [
        "",
        " ",
        "NULL",
        "null",
        "{}",
        "{a,b}",
        "\\",
        "\\\\\"",
        "\"",
        "a,b",
        "'; --",
        "$1",
        "?",
        "\n\t",
        "〔3〕号，“引号”",
        "🏫",
    ];
    let stored: Vec<CountyItem> = (10..)
        .zip(texts)
        .map(|(place, text)| CountyItem {
            declared_by: text.to_owned(),
            evidence: format!("{text}{text}"),
            ..item(&format!("V1.o{place}"), "1")
        })
        .collect();

    accept(&store, "2024-12", 1_000, &stored).await;

    assert_eq!(county_items::list(&store, &county(), month("2024-12"), 1).await.unwrap(), stored);
}

async fn the_newest_month_within_the_window_counts(database: Database) {
    let store = database.migrated().await;
    accept(&store, "2023-12", 1_000, &[item("G1.a", "1"), item("G1.b", "1"), item("G1.c", "1")]).await;
    accept(&store, "2024-06", 2_000, &[item("G1.b", "2"), item("G1.c", "2")]).await;
    accept(&store, "2024-12", 3_000, &[item("G1.c", "3")]).await;

    assert_eq!(latest(&store, "2024-12", None).await, ["G1.a=1@2023-12", "G1.b=2@2024-06", "G1.c=3@2024-12"]);
    assert_eq!(latest(&store, "2025-01", None).await, ["G1.b=2@2024-06", "G1.c=3@2024-12"]);
    assert_eq!(latest(&store, "2025-12", None).await, ["G1.c=3@2024-12"]);
    assert!(latest(&store, "2026-01", None).await.is_empty());
}

async fn a_later_month_is_not_looked_at(database: Database) {
    let store = database.migrated().await;
    accept(&store, "2024-12", 1_000, &[item("G1.a", "12")]).await;
    accept(&store, "2024-11", 2_000, &[item("G1.a", "11")]).await;

    assert_eq!(latest(&store, "2024-11", None).await, ["G1.a=11@2024-11"]);
    assert_eq!(latest(&store, "2024-12", None).await, ["G1.a=12@2024-12"]);
}

async fn what_the_current_revision_left_out_does_not_count(database: Database) {
    let store = database.migrated().await;
    accept(&store, "2024-11", 1_000, &[item("G1.a", "1")]).await;
    accept(&store, "2024-12", 2_000, &[item("G1.a", "2"), item("G1.b", "2")]).await;
    accept(&store, "2024-12", 3_000, &[item("G1.c", "3")]).await;

    assert_eq!(latest(&store, "2024-12", None).await, ["G1.a=1@2024-11", "G1.c=3@2024-12"]);
}

async fn the_latest_value_is_that_of_the_instant_asked_for(database: Database) {
    let store = database.migrated().await;
    accept(&store, "2024-12", 1_000, &[item("G1.a", "1")]).await;
    accept(&store, "2024-12", 2_000, &[item("G1.a", "2")]).await;

    assert!(latest(&store, "2024-12", Some(999)).await.is_empty());
    assert_eq!(latest(&store, "2024-12", Some(1_000)).await, ["G1.a=1@2024-12"]);
    assert_eq!(latest(&store, "2024-12", Some(1_999)).await, ["G1.a=1@2024-12"]);
    assert_eq!(latest(&store, "2024-12", Some(2_000)).await, ["G1.a=2@2024-12"]);
}

async fn items_of_a_refused_number_never_count(database: Database) {
    let store = database.migrated().await;
    accept(&store, "2024-12", 1_000, &[item("G1.a", "1")]).await;
    let (transaction, known_at) = begin(&store, 2_000).await;
    let number = submissions::insert_refused(&transaction, &submission("2024-12", known_at)).await.unwrap();
    county_items::insert_many(&transaction, &county(), month("2024-12"), number, &[item("G1.a", "9")]).unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(latest(&store, "2024-12", None).await, ["G1.a=1@2024-12"]);
}

async fn questions_of_several_counties_and_months_do_not_mix(database: Database) {
    let store = database.migrated().await;
    accept(&store, "2024-11", 1_000, &[item("G1.a", "11"), item("G1.b", "11")]).await;
    accept(&store, "2024-12", 2_000, &[item("G1.a", "12")]).await;
    let other: RegionCode = "210923".parse().unwrap();
    let transaction = store.begin_write().await.unwrap();
    let known_at = clock::advance(&transaction, &other, at(3_000)).await.unwrap();
    let new = submissions::NewSubmission { county: other.clone(), ..submission("2024-12", known_at) };
    let (number, _) = submissions::insert_accepted(&transaction, &new).await.unwrap();
    county_items::insert_many(&transaction, &other, month("2024-12"), number, &[item("G1.a", "9")]).unwrap();
    transaction.commit().await.unwrap();
    let asked = [
        (county(), "2024-12", 2_000),
        (other.clone(), "2024-12", 3_000),
        (county(), "2024-11", 2_000),
        (other, "2024-12", 2_999),
        (county(), "2024-12", 1_999),
    ];
    let asked = asked.map(|(county, text, as_of)| CountyMonth { county, month: month(text), as_of: at(as_of) });

    let together = county_items::list_latest(&store, &asked, 12).await.unwrap();

    assert_eq!(together.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 2, 0, 2]);
    assert_eq!(together[1][0].item.value, ItemValue::Quantity(Quantity::parse("9").unwrap()));
    for (asked, answer) in asked.into_iter().zip(&together) {
        let alone = county_items::list_latest(&store, &[asked], 12).await.unwrap();
        assert_eq!(alone[0], *answer);
    }
}

async fn items_of_a_withdrawn_or_held_month_give_way_to_older_ones(database: Database) {
    let store = database.migrated().await;
    accept(&store, "2024-10", 1_000, &[item("G7.pupils", "1")]).await;
    accept(&store, "2024-11", 2_000, &[item("G7.pupils", "2")]).await;
    let (transaction, known_at) = begin(&store, 3_000).await;
    submissions::insert_withdrawn(&transaction, &submission("2024-11", known_at), "误报").await.unwrap();
    let number = submissions::insert_held(&transaction, &submission("2024-12", known_at)).await.unwrap();
    let items = [item("G7.pupils", "3")];
    county_items::insert_many(&transaction, &county(), month("2024-12"), number, &items).unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(latest(&store, "2024-12", Some(2_999)).await, ["G7.pupils=2@2024-11"]);
    assert_eq!(latest(&store, "2024-12", None).await, ["G7.pupils=1@2024-10"]);
    assert_eq!(latest(&store, "2024-11", None).await, ["G7.pupils=1@2024-10"]);
    accept(&store, "2024-11", 4_000, &[item("G7.pupils", "4")]).await;
    assert_eq!(latest(&store, "2024-12", None).await, ["G7.pupils=4@2024-11"]);
}
