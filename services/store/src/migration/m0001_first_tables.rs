//! The first tables. The columns of `school_facts` are written out: the catalogue may grow, a released migration may not.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

/// One statement each. `{key}` is a text that sorts by its bytes on both databases, `{bytes}` a binary string.
const STATEMENTS: [&str; 15] = [
    "CREATE TABLE regions (
        code {key} NOT NULL,
        name TEXT NOT NULL,
        level TEXT NOT NULL,
        parent_code {key},
        data_note TEXT NOT NULL,
        PRIMARY KEY (code))",
    "CREATE INDEX regions_by_parent ON regions (parent_code, code)",
    "CREATE TABLE county_clocks (
        county_code {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        PRIMARY KEY (county_code))",
    "CREATE TABLE schools (
        county_code {key} NOT NULL,
        school_code {key} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        name TEXT NOT NULL,
        school_type TEXT NOT NULL,
        organiser_type INTEGER,
        urban_rural_code TEXT,
        education_group TEXT,
        opened_on TEXT,
        closed_on TEXT,
        PRIMARY KEY (county_code, school_code, known_at_unix_ms))",
    "CREATE INDEX schools_by_school ON schools (school_code)",
    "CREATE TABLE submissions (
        county_code {key} NOT NULL,
        month INTEGER NOT NULL,
        number INTEGER NOT NULL,
        state TEXT NOT NULL,
        revision INTEGER,
        request_id TEXT NOT NULL,
        school_count INTEGER NOT NULL,
        item_count INTEGER NOT NULL,
        content_digest TEXT NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        caller TEXT NOT NULL,
        trace_parent TEXT NOT NULL,
        findings_json TEXT NOT NULL,
        PRIMARY KEY (county_code, month, number))",
    "CREATE UNIQUE INDEX submissions_by_revision ON submissions (county_code, month, revision)",
    "CREATE TABLE school_facts (
        county_code {key} NOT NULL,
        month INTEGER NOT NULL,
        number INTEGER NOT NULL,
        school_code {key} NOT NULL,
        pupils_primary BIGINT,
        pupils_junior BIGINT,
        pupils_senior BIGINT,
        classes_primary BIGINT,
        classes_junior BIGINT,
        largest_class_primary BIGINT,
        largest_class_junior BIGINT,
        teachers_primary BIGINT,
        teachers_junior BIGINT,
        teachers_above_degree_primary BIGINT,
        teachers_above_degree_junior BIGINT,
        backbone_teachers_primary BIGINT,
        backbone_teachers_junior BIGINT,
        pe_arts_teachers_primary BIGINT,
        pe_arts_teachers_junior BIGINT,
        senior_title_teachers_primary BIGINT,
        senior_title_teachers_junior BIGINT,
        teaching_area_m2_hundredths BIGINT,
        indoor_sports_area_m2_hundredths BIGINT,
        sports_ground_area_m2_hundredths BIGINT,
        equipment_value_yuan_hundredths BIGINT,
        multimedia_rooms BIGINT,
        computers BIGINT,
        books BIGINT,
        music_rooms_qualified BIGINT,
        art_rooms_qualified BIGINT,
        public_funds_budget_yuan_hundredths BIGINT,
        training_budget_yuan_hundredths BIGINT,
        province_elements TEXT,
        PRIMARY KEY (county_code, month, number, school_code))",
    "CREATE TABLE county_items (
        county_code {key} NOT NULL,
        month INTEGER NOT NULL,
        number INTEGER NOT NULL,
        item {key} NOT NULL,
        operand {key} NOT NULL,
        quantity_millionths BIGINT,
        declaration BOOLEAN,
        date TEXT,
        declared_on TEXT,
        declared_by TEXT NOT NULL,
        evidence TEXT NOT NULL,
        PRIMARY KEY (county_code, month, number, item, operand))",
    "CREATE TABLE standards_in_force (
        region_code {key} NOT NULL,
        from_month INTEGER NOT NULL,
        standard_id {key} NOT NULL,
        to_month INTEGER,
        PRIMARY KEY (region_code, from_month, standard_id))",
    "CREATE TABLE requests (
        county_code {key} NOT NULL,
        request_id {key} NOT NULL,
        fingerprint TEXT NOT NULL,
        reply {bytes} NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        PRIMARY KEY (county_code, request_id))",
    "CREATE TABLE marks (
        county_code {key} NOT NULL,
        month INTEGER NOT NULL,
        marked_at_unix_ms BIGINT NOT NULL,
        lease_until_unix_ms BIGINT NOT NULL,
        trace_parent TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        PRIMARY KEY (county_code, month))",
    "CREATE INDEX marks_by_age ON marks (marked_at_unix_ms)",
    "CREATE TABLE evaluations (
        county_code {key} NOT NULL,
        month INTEGER NOT NULL,
        standard_id {key} NOT NULL,
        verdict TEXT NOT NULL,
        known_at_unix_ms BIGINT NOT NULL,
        evaluated_at_unix_ms BIGINT NOT NULL,
        evaluation {bytes} NOT NULL,
        PRIMARY KEY (county_code, month, standard_id))",
    "CREATE TABLE audit (
        county_code {key} NOT NULL,
        at_unix_ms BIGINT NOT NULL,
        sequence BIGINT NOT NULL,
        caller TEXT NOT NULL,
        trace_id TEXT NOT NULL,
        action TEXT NOT NULL,
        resource TEXT NOT NULL,
        outcome TEXT NOT NULL,
        request_id TEXT NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (county_code, at_unix_ms, sequence))",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_first_tables"
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
