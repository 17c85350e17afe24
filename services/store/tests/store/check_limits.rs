//! Limits of checks.

use junheng_domain::code::RegionCode;
use junheng_store::{Store, check_limits, check_limits::CheckLimits, clock};

use crate::{Database, at, on_both_databases};

on_both_databases!(the_newest_document_of_a_region_stands);

async fn append(store: &Store, region: &RegionCode, document: &str, millis: i64) {
    let transaction = store.begin_write().await.unwrap();
    let known_at = clock::advance(&transaction, region, at(millis)).await.unwrap();
    let limits = CheckLimits { region: region.clone(), known_at, document: document.to_owned() };
    check_limits::append(&transaction, &limits).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn the_newest_document_of_a_region_stands(database: Database) {
    let store = database.migrated().await;
    let [county, city, province] = ["210922", "210900", "210000"].map(|code| code.parse::<RegionCode>().unwrap());
    append(&store, &province, "[pupils_jump]\nshare = 0.3\n", 1_000).await;
    append(&store, &county, "a = 1", 1_000).await;
    append(&store, &county, "", 1_000).await;

    let listed = check_limits::list(&store, &[county.clone(), city.clone(), province.clone()]).await.unwrap();

    let told: Vec<_> = listed.iter().map(|limits| (&limits.region, limits.document.as_str())).collect();
    assert_eq!(told, [(&county, ""), (&province, "[pupils_jump]\nshare = 0.3\n")]);
    assert_eq!(check_limits::list(&store, &[city]).await.unwrap(), []);
}
