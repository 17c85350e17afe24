//! The database: opening it, its schema, and the start of transactions.

use std::{
    fmt,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, IsolationLevel,
    RuntimeErr, SqliteTransactionMode, SqlxError, SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions,
    TransactionTrait,
    sqlx::{
        self,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use tokio::{
    sync::{Mutex, Notify, OwnedMutexGuard},
    time::timeout,
};

use crate::{
    ReadTransaction, Reads, StoreError, WriteTransaction,
    encoding::statement,
    error::sqlite_code,
    migration::{self, Migrator},
    standards::Loaded,
    transaction::sealed::Sealed,
};

/// The first SQLite that does not corrupt a database in WAL mode under concurrent checkpoints.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
/// Key of the advisory lock that lets one replica at a time migrate PostgreSQL: "junheng" in ASCII.
const MIGRATION_LOCK: i64 = 0x006a_756e_6865_6e67;

/// How to open the database.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://junheng.db` (created when missing; its folder must exist), `sqlite::memory:` or
    /// `postgres://user:password@host/database`.
    ///
    /// A PostgreSQL URL names the primary: connections to a server in recovery are closed.
    pub url: String,
    /// Connections at most. In-memory databases always have one.
    pub max_connections: u32,
    /// How long a caller waits for a connection, and on SQLite for its turn to write.
    pub connect_timeout: Duration,
    /// How long a statement may run on PostgreSQL; `None`: as the server has it.
    pub statement_timeout: Option<Duration>,
}

impl Options {
    /// Ten connections, ten seconds to wait, no limit for statements.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_connections: 10, connect_timeout: Duration::from_secs(10), statement_timeout: None }
    }

    fn pool(&self) -> ConnectOptions {
        let mut pool = ConnectOptions::new(self.url.as_str());
        pool.max_connections(self.max_connections.max(1))
            .acquire_timeout(self.connect_timeout)
            .sqlx_logging(false)
            .record_stmt_in_spans(false)
            .test_before_acquire(false);
        pool
    }
}

impl fmt::Debug for Options {
    /// Leaves the URL out: it may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("max_connections", &self.max_connections)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}

/// An SQLite file that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the database file {path}: {reason}")]
struct FileError {
    path: String,
    reason: &'static str,
    #[source]
    source: Option<DbErr>,
}

/// The database. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    connection: DatabaseConnection,
    /// SQLite has one writer at a time: whoever wants to write waits here in order, and not in SQLite's busy loop. Writers
    /// of other programs are still waited for by the busy timeout.
    writer: Option<Arc<Mutex<()>>>,
    turn_timeout: Duration,
    standards: Loaded,
    /// Tells an evaluator in this process that marks were committed in it.
    marks: Arc<Notify>,
}

impl Store {
    /// Opens the database; does not look at its schema.
    ///
    /// SQLite runs in WAL mode with `synchronous=FULL`. On PostgreSQL every connection is tried before it is handed out, and
    /// closed when it is dead (SQLSTATE 57P01 to 57P03, 08xxx) or its server is in recovery, so that after a failover (25006)
    /// the pool finds the new primary.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached within the connect timeout, or the file not be opened.
    /// [`StoreError::Database`] when the SQLite in use is too old to be safe.
    pub async fn connect(options: &Options) -> Result<Self, StoreError> {
        if options.url.starts_with("sqlite:") {
            Self::connect_sqlite(options).await
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
            Self::connect_postgres(options).await
        } else {
            Err(StoreError::unavailable("the database URL starts neither with sqlite: nor with postgres://"))
        }
    }

