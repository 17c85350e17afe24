//! The worker: claims the marks that data leaves, evaluates, and stores what came out. Losing it loses nothing: its leases run out.
//!
//! It works in batches: one is judged and stored while the next is claimed and read, and there are never more.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    sync::Arc,
    thread,
    time::Duration,
};

use futures::{StreamExt as _, future::join, stream};
use jiff::{SignedDuration, Timestamp};
use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_runtime::{
    Clock,
    config::EvaluationConfig,
    telemetry::{names, traces},
};
use junheng_store::{Store, StoreError, marks, marks::Mark};
use junheng_wire::status::RpcError;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use crate::{
    judge::{self, Case},
    keep, standards,
};

/// Marks of a batch at most.
const BATCH: u32 = 32;
/// Claims in flight; each is a transaction of its county.
const CLAIMS: usize = 8;
/// Counties that are being stored while as many as there are processors are judged.
const STORING: usize = 4;
/// The longest wait before a mark that failed is tried again.
const LONGEST_RETRY_SECONDS: i64 = 300;

/// Evaluates what is marked until it is told to stop. What it holds by then it finishes.
pub async fn work(store: Store, clock: Clock, config: EvaluationConfig, stop: CancellationToken) {
    let poll = Duration::from_millis(config.poll_interval_ms);
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let evaluator = Evaluator {
        lease: SignedDuration::from_millis(i64::try_from(config.lease_ms).unwrap_or(i64::MAX)),
        judging: Semaphore::new(processors),
        at_once: processors + STORING,
        store,
        clock,
    };
    let mut batch = vec![];
    loop {
        let (next, ()) = join(evaluator.take(&stop), evaluator.evaluate_all(batch)).await;
        batch = next.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "marks cannot be read");
            vec![]
        });
        if batch.is_empty() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = evaluator.store.marked() => {}
                () = tokio::time::sleep(poll) => {}
            }
        }
    }
}

struct Evaluator {
    store: Store,
    clock: Clock,
    lease: SignedDuration,
    /// A permit for each thread that may judge.
    judging: Semaphore,
    /// Counties in the hands at once: what they need of memory and connections does not grow with the batch.
    at_once: usize,
}

/// A county of a batch: the marks that are held, by month, and what they rest on.
struct County {
    marks: Vec<Mark>,
    months: Vec<Read>,
}

/// A county's month as it was read; without a case it was not reported.
pub(crate) struct Read {
    pub(crate) case: Option<Case>,
    pub(crate) standards: Vec<Arc<Standard>>,
}

impl Evaluator {
    /// Claims a batch of what is free and reads it; empty when nothing is free.
    async fn take(&self, stop: &CancellationToken) -> Result<Vec<County>, RpcError> {
        while !stop.is_cancelled() {
            let candidates = marks::list_candidates(&self.store, self.clock.now(), BATCH).await?;
            if candidates.is_empty() {
                break;
            }
            // Nothing is held when others were faster with all of them: there may be more.
            let held = self.claim(candidates).await?;
            if !held.is_empty() {
                return Ok(self.read(held).await);
            }
        }
        Ok(vec![])
    }

