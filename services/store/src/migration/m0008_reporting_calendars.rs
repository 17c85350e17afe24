//! Until which day regions report, with every version of it; and an index by which what became known is found. Expands only.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

const STATEMENTS: [&str; 2] = [
    "CREATE TABLE reporting_calendars (
        region_code {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        from_month INTEGER NOT NULL,
        due_day INTEGER,
        PRIMARY KEY (region_code, known_at_unix_ms, from_month))",
    "CREATE INDEX submissions_by_known_at ON submissions (county_code, known_at_unix_ms)",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_reporting_calendars"
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
