//! Issued reports: what each is, and its content in pieces. Expands only.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// One statement each. `{key}` is a text that sorts by its bytes on both databases, `{bytes}` what holds bytes.
const STATEMENTS: [&str; 3] = [
    "CREATE TABLE reports (
        county_code {key} NOT NULL,
        number INTEGER NOT NULL,
        month INTEGER NOT NULL,
        standard_id TEXT NOT NULL,
        format TEXT NOT NULL,
        media_type TEXT NOT NULL,
        file_name TEXT NOT NULL,
        byte_count BIGINT NOT NULL,
        digest TEXT NOT NULL,
        inputs_digest TEXT NOT NULL,
        submission_number INTEGER,
        revision INTEGER,
        evaluated_at_unix_ms BIGINT NOT NULL,
        issued_by TEXT NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        PRIMARY KEY (county_code, number))",
    "CREATE INDEX reports_by_month ON reports (county_code, month, number)",
    "CREATE TABLE report_pieces (
        county_code {key} NOT NULL,
        number INTEGER NOT NULL,
        place INTEGER NOT NULL,
        content {bytes} NOT NULL,
        PRIMARY KEY (county_code, number, place))",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_reports"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (key, bytes) = match manager.get_database_backend() {
            DatabaseBackend::Postgres => ("TEXT COLLATE \"C\"", "BYTEA"),
            _ => ("TEXT", "BLOB"),
        };
        for statement in STATEMENTS {
            let statement = statement.replace("{key}", key).replace("{bytes}", bytes);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}
