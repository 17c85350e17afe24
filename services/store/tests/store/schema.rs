//! The schema: migrating it and checking it.

use junheng_store::{Store, StoreError};
use sea_orm::{ConnectionTrait, Database as Raw};

use crate::{Database, on_both_databases};

on_both_databases!(
    migrating_twice_is_migrating_once,
    several_replicas_migrate_at_once,
    a_database_without_a_schema_is_refused,
    a_newer_schema_is_refused_and_left_alone,
    every_key_of_a_county_leads_with_its_code,
);

async fn migrating_twice_is_migrating_once(database: Database) {
    let store = database.connect().await;

    store.migrate().await.unwrap();
    store.migrate().await.unwrap();

    store.check_schema().await.unwrap();
}

async fn several_replicas_migrate_at_once(database: Database) {
    let mut replicas: Vec<Store> = Vec::new();
    for _ in 0..5 {
        replicas.push(database.connect().await);
    }

    let migrations = futures::future::join_all(replicas.iter().map(Store::migrate)).await;

    assert!(migrations.iter().all(Result::is_ok), "{migrations:?}");
    replicas[0].check_schema().await.unwrap();
}

async fn a_database_without_a_schema_is_refused(database: Database) {
    let store = database.connect().await;

    let error = store.check_schema().await.unwrap_err();

    assert_eq!(error.to_string(), "the database schema is missing: run `junheng migrate` first");
}

async fn a_newer_schema_is_refused_and_left_alone(database: Database) {
    let store = database.migrated().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    raw.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await
        .unwrap();

    let checked = store.check_schema().await.unwrap_err();
    let migrated = store.migrate().await.unwrap_err();

    assert!(checked.to_string().contains("newer than this program, which does not know m9999_future"), "{checked}");
    assert!(matches!(migrated, StoreError::Schema { .. }));
}

/// A distributed engine wants it, of primary keys and of every UNIQUE.
async fn every_key_of_a_county_leads_with_its_code(database: Database) {
    let _store = database.migrated().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    let sql = match raw.get_database_backend() {
        sea_orm::DatabaseBackend::Postgres => {
            "SELECT t.relname, i.relname, a.attname FROM pg_index x
            JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
            WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace"
        }
        _ => {
            "SELECT m.name, l.name, i.name FROM sqlite_master m
            JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i
            WHERE m.type = 'table' AND l.\"unique\" = 1 AND i.seqno = 0"
        }
    };

    let rows = raw.query_all_raw(sea_orm::Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();

    let firsts: Vec<(String, String)> =
        rows.iter().map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(2).unwrap())).collect();
    assert_eq!(firsts.len(), 17, "{firsts:?}");
    for (table, column) in firsts {
        let wanted = match table.as_str() {
            "regions" => "code",
            "seaql_migrations" => "version",
            "standards" => "standard_id",
            "standards_in_force" | "in_force_entries" => "region_code",
            _ => "county_code",
        };
        assert_eq!(column, wanted, "{table}");
    }
}
