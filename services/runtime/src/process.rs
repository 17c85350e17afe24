use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::{Access, AccessError};
use crate::args::Args;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::observer::Observer;
use crate::pages::Pages;
use crate::readiness::Readiness;
use crate::serve::{Api, Host, ServeError};
use crate::telemetry::names;
use crate::telemetry::panics::catch_in;
use crate::telemetry::{Metrics, TelemetryError};
use crate::tls::{self, Tls, TlsError};
use crate::{admin, shutdown, telemetry};

const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// A service process: its configuration, its admin port, its signals, its services.
#[derive(Debug)]
pub struct Process {
    config: Config,
    host: Host,
    stop: CancellationToken,
    tasks: TaskTracker,
    failed: Arc<OnceLock<&'static str>>,
}

/// A process could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong; its text names everything.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Logs or metrics cannot be set up.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The configuration cannot be printed.
    #[error("configuration cannot be printed")]
    Print(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Signals cannot be listened to.
    #[error("signals cannot be listened to")]
    Signals(#[source] std::io::Error),
    /// Callers cannot be authenticated as is configured.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Connections cannot be secured as is configured.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The admin port cannot be opened.
    #[error(transparent)]
    Admin(#[from] ServeError),
}

impl Process {
    /// Starts a process from its flags; `None` when it was asked only to print its configuration.
    ///
    /// # Errors
    ///
    /// [`StartError`] when the configuration is wrong or something of the system is refused.
    pub async fn start(args: &Args) -> Result<Option<Self>, StartError> {
        let config = args.load()?;
        if args.print_config {
            let text = config.to_toml().map_err(|error| StartError::Print(error.into()))?;
            std::io::stdout().write_all(text.as_bytes()).map_err(|error| StartError::Print(error.into()))?;
            return Ok(None);
        }
        Self::with_config(config).await.map(Some)
    }

    /// Starts a process from a configuration: logs, metrics, signals and the admin port. Not ready yet.
    ///
    /// # Errors
    ///
    /// [`StartError`] when something of the system is refused.
    pub async fn with_config(config: Config) -> Result<Self, StartError> {
        config.unread_files()?;
        tls::install_provider();
        telemetry::init(&config.log, &config.traces)?;
        let metrics = telemetry::metrics()?;
        let stop = shutdown::on_signal().map_err(StartError::Signals)?;
        let host = secured(&config).await?;
        tokio::spawn(keep_up(metrics.clone()));
        tokio::spawn(host.readiness().clone().keep());
        if let Some(address) = config.admin.listen {
            let listener = bind(address).await?;
            tracing::info!(listen = %address, "admin port open");
            tokio::spawn(admin::serve(listener, metrics, host.readiness().clone()));
        }
        Ok(Self { config, host, stop, tasks: TaskTracker::new(), failed: Arc::default() })
    }

    /// Returns the configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the readiness, for checks. [`Process::serve`] sets the flag.
    #[must_use]
    pub const fn readiness(&self) -> &Readiness {
        self.host.readiness()
    }

    /// Has somebody told of calls that end.
    pub fn observe(&mut self, observer: Arc<dyn Observer>) {
        self.host.observe(observer);
    }

    /// Returns the clock of the machine.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        Clock::system()
    }

    /// Returns the token that fires when the process must stop.
    #[must_use]
    pub const fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Runs a task as long as the process: it must end when [`Process::stop`] fires and not before.
    ///
    /// One that ends earlier or panics is logged and stops the process, so that it is started anew. The drain waits for it.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let (stop, failed) = (self.stop.clone(), Arc::clone(&self.failed));
        self.tasks.spawn(async move {
            let panic = catch_in(task).await.err();
            if panic.is_some() {
                metrics::counter!(names::PANICS).increment(1);
            }
            if panic.is_some() || !stop.is_cancelled() {
                tracing::error!(task.name = name, panic.message = panic, "task ended, stopping the process");
                failed.get_or_init(|| name);
                stop.cancel();
            }
        });
    }

    /// Tells the connections to the database every few seconds, as `count` gives them: open ones, and those of them that are idle.
    pub fn watch_connections(&self, count: impl Fn() -> (u32, u32) + Send + 'static) {
        let stop = self.stop.clone();
        metrics::gauge!(names::DATABASE_CONNECTIONS_LIMIT).set(self.config.database.max_connections);
        self.spawn("connections", async move {
            let mut ticks = tokio::time::interval(UPKEEP_EVERY);
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                let (open, idle) = count();
                metrics::gauge!(names::DATABASE_CONNECTIONS, "state" => "idle").set(idle);
                metrics::gauge!(names::DATABASE_CONNECTIONS, "state" => "used").set(open.saturating_sub(idle));
            }
        });
    }

    /// Binds an address, serves pages there as long as the process, and returns where. The drain waits for them.
    ///
    /// # Errors
    ///
    /// [`ServeError::Bind`] when the address is taken.
    pub async fn open(&self, address: SocketAddr, pages: Pages) -> Result<SocketAddr, ServeError> {
        let listener = bind(address).await?;
        let address = listener.local_addr().unwrap_or(address);
        let (host, stop) = (self.host.clone(), self.stop.clone());
        self.spawn("pages", async move {
            if let Err(error) = host.serve_pages(listener, pages, stop).await {
                tracing::error!(error = &error as &dyn std::error::Error, "pages failed");
            }
        });
        tracing::info!(listen = %address, "pages open");
        Ok(address)
    }

    /// Binds and serves all `apis`, says ready, and returns when the process has drained.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when an address is taken, a service fails or a task ended too early; the others are stopped.
    pub async fn serve(self, apis: impl IntoIterator<Item = (SocketAddr, Api)>) -> Result<(), ServeError> {
        if !self.config.access.is_on() {
            tracing::warn!("no authentication: loopback only");
        }
        let mut bound = Vec::new();
        for (address, api) in apis {
            let listener = bind(address).await?;
            let address = listener.local_addr().unwrap_or(address);
            tracing::info!(listen = %address, "listening");
            bound.push((listener, api));
        }
        self.readiness().set_ready(true);
        let serving = bound.into_iter().map(|(listener, api)| {
            let served = self.host.serve(listener, api, self.stop.clone());
            served.inspect(|_| self.stop.cancel())
        });
        let (served, ()) = tokio::join!(join_all(serving), self.drain_tasks());
        telemetry::traces::end().await;
        served.into_iter().collect::<Result<(), ServeError>>()?;
        if let Some(name) = self.failed.get() {
            return Err(ServeError::Task { name });
        }
        tracing::info!("stopped");
        Ok(())
    }

    async fn drain_tasks(&self) {
        self.stop.cancelled().await;
        self.readiness().set_ready(false);
        self.tasks.close();
        if tokio::time::timeout(self.config.limits.drain_timeout(), self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks.count = self.tasks.len(), "tasks did not end in time");
        }
    }
}

/// A host that asks callers who they are and secures connections, as far as is configured.
async fn secured(config: &Config) -> Result<Host, StartError> {
    let mut host = Host::new(&config.limits).with_proxies(&config.access.trusted_proxies);
    if config.access.is_on() {
        let access = Access::open(&config.access, Clock::system()).await?;
        tokio::spawn(access.clone().keep());
        host = host.with_access(access);
        tracing::info!(access.issuer = config.access.issuer, "callers must say who they are");
    }
    if config.tls.is_on() {
        let tls = Tls::open(&config.tls)?;
        tokio::spawn(tls.clone().keep());
        host = host.with_tls(tls);
    } else if config.access.is_on() {
        tracing::warn!("no TLS: tokens pass in the clear unless something before this process secures connections");
    }
    Ok(host)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })
}

async fn keep_up(metrics: Metrics) {
    let mut ticks = tokio::time::interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        metrics.upkeep();
    }
}
