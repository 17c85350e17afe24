//! A call that nobody waits for any more leaves nothing behind in PostgreSQL: its statement ends, though what it waits for is still locked.

use std::time::Duration;

use junheng_e2e::{County, Database, Setup, Suite, eventually};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, TransactionTrait as _};
use tokio::{task::JoinHandle, time::timeout};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Shorter than the 30 s after which PostgreSQL ends any wait for a lock: it must not be that which ends ours.
const PATIENCE: Duration = Duration::from_secs(20);
/// Statements of the services that wait for a lock.
const BLOCKED: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
    AND application_name LIKE 'junheng%' AND state = 'active' AND wait_event_type = 'Lock'";
/// Transactions of the services that are open.
const OPEN: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
    AND application_name LIKE 'junheng%' AND xact_start IS NOT NULL";

/// The services with a county that somebody else holds locked.
struct Held {
    suite: Suite,
    county: County,
    database: Database,
    lock: DatabaseTransaction,
}

impl Held {
    async fn start(default_deadline_ms: u64) -> Self {
        let database = Database::postgres();
        // Nobody but the call under test asks the database for anything.
        let mut setup = Setup { working: false, ..Setup::default() };
        let suite = Suite::start_with(database.shared(), setup.clone()).await;
        let county = County::met();
        suite.register(&county).await;
        suite.accepted(county.submission("before")).await;
        setup.limits.default_deadline_ms = default_deadline_ms;
        let suite = suite.restart_with(setup).await;
        let lock = sea_orm::Database::connect(database.url()).await.unwrap().begin().await.unwrap();
        let code = county.region.trim_start_matches("regions/");
        let taken = lock
            .execute_unprepared(&format!(
                "UPDATE county_clocks SET known_at_unix_ms = known_at_unix_ms WHERE county_code = '{code}'"
            ))
            .await
            .unwrap();
        assert_eq!(taken.rows_affected(), 1);
        Self { suite, county, database, lock }
    }

    /// A submission that has come as far as the lock.
    async fn blocked(&self) -> JoinHandle<Result<(), Status>> {
        let (mut client, request) = (self.suite.submissions(), self.county.submission("abandoned"));
        let calling = tokio::spawn(async move { client.submit_month(request).await.map(drop) });
        eventually("the wait for the lock", async || (self.database.query(BLOCKED) == "1").then_some(())).await;
        calling
    }

    /// Nothing is left of the call while the lock is still held, and nothing was written when it is not.
    async fn assert_left_nothing(self) {
        let ended = eventually("the end", async || (self.database.query(OPEN) == "0").then_some(()));
        assert!(timeout(PATIENCE, ended).await.is_ok(), "it goes on in the database");
        self.lock.rollback().await.unwrap();
        let written = self.database.query("SELECT count(*) FROM submissions WHERE request_id = 'abandoned'");
        assert_eq!(written, "0");
        self.suite.accepted(self.county.submission("after")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_ran_out_of_time_does_not_go_on_waiting_in_the_database() {
    let held = Held::start(3_000).await;

    let status = held.blocked().await.await.unwrap().unwrap_err();

    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(status.get_details_error_info().unwrap().reason, "DEADLINE_EXCEEDED");
    held.assert_left_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_caller_went_away_does_not_go_on_waiting_in_the_database() {
    // Longer than the test is patient: only the caller's leaving can end the wait.
    let held = Held::start(600_000).await;

    let calling = held.blocked().await;
    calling.abort();

    assert!(calling.await.unwrap_err().is_cancelled());
    held.assert_left_nothing().await;
}
