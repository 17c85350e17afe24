//! What schools are from which day on, and what happened to them.
//!
//! `schools` held one set of attributes for all months; `school_periods` takes its place and what stands in it: each version
//! becomes one that holds since the school opened. Programs of before read the old table, so that it is not dropped here but by
//! a later migration.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// One statement each. `{key}` is a text that sorts by its bytes on both databases.
const STATEMENTS: [&str; 4] = [
    "CREATE TABLE school_periods (
        county_code {key} NOT NULL,
        school_code {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        from_day {key} NOT NULL,
        to_day TEXT,
        name TEXT NOT NULL,
        school_type TEXT NOT NULL,
        organiser_type INTEGER,
        urban_rural_code TEXT,
        education_group TEXT,
        group_role TEXT,
        PRIMARY KEY (county_code, school_code, known_at_unix_ms, from_day))",
    "CREATE INDEX school_periods_by_school ON school_periods (school_code)",
    "CREATE TABLE school_events (
        county_code {key} NOT NULL,
        school_code {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        sequence INTEGER NOT NULL,
        day {key} NOT NULL,
        kind TEXT NOT NULL,
        document TEXT NOT NULL,
        name TEXT,
        school_type TEXT,
        organiser_type INTEGER,
        urban_rural_code TEXT,
        education_group TEXT,
        group_role TEXT,
        related_codes TEXT,
        PRIMARY KEY (county_code, school_code, known_at_unix_ms, sequence))",
    "INSERT INTO school_periods (county_code, school_code, known_at_unix_ms, from_day, to_day, name, school_type, organiser_type,
            urban_rural_code, education_group)
        SELECT county_code, school_code, known_at_unix_ms, COALESCE(opened_on, ''), closed_on, name, school_type, organiser_type,
            urban_rural_code, education_group FROM schools",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_school_history"
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
