//! The database: opening it, its schema, and the start of transactions.

use std::{sync::Arc, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseBackend};
use tokio::{
    sync::{Mutex, Notify, OwnedMutexGuard},
    time::timeout,
};

use crate::{
    Access, Options, ReadTransaction, Reads, StoreError, WriteTransaction, connect,
    encoding::statement,
    migration::{self, Migrator},
    purpose::Purpose,
    row_security,
    session::Session,
    standards::Loaded,
    statements::Statements,
    transaction::sealed::Sealed,
};

/// Key of the advisory lock that lets one replica at a time migrate PostgreSQL: "junheng" in ASCII.
const MIGRATION_LOCK: i64 = 0x006a_756e_6865_6e67;

/// The database. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    statements: Statements,
    /// SQLite has one writer at a time: whoever wants to write waits here in order, and not in SQLite's busy loop. Writers
    /// of other programs are still waited for by the busy timeout.
    writer: Option<Arc<Mutex<()>>>,
    turn_timeout: Duration,
    standards: Loaded,
    /// Tells an evaluator in this process that marks were committed in it.
    marks: Arc<Notify>,
}

/// The connections of a store at a moment; on SQLite without the one that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Open ones.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
}

impl Store {
    /// Opens the database; does not look at its schema.
    ///
    /// SQLite runs in WAL mode with `synchronous=FULL`. On PostgreSQL a new connection is used only when its server takes writes, and all
    /// connections are given up when one of them tells that the server is gone or lost its role (SQLSTATE 25006, 57P01 to 57P03, 08xxx), so
    /// that after a failover the pool finds the new primary. It serves as the role `junheng_service` where it may take it.
    ///
    /// The store is the program's own and has every region: for workers and start-up. Give handlers [`for_callers`](Self::for_callers).
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached within the connect timeout, or the file not be opened.
    /// [`StoreError::Database`] when the SQLite in use is too old to be safe.
    pub async fn connect(options: &Options) -> Result<Self, StoreError> {
        let pool = if options.is_sqlite() {
            connect::sqlite(options).await?
        } else if options.url.starts_with("postgres://") || options.url.starts_with("postgresql://") {
            connect::postgres(options).await?
        } else {
            return Err(StoreError::wrong_url());
        };
        Ok(Self {
            writer: options.is_sqlite().then(Arc::default),
            statements: Statements { pool, access: Some(Access::everything()) },
            turn_timeout: options.connect_timeout,
            standards: Loaded::default(),
            marks: Arc::default(),
        })
    }

    /// The same database for whoever calls: with the [`Access`] of the task that asks, and so with nothing where none was set.
    #[must_use]
    pub fn for_callers(self) -> Self {
        Self { statements: Statements { access: None, ..self.statements }, ..self }
    }

    /// The same database with a fixed access, whatever the task that asks has.
    #[must_use]
    pub fn with_access(&self, access: Access) -> Self {
        let other = self.clone();
        Self { statements: Statements { access: Some(access), ..other.statements }, ..other }
    }

    /// The same database with every region, whoever calls: for what a service must know or note beyond a caller's regions, and nothing else.
    #[must_use]
    pub fn everything(&self) -> Self {
        self.with_access(Access::everything())
    }

    /// Brings the schema up to this program's, unless it is there already, or newer and still one that this program works with. On PostgreSQL it
    /// makes sure each time of the roles, of their privileges and of row-level security.
    ///
    /// Several programs can start at once: one migrates, the others wait for it. On PostgreSQL the login must own the tables, or be about to.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] when a newer program changed the database in a way that this one does not work with, or a role is missing that the
    /// login may not create; it is left as it is.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let turn = self.turn().await?;
        let session = self.session(Purpose::Migrate, &Access::everything()).await?;
        if self.backend() == DatabaseBackend::Postgres {
            // Whoever comes second waits as long as it takes. A lock on a table is another matter: whoever waits for one holds up all
            // that come after.
            session.execute_unprepared("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").await?;
            let free = statement(&session, "SELECT pg_try_advisory_xact_lock($1)", [MIGRATION_LOCK.into()]);
            let free = session.query_one_raw(free).await?.map(|row| row.try_get_by_index(0)).transpose()?;
            if free != Some(true) {
                tracing::warn!("another program migrates the database, waiting for it");
                let lock = statement(&session, "SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK.into()]);
                session.execute_raw(lock).await?;
            }
            session.execute_unprepared("SET LOCAL lock_timeout = '10s'").await?;
        }
        let status = migration::Status::read(session.schema()?).await?;
        status.refuse_newer()?;
        if status.refuse_older().is_err() {
            Migrator::apply(session.schema()?).await?;
        }
        if self.backend() == DatabaseBackend::Postgres {
            row_security::ensure(session.schema()?).await?;
        }
        session.commit().await?;
        // Those that were made before there was a role to take did not take it.
        self.statements.pool.generation.retire();
        drop(turn);
        Ok(())
    }

