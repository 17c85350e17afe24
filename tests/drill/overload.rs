//! Five times as many calls as the program can do, from a core of their own to a core of its own.

use std::{
    fs,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use junheng_e2e::{County, postgres::Cluster, suite::connect};
use junheng_proto::ingest::v1::submission_service_client::SubmissionServiceClient;
use tokio::task::JoinSet;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    server::{self, Ground, Ports},
    verdict::{Verdict, ms, quantile, tell},
};

const TIMES: f64 = 5.0;
/// What a caller waits for an answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const REFUSED_WITHIN: Duration = Duration::from_millis(50);
const NORMAL_WITHIN: Duration = Duration::from_secs(5);

/// How an attempt ended, and after how long.
type Attempt = (Result<(), Status>, Duration);

pub(crate) async fn run(short: bool, settings: &[String]) -> Verdict {
    let (measured, flooded) = if short { (2, 5) } else { (10, 60) };
    let (measured, flooded) = (Duration::from_secs(measured), Duration::from_secs(flooded));
    // A short run is of an unoptimised program, with a limit for what that can do, on a machine that may do other things as well.
    let (least, share_told) = if short { (0.25, "25 %, of a short run") } else { (0.8, "80 %") };
    let refused_within = if short { Duration::from_millis(1500) } else { REFUSED_WITHIN };
    let mut verdict = Verdict::default();
    let ground = Ground::new("drill-overload");
    let pinned = pin(std::process::id(), "0") && pin_cluster(&ground.cluster, "1");
    let (ports, counties) = (Ports::free(), server::counties(24));
    // Started on one core, it has the threads of a machine with one.
    let scaled = short.then_some("limits.concurrency=32");
    let settings: Vec<&str> = scaled.into_iter().chain(settings.iter().map(String::as_str)).collect();
    let program = ports.serve(&ground.database, &settings);
    let pinned = pinned && pin(program.id(), "1");
    tell(if pinned { "load on core 0, program and PostgreSQL on core 1" } else { "not pinned" });
    server::register(ports.ingest, &counties).await;
    let mut channels = vec![];
    for _ in 0..8 {
        channels.push(connect(ports.ingest).await);
    }
    let load = Arc::new(Load { channels, counties, count: AtomicU64::new(0) });

    let (mut peak, mut normal) = (0.0_f64, Duration::MAX);
    for workers in [1, 4, 8, 16] {
        let mut attempts = closed(&load, workers, measured).await;
        let (good, p99) = (goodput(&attempts, measured), quantile(&mut times(&mut attempts, |_| true), 0.99));
        tell(format!("{workers:2} at once: {good:.0} accepted a second, p99 {}", ms(p99)));
        if workers == 1 {
            normal = p99;
        }
        peak = peak.max(good);
    }
    let rate = peak * TIMES;
    let mut attempts = open(&load, rate, flooded).await;
    let good = goodput(&attempts, flooded);
    let refused = |status: &Status| status.code() == Code::Unavailable;
    let others = attempts.iter().filter(|(result, _)| result.as_ref().is_err_and(|status| !refused(status))).count();
    let advised = attempts.iter().filter_map(|(result, _)| result.as_ref().err()).filter(|status| refused(status));
    let unadvised = advised.filter(|status| status.get_details_retry_info().is_none()).count();
    let mut refusals = times(&mut attempts, |result| result.as_ref().is_err_and(refused));
    let mut accepted = times(&mut attempts, Result::is_ok);
    tell(format!(
        "{rate:.0} calls a second for {} s: {} accepted (p50 {}, p99 {}), {} refused, {others} otherwise",
        flooded.as_secs(),
        accepted.len(),
        ms(quantile(&mut accepted, 0.5)),
        ms(quantile(&mut accepted, 0.99)),
        refusals.len()
    ));
    if let Some(Err(status)) =
        attempts.iter().map(|(result, _)| result).find(|result| result.as_ref().is_err_and(|status| !refused(status)))
    {
        tell(format!("otherwise: {status:?}"));
    }
    verdict.must(
        good >= least * peak,
        format!("goodput {good:.0} a second, {:.0} % of the peak; at least {share_told}", 100.0 * good / peak),
    );
    let p99 = quantile(&mut refusals, 0.99);
    verdict.must(
        !refusals.is_empty() && p99 <= refused_within,
        format!(
            "refused within {} (p50), {} (p99); at most {}",
            ms(quantile(&mut refusals, 0.5)),
            ms(p99),
            ms(refused_within)
        ),
    );
    verdict.must(
        others * 100 <= attempts.len(),
        format!("neither accepted nor refused, work for nobody: {others}; at most 1 %"),
    );
    verdict.must(unadvised == 0, format!("refusals without RetryInfo: {unadvised}"));
    let back = recovery(&load, (normal * 2).max(Duration::from_millis(100))).await;
    let told = back.map_or_else(|| "not".to_owned(), |back| format!("{:.1} s", back.as_secs_f64()));
    verdict.must(back.is_some(), format!("back to normal after {told}; at most {} s", NORMAL_WITHIN.as_secs()));
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    pin(std::process::id(), &format!("0-{}", cores.max(2) - 1));
    drop(program);
    verdict
}

