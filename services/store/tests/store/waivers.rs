//! Waivers: every field comes back, and each version counts from its instant on.

use junheng_domain::{quantity::Quantity, school::Stage, waiver::Waiver};
use junheng_store::{
    clock,
    waivers::{self, Revocation},
};

use crate::{Database, at, begin, county, month, on_both_databases};

on_both_databases!(
    every_field_comes_back_as_it_went_in,
    a_revocation_counts_from_its_instant_on,
    many_counties_are_read_like_each_of_them,
);

fn waiver(id: &str) -> Waiver {
    Waiver {
        school: "2121000001".parse().unwrap(),
        waiver: id.to_owned(),
        stage: None,
        from: month("2024-01"),
        to: None,
        quantity: None,
        granted_on: "2023-12-20".parse().unwrap(),
        granted_by: "省教育厅".to_owned(),
        evidence: "辽教函〔2023〕1号".to_owned(),
    }
}

async fn every_field_comes_back_as_it_went_in(database: Database) {
    let store = database.migrated().await;
    let full = Waiver {
        stage: Some(Stage::Junior),
        to: Some(month("2024-12")),
        quantity: Some(Quantity::parse("0.45").unwrap()),
        ..waiver("rotating-teachers")
    };

    let (transaction, known_at) = begin(&store, 1).await;
    for (expected, waiver) in [(1, &full), (2, &waiver("school-size"))] {
        assert_eq!(waivers::insert(&transaction, &county(), known_at, waiver).await.unwrap(), expected);
    }
    transaction.commit().await.unwrap();

    let listed = waivers::list_as_of(&store, &county(), None).await.unwrap();
    let read: Vec<_> = listed.iter().map(|grant| (grant.number, grant.waiver.clone())).collect();
    assert_eq!(read, [(1, full), (2, waiver("school-size"))]);
    assert!(listed.iter().all(|grant| grant.known_at == known_at && grant.revocation.is_none()));
    assert_eq!(waivers::find(&store, &county(), 2).await.unwrap().as_ref(), listed.last());
    assert_eq!(waivers::find(&store, &county(), 3).await.unwrap(), None);
}

async fn a_revocation_counts_from_its_instant_on(database: Database) {
    let store = database.migrated().await;
    let (transaction, granted_at) = begin(&store, 10).await;
    waivers::insert(&transaction, &county(), granted_at, &waiver("school-size")).await.unwrap();
    transaction.commit().await.unwrap();
    let (transaction, revoked_at) = begin(&store, 20).await;
    let grant = waivers::find(&transaction, &county(), 1).await.unwrap().unwrap();
    waivers::insert_revocation(&transaction, &county(), revoked_at, &grant, "学校已新建").await.unwrap();
    let next = waivers::insert(&transaction, &county(), revoked_at, &waiver("school-size")).await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(next, 2);
    for (as_of, expected) in
        [(9, vec![]), (10, vec![(1, false)]), (19, vec![(1, false)]), (20, vec![(1, true), (2, false)])]
    {
        let listed = waivers::list_as_of(&store, &county(), Some(at(as_of))).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|grant| (grant.number, grant.revocation.is_some())).collect();
        assert_eq!(listed, expected, "as of {as_of}");
    }
    let grant = waivers::find(&store, &county(), 1).await.unwrap().unwrap();
    assert_eq!(grant.known_at, granted_at);
    assert_eq!(grant.revocation, Some(Revocation { reason: "学校已新建".to_owned(), known_at: revoked_at }));
}

async fn many_counties_are_read_like_each_of_them(database: Database) {
    let store = database.migrated().await;
    let counties = ["210922", "210921", "210902"].map(|code| code.parse().unwrap());
    for (county, count) in counties.iter().zip([2, 1, 0]) {
        let transaction = store.begin_write().await.unwrap();
        let known_at = clock::advance(&transaction, county, at(1)).await.unwrap();
        for _ in 0..count {
            waivers::insert(&transaction, county, known_at, &waiver("school-size")).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    let many =
        waivers::list_many(&store, &counties.clone().map(|county| (county, jiff::Timestamp::MAX))).await.unwrap();

    assert_eq!(many.len(), 2);
    for county in &counties {
        let one = waivers::list_as_of(&store, county, None).await.unwrap();
        assert_eq!(many.get(county).cloned().unwrap_or_default(), one);
    }
}
