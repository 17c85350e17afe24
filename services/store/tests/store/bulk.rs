//! Bulk reads: for many counties at once, the answers of the functions for one.

use std::collections::BTreeMap;

use junheng_domain::{
    code::{Month, RegionCode},
    element::Element,
    facts::SchoolFacts,
    history::SchoolHistory,
    quantity::Quantity,
    school::School,
};
use junheng_store::{
    CountyMonth, Store, clock, county_items,
    regions::{self, Place},
    school_facts, schools,
    submissions::{self, NewSubmission},
};

use crate::{Database, at, month, on_both_databases, registry::region, submissions::submission};

on_both_databases!(
    many_questions_get_the_answers_of_one_each,
    no_question_gets_no_answer,
    the_regions_above_are_listed_nearest_first,
    the_regions_below_are_all_and_no_others,
);

/// More counties than one statement asks for, with gaps between them.
fn counties() -> Vec<RegionCode> {
    (0..300).map(|number| format!("21{:04}", number * 3 + 1).parse().unwrap()).collect()
}

fn school(serial: u64, name: String) -> SchoolHistory {
    SchoolHistory::of(&School {
        code: format!("21{serial:08}").parse().unwrap(),
        name,
        school_type: "211".parse().unwrap(),
        organiser_type: None,
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    })
}

