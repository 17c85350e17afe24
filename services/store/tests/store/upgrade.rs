//! A database of the schema before this one is migrated with its rows intact.

use sea_orm::{ConnectionTrait, Database as Raw, DatabaseBackend, DatabaseConnection, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

use crate::{Database, on_both_databases, schema::first};

#[path = "../../src/migration/m0002_standards.rs"]
mod m0002_standards;
#[path = "../../src/migration/m0003_evaluation_summaries.rs"]
mod m0003_evaluation_summaries;
#[path = "../../src/migration/m0004_waivers.rs"]
mod m0004_waivers;
#[path = "../../src/migration/m0005_submission_states.rs"]
mod m0005_submission_states;
#[path = "../../src/migration/m0006_school_history.rs"]
mod m0006_school_history;
#[path = "../../src/migration/m0007_check_limits.rs"]
mod m0007_check_limits;
#[path = "../../src/migration/m0008_reporting_calendars.rs"]
mod m0008_reporting_calendars;

on_both_databases!(the_rows_of_the_schema_before_are_intact);

/// The schema of the last release.
struct Before;

#[async_trait::async_trait]
impl MigratorTrait for Before {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            first(),
            Box::new(m0002_standards::Migration),
            Box::new(m0003_evaluation_summaries::Migration),
            Box::new(m0004_waivers::Migration),
            Box::new(m0005_submission_states::Migration),
            Box::new(m0006_school_history::Migration),
            Box::new(m0007_check_limits::Migration),
            Box::new(m0008_reporting_calendars::Migration),
        ]
    }
}

/// A table with its columns and their types.
type Table = (String, Vec<(String, String)>);

async fn rows(raw: &DatabaseConnection, sql: &str) -> Vec<[String; 3]> {
    let found = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
    found.iter().map(|row| [0, 1, 2].map(|column| row.try_get_by_index(column).unwrap())).collect()
}

async fn tables(raw: &DatabaseConnection) -> Vec<Table> {
    let sql = match raw.get_database_backend() {
        DatabaseBackend::Postgres => {
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' ORDER BY table_name, ordinal_position"
        }
        _ => {
            "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name <> 'seaql_migrations' ORDER BY m.name, c.cid"
        }
    };
    let mut tables: Vec<Table> = vec![];
    for [table, column, kind] in rows(raw, sql).await {
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push((column, kind)),
            _ => tables.push((table, vec![(column, kind)])),
        }
    }
    tables
}

/// A value of a column's type, another for each row.
fn value(backend: DatabaseBackend, column: &str, kind: &str, row: usize) -> String {
    match kind.to_ascii_lowercase().as_str() {
        "integer" | "bigint" => format!("{}", 24_000 + row),
        "boolean" => if row.is_multiple_of(2) { "true" } else { "false" }.to_owned(),
        "bytea" | "blob" if backend == DatabaseBackend::Postgres => format!("'\\x00ff0{row}'"),
        "bytea" | "blob" => format!("x'00ff0{row}'"),
        _ if column.ends_with("code") => format!("'21092{row}'"),
        _ => format!("'文 {row} ''\"'"),
    }
}

/// All rows of a table, as the database writes them.
async fn digest(raw: &DatabaseConnection, (table, columns): &Table) -> Vec<[String; 3]> {
    let quoted: Vec<String> = match raw.get_database_backend() {
        DatabaseBackend::Postgres => columns.iter().map(|(name, _)| format!("quote_nullable({name})")).collect(),
        _ => columns.iter().map(|(name, _)| format!("quote({name})")).collect(),
    };
    rows(raw, &format!("SELECT {}, '', '' FROM {table} ORDER BY 1", quoted.join(" || ',' || "))).await
}

async fn the_rows_of_the_schema_before_are_intact(database: Database) {
    let store = database.connect().await;
    let raw = Raw::connect(&database.options.url).await.unwrap();
    Before::up(&raw, None).await.unwrap();
    let backend = raw.get_database_backend();
    let before = tables(&raw).await;
    assert!(before.len() >= 18, "{before:?}");
    let mut digests = vec![];
    for table in &before {
        for row in 0..4 {
            let (names, values): (Vec<&str>, Vec<String>) =
                table.1.iter().map(|(name, kind)| (name.as_str(), value(backend, name, kind, row))).unzip();
            let sql = format!("INSERT INTO {} ({}) VALUES ({})", table.0, names.join(", "), values.join(", "));
            raw.execute_unprepared(&sql).await.unwrap();
        }
        digests.push(digest(&raw, table).await);
    }
    let refused = store.check_schema().await.unwrap_err().to_string();
    assert!(refused.contains("older than this program"), "{refused}");

    store.migrate().await.unwrap();

    store.check_schema().await.unwrap();
    for (table, digest_before) in before.iter().zip(digests) {
        assert_eq!(digest_before.len(), 4);
        // Derived from the evaluations, and made anew with more in them.
        if table.0 == "evaluation_summaries" {
            assert_eq!(digest(&raw, table).await.len(), 0);
            continue;
        }
        assert_eq!(digest(&raw, table).await, digest_before, "{}", table.0);
    }
}
