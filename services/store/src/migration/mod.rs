//! The schema and its versions.

mod m0001_first_tables;
mod m0002_standards;
mod m0003_evaluation_summaries;
mod m0004_waivers;
mod m0005_submission_states;
mod m0006_school_history;
mod m0007_check_limits;
mod m0008_reporting_calendars;
mod m0012_summary_figures;

use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QueryOrder};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager, async_trait, seaql_migrations};

use crate::StoreError;

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
            Box::new(m0012_summary_figures::Migration),
        ]
    }
}

impl Migrator {
    /// Applies what is missing, all or nothing.
    pub(crate) async fn apply(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
        Ok(Self::up(transaction, None).await?)
    }
}

/// The migrations that the database has seen, and those that this program knows.
pub(crate) struct Status {
    applied: Vec<String>,
    known: Vec<String>,
}

impl Status {
    pub(crate) async fn read<C>(connection: &C) -> Result<Self, StoreError>
    where
        C: ConnectionTrait,
        for<'c> &'c C: sea_orm_migration::IntoSchemaManagerConnection<'c>,
    {
        let present = SchemaManager::new(connection).has_table("seaql_migrations").await?;
        let applied = if present {
            let models = seaql_migrations::Entity::find()
                .order_by_asc(seaql_migrations::Column::Version)
                .all(connection)
                .await?;
            models.into_iter().map(|model| model.version).collect()
        } else {
            Vec::new()
        };
        let known = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        Ok(Self { applied, known })
    }

    /// Refuses a database that a newer program migrated.
    pub(crate) fn refuse_newer(&self) -> Result<(), StoreError> {
        match self.applied.iter().find(|name| !self.known.contains(name)) {
            None => Ok(()),
            Some(name) => Err(StoreError::Schema {
                what: format!("is newer than this program, which does not know {name}: use the newer program"),
            }),
        }
    }

    /// Refuses a database that has yet to be migrated.
    pub(crate) fn refuse_older(&self) -> Result<(), StoreError> {
        match self.known.iter().find(|name| !self.applied.contains(name)) {
            None => Ok(()),
            Some(_) if self.applied.is_empty() => {
                Err(StoreError::Schema { what: "is missing: run `junheng migrate` first".to_owned() })
            }
            Some(name) => Err(StoreError::Schema {
                what: format!("is older than this program and lacks {name}: run `junheng migrate` first"),
            }),
        }
    }
}
