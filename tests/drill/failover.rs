//! A standby is promoted in the place of its primary, which died or was only fenced off, while clients push.

use std::time::{Duration, Instant};

use junheng_client::Policy;
use junheng_e2e::{Database, Forwarder};

use crate::{
    chance::Chance,
    load::{self, Pushing},
    server::{self, Ports},
    verdict::{Verdict, tell},
};

/// Writes come back in less.
const PATIENCE: Duration = Duration::from_secs(10);
/// By the clock of the machine, which the program's instants come from, too.
const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

pub(crate) async fn run(short: bool, chance: Chance) -> Verdict {
    let mut verdict = Verdict::default();
    for round in 0..if short { 1 } else { 5 } {
        once(&format!("died-{round}"), true, &chance.split(round), &mut verdict).await;
        once(&format!("fenced-{round}"), false, &chance.split(round), &mut verdict).await;
    }
    verdict
}

/// `died`: the primary is gone; else it lives, its connections stay open, and it takes no writes.
async fn once(name: &str, died: bool, chance: &Chance, verdict: &mut Verdict) {
    let primary = server::durable(&format!("drill-primary-{name}"));
    let standby = primary.start_standby(&format!("drill-standby-{name}")).unwrap();
    // What is acknowledged is on both. It is set on the primary alone: the standby, promoted, waits for nobody.
    for statement in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
        primary.execute("postgres", statement).unwrap();
    }
    let forwarder = Forwarder::start(primary.socket()).unwrap();
    let url = format!("postgres://postgres@{}/postgres?sslmode=disable", forwarder.address());
    let (database, ports, counties) = (Database::at(url), Ports::free(), server::counties(12));
    let program = ports.serve(&database, &["database.connect_timeout_ms=2000"]);
    server::register(ports.ingest, &counties).await;
    let policy = Policy { call_timeout: Duration::from_secs(5), ..Policy::default() };
    let pushing = Pushing::start(&ports.url(), &counties, 8, &policy, chance);
    let before = pushing.goes_on(40, PATIENCE).await;
    verdict.must(before.is_some(), format!("{name}: clients push"));

    let switched = Instant::now();
    if died {
        primary.crash().unwrap();
    } else {
        for statement in ["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"] {
            primary.execute("postgres", statement).unwrap();
        }
        // As long as fencing takes: transactions that had begun to write may end.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let fenced = (!died).then(|| primary.execute("postgres", NOW).unwrap());
    standby.promote().unwrap();
    forwarder.lead_to(Some(standby.socket()));
    let (promoted, from) = (switched.elapsed(), pushing.acknowledged());
    let back = pushing.goes_on(1, PATIENCE).await;
    let went_on = pushing.goes_on(40, PATIENCE).await;
    tell(format!("{name}: promoted after {:.1} s", promoted.as_secs_f64()));
    let told = back.map_or_else(|| "not".to_owned(), |back| format!("{:.2} s", back.as_secs_f64()));
    verdict.must(back.is_some() && went_on.is_some(), format!("{name}: writes back after the promotion: {told}"));
    tell(format!("{name}: {} acknowledged since", pushing.acknowledged() - from));
    if let Some(fenced) = fenced {
        let later = format!("SELECT count(*) FROM submissions WHERE known_at_unix_ms > {fenced}");
        let begun = primary.execute("postgres", &later).unwrap();
        verdict.must(
            begun == "0",
            format!("{name}: submissions on the old primary that began after it was fenced: {begun}"),
        );
    }

    let (acknowledged, errors) = pushing.finish(verdict).await;
    load::tell_errors(&errors);
    let after = acknowledged.iter().filter(|one| one.at > switched + promoted).count();
    verdict.must(after > 0, format!("{name}: {after} of {} acknowledged after the switch", acknowledged.len()));
    let query = |statement: &str| standby.execute("postgres", statement).unwrap();
    load::evaluated(&query, Duration::from_mins(1), verdict).await;
    load::hold(&acknowledged, &counties[0], &query, verdict);
    drop(program);
}
