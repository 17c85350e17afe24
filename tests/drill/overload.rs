//! Five times as many calls as the program can do, from a core of their own to a core of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use junheng_e2e::{County, suite::connect};
use junheng_proto::ingest::v1::{submission_service_client::SubmissionServiceClient, submit_month_response::Outcome};
use tokio::task::JoinSet;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::{
    cores::{Used, pin, pin_cluster},
    server::{self, Ground, Ports},
    verdict::{Verdict, ms, quantile, tell},
};

const TIMES: f64 = 5.0;
/// What a caller waits for an answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const REFUSED_WITHIN: Duration = Duration::from_millis(50);
const NORMAL_WITHIN: Duration = Duration::from_secs(5);
/// So many that a month is reported a few times at most, as in service: what a call costs must not grow with the drill.
const COUNTIES: usize = 88;
const MONTHS: usize = 72;
/// What the load may use of its core: with more it would be measured itself.
const LOAD_PERCENT: f64 = 80.0;

/// How an attempt ended, and after how long.
type Attempt = (Result<(), Status>, Duration);

/// What is promised, and for how long it is held.
struct Terms {
    measured: Duration,
    flooded: Duration,
    least: f64,
    refused_within: Duration,
    /// Whether the figures are of an optimised program on a core of its own.
    exact: bool,
}

impl Terms {
    /// A short run is of an unoptimised program, with a limit for what that can do, on a machine that may do other things as well.
    const fn of(short: bool, pinned: bool) -> Self {
        let (measured, flooded) = if short { (2, 5) } else { (10, 60) };
        Self {
            measured: Duration::from_secs(measured),
            flooded: Duration::from_secs(flooded),
            least: if short { 0.25 } else { 0.8 },
            refused_within: if short { Duration::from_millis(1500) } else { REFUSED_WITHIN },
            exact: pinned && !short,
        }
    }
}

pub(crate) async fn run(short: bool, settings: &[String]) -> Verdict {
    let mut verdict = Verdict::default();
    let ground = Ground::new("drill-overload");
    let pinned = pin(std::process::id(), "0") && pin_cluster(&ground.cluster, "1");
    let (ports, counties) = (Ports::free(), server::counties(COUNTIES));
    // Started on one core, it has the threads of a machine with one.
    let scaled = short.then_some("limits.concurrency=32");
    let settings: Vec<&str> = scaled.into_iter().chain(settings.iter().map(String::as_str)).collect();
    let program = ports.serve(&ground.database, &settings);
    let pinned = pinned && pin(program.id(), "1");
    tell(if pinned { "load on core 0, program and PostgreSQL on core 1" } else { "not pinned" });
    let terms = Terms::of(short, pinned);
    server::register(ports.ingest, &counties).await;
    let mut channels = vec![];
    for _ in 0..8 {
        channels.push(connect(ports.ingest).await);
    }
    let load = Arc::new(Load { channels, counties, count: AtomicU64::new(0) });

    let (mut peak, mut normal) = (0.0_f64, Duration::MAX);
    for workers in [1, 4, 8, 16] {
        let (good, p99) = at_once(&load, workers, terms.measured).await;
        if workers == 1 {
            normal = p99;
        }
        peak = peak.max(good);
    }
    let rate = peak * TIMES;
    let before = Used::by(program.id(), &ground.cluster);
    let attempts = open(&load, rate, terms.flooded).await;
    let [of_load, of_program, of_database] = Used::by(program.id(), &ground.cluster).since(before);
    let back = recovery(&load, (normal * 2).max(Duration::from_millis(100))).await;
    tell(format!(
        "load {of_load:.0} % of its core; program {of_program:.0} %, PostgreSQL {of_database:.0} % of theirs"
    ));
    let offered = per_second(attempts.len(), terms.flooded);
    verdict.must(
        !terms.exact || (offered >= 0.95 * rate && of_load <= LOAD_PERCENT),
        format!("the load came: {offered:.0} calls a second of {rate:.0}"),
    );
    hold(&attempts, peak, &terms, &mut verdict);
    let told = back.map_or_else(|| "not".to_owned(), |back| format!("{:.1} s", back.as_secs_f64()));
    verdict.must(back.is_some(), format!("back to normal after {told}; at most {} s", NORMAL_WITHIN.as_secs()));
    // A peak that fell meanwhile would be a fault of the drill.
    at_once(&load, 16, terms.measured).await;
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    pin(std::process::id(), &format!("0-{}", cores.max(2) - 1));
    drop(program);
    verdict
}

