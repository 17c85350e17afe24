//! A transaction as the tables' modules see it, with its access, and the pool that it comes from.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, ExecResult,
    QueryResult, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
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
    connect::placed,
    encoding::statement,
    error::lost,
    link::Link,
    message::Message,
    purpose::{Purpose, begin, name, settings},
};

/// How long the cancelling of a statement may take before it is left to its own timeout.
const CANCELLING: Duration = Duration::from_secs(5);

/// Deferred writes that SQLite gets as one text at most: a connection keeps each text prepared.
const SQLITE_TOGETHER: usize = 16;

/// The connections of a store.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    pub(crate) connection: DatabaseConnection,
    /// Where transactions that write come from: on SQLite one more connection, which keeps what it knows of the file as long as no other writes.
    pub(crate) writer: DatabaseConnection,
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
    /// Which server it is, and as whom one logs in.
    pub(crate) place: Arc<str>,
}

impl Served {
    /// Waits for its turn to have a connection.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, DbErr> {
        let waited = timeout(self.patience, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = waited.map_err(|_| {
            let waited = self.patience.as_millis();
            DbErr::Conn(RuntimeErr::Internal(format!("no connection was free within {waited} ms: all are in use")))
        })?;
        permit.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
    }
}

/// Begins a transaction to its end, also when its caller goes away meanwhile: a connection whose BEGIN was sent and not answered would go back to
/// the others with a transaction open. What nobody takes is rolled back.
async fn begin_whole(
    pool: &DatabaseConnection,
    begin: String,
    permit: Option<OwnedSemaphorePermit>,
) -> Result<(Link, Option<OwnedSemaphorePermit>), DbErr> {
    let Some(permit) = permit else { return Ok((Link::begin(pool, begin).await?, None)) };
    let pool = pool.clone();
    let link = tokio::spawn(async move { Ok::<_, DbErr>((Link::begin(&pool, begin).await?, Some(permit))) });
    link.await.unwrap_or(Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)))
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
            Purpose::Read | Purpose::Loose => {
                tracing::info_span!("database.read", otel.kind = "client", db.system.name = system)
            }
            Purpose::Write => tracing::info_span!("database.write", otel.kind = "client", db.system.name = system),
            _ => tracing::info_span!("database.migrate", otel.kind = "client", db.system.name = system),
        };
        let begun = self.begin_once(purpose, access, span.clone()).await;
        let begun = match begun {
            // Nothing was done yet: a new connection may lead to a server that lives.
            Err(error) if self.served.is_some() && lost(&error) => self.begin_once(purpose, access, span).await,
            begun => begun,
        };
        begun.map_err(|error| match &self.served {
            Some(served) => placed(error, &served.place),
            None => error,
        })
    }

    async fn begin_once(&self, purpose: Purpose, access: &Access, span: Span) -> Result<Session, DbErr> {
        let permit = match &self.served {
            Some(served) => Some(served.permit().await?),
            None => None,
        };
        let watch = self.served.as_ref().map(|served| {
            Box::new(Watch {
                generation: Arc::clone(&self.generation),
                canceller: served.canceller.clone(),
                name: name(),
                scope: access.scope(),
                busy: AtomicBool::new(false),
            })
        });
        let settings = watch.as_ref().map(|watch| settings(purpose, access, &watch.name));
        let begun = match purpose {
            Purpose::Migrate | Purpose::Inspect => {
                self.begin_schema(purpose, settings).await.map(|inner| (inner, permit))
            }
            Purpose::Loose => Link::loose(&self.connection).await.map(|inner| (inner, permit)),
            Purpose::Write => begin_whole(&self.writer, begin(purpose, settings), permit).await,
            Purpose::Read => begin_whole(&self.connection, begin(purpose, settings), permit).await,
        };
        let (inner, permit) = self.generation.notice(begun)?;
        Ok(Session { watch, inner, deferred: Mutex::default(), lost: AtomicBool::new(false), span, _permit: permit })
    }

    async fn begin_schema(&self, purpose: Purpose, settings: Option<String>) -> Result<Link, DbErr> {
        // Looking at the schema is never in the way of a writer.
        let immediate = settings.is_none() && purpose == Purpose::Migrate;
        let mode = immediate.then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
        let transaction = self.connection.begin_with_options(options).await?;
        if let Some(settings) = settings {
            transaction.execute_unprepared(&settings).await?;
        }
        Ok(Link::Schema(transaction))
    }
}

/// A transaction.
///
/// Dropped while a statement runs, it has the statement cancelled, so that what nobody waits for does not run on.
#[derive(Debug)]
pub struct Session {
    // Declared first, so that the statement is cancelled before its connection waits for it.
    watch: Option<Box<Watch>>,
    inner: Link,
    /// Writes that wait to be sent with the next statement.
    deferred: Mutex<Vec<Message>>,
    /// Whether some of them were sent and are not known to be done.
    lost: AtomicBool,
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
    /// The transaction as migrations want it, which they begin for themselves.
    pub(crate) fn schema(&self) -> Result<&DatabaseTransaction, DbErr> {
        match &self.inner {
            Link::Schema(transaction) => Ok(transaction),
            _ => Err(DbErr::Custom("the transaction was not begun for the schema".to_owned())),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.flush().await?;
        let Self { watch, inner, span, _permit, .. } = self;
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

    /// Has a write done with others before the next statement, or by the commit; what is wrong with it is told then. It must not need what other
    /// deferred writes do. The first is done first, which PostgreSQL does and does not promise, in which order the others is its choice: whoever
    /// locks rows of several of them has taken what the first locks.
    pub(crate) fn defer(&self, write: Message) {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner).push(write);
    }

    /// As [`defer`](Self::defer), before what was deferred by now.
    pub(crate) fn defer_first(&self, write: Message) {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner).insert(0, write);
    }

    /// Ends the transaction without the writes that wait in it; refused where one was lost already.
    pub(crate) fn into_deferred(self) -> Result<Vec<Message>, DbErr> {
        self.nothing_lost()?;
        Ok(self.deferred.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// As [`defer`](Self::defer), of many.
    pub(crate) fn defer_all(&self, writes: Vec<Message>) {
        self.deferred.lock().unwrap_or_else(PoisonError::into_inner).extend(writes);
    }

    fn nothing_lost(&self) -> Result<(), DbErr> {
        if self.lost.load(Ordering::Relaxed) {
            return Err(DbErr::Custom("a write of the transaction was not done".to_owned()));
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), DbErr> {
        self.nothing_lost()?;
        let mut deferred = std::mem::take(&mut *self.deferred.lock().unwrap_or_else(PoisonError::into_inner));
        if deferred.is_empty() {
            return Ok(());
        }
        // Until they are done: whoever goes on after a failure, or gave up waiting, commits nothing.
        self.lost.store(true, Ordering::Relaxed);
        let backend = self.inner.backend();
        let most = if backend == DatabaseBackend::Sqlite { SQLITE_TOGETHER } else { deferred.len() };
        while !deferred.is_empty() {
            let rest = deferred.split_off(most.min(deferred.len()));
            self.watched(self.inner.execute(Message::together(backend, deferred))).await?;
            deferred = rest;
        }
        self.lost.store(false, Ordering::Relaxed);
        Ok(())
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
        self.inner.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.flush().await?;
        self.watched(self.inner.execute(statement.into())).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.flush().await?;
        self.watched(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.flush().await?;
        self.watched(self.inner.query_one(statement.into())).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.flush().await?;
        self.watched(self.inner.query_all(statement.into())).await
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
}
