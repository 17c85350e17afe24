//! The database as the tables' modules see it where one statement is enough.

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait::async_trait;

use crate::{
    access::Access,
    purpose::Purpose,
    session::{Pool, Session},
};

/// A pool of connections that does each statement in a transaction of its own, with the access of its store.
#[derive(Debug, Clone)]
pub struct Statements {
    pub(crate) pool: Pool,
    /// `None`: that of the task which asks.
    pub(crate) access: Option<Access>,
}

impl Statements {
    pub(crate) fn access(&self) -> Access {
        self.access.clone().unwrap_or_else(Access::current)
    }

    async fn session(&self) -> Result<Session, DbErr> {
        self.pool.begin(Purpose::Write, &self.access()).await
    }

    /// On SQLite a statement is a transaction anyway, and nothing is to be set.
    fn bare(&self) -> Option<&DatabaseConnection> {
        self.pool.served.is_none().then_some(&self.pool.connection)
    }
}

#[async_trait]
impl ConnectionTrait for Statements {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.pool.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if let Some(bare) = self.bare() {
            return bare.execute_raw(statement).await;
        }
        let session = self.session().await?;
        let done = session.execute_raw(statement).await?;
        session.commit().await.map(|()| done)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        if let Some(bare) = self.bare() {
            return bare.execute_unprepared(sql).await;
        }
        let session = self.session().await?;
        let done = session.execute_unprepared(sql).await?;
        session.commit().await.map(|()| done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if let Some(bare) = self.bare() {
            return bare.query_one_raw(statement).await;
        }
        let session = self.session().await?;
        let row = session.query_one_raw(statement).await?;
        session.commit().await.map(|()| row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if let Some(bare) = self.bare() {
            return bare.query_all_raw(statement).await;
        }
        let session = self.session().await?;
        let rows = session.query_all_raw(statement).await?;
        session.commit().await.map(|()| rows)
    }
}
