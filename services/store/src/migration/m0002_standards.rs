//! Standards that are registered at run time, and what was known when of those in force.
//!
//! `standards_in_force` kept no history; `in_force_entries` takes its place and what stands in it. Programs of before read the
//! old table, so that it is not dropped here but by a later migration.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// One statement each. `{key}` is a text that sorts by its bytes on both databases.
const STATEMENTS: [&str; 3] = [
    "CREATE TABLE standards (
        standard_id {key} NOT NULL,
        document TEXT NOT NULL,
        registered_at_unix_ms BIGINT NOT NULL,
        caller TEXT NOT NULL,
        PRIMARY KEY (standard_id))",
    "CREATE TABLE in_force_entries (
        region_code {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        standard_id {key} NOT NULL,
        from_month INTEGER NOT NULL,
        to_month INTEGER,
        withdrawn BOOLEAN NOT NULL,
        PRIMARY KEY (region_code, known_at_unix_ms, standard_id, from_month))",
    "INSERT INTO in_force_entries (region_code, known_at_unix_ms, standard_id, from_month, to_month, withdrawn)
        SELECT region_code, 0, standard_id, from_month, to_month, FALSE FROM standards_in_force",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_standards"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = match manager.get_database_backend() {
            DatabaseBackend::Postgres => "TEXT COLLATE \"C\"",
            _ => "TEXT",
        };
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(&statement.replace("{key}", key)).await?;
        }
        Ok(())
    }
}
