//! The three services and the evaluator inside this process, on free ports of the loopback.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use junheng_audit::Recorder;
use junheng_client::Client;
use junheng_reporting::Settings;
use junheng_runtime::{Api, Clock, Config, Host, ServeError};
use junheng_seal::key::Signer;
use junheng_store::Store;
use tokio::{
    net::TcpListener,
    task::{JoinError, JoinSet},
};
use tokio_util::sync::CancellationToken;

use crate::{failure::Failure, server};

/// A running suite.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Where the ingest service listens.
    pub(crate) ingest: SocketAddr,
    /// Where the evaluation service listens.
    pub(crate) evaluation: SocketAddr,
    /// Where the report service listens.
    pub(crate) reporting: SocketAddr,
    /// Where the pages are.
    pub(crate) console: SocketAddr,
    stop: CancellationToken,
    tasks: JoinSet<Result<(), ServeError>>,
}

impl Suite {
    /// Starts everything on a database that is migrated.
    pub(crate) async fn start(store: &Store, config: &Config, signer: Arc<Signer>) -> Result<Self, Failure> {
        let (clock, limits) = (Clock::system(), &config.limits);
        let settings = Settings::read(&config.reporting)?;
        let (mut host, stop) = (Host::new(limits), CancellationToken::new());
        let mut tasks = JoinSet::new();
        let recorder = Recorder::new(store.clone(), clock.clone());
        host.observe(Arc::clone(&recorder) as _);
        let recording = recorder.work(Duration::from_millis(config.audit.flush_interval_ms), stop.clone());
        tasks.spawn(async move {
            recording.await;
            Ok(())
        });
        let mut serve = async |api: Api| -> Result<SocketAddr, Failure> {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
            let address = listener.local_addr().map_err(no_port)?;
            let (host, stop) = (host.clone(), stop.clone());
            tasks.spawn(async move { host.serve(listener, api, stop).await });
            Ok(address)
        };
        let ingest = serve(junheng_ingest::signing_api(store.clone(), clock.clone(), limits, Some(signer))).await?;
        let evaluation = serve(junheng_evaluation::api(store.clone(), clock.clone(), limits)).await?;
        let reporting = serve(junheng_reporting::api(store.clone(), clock.clone(), limits, &settings)).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
        let console = listener.local_addr().map_err(no_port)?;
        let shown = junheng_reporting::pages(store.clone(), clock.clone(), &settings);
        let (of_pages, stopped) = (host.clone(), stop.clone());
        tasks.spawn(async move { of_pages.serve_pages(listener, shown, stopped).await });
        let evaluator = junheng_evaluation::work(store.clone(), clock, config.evaluation.clone(), stop.clone());
        tasks.spawn(async move {
            evaluator.await;
            Ok(())
        });
        host.readiness().set_ready(true);
        Ok(Self { ingest, evaluation, reporting, console, stop, tasks })
    }

    /// Stops everything, and tells the first failure.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            finished(ended)?;
        }
        Ok(())
    }

    /// Waits until a signal comes; it is a failure that anything ends before.
    pub(crate) async fn run_until(&mut self, signal: &CancellationToken) -> Result<(), Failure> {
        tokio::select! {
            () = signal.cancelled() => Ok(()),
            Some(ended) = self.tasks.join_next() => {
                finished(ended)?;
                Err(Failure::Refused("有服务意外停止".to_owned()))
            }
        }
    }
}

fn finished(ended: Result<Result<(), ServeError>, JoinError>) -> Result<(), Failure> {
    match ended {
        Ok(served) => Ok(served?),
        Err(panic) => Err(Failure::Broken { what: "有服务异常终止".to_owned(), source: Box::new(panic) }),
    }
}

/// The URL of an address.
pub(crate) fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Connects to an address.
pub(crate) async fn connect(address: SocketAddr) -> Result<Client, Failure> {
    server::connect(&url(address)).await
}

fn no_port(error: std::io::Error) -> Failure {
    Failure::Broken { what: "本机没有可用的端口".to_owned(), source: Box::new(error) }
}
