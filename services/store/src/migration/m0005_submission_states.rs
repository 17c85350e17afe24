//! Submissions that are held until their warnings are acknowledged, and withdrawals. Expands only.

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// One statement each: SQLite adds one column at a time.
const STATEMENTS: [&str; 3] = [
    "ALTER TABLE submissions ADD COLUMN acknowledgements_json TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE submissions ADD COLUMN held_at_unix_ms BIGINT",
    "ALTER TABLE submissions ADD COLUMN withdrawal_reason TEXT NOT NULL DEFAULT ''",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_submission_states"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