    async fn connect_sqlite(options: &Options) -> Result<Self, StoreError> {
        let parsed: SqliteConnectOptions = options.url.parse().map_err(StoreError::unavailable)?;
        let mut pool = options.pool();
        let in_memory = options.url.contains(":memory:") || options.url.contains("mode=memory");
        if in_memory {
            // The database lives and dies with its only connection.
            pool.max_connections(1);
        } else {
            folder_exists(parsed.get_filename())?;
        }
        pool.idle_timeout(None).max_lifetime(None);
        let busy_timeout = options.connect_timeout;
        pool.map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(busy_timeout)
                .foreign_keys(true)
        });
        let connection =
            SqlxSqliteConnector::connect(pool).await.map_err(|error| file_error(parsed.get_filename(), error))?;
        refuse_old_sqlite(&connection).await?;
        Ok(Self {
            connection,
            writer: Some(Arc::default()),
            turn_timeout: options.connect_timeout,
            standards: Loaded::default(),
            marks: Arc::default(),
        })
    }

    async fn connect_postgres(options: &Options) -> Result<Self, StoreError> {
        let mut pool = options.pool();
        pool.set_application_name("junheng");
        if let Some(limit) = options.statement_timeout {
            pool.statement_timeout(limit);
        }
        // In the place of the usual ping, at the same price: also finds the server that lost its role.
        pool.map_sqlx_postgres_before_acquire(|connection, _| {
            Box::pin(async move {
                let recovering: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(connection).await?;
                Ok(!recovering)
            })
        });
        // Once a connection, and not once a transaction.
        pool.map_sqlx_postgres_pool_opts(|pool| {
            pool.after_connect(|connection, _| {
                Box::pin(async move {
                    sqlx::query("SET default_transaction_isolation = 'read committed'").execute(connection).await?;
                    Ok(())
                })
            })
        });
        let connection = SqlxPostgresConnector::connect(pool).await?;
        Ok(Self {
            connection,
            writer: None,
            turn_timeout: options.connect_timeout,
            standards: Loaded::default(),
            marks: Arc::default(),
        })
    }

    /// Brings the schema up to this program's; does nothing when it is there already.
    ///
    /// Several replicas can start at once: one migrates, the others wait for it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] when a newer program migrated the database; it is left as it is.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let transaction = self.begin_write().await?;
        let connection = transaction.connection();
        if self.backend() == DatabaseBackend::Postgres {
            connection.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            connection
                .execute_raw(statement(connection, "SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK.into()]))
                .await?;
        }
        migration::Status::read(connection).await?.refuse_newer()?;
        Migrator::apply(connection).await?;
        transaction.commit().await
    }

    /// Makes sure that the schema is this program's.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] when it is missing, older or newer, with what to do about it.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let status = migration::Status::read(&self.connection).await?;
        status.refuse_newer()?;
        status.refuse_older()
    }

    /// Begins a transaction that writes.
    ///
    /// On SQLite it is the only one: others wait for their turn. On PostgreSQL writers of different counties run side by side
    /// and those of one county wait in [`clock::advance`](crate::clock::advance); what they read after it is committed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no connection, or no turn to write, within the connect timeout.
    pub async fn begin_write(&self) -> Result<WriteTransaction, StoreError> {
        let turn = self.turn().await?;
        let options = match self.backend() {
            DatabaseBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
            // Read committed, as every connection is told when it is made.
            _ => TransactionOptions::default(),
        };
        let inner = self.connection.begin_with_options(options).await?;
        Ok(WriteTransaction {
            inner,
            turn,
            marked: AtomicBool::new(false),
            marks: Arc::clone(&self.marks),
            tip: std::sync::Mutex::default(),
        })
    }

    /// Begins a transaction that reads one snapshot of the database and cannot write.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no connection within the connect timeout.
    pub async fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        let options = match self.backend() {
            DatabaseBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        Ok(ReadTransaction { inner: self.connection.begin_with_options(options).await? })
    }

    /// The standards of this database that the process has loaded.
    #[must_use]
    pub const fn standards(&self) -> &Loaded {
        &self.standards
    }

    /// Waits until marks were committed through this store or a clone of it since the last wait. What other programs mark is not
    /// seen, so look for marks from time to time, too. One waiter is woken at a time.
    pub async fn marked(&self) {
        self.marks.notified().await;
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.connection.ping().await?)
    }

    /// Closes all connections, those in use as soon as they are given back.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when a connection could not be closed.
    pub async fn close(&self) -> Result<(), StoreError> {
        Ok(self.connection.close_by_ref().await?)
    }

    /// Waits for the turn to write; every database but SQLite needs none.
    pub(crate) async fn turn(&self) -> Result<Option<OwnedMutexGuard<()>>, StoreError> {
        let Some(writer) = &self.writer else { return Ok(None) };
        let turn = timeout(self.turn_timeout, Arc::clone(writer).lock_owned());
        turn.await.map(Some).map_err(|_| StoreError::unavailable("waited too long for the turn to write"))
    }

    fn backend(&self) -> DatabaseBackend {
        self.connection.get_database_backend()
    }
}

impl Sealed for Store {}

impl Reads for Store {
    type Connection = DatabaseConnection;

    fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }
}

fn folder_exists(file: &Path) -> Result<(), StoreError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_none_or(Path::is_dir) {
        return Ok(());
    }
    Err(StoreError::unavailable(FileError {
        path: file.display().to_string(),
        reason: "its folder does not exist",
        source: None,
    }))
}

fn file_error(file: &Path, error: DbErr) -> StoreError {
    let code = match &error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => match error.as_ref() {
            SqlxError::Database(error) => sqlite_code(error.as_ref()),
            _ => None,
        },
        _ => None,
    };
    let reason = match code {
        Some(5 | 6) => "another program keeps it locked",
        Some(8) => "it cannot be written to",
        Some(11) => "it is damaged; restore it from a backup",
        Some(14) => "it is no file, or this user may not open it",
        Some(26) => "it is not an SQLite database",
        _ => "the database did not answer",
    };
    StoreError::unavailable(FileError { path: file.display().to_string(), reason, source: Some(error) })
}

async fn refuse_old_sqlite(connection: &DatabaseConnection) -> Result<(), StoreError> {
    let row = connection.query_one_raw(statement(connection, "SELECT sqlite_version()", [])).await?;
    let version: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    if recent_sqlite(&version) {
        return Ok(());
    }
    let [major, minor, patch] = OLDEST_SQLITE;
    Err(StoreError::Database(
        format!("SQLite {version} can damage a database in WAL mode; at least {major}.{minor}.{patch} is needed")
            .into(),
    ))
}

/// Whether the version is at least the oldest safe one.
fn recent_sqlite(version: &str) -> bool {
    let parts: Result<Vec<u32>, _> = version.split('.').map(str::parse).collect();
    parts.is_ok_and(|parts| parts.as_slice() >= OLDEST_SQLITE.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_that_can_damage_the_database_is_refused() {
        assert!(recent_sqlite("3.51.3"));
        assert!(recent_sqlite("3.52.0"));
        assert!(!recent_sqlite("3.51.2"));
        assert!(!recent_sqlite("3.9.9"));
        assert!(!recent_sqlite(""));
    }

    #[test]
    fn the_password_is_not_printed() {
        let options = Options::new("postgres://junheng:secret@localhost/junheng");

        assert!(!format!("{options:?}").contains("secret"));
    }
}