/// How many calls a second are accepted where some workers call, and what 99 % of them take at most.
async fn at_once(load: &Arc<Load>, workers: usize, time: Duration) -> (f64, Duration) {
    let attempts = closed(load, workers, time).await;
    let (good, p99) = (goodput(&attempts, time), quantile(&mut times(&attempts, |_| true), 0.99));
    tell(format!("{workers:2} at once: {good:.0} accepted a second, p99 {}", ms(p99)));
    (good, p99)
}

/// Holds what became of the calls of the flood against what is promised.
fn hold(attempts: &[Attempt], peak: f64, terms: &Terms, verdict: &mut Verdict) {
    let good = goodput(attempts, terms.flooded);
    let refused = |status: &Status| status.code() == Code::Unavailable;
    let failures = attempts.iter().filter_map(|(result, _)| result.as_ref().err());
    let unadvised =
        failures.clone().filter(|status| refused(status) && status.get_details_retry_info().is_none()).count();
    let others: Vec<_> = failures.filter(|status| !refused(status)).collect();
    let mut refusals = times(attempts, |result| result.as_ref().is_err_and(refused));
    let mut accepted = times(attempts, Result::is_ok);
    tell(format!(
        "{} calls in {} s: {} accepted (p50 {}, p99 {}), {} refused, {} otherwise",
        attempts.len(),
        terms.flooded.as_secs(),
        accepted.len(),
        ms(quantile(&mut accepted, 0.5)),
        ms(quantile(&mut accepted, 0.99)),
        refusals.len(),
        others.len()
    ));
    if let Some(status) = others.first() {
        tell(format!("otherwise: {status:?}"));
    }
    let (share, least) = (100.0 * good / peak, 100.0 * terms.least);
    verdict.must(
        good >= terms.least * peak,
        format!("goodput {good:.0} a second, {share:.0} % of the peak; at least {least:.0} %"),
    );
    let (p50, p99) = (quantile(&mut refusals, 0.5), quantile(&mut refusals, 0.99));
    verdict.must(
        !refusals.is_empty() && p99 <= terms.refused_within,
        format!("refused within {} (p50), {} (p99); at most {}", ms(p50), ms(p99), ms(terms.refused_within)),
    );
    verdict.must(
        others.len() * 100 <= attempts.len(),
        format!("neither accepted nor refused, work for nobody: {}; at most 1 %", others.len()),
    );
    verdict.must(unadvised == 0, format!("refusals without RetryInfo: {unadvised}"));
}

struct Load {
    channels: Vec<Channel>,
    counties: Vec<County>,
    count: AtomicU64,
}

impl Load {
    /// Submits a month, each time of another county.
    async fn attempt(&self) -> Attempt {
        let count = usize::try_from(self.count.fetch_add(1, Ordering::Relaxed)).unwrap();
        let (county, month) = (&self.counties[count % self.counties.len()], count / self.counties.len() % MONTHS);
        let month = format!("{}-{:02}", 2020 + month / 12, 1 + month % 12);
        let mut submission = county.submission_for(&month, &format!("flood-{count}"));
        // No two are the same.
        submission.schools[0].books = Some(10_000 + u32::try_from(count % 1000).unwrap());
        let mut request = Request::new(submission);
        request.set_timeout(CALL_TIMEOUT);
        let mut client = SubmissionServiceClient::new(self.channels[count % self.channels.len()].clone());
        let started = Instant::now();
        let answered = client.submit_month(request).await;
        let result = answered.and_then(|answer| match answer.into_inner().outcome {
            Some(Outcome::Receipt(_)) => Ok(()),
            other => Err(Status::failed_precondition(format!("{other:?}"))),
        });
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

fn goodput(attempts: &[Attempt], time: Duration) -> f64 {
    per_second(attempts.iter().filter(|(result, _)| result.is_ok()).count(), time)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a drill")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

fn times(attempts: &[Attempt], which: impl Fn(&Result<(), Status>) -> bool) -> Vec<Duration> {
    attempts.iter().filter(|(result, _)| which(result)).map(|(_, took)| *took).collect()
}
