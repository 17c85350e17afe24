//! The made-up counties register and report: through the ingest service as everybody does, at the days that their story names.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use junheng_client::{Client, Outcome};
use junheng_ingest::api;
use junheng_proto::ingest::v1::{ImportRegionsRequest, ImportSchoolsRequest, RecordSchoolEventsRequest};
use junheng_runtime::{Config, Host, ManualClock, ServeError};
use junheng_store::Store;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::synthetic::{self, County};
use crate::{failure::Failure, suite};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Reported {
    /// Counties that were registered.
    pub(super) counties: usize,
    /// Schools that were registered.
    pub(super) schools: usize,
    /// Submissions that were accepted.
    pub(super) accepted: usize,
    /// Submissions that are held.
    pub(super) held: usize,
    /// Submissions that were refused.
    pub(super) refused: usize,
}

/// Registers and reports everything.
pub(super) async fn report(store: &Store, config: &Config) -> Result<Reported, Failure> {
    let hands = ManualClock::at(instant(synthetic::REGISTERED)?);
    let service = Service::start(store, config, &hands).await?;
    let reported = tell(&service.client, &hands).await;
    service.stop().await?;
    reported
}

async fn tell(client: &Client, hands: &ManualClock) -> Result<Reported, Failure> {
    let counties = synthetic::counties();
    let mut reported = Reported { counties: counties.len(), ..Reported::default() };
    let request = ImportRegionsRequest { regions: synthetic::regions(), request_id: "demo-synthetic".to_owned() };
    client.import_regions(request).await?;
    for county in &counties {
        reported.schools += register(client, county).await?;
    }
    for county in &counties {
        let mut events = county.events();
        for month in 0..synthetic::MONTHS.len() {
            let Some((at, request)) = county.submission(month) else { continue };
            let at = instant(&at)?;
            if let Some((recorded, event)) = events.take_if(|(recorded, _)| instant(recorded).is_ok_and(|day| day < at))
            {
                hands.set(instant(recorded)?);
                let request = RecordSchoolEventsRequest {
                    parent: county.region(),
                    events: vec![event],
                    request_id: "demo-events".to_owned(),
                    validate_only: false,
                };
                let done = client.record_school_events(request).await?;
                if done.recorded_count.is_none() {
                    return Err(Failure::Refused("学校变更没有登记".to_owned()));
                }
            }
            hands.set(at);
            match client.submit_month(request).await? {
                Outcome::Accepted(_) => reported.accepted += 1,
                Outcome::Held(_) => reported.held += 1,
                Outcome::Refused(_) => reported.refused += 1,
            }
        }
    }
    Ok(reported)
}

async fn register(client: &Client, county: &County) -> Result<usize, Failure> {
    let schools = county.schools();
    let count = schools.len();
    let request = ImportSchoolsRequest {
        parent: county.region(),
        schools,
        request_id: "demo-schools".to_owned(),
        effective_on: String::new(),
        validate_only: false,
    };
    let imported = client.import_schools(request).await?;
    if imported.changed_count.is_none() {
        return Err(Failure::Refused("示例县的学校没有登记".to_owned()));
    }
    Ok(count)
}

fn instant(text: &str) -> Result<Timestamp, Failure> {
    text.parse().map_err(|error| Failure::Broken { what: "示例日期有误".to_owned(), source: Box::new(error) })
}

/// An ingest service whose clock is set by hand.
struct Service {
    client: Client,
    stop: CancellationToken,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Service {
    async fn start(store: &Store, config: &Config, hands: &ManualClock) -> Result<Self, Failure> {
        let no_port =
            |error| Failure::Broken { what: "本机没有可用的端口".to_owned(), source: Box::new(error) };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
        let address: SocketAddr = listener.local_addr().map_err(no_port)?;
        let (host, stop) = (Host::new(&config.limits), CancellationToken::new());
        host.readiness().set_ready(true);
        let (api, stopped) = (api(store.clone(), hands.clock(), &config.limits), stop.clone());
        let task = tokio::spawn(async move { host.serve(listener, api, stopped).await });
        Ok(Self { client: suite::connect(address).await?, stop, task })
    }

    async fn stop(self) -> Result<(), Failure> {
        drop(self.client);
        self.stop.cancel();
        let ended = self.task.await;
        let broken = |panic| Failure::Broken { what: "有服务异常终止".to_owned(), source: Box::new(panic) };
        Ok(ended.map_err(broken)??)
    }
}
