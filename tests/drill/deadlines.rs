//! Calls with short deadlines against a county that somebody holds locked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use prost::Message as _;
use tokio::task::JoinSet;

use crate::{
    chance::Chance,
    load::evaluated,
    raw::{Connection, Ending, framed, post},
    server::{self, Ground, Ports},
    verdict::{Verdict, ms, quantile},
};

const SUBMIT: &str = "/junheng.ingest.v1.SubmissionService/SubmitMonth";
const DEADLINE_EXCEEDED: i32 = 4;
/// How much later than its deadline an answer may be there, on a machine that does other things as well.
const TOLERANCE: Duration = Duration::from_millis(250);
/// Calls at once: more than the program has connections to the database, so that some wait for one of them.
const AT_ONCE: usize = 40;

pub(crate) async fn run(short: bool, mut chance: Chance) -> Verdict {
    let calls = if short { 60 } else { 1000 };
    let mut verdict = Verdict::default();
    let (ground, ports, counties) = (Ground::new("drill-deadlines"), Ports::free(), server::counties(2));
    let program = ports.serve(&ground.database, &[]);
    server::register(ports.ingest, &counties).await;
    let first = Connection::open(ports.ingest).await.unwrap();
    let warm = call(&first, &ports, &counties[0], "warm", Duration::from_secs(10)).await;
    verdict.must(matches!(warm.0, Ending::Status(0, _)), format!("without the lock: {:?}", warm.0));

    // The evaluator takes the county's lock, too, and has no deadline of a caller.
    evaluated(&|sql| ground.query(sql), Duration::from_secs(20), &mut verdict).await;
    let lock = ground.lock(&counties[0].region);
    let county = Arc::new(counties[0].clone());
    let connections: Vec<_> = {
        let mut opened = vec![];
        for _ in 0..8 {
            opened.push(Arc::new(Connection::open(ports.ingest).await.unwrap()));
        }
        opened
    };
    let (mut running, mut done) = (JoinSet::new(), vec![]);
    for number in 0..calls {
        if running.len() >= AT_ONCE {
            done.extend(running.join_next().await);
        }
        let (connection, ports, county) =
            (Arc::clone(&connections[number % connections.len()]), ports.clone(), Arc::clone(&county));
        let deadline = chance.pause(50..501);
        running.spawn(async move {
            let (ending, took) = call(&connection, &ports, &county, &format!("late-{number}"), deadline).await;
            (ending, deadline, took)
        });
    }
    while let Some(ended) = running.join_next().await {
        done.push(ended);
    }
    let last = Instant::now();
    let done: Vec<_> = done.into_iter().map(Result::unwrap).collect();
    let exceeded = done.iter().filter(|(ending, ..)| matches!(ending, Ending::Status(DEADLINE_EXCEEDED, _))).count();
    let other = done.iter().find(|(ending, ..)| !matches!(ending, Ending::Status(DEADLINE_EXCEEDED, _)));
    verdict.must(exceeded == calls, format!("{exceeded} of {calls} ended as DEADLINE_EXCEEDED; another: {other:?}"));
    let early = done.iter().filter(|(_, deadline, took)| took < deadline).count();
    verdict.must(early == 0, format!("before their deadline: {early}"));
    let mut late: Vec<_> = done.iter().map(|(_, deadline, took)| took.saturating_sub(*deadline)).collect();
    let (p50, p99, most) = (quantile(&mut late, 0.5), quantile(&mut late, 0.99), quantile(&mut late, 1.0));
    verdict.must(
        p99 <= TOLERANCE,
        format!("late by {} (median), {} (p99), {} (most); tolerated {}", ms(p50), ms(p99), ms(most), ms(TOLERANCE)),
    );

    tokio::time::sleep(Duration::from_secs(1).saturating_sub(last.elapsed())).await;
    let left = ground.query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'junheng%' AND state <> 'idle' \
         AND now() - xact_start > interval '900 milliseconds'",
    );
    verdict.must(left == "0", format!("running on in the database a second later: {left}"));
    let other = call(&connections[0], &ports, &counties[1], "meanwhile", Duration::from_secs(5)).await;
    verdict.must(matches!(other.0, Ending::Status(0, _)), format!("another county meanwhile: {}", ms(other.1)));
    drop(lock);
    let again = call(&connections[0], &ports, &county, "after", Duration::from_secs(5)).await;
    verdict.must(matches!(again.0, Ending::Status(0, _)), format!("the county once it is free: {}", ms(again.1)));
    let written = ground.query("SELECT count(*) FROM submissions WHERE request_id LIKE 'late-%'");
    verdict.must(written == "0", format!("written after all: {written}"));
    drop(program);
    verdict
}

async fn call(
    connection: &Connection,
    ports: &Ports,
    county: &junheng_e2e::County,
    request_id: &str,
    deadline: Duration,
) -> (Ending, Duration) {
    let message = framed(&county.submission(request_id).encode_to_vec());
    let request = post(ports.ingest, SUBMIT).header("grpc-timeout", format!("{}m", deadline.as_millis()));
    let started = Instant::now();
    let ending = connection.call(request.body(()).unwrap(), message).await;
    (ending, started.elapsed())
}
