//! Roles and row-level security on PostgreSQL, and which migrations programs that do not know them work with. Contracts: a program that sets
//! no scope sees nothing from here on.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::row_security;

const STATEMENT: &str = "CREATE TABLE schema_expansions (
        version {key} NOT NULL,
        PRIMARY KEY (version))";

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_row_security"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            connection.execute_unprepared(&STATEMENT.replace("{key}", "TEXT COLLATE \"C\"")).await?;
            // The tables that there are; those of later migrations follow when all are applied.
            row_security::create_roles(connection).await
        } else {
            connection.execute_unprepared(&STATEMENT.replace("{key}", "TEXT")).await?;
            Ok(())
        }
    }
}
