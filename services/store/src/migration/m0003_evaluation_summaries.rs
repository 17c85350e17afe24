//! Summaries of evaluations, beside them: SQLite keeps what follows a large value in its row a long way off. Expands only; the
//! evaluations that are there are summarized by whoever lists them first.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

const STATEMENT: &str = "CREATE TABLE evaluation_summaries (
        county_code {key} NOT NULL,
        month INTEGER NOT NULL,
        standard_id {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        evaluated_at_unix_ms BIGINT NOT NULL,
        met_share_billionths BIGINT,
        not_met_unit_count BIGINT NOT NULL,
        exceeded_variation_count BIGINT NOT NULL,
        summary {bytes} NOT NULL,
        PRIMARY KEY (county_code, month, standard_id))";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_evaluation_summaries"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (key, bytes) = match manager.get_database_backend() {
            DatabaseBackend::Postgres => ("TEXT COLLATE \"C\"", "BYTEA"),
            _ => ("TEXT", "BLOB"),
        };
        let statement = STATEMENT.replace("{key}", key).replace("{bytes}", bytes);
        manager.get_connection().execute_unprepared(&statement).await?;
        Ok(())
    }
}
