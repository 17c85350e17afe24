//! Limits of checks that regions set, with every version of them. Expands only.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

const STATEMENT: &str = "CREATE TABLE check_limits (
        region_code {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region_code, known_at_unix_ms))";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_check_limits"
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