    /// Claims candidates; gives those of a county together.
    async fn claim(&self, candidates: Vec<Mark>) -> Result<Vec<Vec<Mark>>, RpcError> {
        let mut counties: BTreeMap<RegionCode, Vec<Month>> = BTreeMap::new();
        for mark in candidates {
            counties.entry(mark.county).or_default().push(mark.month);
        }
        let claims = stream::iter(counties).map(async |(county, months)| {
            let now = self.clock.now();
            marks::claim(&self.store, &county, &months, now, later(now, self.lease)).await
        });
        let (mut held, mut failed) = (vec![], None);
        for claimed in claims.buffer_unordered(CLAIMS).collect::<Vec<_>>().await {
            match claimed {
                Ok(marks) if marks.is_empty() => {}
                Ok(marks) => held.push(marks),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            // What was claimed is evaluated all the same.
            Some(error) if held.is_empty() => Err(error.into()),
            _ => Ok(held),
        }
    }

    /// Reads what the marks rest on. Counties that cannot be read are given back.
    async fn read(&self, held: Vec<Vec<Mark>>) -> Vec<County> {
        let read = self.read_together(&held).await;
        let error = match read {
            Ok(counties) => return counties,
            Err(error) => error,
        };
        let mut counties = vec![];
        if held.len() == 1 || matches!(error, RpcError::Store(StoreError::Unavailable(_))) {
            for marks in &held {
                self.give_back(marks, &error).await;
            }
            return counties;
        }
        // One that cannot be read must not keep the others from being evaluated.
        for marks in held {
            match self.read_together(std::slice::from_ref(&marks)).await {
                Ok(read) => counties.extend(read),
                Err(error) => self.give_back(&marks, &error).await,
            }
        }
        counties
    }

    async fn read_together(&self, held: &[Vec<Mark>]) -> Result<Vec<County>, RpcError> {
        let asked: Vec<_> = held.iter().flatten().map(|mark| (mark.county.clone(), mark.month)).collect();
        let reads = self.store.begin_read().await?;
        let cases = judge::read(&reads, &asked, None).await?;
        let standards = standards::in_force_in_many(&self.store, &reads, &asked, None).await?;
        reads.finish().await?;
        let mut months = cases.into_iter().zip(standards);
        let county = |marks: &Vec<Mark>| {
            let of_county = months.by_ref().take(marks.len());
            let read = of_county.map(|(case, standards)| Ok(Read { case, standards: standards? }));
            Ok(County { marks: marks.clone(), months: read.collect::<Result<_, RpcError>>()? })
        };
        held.iter().map(county).collect()
    }

    async fn evaluate_all(&self, batch: Vec<County>) {
        stream::iter(batch)
            .for_each_concurrent(self.at_once, async |mut county| {
                let span = traced(&county.marks);
                if let Err(error) = self.evaluate(&mut county).instrument(span).await {
                    self.give_back(&county.marks, &error).await;
                }
            })
            .await;
    }

    async fn evaluate(&self, county: &mut County) -> Result<(), RpcError> {
        let months = std::mem::take(&mut county.months);
        let permit = self.judging.acquire().await;
        let months = self.hold(&mut county.marks, months).await?;
        let (marks, now) = (county.marks.clone(), self.clock.now());
        let judge =
            move || marks.iter().zip(months).map(|(mark, read)| keep::judge(mark, read, now)).collect::<Vec<_>>();
        let judged = judge::apart(judge).await?;
        drop(permit);
        keep::keep(&self.store, &county.marks, &judged).await
    }

    /// Renews the leases when half of their time is gone before the county's turn came; leaves out months that were lost.
    async fn hold(&self, marks: &mut Vec<Mark>, months: Vec<Read>) -> Result<Vec<Read>, RpcError> {
        let now = self.clock.now();
        let Some(first) = marks.first() else { return Ok(months) };
        if later(now, self.lease / 2) < first.lease_until {
            return Ok(months);
        }
        let held = marks::renew(&self.store, marks, later(now, self.lease)).await?;
        let still = |mark: &Mark| held.iter().any(|held| held.month == mark.month);
        let months = marks.iter().zip(months).filter(|(mark, _)| still(mark)).map(|(_, month)| month).collect();
        *marks = held;
        Ok(months)
    }

    /// Gives the marks of a county back after a failure, to be tried again later.
    async fn give_back(&self, marks: &[Mark], error: &RpcError) {
        for mark in marks {
            metrics::counter!(names::EVALUATION_FAILURES).increment(1);
            let wait = SignedDuration::from_secs((1_i64 << mark.attempt.min(9)).min(LONGEST_RETRY_SECONDS));
            tracing::error!(
                error = error as &dyn std::error::Error,
                region.code = mark.county.as_str(),
                submission.month = %mark.month,
                attempt.count = mark.attempt,
                "evaluation failed, it will be tried again"
            );
            if let Err(error) = marks::release(&self.store, mark, later(self.clock.now(), wait)).await {
                // Its lease runs out.
                tracing::warn!(error = &error as &dyn std::error::Error, "a mark cannot be given back");
            }
        }
    }
}

/// The work on a county's marks: a trace of its own, linked to those of the writes that left the marks.
fn traced(marks: &[Mark]) -> Span {
    let county = marks.first().map(|mark| mark.county.as_str());
    let span =
        tracing::info_span!(parent: None, "evaluation.evaluate", region.code = county, months.count = marks.len());
    for cause in causes(marks) {
        traces::link(&span, cause);
    }
    span
}

/// The contexts of the writes that left marks, one of each trace: a write marks several months.
fn causes(marks: &[Mark]) -> impl Iterator<Item = &str> {
    let mut traces = BTreeSet::new();
    let contexts = marks.iter().map(|mark| mark.trace_parent.as_str());
    contexts.filter(move |context| traces.insert(context.split('-').nth(1)))
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
