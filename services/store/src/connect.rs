//! Opening a database.

use std::{
    fmt,
    fs::OpenOptions,
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
    time::Duration,
};

use sea_orm::{
    ConnAcquireErr, ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, SqlxError,
    SqlxPostgresConnector, SqlxSqliteConnector,
    sqlx::{
        self, Connection as _, Executor as _, PgConnection,
        postgres::PgConnectOptions,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};

use crate::{
    StoreError,
    encoding::statement,
    error::sqlite_code,
    row_security::SERVICE_ROLE,
    session::{Generation, Pool, Served},
};
use tokio::{sync::Semaphore, time::timeout};

/// The first SQLite that does not corrupt a database in WAL mode under concurrent checkpoints.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// Rows of SQLite that wait for their reader at most; by then the thread that reads them from the file waits, too.
const ROWS_IN_WAITING: usize = 1_024;

/// Statements that a connection of SQLite keeps prepared: those that insert many rows, one for each number of them, and all others.
const PREPARED_STATEMENTS: usize = 256;

/// 32 MB of SQLite's log are put into the file at once, by the writer whose turn it is: pages that many submissions wrote are put there once.
const PAGES_BETWEEN_CHECKPOINTS: &str = "8000";

/// What a connection of SQLite keeps of the file at most, by its sign in kilobytes: a submission writes into many places of it.
const CACHED_KILOBYTES: &str = "-16000";

/// What every connection to PostgreSQL is told when it is made. A writer waits for another's lock, and a transaction for its next statement,
/// no longer than that, whatever became of the other and of the program.
const SESSION: &str = "SET default_transaction_isolation = 'read committed'; SET lock_timeout = '30s'; \
    SET idle_in_transaction_session_timeout = '60s'";

/// How to open the database.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://junheng.db` (created when missing; its folder must exist), `sqlite::memory:` or
    /// `postgres://user:password@host/database`.
    ///
    /// A PostgreSQL URL leads to the primary: connections to a server that takes no writes are closed.
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

    /// Whether it is the embedded database, which one program has to itself.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
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

/// A server that lets nobody in: where it was looked for, and why; never the password.
#[derive(Debug, thiserror::Error)]
#[error("no connection to {place}: {reason}")]
struct Unreached {
    place: String,
    reason: &'static str,
    #[source]
    source: Option<SqlxError>,
}

/// Opens the pool of an SQLite database.
pub(crate) async fn sqlite(options: &Options) -> Result<Pool, StoreError> {
    let parsed: SqliteConnectOptions = options.url.parse().map_err(StoreError::unavailable)?;
    let mut pool = options.pool();
    let in_memory = options.url.contains(":memory:") || options.url.contains("mode=memory");
    if in_memory {
        // The database lives and dies with its only connection.
        pool.max_connections(1);
    } else {
        folder_exists(parsed.get_filename())?;
        own(parsed.get_filename());
    }
    pool.idle_timeout(None).max_lifetime(None);
    let busy_timeout = options.connect_timeout;
    let set_up = move |options: SqliteConnectOptions| {
        options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(busy_timeout)
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", PAGES_BETWEEN_CHECKPOINTS)
            .row_buffer_size(ROWS_IN_WAITING)
            .statement_cache_capacity(PREPARED_STATEMENTS)
    };
    let mut writer = pool.clone();
    writer
        .max_connections(1)
        .map_sqlx_sqlite_opts(move |options| set_up(options).pragma("cache_size", CACHED_KILOBYTES));
    pool.map_sqlx_sqlite_opts(set_up);
    let connection =
        SqlxSqliteConnector::connect(pool).await.map_err(|error| file_error(parsed.get_filename(), error))?;
    refuse_old_sqlite(&connection).await?;
    let writer = if in_memory { connection.clone() } else { SqlxSqliteConnector::connect(writer).await? };
    Ok(Pool { connection, writer, served: None, generation: Arc::default() })
}

/// Opens the pool of a PostgreSQL database.
pub(crate) async fn postgres(options: &Options) -> Result<Pool, StoreError> {
    // What stands in a URL is not repeated: it may be a password.
    let parsed: PgConnectOptions = options.url.parse().map_err(|_| StoreError::wrong_url())?;
    reach(&parsed, options.connect_timeout).await?;
    let generation: Arc<Generation> = Arc::default();
    let mut pool = options.pool();
    pool.set_application_name("junheng");
    if let Some(limit) = options.statement_timeout {
        pool.statement_timeout(limit);
    }
    let held = Arc::clone(&generation);
    pool.map_sqlx_postgres_pool_opts(move |pool| {
        let held = Arc::clone(&held);
        // No ping: the first message of a transaction finds a dead connection, and begins anew on another.
        pool.after_connect(|connection, _| Box::pin(prepare(connection)))
            .before_acquire(move |_, meta| Box::pin(std::future::ready(Ok(held.holds(meta.age)))))
    });
    let connection = SqlxPostgresConnector::connect(pool).await?;
    let mut canceller = options.pool();
    canceller.set_application_name("junheng cancel").max_connections(1).min_connections(0).connect_lazy(true);
    let canceller = SqlxPostgresConnector::connect(canceller).await?;
    let permits = usize::try_from(options.max_connections.max(1)).unwrap_or(Semaphore::MAX_PERMITS);
    let permits = Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
    let served = Served { canceller, permits, patience: options.connect_timeout, place: place(&parsed).into() };
    Ok(Pool { writer: connection.clone(), connection, served: Some(served), generation })
}

/// Makes one connection without the pool, which keeps the reason to itself when it gets none.
async fn reach(options: &PgConnectOptions, patience: Duration) -> Result<(), StoreError> {
    let reached = timeout(patience, async {
        let mut connection = PgConnection::connect_with(options).await?;
        prepare(&mut connection).await?;
        connection.close().await
    });
    let error = match reached.await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => Some(error),
        Err(_) => None,
    };
    let reason = error.as_ref().map_or("no answer in time", reason);
    Err(StoreError::unavailable(Unreached { place: place(options), reason, source: error }))
}

