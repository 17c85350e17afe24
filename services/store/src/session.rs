//! Connections to the database as the tables' modules see them: a transaction with its access, and a pool that gives each statement one.

use std::{
    fmt::Write as _,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::async_trait::async_trait;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tracing::Span;

use crate::{
    access::{Access, EVERYTHING},
    encoding::statement,
    error::lost,
};

/// How long the cancelling of a statement may take before it is left to its own timeout.
const CANCELLING: Duration = Duration::from_secs(5);

/// How long after the deadline of a call the database ends its statements by itself. Whoever gives up at the deadline has them cancelled before,
/// and is answered by the deadline and not by a statement that failed.
const GRACE: Duration = Duration::from_millis(500);

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reads one snapshot.
    Read,
    /// Writes.
    Write,
    /// Writes the schema: as whoever logged in, and not as the service's role.
    Migrate,
}

/// The connections of a store.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) connection: DatabaseConnection,
    /// What PostgreSQL needs besides.
    pub(crate) served: Option<Served>,
    pub(crate) generation: Arc<Generation>,
}

/// What a pool of connections to a server has besides them.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// One more connection, by which statements are cancelled that nobody waits for. It is opened when it is needed.
    pub(crate) canceller: DatabaseConnection,
    /// One permit for each connection: whoever goes away while he waits for one leaves nothing behind.
    pub(crate) permits: Arc<Semaphore>,
    /// How long a connection is waited for.
    pub(crate) patience: Duration,
}

impl Served {
    /// Waits for its turn to have a connection.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, DbErr> {
        let waited = timeout(self.patience, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = waited.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }
}

/// Begins a transaction to its end, also when its caller goes away meanwhile: a connection whose BEGIN was sent and not answered would go back to
/// the others with a transaction open. What nobody takes is rolled back.
async fn begin_whole(
    connection: DatabaseConnection,
    permit: OwnedSemaphorePermit,
) -> Result<(DatabaseTransaction, OwnedSemaphorePermit), DbErr> {
    let begun = tokio::spawn(async move { Ok::<_, DbErr>((connection.begin().await?, permit)) });
    begun.await.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)))
}

/// Which connections may still be used.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    retired: Mutex<Option<Instant>>,
}

impl Generation {
    /// No connection that is open now is handed out again.
    pub(crate) fn retire(&self) {
        *self.retired.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection of this age may be handed out.
    pub(crate) fn holds(&self, age: Duration) -> bool {
        let retired = *self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.is_none_or(|retired| age <= retired.elapsed())
    }

    /// Retires all connections when an error says that the server is gone or lost its role.
    fn notice<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if result.as_ref().is_err_and(lost) {
            self.retire();
        }
        result
    }
}

impl Pool {
    /// Begins a transaction with an access, with as many round trips as one without.
    pub(crate) async fn begin(&self, purpose: Purpose, access: &Access) -> Result<Session, DbErr> {
        let system = if self.served.is_some() { "postgresql" } else { "sqlite" };
        // A look for work that finds none, or at readiness, would be a trace of its own, every second.
        let span = match purpose {
            _ if Span::current().is_none() => Span::none(),
            Purpose::Read => tracing::info_span!("database.read", otel.kind = "client", db.system.name = system),
            Purpose::Write => tracing::info_span!("database.write", otel.kind = "client", db.system.name = system),
            Purpose::Migrate => tracing::info_span!("database.migrate", otel.kind = "client", db.system.name = system),
        };
        let begun = self.begin_once(purpose, access, span.clone()).await;
        match begun {
            // Nothing was done yet: a new connection may lead to a server that lives.
            Err(error) if self.served.is_some() && lost(&error) => self.begin_once(purpose, access, span).await,
            begun => begun,
        }
    }

    async fn begin_once(&self, purpose: Purpose, access: &Access, span: Span) -> Result<Session, DbErr> {
        let Some(served) = &self.served else {
            let mode = if purpose == Purpose::Read {
                SqliteTransactionMode::Deferred
            } else {
                // Two that begin deferred and then write fail at once.
                SqliteTransactionMode::Immediate
            };
            let options = TransactionOptions { sqlite_transaction_mode: Some(mode), ..TransactionOptions::default() };
            let inner = self.connection.begin_with_options(options).await?;
            return Ok(Session { watch: None, inner, span, _permit: None });
        };
        let permit = served.permit().await?;
        let (inner, permit) = self.generation.notice(begin_whole(self.connection.clone(), permit).await)?;
        let watch = Watch {
            generation: Arc::clone(&self.generation),
            canceller: served.canceller.clone(),
            name: name(),
            scope: access.scope(),
            busy: AtomicBool::new(false),
        };
        let settings = settings(purpose, access, &watch.name);
        let session = Session { watch: Some(Box::new(watch)), inner, span, _permit: Some(permit) };
        session.execute_unprepared(&settings).await?;
        Ok(session)
    }
}