    /// Makes sure that the schema is one that this program works with.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] when it is missing, older or newer, with what to do about it.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        self.check(false).await
    }

    /// Makes sure that the schema is one that this program works with, and that it may do there what services do.
    ///
    /// # Errors
    ///
    /// [`StoreError::Schema`] when it is missing, older or newer, or a privilege is lacking, with what to do about it.
    pub async fn check_service(&self) -> Result<(), StoreError> {
        self.check(true).await
    }

    async fn check(&self, service: bool) -> Result<(), StoreError> {
        let session = self.session(Purpose::Inspect, &Access::nothing()).await?;
        let status = migration::Status::read(session.schema()?).await?;
        status.refuse_newer()?;
        status.refuse_older()?;
        if service && self.backend() == DatabaseBackend::Postgres {
            row_security::allowed(session.schema()?).await?;
        }
        Ok(session.rollback().await?)
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
        let inner = self.session(Purpose::Write, &self.statements.access()).await?;
        Ok(WriteTransaction::new(inner, turn, Arc::clone(&self.marks)))
    }

    /// Begins a transaction that reads first and then writes, and whose writes are done by its commit. What it read may have changed by then:
    /// [`clock::advance_from`](crate::clock::advance_from) has the commit tell. It must read nothing after its first write.
    ///
    /// On PostgreSQL it is what [`begin_write`](Self::begin_write) gives. On SQLite it reads what is committed, waits for its turn when it is
    /// committed, and is in no writer's way until then.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no connection within the connect timeout.
    pub async fn begin_early(&self) -> Result<WriteTransaction, StoreError> {
        if self.writer.is_none() {
            return self.begin_write().await;
        }
        let inner = self.session(Purpose::Loose, &self.statements.access()).await?;
        let early = Some(Box::new(self.clone()));
        Ok(WriteTransaction { early, ..WriteTransaction::new(inner, None, Arc::clone(&self.marks)) })
    }

    /// Begins a transaction that reads one snapshot of the database and cannot write.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no connection within the connect timeout.
    pub async fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        Ok(ReadTransaction { inner: self.session(Purpose::Read, &self.statements.access()).await? })
    }

    /// Counts the connections, for metrics.
    #[must_use]
    pub fn connections(&self) -> Connections {
        let connection = &self.statements.pool.connection;
        let (open, idle) = if self.backend() == DatabaseBackend::Postgres {
            let pool = connection.get_postgres_connection_pool();
            (pool.size(), pool.num_idle())
        } else {
            let pool = connection.get_sqlite_connection_pool();
            (pool.size(), pool.num_idle())
        };
        Connections { open, idle: u32::try_from(idle).unwrap_or(u32::MAX) }
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
        Ok(self.statements.pool.connection.ping().await?)
    }

    /// Closes all connections, those in use as soon as they are given back.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when a connection could not be closed.
    pub async fn close(&self) -> Result<(), StoreError> {
        if let Some(served) = &self.statements.pool.served {
            served.canceller.close_by_ref().await?;
        }
        self.statements.pool.writer.close_by_ref().await?;
        Ok(self.statements.pool.connection.close_by_ref().await?)
    }

    /// Waits for the turn to write; every database but SQLite needs none.
    pub(crate) async fn turn(&self) -> Result<Option<OwnedMutexGuard<()>>, StoreError> {
        let Some(writer) = &self.writer else { return Ok(None) };
        let turn = timeout(self.turn_timeout, Arc::clone(writer).lock_owned());
        turn.await.map(Some).map_err(|_| StoreError::unavailable("waited too long for the turn to write"))
    }

    async fn session(&self, purpose: Purpose, access: &Access) -> Result<Session, StoreError> {
        Ok(self.statements.pool.begin(purpose, access).await?)
    }

    fn backend(&self) -> DatabaseBackend {
        self.statements.get_database_backend()
    }
}

impl Sealed for Store {
    /// Each statement is a transaction of its own: ask [`everything`](Store::everything) instead.
    async fn see_everything(&self, _: bool) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Reads for Store {
    type Connection = Statements;

    fn connection(&self) -> &Statements {
        &self.statements
    }
}
