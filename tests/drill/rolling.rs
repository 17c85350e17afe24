//! Three replicas are restarted one after another while clients push to all of them.

use std::time::Duration;

use junheng_client::Policy;

use crate::{
    chance::Chance,
    load::{self, Pushing},
    server::{self, Ground, Ports},
    verdict::Verdict,
};

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn run(short: bool, chance: Chance) -> Verdict {
    let rounds = if short { 1 } else { 5 };
    let mut verdict = Verdict::default();
    let (ground, counties) = (Ground::new("drill-rolling"), server::counties(12));
    let ports = [(); 3].map(|()| Ports::free());
    let mut replicas: Vec<_> = ports.iter().map(|ports| Some(ports.serve(&ground.database, &[]))).collect();
    server::register(ports[0].ingest, &counties).await;
    let endpoint = ports.each_ref().map(Ports::url).join(",");
    let pushing = Pushing::start(&endpoint, &counties, 8, &Policy::default(), &chance);

    let (mut clean, mut slowest) = (true, Duration::ZERO);
    for _ in 0..rounds {
        for (ports, replica) in ports.iter().zip(&mut replicas) {
            clean &= pushing.goes_on(20, PATIENCE).await.is_some();
            let program = replica.take().unwrap();
            let asked = std::time::Instant::now();
            program.terminate();
            clean &= program.ended().await.code() == Some(0);
            slowest = slowest.max(asked.elapsed());
            *replica = Some(ports.serve(&ground.database, &[]));
        }
    }
    clean &= pushing.goes_on(20, PATIENCE).await.is_some();
    verdict.must(clean, format!("{} restarts, each ended with 0 within {:.1} s", rounds * 3, slowest.as_secs_f64()));
    verdict.must(slowest < Duration::from_secs(25), "each within 25 s");

    let (acknowledged, errors) = pushing.finish(&mut verdict).await;
    verdict.must(errors.is_empty(), format!("calls that failed: {}", errors.values().sum::<u64>()));
    load::tell_errors(&errors);
    let query = |statement: &str| ground.query(statement);
    load::evaluated(&query, Duration::from_mins(1), &mut verdict).await;
    load::hold(&acknowledged, &counties[0], &query, &mut verdict);
    verdict
}
