//! The program is asked to stop while peers say nothing, streams stand open and calls wait.

use std::time::{Duration, Instant};

use junheng_e2e::suite::connect;
use junheng_proto::ingest::v1::{
    SubmitMonthsRequest, submission_service_client::SubmissionServiceClient, submit_months_response,
};
use tokio::{net::TcpStream, sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    raw::Connection,
    server::{self, Ground, Ports},
    verdict::{Verdict, tell},
};

/// It must be gone by then.
const LIMIT: Duration = Duration::from_secs(25);

pub(crate) async fn run(short: bool) -> Verdict {
    let mut verdict = Verdict::default();
    // With the drain that is set by default; the short one takes the same way in less time.
    let settings: &[&str] = if short { &["limits.drain_timeout_ms=4000"] } else { &[] };
    let (ground, ports, counties) = (Ground::new("drill-drain"), Ports::free(), server::counties(6));
    let program = ports.serve(&ground.database, settings);
    server::register(ports.ingest, &counties).await;

    let targets = [program.ingest(), program.evaluation(), program.reporting()];
    let (mut silent, mut idle) = (vec![], vec![]);
    for number in 0..10 {
        if number % 2 == 0 {
            silent.push(TcpStream::connect(targets[number % 3]).await.unwrap());
        } else {
            idle.push(Connection::open(targets[number % 3]).await.unwrap());
        }
    }
    let channel = connect(ports.ingest).await;
    let mut streams = vec![];
    for county in &counties[..5] {
        let (sender, receiver) = mpsc::channel(4);
        let message = SubmitMonthsRequest::from(county.submission_for("2024-01", "before"));
        sender.send(message).await.unwrap();
        let mut client = SubmissionServiceClient::new(channel.clone());
        let mut answers = client.submit_months(ReceiverStream::new(receiver)).await.unwrap().into_inner();
        answers.message().await.unwrap().unwrap();
        streams.push((county, sender, answers));
    }
    // These calls wait for a lock when the program is asked to stop, and go on after.
    let lock = ground.lock(&counties[5].region);
    let mut calls = JoinSet::new();
    for number in 0..10 {
        let (mut client, request) = (
            SubmissionServiceClient::new(channel.clone()),
            counties[5].submission_for(&format!("2023-{:02}", number + 1), &format!("in-flight-{number}")),
        );
        calls.spawn(async move { client.submit_month(request).await });
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while ground.query(waiting) != "10" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let asked = Instant::now();
    program.terminate();
    while TcpStream::connect(ports.ingest).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    verdict.must(ports.ask("/healthz").contains("200 OK"), "alive while it drains");
    verdict.must(ports.ask("/readyz").contains(" 503 "), "not ready while it drains");
    drop(lock);
    let (mut ended, mut lost) = (0, 0);
    while let Some(answer) = calls.join_next().await {
        match answer.unwrap() {
            Ok(_) => ended += 1,
            Err(status) => {
                lost += 1;
                tell(format!("{status:?}"));
            }
        }
    }
    verdict.must(lost == 0, format!("calls that waited ended well: {ended}, lost: {lost}"));
    // Three streams say one thing more and end; two stay open for good.
    let mut went_on = 0;
    for (county, sender, answers) in streams.drain(..3) {
        let message = SubmitMonthsRequest::from(county.submission_for("2024-02", "after"));
        sender.send(message).await.unwrap();
        let mut answers = answers;
        let answer = answers.message().await.ok().flatten().and_then(|answer| answer.outcome);
        drop(sender);
        let closed = matches!(answers.message().await, Ok(None));
        went_on += u32::from(closed && matches!(answer, Some(submit_months_response::Outcome::Receipt(_))));
    }
    verdict.must(went_on == 3, format!("streams that went on to their end: {went_on} of 3"));
    let status = program.ended().await;
    let took = asked.elapsed();
    verdict.must(status.code() == Some(0), format!("it ended with {:?}", status.code()));
    verdict.must(
        took < LIMIT,
        format!("after {:.1} s, with 10 silent peers and 2 streams that nobody closed", took.as_secs_f64()),
    );
    let kept = ground.query("SELECT count(*) FROM submissions");
    verdict.must(kept == "18", format!("submissions kept: {kept} of 5 before, 3 after and 10 in flight"));
    // Until here they held on.
    drop((silent, idle, streams));
    verdict
}
