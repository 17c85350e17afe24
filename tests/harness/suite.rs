//! The three services in this process, on real sockets, with clients.

use std::{net::SocketAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use junheng_audit::Recorder;
use junheng_proto::{
    evaluation::v1::{
        EvaluateCountyRequest, Evaluation, evaluation_service_client::EvaluationServiceClient,
        standard_service_client::StandardServiceClient, waiver_service_client::WaiverServiceClient,
    },
    ingest::v1::{
        FileChunk, Held, ImportFileHeader, ImportFileRequest, ImportFileResponse, Receipt, Refusal, SubmitMonthRequest,
        SubmitMonthResponse, check_service_client::CheckServiceClient, file_service_client::FileServiceClient,
        import_file_request::Part, registry_service_client::RegistryServiceClient,
        submission_service_client::SubmissionServiceClient, submit_month_response::Outcome,
    },
    reporting::v1::{
        audit_service_client::AuditServiceClient, overview_service_client::OverviewServiceClient,
        report_service_client::ReportServiceClient,
    },
};
use junheng_reporting::Settings;
use junheng_runtime::{Api, Clock, Host, ManualClock, ServeError, access::Access, config::EvaluationConfig};
use junheng_store::{
    Options, Store, WriteTransaction, clock,
    marks::{self, Mark},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Status, transport::Channel};

use crate::{County, Database, Setup, eventually};
pub use crate::{
    calls::{find_stored, register},
    wire::{connect, instant, timestamp},
};

/// Bytes that a client takes; reports and listings of evaluations are large.
const CLIENT_BYTES: usize = 64 << 20;

/// The three services on real sockets, on one database, by a clock that the test moves.
#[derive(Debug)]
pub struct Suite {
    /// The clock of all services; it stands still unless moved.
    pub hands: ManualClock,
    database: Database,
    setup: Setup,
    running: Running,
}

#[derive(Debug)]
struct Running {
    store: Store,
    stop: CancellationToken,
    serving: Vec<JoinHandle<Result<(), ServeError>>>,
    worker: Option<JoinHandle<()>>,
    recorder: Arc<Recorder>,
    addresses: Vec<SocketAddr>,
    channels: Vec<Channel>,
    console: SocketAddr,
}

impl Suite {
    /// Migrates the database and starts all services as they run by default.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, Setup::default()).await
    }

    /// Migrates the database and starts the services.
    pub async fn start_with(database: Database, setup: Setup) -> Self {
        let hands = ManualClock::at("2026-02-06T08:00:00Z".parse().unwrap());
        let running = Running::start(&database, &setup, &hands.clock()).await;
        Self { hands, database, setup, running }
    }

    /// Starts the services once more, beside these, on the same database.
    pub async fn replica(&self) -> Self {
        Self::start_with(self.database.shared(), self.setup.clone()).await
    }

    /// Stops all services, and starts them anew on the same database.
    pub async fn restart(self) -> Self {
        let setup = self.setup.clone();
        self.restart_with(setup).await
    }

    /// Stops all services, and starts them on the same database in another way.
    pub async fn restart_with(self, setup: Setup) -> Self {
        let Self { hands, database, running, .. } = self;
        running.stop().await;
        let running = Running::start(&database, &setup, &hands.clock()).await;
        Self { hands, database, setup, running }
    }

    /// Stops the services, and waits until they are through.
    pub async fn stopped(self) {
        self.running.stop().await;
    }

    /// Takes the database away under the services.
    pub async fn lose_database(&self) {
        self.running.store.close().await.unwrap();
    }

    /// Asks the services to stop, and does not wait for them.
    pub fn ask_to_stop(&self) {
        self.running.stop.cancel();
    }

    /// Moves the clock by a second.
    pub fn tick(&self) {
        self.hands.advance(SignedDuration::from_secs(1));
    }

    /// The instant that the services hold for the present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.hands.clock().now()
    }

    /// Address of the ingest service.
    #[must_use]
    pub fn ingest_address(&self) -> SocketAddr {
        self.running.addresses[0]
    }

    /// Address of the evaluation service.
    #[must_use]
    pub fn evaluation_address(&self) -> SocketAddr {
        self.running.addresses[1]
    }

    /// Address of the report service.
    #[must_use]
    pub fn reporting_address(&self) -> SocketAddr {
        self.running.addresses[2]
    }

    /// A connection to whichever service serves an RPC, `/package.Service/Method`.
    #[must_use]
    pub fn channel_of(&self, path: &str) -> Channel {
        let place = ["/junheng.ingest.", "/junheng.evaluation.", "/junheng.reporting."]
            .iter()
            .position(|package| path.starts_with(package));
        self.running.channels[place.unwrap_or(0)].clone()
    }

    /// Address of the console.
    #[must_use]
    pub fn console_address(&self) -> SocketAddr {
        self.running.console
    }

    /// A connection to the ingest service.
    #[must_use]
    pub fn ingest_channel(&self) -> Channel {
        self.running.channels[0].clone()
    }

    /// A connection to the evaluation service.
    #[must_use]
    pub fn evaluation_channel(&self) -> Channel {
        self.running.channels[1].clone()
    }

    /// A client of the registry.
    #[must_use]
    pub fn registry(&self) -> RegistryServiceClient<Channel> {
        RegistryServiceClient::new(self.ingest_channel()).max_decoding_message_size(CLIENT_BYTES)
    }

    /// A client of the rules and their limits.
    #[must_use]
    pub fn checks(&self) -> CheckServiceClient<Channel> {
        CheckServiceClient::new(self.ingest_channel())
    }

    /// A client of the submissions.
    #[must_use]
    pub fn submissions(&self) -> SubmissionServiceClient<Channel> {
        SubmissionServiceClient::new(self.ingest_channel()).max_decoding_message_size(CLIENT_BYTES)
    }

    /// A client of the files.
    #[must_use]
    pub fn files(&self) -> FileServiceClient<Channel> {
        FileServiceClient::new(self.ingest_channel()).max_decoding_message_size(CLIENT_BYTES)
    }

    /// Imports files, in chunks of some thousand bytes.
    ///
    /// # Errors
    ///
    /// The status, when they were not taken at all.
    pub async fn import(
        &self,
        header: ImportFileHeader,
        files: &[(&str, &[u8])],
    ) -> Result<ImportFileResponse, Status> {
        let mut parts = vec![ImportFileRequest { part: Some(Part::Header(header)) }];
        for (name, bytes) in files {
            let chunk = |content: &[u8]| FileChunk { file_name: (*name).to_owned(), content: content.to_vec() };
            parts.extend(
                bytes.chunks(7_000).map(|content| ImportFileRequest { part: Some(Part::Chunk(chunk(content))) }),
            );
        }
        let response = self.files().import_file(tokio_stream::iter(parts)).await;
        response.map(tonic::Response::into_inner)
    }

    /// A client of overviews, series and bulletins.
    #[must_use]
    pub fn overviews(&self) -> OverviewServiceClient<Channel> {
        OverviewServiceClient::new(self.running.channels[2].clone()).max_decoding_message_size(CLIENT_BYTES)
    }

    /// A client of the evaluations.
    #[must_use]
    pub fn evaluations(&self) -> EvaluationServiceClient<Channel> {
        EvaluationServiceClient::new(self.evaluation_channel()).max_decoding_message_size(CLIENT_BYTES)
    }

    /// A client of the standards.
    #[must_use]
    pub fn standards(&self) -> StandardServiceClient<Channel> {
        StandardServiceClient::new(self.evaluation_channel())
    }

    /// A client of the waivers.
    #[must_use]
    pub fn waivers(&self) -> WaiverServiceClient<Channel> {
        WaiverServiceClient::new(self.running.channels[1].clone())
    }

    /// A client of the audit; what was read so far is recorded.
    pub async fn audit(&self) -> AuditServiceClient<Channel> {
        self.running.recorder.flush().await;
        AuditServiceClient::new(self.running.channels[2].clone()).max_decoding_message_size(CLIENT_BYTES)
    }

    /// A client of the reports.
    #[must_use]
    pub fn reports(&self) -> ReportServiceClient<Channel> {
        ReportServiceClient::new(self.running.channels[2].clone()).max_decoding_message_size(CLIENT_BYTES)
    }

    /// Registers a county, the regions above it and its schools.
    pub async fn register(&self, county: &County) {
        register(&mut self.registry(), county).await;
    }

    /// Submits a month.
    ///
    /// # Errors
    ///
    /// The status, when it was not taken at all.
    pub async fn submit(&self, request: SubmitMonthRequest) -> Result<SubmitMonthResponse, Status> {
        self.submissions().submit_month(request).await.map(tonic::Response::into_inner)
    }

    /// Submits a month that must be accepted.
    pub async fn accepted(&self, request: SubmitMonthRequest) -> Receipt {
        match self.submit(request).await.unwrap().outcome.unwrap() {
            Outcome::Receipt(receipt) => receipt,
            other => panic!("not accepted: {other:#?}"),
        }
    }

    /// Submits a month that must be held.
    pub async fn held(&self, request: SubmitMonthRequest) -> Held {
        match self.submit(request).await.unwrap().outcome.unwrap() {
            Outcome::Held(held) => held,
            other => panic!("not held: {other:#?}"),
        }
    }

    /// Submits a month that must be refused.
    pub async fn refused(&self, request: SubmitMonthRequest) -> Refusal {
        match self.submit(request).await.unwrap().outcome.unwrap() {
            Outcome::Refusal(refusal) => refusal,
            other => panic!("not refused: {other:#?}"),
        }
    }

    /// The stored evaluation of a county's month, if there is one.
    pub async fn find_stored(&self, region: &str, month: &str) -> Option<Evaluation> {
        find_stored(&mut self.evaluations(), region, month).await
    }

    /// Holds a county's lock, as whoever writes the county does, until what is given ends.
    pub async fn hold(&self, code: &str) -> WriteTransaction {
        let transaction = self.running.store.begin_write().await.unwrap();
        clock::advance(&transaction, &code.parse().unwrap(), self.now()).await.unwrap();
        transaction
    }

    /// What waits to be evaluated.
    pub async fn marks(&self) -> Vec<Mark> {
        marks::list_candidates(&self.running.store, Timestamp::MAX, 1000).await.unwrap()
    }

    /// Waits for the stored evaluation that rests on a submission.
    pub async fn stored(&self, region: &str, month: &str, receipt: &Receipt) -> Evaluation {
        self.stored_where(region, month, |evaluation| {
            evaluation.basis.as_ref().is_some_and(|basis| basis.submission == receipt.submission)
        })
        .await
    }

    /// Waits for a stored evaluation of which something holds.
    pub async fn stored_where(&self, region: &str, month: &str, holds: impl Fn(&Evaluation) -> bool) -> Evaluation {
        let what = format!("the evaluation of {region} for {month}");
        eventually(&what, async || self.find_stored(region, month).await.filter(|found| holds(found))).await
    }

    /// Evaluates a county's month as far as was known at an instant; `None`: now.
    ///
    /// # Errors
    ///
    /// What the service refuses it with.
    pub async fn evaluate(&self, region: &str, month: &str, as_of: Option<Timestamp>) -> Result<Evaluation, Status> {
        let request = EvaluateCountyRequest {
            region: region.to_owned(),
            month: month.to_owned(),
            standard: String::new(),
            as_of: as_of.map(instant),
        };
        let mut evaluations = self.evaluations().evaluate_county(request).await?.into_inner().evaluations;
        assert_eq!(evaluations.len(), 1, "one standard is in force");
        Ok(evaluations.remove(0))
    }
}