struct Load {
    channels: Vec<Channel>,
    counties: Vec<County>,
    count: AtomicU64,
}

impl Load {
    /// Submits a month that was never submitted.
    async fn attempt(&self) -> Attempt {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let place = |most: usize| usize::try_from(count).unwrap() % most;
        let county = &self.counties[place(self.counties.len())];
        let month = format!("{}-{:02}", 2020 + count / 12 % 4, 1 + count % 12);
        let mut request = Request::new(county.submission_for(&month, &format!("flood-{count}")));
        request.set_timeout(CALL_TIMEOUT);
        let mut client = SubmissionServiceClient::new(self.channels[place(self.channels.len())].clone());
        let started = Instant::now();
        let result = client.submit_month(request).await.map(drop);
        (result, started.elapsed())
    }
}

/// As many calls at once as workers, each after the other's end.
async fn closed(load: &Arc<Load>, workers: usize, time: Duration) -> Vec<Attempt> {
    let until = Instant::now() + time;
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let load = Arc::clone(load);
        tasks.spawn(async move {
            let mut attempts = vec![];
            while Instant::now() < until {
                attempts.push(load.attempt().await);
            }
            attempts
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

/// Calls at a rate, whatever becomes of them.
async fn open(load: &Arc<Load>, rate: f64, time: Duration) -> Vec<Attempt> {
    let started = Instant::now();
    let (mut tasks, mut attempts, mut sent) = (JoinSet::new(), vec![], 0.0);
    while started.elapsed() < time {
        while sent < started.elapsed().as_secs_f64() * rate {
            let load = Arc::clone(load);
            tasks.spawn(async move { load.attempt().await });
            sent += 1.0;
        }
        while let Some(ended) = tasks.try_join_next() {
            attempts.push(ended.unwrap());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    attempts.extend(tasks.join_all().await);
    attempts
}

/// How long until ten calls in a row are accepted in a normal time.
async fn recovery(load: &Load, normal: Duration) -> Option<Duration> {
    let (started, mut row) = (Instant::now(), 0);
    while started.elapsed() < NORMAL_WITHIN {
        let (result, took) = load.attempt().await;
        row = if result.is_ok() && took <= normal { row + 1 } else { 0 };
        if row == 10 {
            return Some(started.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    None
}

#[expect(clippy::cast_precision_loss, reason = "counts of a drill")]
fn goodput(attempts: &[Attempt], time: Duration) -> f64 {
    attempts.iter().filter(|(result, _)| result.is_ok()).count() as f64 / time.as_secs_f64()
}

fn times(attempts: &mut [Attempt], which: impl Fn(&Result<(), Status>) -> bool) -> Vec<Duration> {
    attempts.iter().filter(|(result, _)| which(result)).map(|(_, took)| *took).collect()
}

/// Keeps a process on some cores; `false` where the system does not let us.
fn pin(process: u32, cores: &str) -> bool {
    let mut command = Command::new("taskset");
    command.args(["-acp", cores, &process.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Keeps a server and its processes on some cores; those that it starts later stay there, too.
fn pin_cluster(cluster: &Cluster, cores: &str) -> bool {
    let file = fs::read_to_string(cluster.socket().with_file_name("data").join("postmaster.pid")).unwrap();
    let first: u32 = file.lines().next().unwrap().parse().unwrap();
    let children = fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    children.chain([first]).all(|process| pin(process, cores))
}
