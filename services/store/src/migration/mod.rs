//! The schema and its versions.

mod m0001_first_tables;
mod m0002_standards;
mod m0003_evaluation_summaries;
mod m0004_waivers;
mod m0005_submission_states;
mod m0006_school_history;
mod m0007_check_limits;
mod m0008_reporting_calendars;
mod m0009_reports;
mod m0010_row_security;
mod m0011_audit_chain;
mod m0012_summary_figures;

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseTransaction, EntityTrait, QueryOrder};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager, async_trait, seaql_migrations};

use crate::{SchemaMismatch, StoreError, encoding::statement};

/// The migrations after m0010 that only expand: a program that does not know them works on. A table, an index or a column that may be missing
/// expands; whatever else changes what a statement of the release before finds or may write contracts, and is released after all
/// replicas know the new shape.
const EXPANDING: [&str; 0] = [];

/// All migrations, oldest first. A released one is never edited.
pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_first_tables::Migration),
            Box::new(m0002_standards::Migration),
            Box::new(m0003_evaluation_summaries::Migration),
            Box::new(m0004_waivers::Migration),
            Box::new(m0005_submission_states::Migration),
            Box::new(m0006_school_history::Migration),
            Box::new(m0007_check_limits::Migration),
            Box::new(m0008_reporting_calendars::Migration),
            Box::new(m0009_reports::Migration),
            Box::new(m0010_row_security::Migration),
            Box::new(m0011_audit_chain::Migration),
            Box::new(m0012_summary_figures::Migration),
        ]
    }
}

impl Migrator {
    /// Applies what is missing, all or nothing.
    pub(crate) async fn apply(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        Self::up(transaction, None).await?;
        for name in EXPANDING {
            let sql = "INSERT INTO schema_expansions (version) VALUES ($1) ON CONFLICT (version) DO NOTHING";
            transaction.execute_raw(statement(transaction, sql, [name.into()])).await?;
        }
        Ok(())
    }
}

/// Whether a table is there that the schema's history is read from.
///
/// # Errors
///
/// [`SchemaMismatch::Forbidden`] when it is there and the login may not read it: to a look at what the login may see it would be missing.
async fn has_table(connection: &DatabaseTransaction, table: &str) -> Result<bool, StoreError> {
    if connection.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(SchemaManager::new(connection).has_table(table).await?);
    }
    let asked = "SELECT session_user::text, has_table_privilege(session_user, c.oid, 'SELECT') FROM pg_class c
        WHERE c.oid = to_regclass($1)";
    let Some(row) = connection.query_one_raw(statement(connection, asked, [table.into()])).await? else {
        return Ok(false);
    };
    let (login, readable): (String, bool) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    if readable {
        return Ok(true);
    }
    Err(StoreError::Schema(SchemaMismatch::Forbidden {
        role: login.clone(),
        login,
        verb: "SELECT".to_owned(),
        table: table.to_owned(),
    }))
}

/// The migrations that the database has seen, and those that this program knows.
pub(crate) struct Status {
    applied: Vec<String>,
    known: Vec<String>,
    /// Those that programs which do not know them work with.
    expanding: BTreeSet<String>,
}

impl Status {
    pub(crate) async fn read(connection: &DatabaseTransaction) -> Result<Self, StoreError> {
        let present = has_table(connection, "seaql_migrations").await?;
        let applied = if present {
            let models = seaql_migrations::Entity::find()
                .order_by_asc(seaql_migrations::Column::Version)
                .all(connection)
                .await?;
            models.into_iter().map(|model| model.version).collect()
        } else {
            Vec::new()
        };
        let mut expanding = BTreeSet::new();
        if has_table(connection, "schema_expansions").await? {
            let all = statement(connection, "SELECT version FROM schema_expansions", []);
            for row in connection.query_all_raw(all).await? {
                expanding.insert(row.try_get_by_index(0)?);
            }
        }
        let known = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        Ok(Self { applied, known, expanding })
    }

    /// Refuses a database that a newer program changed in a way that this one does not work with.
    pub(crate) fn refuse_newer(&self) -> Result<(), StoreError> {
        match self.applied.iter().find(|name| !self.known.contains(name) && !self.expanding.contains(*name)) {
            None => Ok(()),
            Some(name) => Err(StoreError::Schema(SchemaMismatch::Newer(name.clone()))),
        }
    }

    /// Refuses a database that has yet to be migrated.
    pub(crate) fn refuse_older(&self) -> Result<(), StoreError> {
        match self.known.iter().find(|name| !self.applied.contains(name)) {
            None => Ok(()),
            Some(_) if self.applied.is_empty() => Err(StoreError::Schema(SchemaMismatch::Missing)),
            Some(name) => Err(StoreError::Schema(SchemaMismatch::Older(name.clone()))),
        }
    }
}
