//! Digests of all rows, and copies.

use junheng_store::{Store, audit, contents};
use sea_orm::{ConnectionTrait, Database as Raw};

use crate::{Database, begin, concurrency::entry, on_both_databases, options};

on_both_databases!(every_row_and_value_counts_in_the_digest_of_a_table, rows_beyond_a_page_count,);

async fn digest(store: &Store) -> Vec<contents::Table> {
    let reads = store.begin_read().await.unwrap();
    contents::digest(&reads).await.unwrap()
}

async fn every_row_and_value_counts_in_the_digest_of_a_table(database: Database) {
    let store = database.migrated().await;
    let (transaction, _) = begin(&store, 1_000).await;
    audit::append(&transaction, &entry(Some("210922"), "written")).await.unwrap();
    transaction.commit().await.unwrap();
    let raw = Raw::connect(&database.options.url).await.unwrap();
    let before = digest(&store).await;
    assert_eq!(before, digest(&store).await);

    raw.execute_unprepared("UPDATE audit_records SET detail = 'other'").await.unwrap();
    let altered = digest(&store).await;
    raw.execute_unprepared("DELETE FROM county_clocks").await.unwrap();
    let removed = digest(&store).await;

    let changed = |one: &[contents::Table], other: &[contents::Table]| {
        let pairs = one.iter().zip(other).filter(|(one, other)| one != other);
        pairs.map(|(one, _)| one.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(changed(&before, &altered), ["audit_records"]);
    assert_eq!(changed(&altered, &removed), ["county_clocks"]);
    let clocks = removed.iter().find(|table| table.name == "county_clocks").unwrap();
    assert_eq!((clocks.row_count, clocks.columns.len()), (0, 2));
}

async fn rows_beyond_a_page_count(database: Database) {
    let store = database.migrated().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    let rows: Vec<String> = (0..5_001).map(|row| format!("('{row:06}', {})", row % 7)).collect();
    raw.execute_unprepared(&format!("INSERT INTO county_clocks VALUES {}", rows.join(", "))).await.unwrap();
    let before = digest(&store).await;

    raw.execute_unprepared("UPDATE county_clocks SET known_at_unix_ms = 9 WHERE county_code = '005000'").await.unwrap();
    let after = digest(&store).await;

    let clocks =
        |tables: &[contents::Table]| tables.iter().find(|table| table.name == "county_clocks").cloned().unwrap();
    assert_eq!((clocks(&before).row_count, clocks(&after).row_count), (5_001, 5_001));
    assert_ne!(clocks(&before).digest, clocks(&after).digest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_sqlite_is_consistent_while_others_write() {
    let database = Database::sqlite();
    let store = database.migrated().await;
    let folder = tempfile::TempDir::new().unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move {
            for now in 0..200 {
                let (transaction, _) = begin(&store, now).await;
                audit::append(&transaction, &entry(Some("210922"), "written")).await.unwrap();
                transaction.commit().await.unwrap();
            }
        }
    });
    for number in 0..3 {
        let file = folder.path().join(format!("{number}.db"));

        let told = contents::copy_sqlite(&store, &file).await.unwrap();

        let copy = Store::connect(&options(format!("sqlite://{}", file.display()))).await.unwrap();
        contents::check_integrity(&copy).await.unwrap();
        assert_eq!(digest(&copy).await, told);
    }
    writing.await.unwrap();
}
