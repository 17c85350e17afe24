//! Standards that are registered, and which of them are in force.

use junheng_domain::{code::RegionCode, standard::Standard};
use junheng_store::{
    Store, check_limits, check_limits::CheckLimits, in_force_entries, in_force_entries::StandardInForce, rules,
    standards,
};

use crate::{Database, at, county, month, on_both_databases};

on_both_databases!(
    a_registered_standard_is_found_with_the_compiled_in_ones,
    an_entry_covers_its_first_to_its_last_month,
    what_stood_at_an_instant_goes_on_standing_at_it,
    the_rules_are_what_their_tables_say_one_by_one,
);

async fn register(store: &Store, id: &str, extends: &str, registered_at: i64) {
    let document = format!(
        "id = \"{id}\"\nextends = \"{extends}\"\ntitle = \"甲\"\nact = \"乙\"\nissued_on = \"2025-01-01\"\nweighting = \"unweighted\"\n"
    );
    let transaction = store.begin_write().await.unwrap();
    let bases = standards::list_bases(&transaction, &document).await.unwrap();
    let standard = Standard::load_with(&document, &|id| bases.get(id).cloned()).unwrap();
    standards::insert(&transaction, &standard, at(registered_at), "somebody").await.unwrap();
    transaction.commit().await.unwrap();
}

async fn a_registered_standard_is_found_with_the_compiled_in_ones(database: Database) {
    let store = database.migrated().await;
    let national = store.standards().list(&store).await.unwrap().len();
    register(&store, "province", "national-quality-2017", 5).await;
    register(&store, "city", "province", 7).await;

    let another = database.connect().await;
    for store in [&store, &another] {
        let found = store.standards().find(store, "city").await.unwrap().unwrap();
        assert_eq!((found.standard.extends.as_deref(), found.registered_at), (Some("province"), Some(at(7))));
        assert_eq!(found.standard.weighting.id(), "unweighted");
        let listed = store.standards().list(store).await.unwrap();
        assert_eq!(listed.len(), national + 2);
        assert!(listed.windows(2).all(|pair| pair[0].standard.id < pair[1].standard.id));
    }
    for absent in ["nobody", "a\0b", ""] {
        assert!(store.standards().find(&store, absent).await.unwrap().is_none(), "{absent:?}");
    }
    let compiled_in = store.standards().find(&store, "national-quality-2017").await.unwrap().unwrap();
    assert_eq!(compiled_in.registered_at, None);
}

fn entry(region: &RegionCode, id: &str, from: &str, to: Option<&str>, known_at: i64) -> StandardInForce {
    StandardInForce {
        region: region.clone(),
        standard_id: id.to_owned(),
        from: month(from),
        to: to.map(month),
        known_at: at(known_at),
    }
}

async fn append(store: &Store, entry: &StandardInForce, withdrawn: bool) {
    let transaction = store.begin_write().await.unwrap();
    in_force_entries::append(&transaction, entry, withdrawn).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn an_entry_covers_its_first_to_its_last_month(database: Database) {
    let store = database.migrated().await;
    let province: RegionCode = "210000".parse().unwrap();
    let old = entry(&province, "basic", "2020-01", Some("2024-11"), 2);
    let new = entry(&province, "quality", "2024-06", None, 3);
    let own = entry(&county(), "trial", "2024-01", Some("2024-01"), 4);
    append(&store, &StandardInForce { to: None, known_at: at(1), ..old.clone() }, false).await;
    for entry in [&old, &new, &own] {
        append(&store, entry, false).await;
    }

    let covering = async |text: &str| {
        let regions = [county(), province.clone()];
        let mut entries = in_force_entries::list(&store, &regions, None).await.unwrap();
        entries.retain(|entry| entry.covers(month(text)));
        entries
    };

    assert_eq!(covering("2019-12").await, []);
    assert_eq!(covering("2024-01").await, [old.clone(), own]);
    assert_eq!(covering("2024-11").await, [old, new.clone()]);
    assert_eq!(covering("2024-12").await, [new]);
    let elsewhere = ["110000".parse().unwrap()];
    assert_eq!(in_force_entries::list(&store, &elsewhere, None).await.unwrap(), []);
}

async fn what_stood_at_an_instant_goes_on_standing_at_it(database: Database) {
    let store = database.migrated().await;
    let first = entry(&county(), "a", "2024-01", None, 10);
    let ended = entry(&county(), "a", "2024-01", Some("2024-06"), 20);
    let withdrawn = entry(&county(), "a", "2024-01", None, 30);
    let again = entry(&county(), "a", "2024-01", None, 40);
    append(&store, &first, false).await;
    append(&store, &ended, false).await;
    append(&store, &withdrawn, true).await;
    append(&store, &again, false).await;

    let stood = async |as_of: Option<i64>| in_force_entries::list(&store, &[county()], as_of.map(at)).await.unwrap();

    assert_eq!(stood(Some(9)).await, []);
    assert_eq!(stood(Some(10)).await, std::slice::from_ref(&first));
    assert_eq!(stood(Some(19)).await, [first]);
    assert_eq!(stood(Some(20)).await, [ended]);
    assert_eq!(stood(Some(30)).await, []);
    assert_eq!(stood(None).await, [again]);
}

async fn the_rules_are_what_their_tables_say_one_by_one(database: Database) {
    let store = database.migrated().await;
    let province: RegionCode = "210000".parse().unwrap();
    register(&store, "province", "national-quality-2017", 5).await;
    append(&store, &entry(&county(), "a", "2024-01", None, 10), false).await;
    append(&store, &entry(&county(), "a", "2024-01", Some("2024-06"), 20), false).await;
    append(&store, &entry(&province, "b", "2024-01", None, 30), false).await;
    append(&store, &entry(&province, "b", "2024-01", None, 40), true).await;
    append(&store, &entry(&"330000".parse().unwrap(), "c", "2024-01", None, 50), false).await;
    for (region, document, known_at) in [(&province, "a = 1", 10), (&province, "", 20), (&county(), "b = 2", 5)] {
        let transaction = store.begin_write().await.unwrap();
        let limits = CheckLimits { region: region.clone(), known_at: at(known_at), document: document.to_owned() };
        check_limits::append(&transaction, &limits).await.unwrap();
        transaction.commit().await.unwrap();
    }

    let regions = [county(), province];
    let rules = rules::read(&store, store.standards(), &regions).await.unwrap();

    let ids = |listed: Vec<standards::Registered>| -> Vec<_> {
        listed.into_iter().map(|known| (known.standard.id.clone(), known.registered_at)).collect()
    };
    assert_eq!(ids(rules.standards), ids(store.standards().list(&store).await.unwrap()));
    assert_eq!(rules.limits, check_limits::list(&store, &regions).await.unwrap());
    assert_eq!(rules.entries, in_force_entries::list(&store, &regions, None).await.unwrap());
    assert_eq!((rules.limits.len(), rules.entries.len()), (2, 1));
}