impl Running {
    async fn start(database: &Database, setup: &Setup, clock: &Clock) -> Self {
        let store = Store::connect(&Options::new(database.url())).await.unwrap();
        store.migrate().await.unwrap();
        let (limits, settings) = (&setup.limits, Settings::read(&setup.reporting).unwrap());
        let apis: [Api; 3] = [
            junheng_ingest::signing_api(store.clone(), clock.clone(), limits, setup.signer.clone()),
            junheng_evaluation::api(store.clone(), clock.clone(), limits),
            junheng_reporting::api(store.clone(), clock.clone(), limits, &settings),
        ];
        let apis = apis.map(|api| setup.held(api));
        let (stop, mut host) = (CancellationToken::new(), Host::new(limits));
        if let Some(config) = &setup.access {
            host = host.with_access(Access::open(config, clock.clone()).await.unwrap());
        }
        let recorder = Recorder::new(store.clone(), clock.clone());
        host.observe(Arc::clone(&recorder) as _);
        let worker = setup.working.then(|| {
            let config = EvaluationConfig {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
                poll_interval_ms: setup.poll_interval_ms,
                lease_ms: 60_000,
                metrics_interval_ms: 30_000,
            };
            tokio::spawn(junheng_evaluation::work(store.clone(), clock.clone(), config, stop.clone()))
        });
        let shown = junheng_reporting::pages(store.clone(), clock.clone(), &settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let console = listener.local_addr().unwrap();
        let mut running =
            Self { store, stop, serving: vec![], worker, recorder, addresses: vec![], channels: vec![], console };
        let (of_pages, stopped) = (host.clone(), running.stop.clone());
        running.serving.push(tokio::spawn(async move { of_pages.serve_pages(listener, shown, stopped).await }));
        for api in apis {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (host, stop) = (host.clone(), running.stop.clone());
            running.serving.push(tokio::spawn(async move { host.serve(listener, api, stop).await }));
            running.addresses.push(address);
            running.channels.push(connect(address).await);
        }
        host.readiness().set_ready(true);
        running
    }

    async fn stop(mut self) {
        self.stop.cancel();
        self.channels.clear();
        for serving in std::mem::take(&mut self.serving) {
            serving.await.unwrap().unwrap();
        }
        if let Some(worker) = self.worker.take() {
            worker.await.unwrap();
        }
        // The database may have been taken away before.
        let _closed = self.store.close().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
