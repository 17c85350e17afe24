//! From a push to its verdict, with the evaluator idle and polling as it is shipped.

use std::time::{Duration, Instant};

use junheng_e2e::{County, Database, Setup, Suite};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::measure::{middle, percentile, row};

/// Months that are pushed, one after the other.
const MONTHS: u32 = 200;
/// As in the configuration that is shipped: an evaluator in the process of the push is told of it and does not wait for that.
const POLL_INTERVAL_MS: u64 = 1_000;

/// One county's month, until its stored evaluation can be got; the time between two looks for it counts, too.
pub(crate) async fn run() {
    let suite =
        Suite::start_with(Database::postgres(), Setup { poll_interval_ms: POLL_INTERVAL_MS, ..Setup::default() }).await;
    let county = County::zhangwu();
    suite.register(&county).await;
    let mut health = HealthClient::new(suite.ingest_channel());
    let (mut empty, mut receipts, mut verdicts) = (vec![], vec![], vec![]);
    for index in 0..MONTHS {
        // Oldest first: a month touches those after it, and they are not reported yet.
        let month = format!("{}-{:02}", 2008 + index / 12, 1 + index % 12);
        let request = county.submission_for(&month, &format!("bench-{index}"));
        tokio::time::sleep(Duration::from_millis(20)).await;
        let start = Instant::now();
        health.check(HealthCheckRequest::default()).await.unwrap();
        empty.push(start.elapsed());
        let start = Instant::now();
        let receipt = suite.accepted(request).await;
        receipts.push(start.elapsed());
        let wanted = Some(receipt.submission);
        loop {
            let found = suite.find_stored(&county.region, &month).await;
            if found.and_then(|found| found.basis).map(|basis| basis.submission) == wanted {
                break;
            }
        }
        verdicts.push(start.elapsed());
    }
    let reference = middle(empty);
    row("reference: an empty call, PostgreSQL, fsync off", reference, None);
    row("push of 30 schools to receipt, evaluator idle, median", middle(receipts), Some(reference));
    row("push of 30 schools to verdict, evaluator idle, median", middle(verdicts.clone()), Some(reference));
    row("push of 30 schools to verdict, evaluator idle, p99", percentile(verdicts, 99), Some(reference));
}