/// Where a server is looked for, and as whom; never the password.
fn place(options: &PgConnectOptions) -> String {
    let socket = options.get_socket().map(|socket| socket.display().to_string());
    let server = socket.unwrap_or_else(|| format!("{}:{}", options.get_host(), options.get_port()));
    let user = options.get_username();
    format!("{server}/{} as {user}", options.get_database().unwrap_or(user))
}

/// Says of a connection that could not be made where it was to lead, which the driver keeps to itself.
pub(crate) fn placed(error: DbErr, place: &str) -> DbErr {
    let text = match &error {
        // Whoever has his turn waits for no other: the pool tries again and again to make a new one.
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => format!("no connection to {place}: none was made in time"),
        DbErr::Conn(RuntimeErr::SqlxError(error)) => format!("no connection to {place}: {} ({error})", reason(error)),
        _ => return error,
    };
    DbErr::Conn(RuntimeErr::Internal(text))
}

/// Why a server lets nobody in, as whoever set it up reads it.
fn reason(error: &SqlxError) -> &'static str {
    match error {
        SqlxError::Io(error) => distrust(error).unwrap_or_else(|| broken(error)),
        SqlxError::Tls(error) if error.to_string().contains("does not support TLS") => "the server offers no TLS",
        SqlxError::Tls(_) => "the connection cannot be secured",
        SqlxError::Protocol(_) => "the server does not serve",
        SqlxError::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => "the login is refused",
            Some("3D000") => "there is no such database",
            Some("42501") => "the login may not connect",
            Some("53300") => "the server has no connection left",
            Some("57P03") => "the server starts or stops",
            _ => "the server refuses",
        },
        _ => "the server does not answer",
    }
}

/// Why a connection is none.
fn broken(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => "nothing listens there",
        ErrorKind::NotFound => "there is no such socket, or no such file as sslrootcert names",
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            "the host cannot be reached"
        }
        _ if error.to_string().contains("lookup address") => "the name of the host is not known",
        _ => "the connection broke",
    }
}

/// Why a connection is not secured, if that is it: mostly what is wrong with the server's certificate.
fn distrust(error: &io::Error) -> Option<&'static str> {
    use rustls::CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    let rustls::Error::InvalidCertificate(error) = error.get_ref()?.downcast_ref()? else {
        return Some("the connection cannot be secured");
    };
    Some(match error {
        // The second: another authority of the same name.
        UnknownIssuer | BadSignature => "its certificate is of an authority that sslrootcert does not have",
        NotValidForName | NotValidForNameContext { .. } => "its certificate is for another host",
        Expired | ExpiredContext { .. } => "its certificate has ended",
        NotValidYet | NotValidYetContext { .. } => "its certificate is not valid yet",
        _ => "its certificate does not hold",
    })
}

/// Prepares a connection that was just made, once and not once a transaction.
async fn prepare(connection: &mut PgConnection) -> Result<(), SqlxError> {
    connection.execute(SESSION).await?;
    let asked = sqlx::query_as(
        "SELECT current_setting('transaction_read_only') = 'on', current_user <> $1
            AND EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND pg_has_role(session_user, oid, 'MEMBER'))",
    );
    let (read_only, may_become_service): (bool, bool) = asked.bind(SERVICE_ROLE).fetch_one(&mut *connection).await?;
    if read_only {
        // A standby, or a primary that was fenced off: the pool goes on looking for one that takes writes.
        return Err(SqlxError::Protocol("the server takes no writes: it is a standby, or set read-only".to_owned()));
    }
    if may_become_service {
        // Also an owner's or a superuser's login serves with no more rights than the service's role has.
        let became = connection.execute("SET ROLE junheng_service").await;
        // PostgreSQL 16 and newer can forbid it to a member: then the policies, which are forced, hold the owner all the same.
        if let Err(error) = became
            && error.as_database_error().is_none_or(|error| error.code().as_deref() != Some("42501"))
        {
            return Err(error);
        }
    }
    Ok(())
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

/// Makes the file of a new database one that only its owner may read; SQLite gives those beside it the same rights.
fn own(file: &Path) {
    // Where it fails, SQLite says why; one that is there keeps the rights that somebody gave it.
    let _made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
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
    fn a_reason_is_told_in_words() {
        let lookup = io::Error::other("failed to lookup address information: Name or service not known");

        assert_eq!(reason(&SqlxError::Io(lookup)), "the name of the host is not known");
        assert_eq!(reason(&SqlxError::Io(ErrorKind::ConnectionRefused.into())), "nothing listens there");
        assert_eq!(reason(&SqlxError::Tls("no certificate".into())), "the connection cannot be secured");
        assert_eq!(reason(&SqlxError::Tls("server does not support TLS".into())), "the server offers no TLS");
        let handshake = |error: rustls::Error| reason(&SqlxError::Io(io::Error::new(ErrorKind::InvalidData, error)));
        assert_eq!(handshake(rustls::CertificateError::Expired.into()), "its certificate has ended");
        assert_eq!(handshake(rustls::Error::DecryptError), "the connection cannot be secured");
    }

    #[test]
    fn the_password_is_not_printed() {
        let options = Options::new("postgres://junheng:secret@localhost/junheng");

        assert!(!format!("{options:?}").contains("secret"));
    }
}
