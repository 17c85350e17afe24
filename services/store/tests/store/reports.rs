//! Issued reports: every field and every byte comes back, and lists are read page by page.

use junheng_domain::code::RegionCode;
use junheng_store::{
    Store,
    reports::{self, PIECE_BYTES, Report},
};

use crate::{Database, at, begin, county, month, on_both_databases};

on_both_databases!(
    every_field_and_byte_comes_back_as_it_went_in,
    reports_are_numbered_and_listed_newest_first,
    a_number_is_given_once,
);

fn report(number: u32) -> Report {
    Report {
        county: county(),
        number,
        month: month("2024-12"),
        standard_id: "national-quality-2017".to_owned(),
        format: "docx".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        file_name: "彰武县-2024-12-优质均衡发展自查报告.docx".to_owned(),
        byte_count: 3,
        digest: "ab".repeat(32),
        inputs_digest: "cd".repeat(32),
        submission: Some((2, 1)),
        evaluated_at: at(5),
        issued_by: "clerk".to_owned(),
        known_at: at(7),
    }
}

async fn content(store: &Store, number: u32) -> Vec<Vec<u8>> {
    let mut pieces = vec![];
    while let Some(piece) =
        reports::find_piece(store, &county(), number, u32::try_from(pieces.len()).unwrap()).await.unwrap()
    {
        pieces.push(piece);
    }
    pieces
}

async fn every_field_and_byte_comes_back_as_it_went_in(database: Database) {
    let store = database.migrated().await;
    let large: Vec<u8> = (0..=u8::MAX).cycle().take(2 * PIECE_BYTES + 1).collect();
    let (first, second) = (report(1), Report { submission: None, ..report(2) });

    let (transaction, _) = begin(&store, 1).await;
    reports::insert(&transaction, &first, &large).await.unwrap();
    reports::insert(&transaction, &second, &[]).await.unwrap();
    transaction.commit().await.unwrap();

    assert_eq!(reports::find(&store, &county(), 1).await.unwrap(), Some(first));
    assert_eq!(reports::find(&store, &county(), 2).await.unwrap(), Some(second));
    assert_eq!(reports::find(&store, &county(), 3).await.unwrap(), None);
    assert_eq!(reports::find(&store, &county(), u32::MAX).await.unwrap(), None);
    let pieces = content(&store, 1).await;
    assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [PIECE_BYTES, PIECE_BYTES, 1]);
    assert_eq!(pieces.concat(), large);
    assert_eq!(content(&store, 2).await, Vec::<Vec<u8>>::new());
}

async fn reports_are_numbered_and_listed_newest_first(database: Database) {
    let store = database.migrated().await;
    let elsewhere: RegionCode = "210921".parse().unwrap();
    let (transaction, _) = begin(&store, 1).await;
    for number in 1..=5 {
        assert_eq!(reports::next_number(&transaction, &county()).await.unwrap(), number);
        let month = month(if number == 3 { "2024-11" } else { "2024-12" });
        reports::insert(&transaction, &Report { month, ..report(number) }, b"abc").await.unwrap();
    }
    reports::insert(&transaction, &Report { county: elsewhere, ..report(1) }, b"abc").await.unwrap();
    transaction.commit().await.unwrap();

    let list = async |of: Option<&str>, before, limit| {
        let listed = reports::list(&store, &county(), of.map(month), before, limit).await.unwrap();
        listed.iter().map(|report| report.number).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 10).await, [5, 4, 3, 2, 1]);
    assert_eq!(list(None, Some(4), 2).await, [3, 2]);
    assert_eq!(list(Some("2024-12"), Some(4), 10).await, [2, 1]);
    assert_eq!(list(Some("2024-11"), None, 10).await, [3]);
    assert_eq!(list(Some("2023-11"), None, 10).await, Vec::<u32>::new());
}

async fn a_number_is_given_once(database: Database) {
    let store = database.migrated().await;
    let (transaction, _) = begin(&store, 1).await;
    reports::insert(&transaction, &report(1), b"first").await.unwrap();
    transaction.commit().await.unwrap();

    let (transaction, _) = begin(&store, 2).await;
    assert!(reports::insert(&transaction, &report(1), b"second").await.is_err());
    drop(transaction);

    assert_eq!(content(&store, 1).await.concat(), b"first");
}
