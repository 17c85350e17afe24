//! Waivers that were granted to schools, with every version of them. Expands only.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

const STATEMENT: &str = "CREATE TABLE waivers (
        county_code {key} NOT NULL,
        number INTEGER NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        school_code {key} NOT NULL,
        waiver_id {key} NOT NULL,
        stage TEXT,
        from_month INTEGER NOT NULL,
        to_month INTEGER,
        quantity_millionths BIGINT,
        granted_on TEXT NOT NULL,
        granted_by TEXT NOT NULL,
        evidence TEXT NOT NULL,
        revocation_reason TEXT,
        PRIMARY KEY (county_code, number, known_at_unix_ms))";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_waivers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = match manager.get_database_backend() {
            DatabaseBackend::Postgres => "TEXT COLLATE \"C\"",
            _ => "TEXT",
        };
        manager.get_connection().execute_unprepared(&STATEMENT.replace("{key}", key)).await?;
        Ok(())
    }
}
