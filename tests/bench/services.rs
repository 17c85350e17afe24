//! The services as a city system meets them.

use std::time::Instant;

use junheng_e2e::{County, Database, Setup, Suite};
use junheng_proto::reporting::v1::RenderCountyReportRequest;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::measure::{middle, row};

/// Months that are pushed, one after the other.
const MONTHS: u32 = 120;

/// One county's month through the services, against an empty call to the same server.
pub(crate) async fn run(name: &str, database: Database) {
    let suite = Suite::start_with(database, Setup::default()).await;
    let county = County::zhangwu();
    suite.register(&county).await;
    let mut health = HealthClient::new(suite.ingest_channel());
    let (mut empty, mut receipts, mut verdicts) = (vec![], vec![], vec![]);
    for _ in 0..500 {
        let start = Instant::now();
        health.check(HealthCheckRequest::default()).await.unwrap();
        empty.push(start.elapsed());
    }
    for index in 0..MONTHS {
        let month = format!("{}-{:02}", 2010 + index / 12, index % 12 + 1);
        let request = county.submission_for(&month, &format!("bench-{index}"));
        let start = Instant::now();
        let receipt = suite.accepted(request).await;
        receipts.push(start.elapsed());
        suite.stored(&county.region, &month, &receipt).await;
        verdicts.push(start.elapsed());
    }
    let mut reports = vec![];
    for _ in 0..20 {
        let evaluation = format!("{}/evaluations/2010-01.national-quality-2017", county.region);
        let start = Instant::now();
        suite.reports().render_county_report(RenderCountyReportRequest { evaluation, format: 0 }).await.unwrap();
        reports.push(start.elapsed());
    }
    let reference = middle(empty);
    row(&format!("reference: an empty call, {name}"), reference, None);
    row("push of 30 schools to receipt", middle(receipts), Some(reference));
    row("push of 30 schools to stored evaluation, evaluator polling every 5 ms", middle(verdicts), Some(reference));
    row("county report, HTML", middle(reports), Some(reference));
}
