//! Several evaluators share the marks: every mark ends in exactly one stored evaluation, whoever is killed meanwhile.

use std::{collections::BTreeMap, time::Duration};

use junheng_e2e::{
    County, Database, Program, eventually,
    suite::{connect, register},
};
use junheng_proto::{
    evaluation::v1::{RecomputeEvaluationsRequest, evaluation_service_client::EvaluationServiceClient},
    ingest::v1::{
        registry_service_client::RegistryServiceClient, submission_service_client::SubmissionServiceClient,
        submit_month_response::Outcome,
    },
};
use junheng_store::{Options, Store, marks};

const EVALUATORS: usize = 3;
const COUNTIES: u32 = 5;
const MONTHS: u32 = 8;
const MARKS: u32 = COUNTIES * MONTHS;
/// Each says anew which programs are killed.
const SEEDS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0x2545_f491_4f6c_dd1d];
/// How often a program is killed for each seed.
const KILLS: usize = 4;

/// What a killed evaluator had claimed is free again after a second.
fn evaluator(database: &Database) -> Program {
    Program::serve(
        database,
        &["evaluation.poll_interval_ms=50", "evaluation.lease_ms=1000", "database.max_connections=8"],
    )
}

/// Reports every month of every county, and waits until all of it is evaluated.
async fn reported(database: &Database, program: &Program) {
    let channel = connect(program.ingest()).await;
    for number in 0..COUNTIES {
        let county = County::met_at(&format!("2199{:02}", number + 1), &format!("{:02}", number + 21));
        register(&mut RegistryServiceClient::new(channel.clone()), &county).await;
        for month in 1..=MONTHS {
            let request = county.submission_for(&format!("2024-{month:02}"), &format!("month-{month}"));
            let reply = SubmissionServiceClient::new(channel.clone()).submit_month(request).await.unwrap();
            assert!(matches!(reply.into_inner().outcome, Some(Outcome::Receipt(_))));
        }
    }
    evaluated(database).await;
}

/// Marks everything by one request.
async fn recompute(program: &Program) {
    let request = RecomputeEvaluationsRequest {
        region: "regions/210000".to_owned(),
        first_month: "2024-01".to_owned(),
        last_month: "2024-12".to_owned(),
        request_id: String::new(),
    };
    let mut client = EvaluationServiceClient::new(connect(program.evaluation()).await);
    let marked = client.recompute_evaluations(request).await.unwrap().into_inner();
    assert_eq!((marked.county_count, marked.month_count), (Some(COUNTIES), Some(MARKS)));
}

/// Waits until no mark is left.
async fn evaluated(database: &Database) {
    eventually("the evaluation of everything", async || {
        // Every look is a process of its own.
        tokio::time::sleep(Duration::from_millis(100)).await;
        (database.query("SELECT COUNT(*) FROM marks") == "0").then_some(())
    })
    .await;
}

/// Marks everything, and waits until some of it is evaluated and some is not; where nobody saw that moment, marks everything again.
async fn half_evaluated(store: &Store, program: &Program) {
    recompute(program).await;
    eventually("a moment with something evaluated and something not", async || {
        let left = marks::find_backlog(store, jiff::Timestamp::now()).await.unwrap().count();
        if left == 0 {
            recompute(program).await;
        }
        (0 < left && left < u64::from(MARKS)).then_some(())
    })
    .await;
}

/// How often each evaluation was stored for each instant that it knows its county at.
fn stored(database: &Database) -> BTreeMap<String, u32> {
    let rows = database.query("SELECT resource, detail FROM audit_records WHERE action = 'store_evaluation'");
    let mut counts = BTreeMap::new();
    for row in rows.lines() {
        *counts.entry(row.to_owned()).or_default() += 1;
    }
    counts
}

/// Evaluations that were stored twice for one instant.
fn stored_twice(database: &Database) -> Vec<(String, u32)> {
    stored(database).into_iter().filter(|(_, count)| *count > 1).collect()
}

/// Stored evaluations that know all that is known of their county, and stored evaluations at all.
fn up_to_date(database: &Database) -> String {
    database.query(
        "SELECT COUNT(*) FILTER (WHERE evaluations.known_at_unix_ms = county_clocks.known_at_unix_ms), COUNT(*)
        FROM evaluations JOIN county_clocks ON county_clocks.county_code = evaluations.county_code",
    )
}

/// A generator of numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_evaluators_do_no_work_twice() {
    let database = Database::postgres();
    let programs = [(); EVALUATORS].map(|()| evaluator(&database));
    reported(&database, &programs[0]).await;
    let before: u32 = stored(&database).values().sum();

    recompute(&programs[1]).await;
    evaluated(&database).await;

    assert_eq!(stored(&database).values().sum::<u32>(), before + MARKS);
    assert_eq!(stored_twice(&database), []);
    assert_eq!(up_to_date(&database), format!("{MARKS}|{MARKS}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "who looks at a failure needs the seed that was at work")]
async fn every_mark_ends_in_one_evaluation_though_evaluators_are_killed() {
    let database = Database::postgres();
    let store = Store::connect(&Options::new(database.url())).await.unwrap();
    let mut programs: Vec<Program> = (0..EVALUATORS).map(|_| evaluator(&database)).collect();
    reported(&database, &programs[0]).await;

    for seed in SEEDS {
        eprintln!("seed {seed:#x}");
        let mut dice = Dice(seed);
        for _ in 0..KILLS {
            let victim = usize::try_from(dice.below(EVALUATORS as u64)).unwrap();
            half_evaluated(&store, &programs[(victim + 1) % EVALUATORS]).await;
            programs.swap_remove(victim).kill();
            programs.push(evaluator(&database));
        }
        evaluated(&database).await;

        assert_eq!(stored_twice(&database), [], "seed {seed:#x}");
        assert_eq!(up_to_date(&database), format!("{MARKS}|{MARKS}"), "seed {seed:#x}");
    }
}
