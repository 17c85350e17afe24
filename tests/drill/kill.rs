//! The program is killed, then PostgreSQL, while clients push.

use std::{fs, process::Command, time::Duration};

use junheng_client::Policy;
use junheng_e2e::postgres::Cluster;

use crate::{
    chance::Chance,
    load::{self, Pushing},
    server::{self, Ground, Ports},
    verdict::{Verdict, tell},
};

const CLIENTS: u64 = 8;
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn run(short: bool, mut chance: Chance) -> Verdict {
    let (programs, databases) = if short { (5, 2) } else { (200, 50) };
    let mut verdict = Verdict::default();
    let (ground, ports, counties) = (Ground::new("drill-kill"), Ports::free(), server::counties(12));
    let mut program = ports.serve(&ground.database, &[]);
    server::register(ports.ingest, &counties).await;
    let policy = Policy { call_timeout: Duration::from_secs(10), ..Policy::default() };
    let pushing = Pushing::start(&ports.url(), &counties, CLIENTS, &policy, &chance);

    let mut stuck = 0;
    for _ in 0..programs {
        stuck += u32::from(pushing.goes_on(1, PATIENCE).await.is_none());
        tokio::time::sleep(chance.pause(0..700)).await;
        program.kill();
        program = ports.serve(&ground.database, &[]);
    }
    let by_programs = pushing.acknowledged();
    for number in 0..databases {
        stuck += u32::from(pushing.goes_on(1, PATIENCE).await.is_none());
        tokio::time::sleep(chance.pause(0..700)).await;
        tokio::task::block_in_place(|| {
            if number % 2 == 0 { ground.cluster.crash().unwrap() } else { kill(&ground.cluster) }
        });
        tokio::task::block_in_place(|| start(&ground.cluster));
    }
    stuck += u32::from(pushing.goes_on(20, PATIENCE).await.is_none());
    tell(format!("the program killed {programs} times: {by_programs} acknowledged meanwhile"));
    tell(format!(
        "PostgreSQL killed {databases} times: {} acknowledged meanwhile",
        pushing.acknowledged() - by_programs
    ));
    verdict.must(stuck == 0, format!("kills after which nothing went on within {PATIENCE:?}: {stuck}"));

    let (acknowledged, errors) = pushing.finish(&mut verdict).await;
    load::tell_errors(&errors);
    let query = |statement: &str| ground.query(statement);
    load::evaluated(&query, Duration::from_mins(2), &mut verdict).await;
    load::hold(&acknowledged, &counties[0], &query, &mut verdict);
    drop(program);
    verdict
}

/// Ends the server's first process as `kill -9` does; the others follow when they notice.
fn kill(cluster: &Cluster) {
    let socket = cluster.socket();
    let file = fs::read_to_string(socket.with_file_name("data").join("postmaster.pid")).unwrap();
    let killed = Command::new("kill").args(["-KILL", file.lines().next().unwrap()]).status().unwrap();
    assert!(killed.success());
}

/// Starts the server; it refuses while a process of the one before lives.
fn start(cluster: &Cluster) {
    let mut left = 50;
    while let Err(fault) = cluster.run() {
        left -= 1;
        assert!(left > 0, "{fault}");
        std::thread::sleep(Duration::from_millis(200));
    }
}