/// Writes a county at an instant: schools, and a submission with facts, where `accepted`.
async fn write(store: &Store, county: &RegionCode, month: Month, now: i64, place: u64, accepted: bool) {
    let transaction = store.begin_write().await.unwrap();
    let known_at = clock::advance(&transaction, county, at(now)).await.unwrap();
    let named: Vec<SchoolHistory> =
        (0..place % 4).map(|n| school(place * 10 + n, format!("第{n}小学，{now}"))).collect();
    schools::insert_versions(&transaction, county, known_at, &named).await.unwrap();
    let new = NewSubmission { county: county.clone(), month, ..submission("2024-12", known_at) };
    if accepted {
        let (number, _) = submissions::insert_accepted(&transaction, &new).await.unwrap();
        let mut facts: Vec<SchoolFacts> =
            named.iter().map(|school| SchoolFacts::missing(school.code().clone())).collect();
        for facts in &mut facts {
            facts.set(Element::find("books").unwrap(), Quantity::whole(now));
        }
        school_facts::insert_many(&transaction, county, month, number, &facts).unwrap();
    } else {
        submissions::insert_refused(&transaction, &new).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn many_questions_get_the_answers_of_one_each(database: Database) {
    let store = database.migrated().await;
    let counties = counties();
    let december = month("2024-12");
    for (place, county) in (0..).zip(&counties) {
        // Some counties report nothing, some were refused, some corrected themselves.
        if place % 7 != 0 {
            write(&store, county, december, 1_000, place, place % 5 != 0).await;
        }
        if place % 3 == 0 {
            write(&store, county, december, 2_000, place, true).await;
        }
    }
    // Every county at an instant of its own, in another order, some twice.
    let instants = [1_999, 2_000, 999, 3_000];
    let mut asked: Vec<CountyMonth> = counties
        .iter()
        .rev()
        .zip(instants.into_iter().cycle())
        .map(|(county, instant)| CountyMonth { county: county.clone(), month: december, as_of: at(instant) })
        .collect();
    asked.push(asked[1].clone());
    asked.push(CountyMonth { month: month("2024-11"), ..asked[1].clone() });

    let current = submissions::list_current(&store, &asked).await.unwrap();
    let in_counties: Vec<_> = asked.iter().map(|asked| (asked.county.clone(), asked.as_of)).collect();
    let registered = schools::list_many(&store, &in_counties).await.unwrap();
    let numbers: Vec<_> = asked
        .iter()
        .map(|asked| (asked.county.clone(), asked.month, if asked.as_of < at(2_000) { 1 } else { 2 }))
        .collect();
    let facts = school_facts::list_many(&store, &numbers).await.unwrap();
    let clocks = clock::list(&store, &counties).await.unwrap();

    let (mut found, mut with_schools, mut with_facts) = (0, 0, 0);
    for (place, asked) in asked.iter().enumerate() {
        let one = submissions::find_current(&store, &asked.county, asked.month, Some(asked.as_of)).await.unwrap();
        assert_eq!(current[place], one, "{asked:?}");
        let one = schools::list_as_of(&store, &asked.county, Some(asked.as_of)).await.unwrap();
        assert_eq!(registered[place], one, "{asked:?}");
        let (county, month, number) = &numbers[place];
        let one = school_facts::list(&store, county, *month, *number).await.unwrap();
        assert_eq!(facts[place], one, "{asked:?}");
        found += usize::from(current[place].is_some());
        with_schools += usize::from(!registered[place].is_empty());
        with_facts += usize::from(!facts[place].is_empty());
    }
    let mut wanted = BTreeMap::new();
    for county in counties {
        if let Some(clock) = clock::find(&store, &county).await.unwrap() {
            wanted.insert(county, clock);
        }
    }
    assert_eq!(clocks, wanted);
    assert!(found > 100 && with_schools > 100 && with_facts > 100, "{found} {with_schools} {with_facts}");
}

async fn no_question_gets_no_answer(database: Database) {
    let store = database.migrated().await;

    assert_eq!(submissions::list_current(&store, &[]).await.unwrap(), []);
    assert_eq!(schools::list_many(&store, &[]).await.unwrap(), Vec::<Vec<SchoolHistory>>::new());
    assert_eq!(school_facts::list_many(&store, &[]).await.unwrap(), Vec::<Vec<SchoolFacts>>::new());
    assert!(county_items::list_latest(&store, &[], 12).await.unwrap().is_empty());
    assert!(clock::list(&store, &[]).await.unwrap().is_empty());
    assert!(regions::list_above(&store, &[]).await.unwrap().is_empty());
}

async fn registered(store: &Store, tree: &[(&str, Option<&str>)]) {
    let transaction = store.begin_write().await.unwrap();
    let tree: Vec<_> = tree.iter().map(|(code, parent)| region(code, *parent)).collect();
    regions::upsert(&transaction, &tree).await.unwrap();
    transaction.commit().await.unwrap();
}

fn codes(texts: &[&str]) -> Vec<RegionCode> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

async fn the_regions_above_are_listed_nearest_first(database: Database) {
    let store = database.migrated().await;
    let direct = ("419001", Some("410000"));
    let tree = [("210000", None), ("210900", Some("210000")), ("210922", Some("210900")), ("410000", None), direct];
    registered(&store, &tree).await;
    // Two that stand above each other.
    registered(&store, &[("310101", Some("310102")), ("310102", Some("310101"))]).await;

    let asked = codes(&["419001", "210922", "520101", "310102", "210000", "210922"]);
    let above = regions::list_above(&store, &asked).await.unwrap();

    let wanted = [
        codes(&["419001", "410000"]),
        codes(&["210922", "210900", "210000"]),
        codes(&["520101"]),
        codes(&["310102", "310101"]),
        codes(&["210000"]),
        codes(&["210922", "210900", "210000"]),
    ];
    assert_eq!(above, wanted);
    // One by one they are the same, however deep they lie.
    registered(&store, &[("100000", None), ("210000", Some("100000")), ("210923", Some("210922"))]).await;
    let deep = codes(&["210923", "210922", "210900", "210000", "100000"]);
    for (code, place) in [("419001", Place::Lowest), ("310102", Place::Above), ("520101", Place::Unknown)]
        .into_iter()
        .chain([("210923", Place::Lowest), ("210922", Place::Above), ("100000", Place::Above)])
    {
        let code: RegionCode = code.parse().unwrap();
        let (found, chain) = regions::locate(&store, &code).await.unwrap();
        let above = regions::list_above(&store, std::slice::from_ref(&code)).await.unwrap();
        assert_eq!((found, &chain), (place, &above[0]), "{code}");
        assert_eq!(regions::locate(&store, &deep[0]).await.unwrap().1, deep);
    }
}

async fn the_regions_below_are_all_and_no_others(database: Database) {
    let store = database.migrated().await;
    let cities = [("210000", None), ("210900", Some("210000")), ("211000", Some("210000")), ("410000", None)];
    registered(&store, &cities).await;
    registered(&store, &[("210922", Some("210900")), ("210902", Some("210900")), ("419001", Some("410000"))]).await;
    registered(&store, &[("310101", Some("310102")), ("310102", Some("310101"))]).await;
    let below = async |code: &str| {
        let within = regions::list_within(&store, Some(&code.parse().unwrap())).await.unwrap();
        within.into_iter().map(|region| region.code).collect::<Vec<_>>()
    };

    assert_eq!(below("210000").await, codes(&["210000", "210900", "210902", "210922", "211000"]));
    assert_eq!(below("210900").await, codes(&["210900", "210902", "210922"]));
    assert_eq!(below("210922").await, codes(&["210922"]));
    assert_eq!(below("310101").await, codes(&["310101", "310102"]));
    assert_eq!(below("520000").await, []);
}
