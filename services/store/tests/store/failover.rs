//! A primary goes, its standby takes its place, and the pool follows.

use std::time::{Duration, Instant};

use junheng_store::{Options, Store, StoreError, clock};

use crate::{at, county, forwarder::Forwarder, postgres::Cluster};

/// Writes come back in less.
const PATIENCE: Duration = Duration::from_secs(10);

struct Pair {
    primary: Cluster,
    standby: Cluster,
    forwarder: Forwarder,
    store: Store,
}

impl Pair {
    /// A store that is connected to the primary, with some connections in its pool.
    async fn start(name: &str) -> Self {
        let primary = Cluster::start_primary(&format!("primary-{name}")).unwrap();
        let standby = primary.start_standby(&format!("standby-{name}")).unwrap();
        let forwarder = Forwarder::start(primary.socket()).unwrap();
        let url = format!("postgres://postgres@{}/postgres?sslmode=disable", forwarder.address());
        let options = Options { connect_timeout: Duration::from_secs(2), ..Options::new(url) };
        let store = Store::connect(&options).await.unwrap();
        store.migrate().await.unwrap();
        let pair = Self { primary, standby, forwarder, store };
        let writes = futures::future::join_all((0..4).map(|_| pair.write())).await;
        assert!(writes.iter().all(Result::is_ok), "{writes:?}");
        pair.caught_up().await;
        pair
    }

    async fn write(&self) -> Result<(), StoreError> {
        let transaction = self.store.begin_write().await?;
        clock::advance(&transaction, &county(), at(1)).await?;
        transaction.commit().await
    }

    /// Waits until the standby has what the primary has.
    async fn caught_up(&self) {
        let count = "SELECT max(known_at_unix_ms) FROM county_clocks";
        let wanted = self.primary.execute("postgres", count).unwrap();
        while self.standby.execute("postgres", count).ok().as_ref() != Some(&wanted) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Writes until it works; gives how often it did not.
    async fn write_again(&self) -> u32 {
        let started = Instant::now();
        let mut refused = 0;
        loop {
            match self.write().await {
                Ok(()) => break,
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
            }
            refused += 1;
            assert!(started.elapsed() < PATIENCE, "writes do not come back");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(started.elapsed() < PATIENCE);
        refused
    }

    fn clock_of(server: &Cluster) -> i64 {
        let clock = "SELECT known_at_unix_ms FROM county_clocks WHERE county_code = '210922'";
        server.execute("postgres", clock).unwrap().parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_come_back_after_the_standby_took_the_place_of_a_primary_that_died() {
    let pair = Pair::start("died").await;
    let before = Pair::clock_of(&pair.standby);

    pair.primary.crash().unwrap();
    assert!(matches!(pair.write().await, Err(StoreError::Unavailable(_))), "nobody is there to write to");
    pair.standby.promote().unwrap();
    pair.forwarder.lead_to(Some(pair.standby.socket()));
    pair.write_again().await;

    assert_eq!(Pair::clock_of(&pair.standby), before + 1, "what was refused was not written");
}

/// The trap: the connections stay open, and every one of them leads to a server that takes no writes any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_gives_up_connections_to_a_primary_that_was_demoted() {
    let pair = Pair::start("demoted").await;
    let before = Pair::clock_of(&pair.primary);
    for statement in ["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"] {
        pair.primary.execute("postgres", statement).unwrap();
    }
    while pair.primary.execute("postgres", "SHOW default_transaction_read_only").unwrap() != "on" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Backends look at their settings between statements: those of the pool see it at the latest with the next transaction but one.
    pair.standby.promote().unwrap();
    pair.forwarder.lead_to(Some(pair.standby.socket()));

    let refused = pair.write_again().await;

    assert!(refused <= 2, "one refusal tells of all connections: {refused}");
    assert_eq!(Pair::clock_of(&pair.primary), before, "none to the old primary");
    assert_eq!(Pair::clock_of(&pair.standby), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_connections_to_a_standby_are_not_used() {
    let pair = Pair::start("standby").await;
    pair.forwarder.lead_to(Some(pair.standby.socket()));
    pair.forwarder.cut();

    assert!(matches!(pair.write().await, Err(StoreError::Unavailable(_))));
    pair.forwarder.lead_to(Some(pair.primary.socket()));
    pair.write_again().await;

    pair.caught_up().await;
}
