//! School facts: every element comes back as it went in.

use std::collections::BTreeSet;

use junheng_domain::{
    element::{Element, Kind},
    facts::SchoolFacts,
    quantity::Quantity,
};
use junheng_store::{Access, StoreError, school_facts};
use sea_orm::{ConnectionTrait, Database as Raw, DatabaseBackend, Statement};

use crate::{Database, begin, county, month, on_both_databases};

on_both_databases!(
    every_element_comes_back_as_it_went_in,
    the_columns_are_those_of_the_catalogue,
    many_schools_come_back_by_code,
    any_number_of_schools_comes_back,
    nothing_but_missing_values_comes_back_as_missing,
    a_value_that_its_column_cannot_hold_is_refused,
    nothing_is_inserted_for_no_schools,
);

fn value(element: Element) -> Quantity {
    let number = i64::try_from(element.index()).unwrap() * 1_000_003 + 7;
    match element.definition().kind {
        Kind::Count => Quantity::whole(number).unwrap(),
        Kind::Amount => Quantity::hundredths(number).unwrap(),
    }
}

fn facts(code: u64) -> SchoolFacts {
    SchoolFacts::missing(format!("{code:010}").parse().unwrap())
}

async fn every_element_comes_back_as_it_went_in(database: Database) {
    let store = database.migrated().await;
    let mut stored = Vec::new();
    // One element at a time, then all, none, zero, and the largest.
    for (code, element) in (0..).zip(Element::all()) {
        let mut school = facts(code);
        school.set(element, Some(value(element)));
        stored.push(school);
    }
    let with_all = |code, value: &dyn Fn(Element) -> Option<Quantity>| {
        let mut school = facts(code);
        Element::all().for_each(|element| school.set(element, value(element)));
        school
    };
    stored.push(with_all(1_000, &|element| Some(value(element))));
    stored.push(with_all(1_001, &|_| None));
    stored.push(with_all(1_002, &|_| Some(Quantity::ZERO)));
    stored.push(with_all(1_003, &|_| Quantity::whole(Quantity::LIMIT - 1)));
    let (transaction, _) = begin(&store, 1_000).await;

    school_facts::insert_many(&transaction, &county(), month("2024-12"), 3, &stored).unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(school_facts::list(&store, &county(), month("2024-12"), 3).await.unwrap(), stored);
    assert_eq!(school_facts::list(&store, &county(), month("2024-12"), 2).await.unwrap(), []);
}

async fn the_columns_are_those_of_the_catalogue(database: Database) {
    let _store = database.migrated().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    let sql = match raw.get_database_backend() {
        DatabaseBackend::Postgres => {
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'school_facts'"
        }
        _ => "SELECT name FROM pragma_table_info('school_facts')",
    };

    let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();

    let others = ["county_code", "month", "number", "school_code", "province_elements"].map(str::to_owned);
    let columns: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(columns.len(), others.len() + Element::COUNT);
    let wanted: BTreeSet<String> = Element::all().map(school_facts::column).chain(others).collect();
    assert_eq!(columns.into_iter().collect::<BTreeSet<_>>(), wanted);
}

async fn many_schools_come_back_by_code(database: Database) {
    let store = database.migrated().await;
    let stored: Vec<SchoolFacts> = (0..1_500).map(facts).collect();
    let (transaction, _) = begin(&store, 1_000).await;

    let shuffled: Vec<SchoolFacts> = stored.iter().rev().cloned().collect();
    school_facts::insert_many(&transaction, &county(), month("2024-12"), 1, &shuffled).unwrap();

    assert_eq!(school_facts::list(&transaction, &county(), month("2024-12"), 1).await.unwrap(), stored);
}

async fn any_number_of_schools_comes_back(database: Database) {
    let store = database.migrated().await;
    for (number, count) in (1..).zip([1, 2, 69, 255, 256, 257, 5_000]) {
        let stored: Vec<SchoolFacts> = (0..count)
            .map(|code| {
                let mut school = facts(code);
                // A pattern of values and gaps in which no column and no row is like its neighbour.
                for element in Element::all().filter(|element| !(element.index() as u64 + code).is_multiple_of(3)) {
                    school.set(
                        element,
                        Quantity::whole(i64::try_from(code).unwrap() * 31 + value(element).as_millionths() % 97),
                    );
                }
                school
            })
            .collect();
        let (transaction, _) = begin(&store, 1_000).await;
        school_facts::insert_many(&transaction, &county(), month("2024-12"), number, &stored).unwrap();
        transaction.commit().await.unwrap();

        assert_eq!(school_facts::list(&store, &county(), month("2024-12"), number).await.unwrap(), stored, "{count}");
    }
}

async fn nothing_but_missing_values_comes_back_as_missing(database: Database) {
    let store = database.migrated().await;
    let stored: Vec<SchoolFacts> = (0..300).map(facts).collect();
    let (transaction, _) = begin(&store, 1_000).await;

    school_facts::insert_many(&transaction, &county(), month("2024-12"), 1, &stored).unwrap();

    assert_eq!(school_facts::list(&transaction, &county(), month("2024-12"), 1).await.unwrap(), stored);
}

async fn a_value_that_its_column_cannot_hold_is_refused(database: Database) {
    let store = database.migrated().await;
    let (transaction, _) = begin(&store, 1_000).await;
    for (id, text) in [("books", "1.5"), ("teaching_area_m2", "1.005")] {
        let mut school = facts(1);
        school.set(Element::find(id).unwrap(), Some(Quantity::parse(text).unwrap()));

        let refused = school_facts::insert_many(&transaction, &county(), month("2024-12"), 1, &[school]);

        assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{id}");
    }
}

async fn nothing_is_inserted_for_no_schools(database: Database) {
    let store = database.migrated().await;
    let (transaction, _) = begin(&store, 1_000).await;

    school_facts::insert_many(&transaction, &county(), month("2024-12"), 1, &[]).unwrap();

    assert_eq!(school_facts::list(&transaction, &county(), month("2024-12"), 1).await.unwrap(), []);
}

/// COPY would be refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loading_works_where_row_level_security_is_forced() {
    let database = Database::postgres();
    let everything = database.migrated().await;
    let store = everything.with_access(Access::regions(["210000"]));
    let stored: Vec<SchoolFacts> = (0..100).map(facts).collect();
    let (transaction, _) = begin(&store, 1_000).await;
    school_facts::insert_many(&transaction, &county(), month("2024-12"), 1, &stored).unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(school_facts::list(&everything, &county(), month("2024-12"), 1).await.unwrap(), stored);

    let (transaction, _) = begin(&store, 2_000).await;
    let foreign = "220922".parse().unwrap();

    school_facts::insert_many(&transaction, &foreign, month("2024-12"), 1, &stored).unwrap();
    let refused = transaction.commit().await;

    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
}
