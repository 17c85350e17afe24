//! The worker: claims the marks that data leaves, evaluates, and stores what came out. Losing it loses nothing: its lease runs out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use junheng_proto::{common::v1::Verdict, evaluation::v1 as proto};
use junheng_runtime::{Clock, config::EvaluationConfig};
use junheng_store::{Store, audit, clock, evaluations, marks, marks::Mark};
use junheng_wire::{status::RpcError, summary};
use prost::Message as _;
use tokio_util::sync::CancellationToken;

use crate::{judge, standards};

/// Marks that are looked at in one round.
const ROUND: u32 = 32;
/// The longest wait before a mark that failed is tried again.
const LONGEST_RETRY_SECONDS: i64 = 300;

/// Evaluates what is marked until it is told to stop.
pub async fn work(store: Store, clock: Clock, config: EvaluationConfig, stop: CancellationToken) {
    let poll = Duration::from_millis(config.poll_interval_ms);
    let lease = SignedDuration::from_millis(i64::try_from(config.lease_ms).unwrap_or(i64::MAX));
    while !stop.is_cancelled() {
        let done = match round(&store, &clock, lease, &stop).await {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "marks cannot be read");
                0
            }
        };
        if done == 0 {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(poll) => {}
            }
        }
    }
}

/// Goes once through the marks that are free; gives how many were evaluated.
async fn round(
    store: &Store,
    clock: &Clock,
    lease: SignedDuration,
    stop: &CancellationToken,
) -> Result<usize, RpcError> {
    let mut done = 0;
    for candidate in marks::list_candidates(store, clock.now(), ROUND).await? {
        if stop.is_cancelled() {
            break;
        }
        let now = clock.now();
        let Some(mark) = marks::claim(store, &candidate.county, candidate.month, now, later(now, lease)).await? else {
            continue;
        };
        match evaluate(store, clock, &mark).await {
            Ok(()) => done += 1,
            Err(error) => {
                let wait = SignedDuration::from_secs((1_i64 << mark.attempt.min(8)).min(LONGEST_RETRY_SECONDS));
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    region.code = mark.county.as_str(),
                    submission.month = %mark.month,
                    attempt.count = mark.attempt,
                    "evaluation failed, it will be tried again"
                );
                marks::release(store, &mark, later(clock.now(), wait)).await?;
            }
        }
    }
    Ok(done)
}

async fn evaluate(store: &Store, system: &Clock, mark: &Mark) -> Result<(), RpcError> {
    let reads = store.begin_read().await?;
    let case = judge::read(&reads, &mark.county, mark.month, None).await?;
    let standards = standards::in_force(store, &reads, &mark.county, mark.month, None).await?;
    let known_at = clock::find(&reads, &mark.county).await?.unwrap_or(mark.marked_at);
    reads.finish().await?;
    let judged = match case {
        Some(case) => judge::judge(case, standards.clone()).await?,
        None => vec![],
    };
    let evaluated_at = system.now();
    let mut stored = vec![];
    let transaction = store.begin_write().await?;
    for (standard, evaluation) in standards.iter().zip(&judged) {
        let row = evaluations::Evaluation {
            county: mark.county.clone(),
            month: mark.month,
            standard_id: standard.id.clone(),
            verdict: verdict_id(evaluation).to_owned(),
            known_at,
            evaluated_at,
            evaluation: evaluation.encode_to_vec(),
        };
        // One that knows more may be there already.
        if evaluations::put(&transaction, &row, &summary::stored(evaluation)).await? {
            audit::append(&transaction, &audited(mark, evaluation, evaluated_at)).await?;
            stored.push(evaluation);
        }
    }
    marks::finish(&transaction, mark).await?;
    transaction.commit().await?;
    for evaluation in stored {
        tracing::info!(
            evaluation.name = evaluation.name,
            evaluation.verdict = verdict_id(evaluation),
            "evaluation stored"
        );
    }
    Ok(())
}

fn verdict_id(evaluation: &proto::Evaluation) -> &'static str {
    match evaluation.verdict() {
        Verdict::Met => "met",
        Verdict::NotMet => "not_met",
        Verdict::Undetermined | Verdict::Unspecified => "undetermined",
    }
}

fn audited(mark: &Mark, evaluation: &proto::Evaluation, at: Timestamp) -> audit::Entry {
    audit::Entry {
        scope: Some(mark.county.clone()),
        at,
        caller: "evaluation".to_owned(),
        trace_id: mark.trace_parent.split('-').nth(1).unwrap_or_default().to_owned(),
        action: "store_evaluation".to_owned(),
        resource: evaluation.name.clone(),
        outcome: verdict_id(evaluation).to_owned(),
        request_id: String::new(),
        detail: evaluation.basis.as_ref().map(|basis| basis.content_digest.clone()).unwrap_or_default(),
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
