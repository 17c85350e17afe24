//! A transaction below the ORM: on PostgreSQL one message begins it with its settings, and parameters are moved to the driver, not copied.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult,
    QueryResult, RuntimeErr, SqlxError, Statement,
    sqlx::{
        self, AssertSqlSafe, Executor as _, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction,
        pool::PoolConnection,
    },
};
use tokio::sync::Mutex;

use crate::message::{Message, Parameter};

/// A transaction with its connection; dropped without an end, it is rolled back.
pub(crate) enum Link {
    Postgres(Mutex<Transaction<'static, Postgres>>),
    Sqlite(Mutex<Embedded>),
    /// As migrations want it.
    Schema(DatabaseTransaction),
}

/// A connection to SQLite.
pub(crate) enum Embedded {
    Begun(Transaction<'static, Sqlite>),
    /// Without a transaction, for what is read alone: each statement sees what is committed by then.
    Loose(PoolConnection<Sqlite>),
}

impl Embedded {
    /// The connection where something is written: what no transaction is begun for would be committed at once.
    fn writing(&mut self) -> Result<&mut SqliteConnection, DbErr> {
        match self {
            Self::Begun(transaction) => Ok(transaction),
            Self::Loose(_) => Err(DbErr::Custom("a write before the transaction had its turn".to_owned())),
        }
    }
}

impl Deref for Embedded {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Begun(transaction) => transaction,
            Self::Loose(connection) => connection,
        }
    }
}

impl DerefMut for Embedded {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Begun(transaction) => transaction,
            Self::Loose(connection) => connection,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Link({:?})", self.backend())
    }
}

impl Link {
    /// Begins by a text that begins a transaction and may go on to set it up.
    pub(crate) async fn begin(pool: &DatabaseConnection, begin: String) -> Result<Self, DbErr> {
        let text = AssertSqlSafe(begin);
        if pool.get_database_backend() == DatabaseBackend::Postgres {
            let transaction = pool.get_postgres_connection_pool().begin_with(text).await;
            return Ok(Self::Postgres(Mutex::new(transaction.map_err(not_begun)?)));
        }
        let transaction = pool.get_sqlite_connection_pool().begin_with(text).await;
        Ok(Self::Sqlite(Mutex::new(Embedded::Begun(transaction.map_err(not_begun)?))))
    }

    /// Takes a connection to SQLite and begins nothing.
    pub(crate) async fn loose(pool: &DatabaseConnection) -> Result<Self, DbErr> {
        let connection = pool.get_sqlite_connection_pool().acquire().await;
        Ok(Self::Sqlite(Mutex::new(Embedded::Loose(connection.map_err(not_begun)?))))
    }

    pub(crate) fn backend(&self) -> DatabaseBackend {
        match self {
            Self::Postgres(_) => DatabaseBackend::Postgres,
            Self::Sqlite(_) => DatabaseBackend::Sqlite,
            Self::Schema(transaction) => transaction.get_database_backend(),
        }
    }

    pub(crate) async fn execute(&self, message: Message) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(transaction) => {
                let (sql, arguments) = message.postgres()?;
                let connection: &mut PgConnection = &mut *transaction.lock().await;
                sqlx::query_with(AssertSqlSafe(sql), arguments)
                    .execute(connection)
                    .await
                    .map(Into::into)
                    .map_err(refused)
            }
            Self::Sqlite(transaction) => {
                let (sql, arguments) = message.sqlite()?;
                let mut embedded = transaction.lock().await;
                sqlx::query_with(AssertSqlSafe(sql), arguments)
                    .execute(embedded.writing()?)
                    .await
                    .map(Into::into)
                    .map_err(refused)
            }
            Self::Schema(transaction) => transaction.execute_raw(whole(transaction, message)?).await,
        }
    }

    pub(crate) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Postgres(transaction) => {
                let connection: &mut PgConnection = &mut *transaction.lock().await;
                connection.execute(AssertSqlSafe(sql.to_owned())).await.map(Into::into).map_err(refused)
            }
            Self::Sqlite(transaction) => {
                let mut embedded = transaction.lock().await;
                embedded.writing()?.execute(AssertSqlSafe(sql.to_owned())).await.map(Into::into).map_err(refused)
            }
            Self::Schema(transaction) => transaction.execute_unprepared(sql).await,
        }
    }

    pub(crate) async fn query_one(&self, message: Message) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Postgres(transaction) => {
                let (sql, arguments) = message.postgres()?;
                let connection: &mut PgConnection = &mut *transaction.lock().await;
                let row = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_optional(connection).await;
                row.map(|row| row.map(Into::into)).map_err(refused)
            }
            Self::Sqlite(transaction) => {
                let (sql, arguments) = message.sqlite()?;
                let connection: &mut SqliteConnection = &mut *transaction.lock().await;
                let row = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_optional(connection).await;
                row.map(|row| row.map(Into::into)).map_err(refused)
            }
            Self::Schema(transaction) => transaction.query_one_raw(whole(transaction, message)?).await,
        }
    }

    pub(crate) async fn query_all(&self, message: Message) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres(transaction) => {
                let (sql, arguments) = message.postgres()?;
                let connection: &mut PgConnection = &mut *transaction.lock().await;
                let rows = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await;
                Ok(rows.map_err(refused)?.into_iter().map(Into::into).collect())
            }
            Self::Sqlite(transaction) => {
                let (sql, arguments) = message.sqlite()?;
                let connection: &mut SqliteConnection = &mut *transaction.lock().await;
                let rows = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await;
                Ok(rows.map_err(refused)?.into_iter().map(Into::into).collect())
            }
            Self::Schema(transaction) => transaction.query_all_raw(whole(transaction, message)?).await,
        }
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Postgres(transaction) => transaction.into_inner().commit().await.map_err(refused),
            Self::Sqlite(embedded) => match embedded.into_inner() {
                Embedded::Begun(transaction) => transaction.commit().await.map_err(refused),
                Embedded::Loose(_) => Ok(()),
            },
            Self::Schema(transaction) => transaction.commit().await,
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Postgres(transaction) => transaction.into_inner().rollback().await.map_err(refused),
            Self::Sqlite(embedded) => match embedded.into_inner() {
                Embedded::Begun(transaction) => transaction.rollback().await.map_err(refused),
                Embedded::Loose(_) => Ok(()),
            },
            Self::Schema(transaction) => transaction.rollback().await,
        }
    }
}

/// The message as the ORM has it; migrations have no arrays.
fn whole(transaction: &DatabaseTransaction, message: Message) -> Result<Statement, DbErr> {
    let values = message.parameters.into_iter().map(|parameter| match parameter {
        Parameter::One(value) => Ok(value),
        _ => Err(DbErr::Custom("a statement of a migration has an array".to_owned())),
    });
    let values = values.collect::<Result<Vec<_>, _>>()?;
    Ok(Statement::from_sql_and_values(transaction.get_database_backend(), message.sql, values))
}

fn refused(error: SqlxError) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

fn not_begun(error: SqlxError) -> DbErr {
    match error {
        SqlxError::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        SqlxError::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))),
    }
}