/// The name of a transaction in `pg_stat_activity`, by which it is cancelled: no other has it, of this process or another.
fn name() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("junheng {:x}.{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What a transaction on PostgreSQL is told at its beginning, in one message.
fn settings(purpose: Purpose, access: &Access, name: &str) -> String {
    let first =
        if purpose == Purpose::Read { "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; " } else { "" };
    let role = if purpose == Purpose::Migrate || access.is_of_login() { "SET LOCAL ROLE NONE; " } else { "" };
    // Set in every transaction: what the last one set is '' and not NULL to the next.
    let mut settings =
        format!("{first}{role}SET LOCAL junheng.scope = '{}'; SET LOCAL application_name = '{name}'", access.scope());
    if let Some(deadline) = access.deadline() {
        let left = deadline.saturating_duration_since(Instant::now()).saturating_add(GRACE);
        let left = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
        // Writing to a string cannot fail.
        let _ = write!(settings, "; SET LOCAL statement_timeout = {left}");
    }
    settings
}

/// A transaction.
///
/// Dropped while a statement runs, it has the statement cancelled, so that what nobody waits for does not run on.
#[derive(Debug)]
pub struct Session {
    // Declared first, so that the statement is cancelled before its connection waits for it.
    watch: Option<Box<Watch>>,
    inner: DatabaseTransaction,
    /// From its beginning to its end.
    span: Span,
    /// Given back after the connection.
    _permit: Option<OwnedSemaphorePermit>,
}

/// What watches over the statements of a transaction on PostgreSQL.
#[derive(Debug)]
struct Watch {
    generation: Arc<Generation>,
    canceller: DatabaseConnection,
    name: String,
    scope: Arc<str>,
    /// Whether a statement was sent and not answered.
    busy: AtomicBool,
}

impl Session {
    /// The transaction as migrations want it.
    pub(crate) const fn transaction(&self) -> &DatabaseTransaction {
        &self.inner
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        let Self { watch, inner, span, _permit } = self;
        let committed = inner.commit().await;
        drop(span);
        match watch {
            Some(watch) => watch.generation.notice(committed),
            None => committed,
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }

    /// Lets the transaction see every region until it is told otherwise, or no more than its access again.
    pub(crate) async fn see_everything(&self, everything: bool) -> Result<(), DbErr> {
        let own = self.watch.as_ref().map(|watch| &*watch.scope).filter(|own| *own != EVERYTHING);
        let Some(own) = own else { return Ok(()) };
        let scope = if everything { EVERYTHING } else { own };
        self.execute_unprepared(&format!("SET LOCAL junheng.scope = '{scope}'")).await.map(drop)
    }

    async fn watched<T>(&self, statement: impl Future<Output = Result<T, DbErr>> + Send) -> Result<T, DbErr> {
        let Some(watch) = &self.watch else { return statement.await };
        watch.busy.store(true, Ordering::Relaxed);
        let answered = statement.await;
        watch.busy.store(false, Ordering::Relaxed);
        watch.generation.notice(answered)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !*self.busy.get_mut() {
            return;
        }
        // Without a runtime there are no connections either.
        let Ok(runtime) = Handle::try_current() else { return };
        let (canceller, name) = (self.canceller.clone(), std::mem::take(&mut self.name));
        runtime.spawn(async move {
            let sql = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
            let cancelling = canceller.query_all_raw(statement(&canceller, sql, [name.into()]));
            // Where it fails, the statement ends by its timeout.
            let _cancelled = timeout(CANCELLING, cancelling).await;
        });
    }
}

#[async_trait]
impl ConnectionTrait for Session {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.watched(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.watched(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.watched(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.watched(self.inner.query_all_raw(statement)).await
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_were_open_at_the_time_are_retired() {
        let generation = Generation::default();
        assert!(generation.holds(Duration::from_hours(1)));

        generation.retire();

        assert!(!generation.holds(Duration::from_hours(1)));
        assert!(generation.holds(Duration::ZERO));
    }

    #[test]
    fn a_transaction_is_told_its_access_at_its_beginning() {
        let passed = Access::regions(["210900"]).until(Some(Instant::now()));

        assert_eq!(
            settings(Purpose::Write, &passed, "junheng 1.2"),
            "SET LOCAL junheng.scope = '{2109%}'; SET LOCAL application_name = 'junheng 1.2'; SET LOCAL statement_timeout = 500"
        );
        let everything = Access::everything();
        assert!(
            settings(Purpose::Read, &everything, "")
                .starts_with("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL")
        );
        assert!(settings(Purpose::Migrate, &everything, "").starts_with("SET LOCAL ROLE NONE; "));
        assert!(settings(Purpose::Write, &Access::of_login(), "").starts_with("SET LOCAL ROLE NONE; "));
    }
}
