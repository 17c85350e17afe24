use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use tokio::sync::watch;

use crate::telemetry::names;

/// What is said while the process starts or stops.
const PROCESS: &str = "process";
/// How long one check may take before it counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// How often readiness is looked at, asked or not: what was lost is told though nobody probes.
const LOOK_EVERY: Duration = Duration::from_secs(5);

type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Whether this process should get traffic. Starts not ready; clones share it.
///
/// gRPC health follows the flag alone; `/readyz` asks the checks as well.
#[derive(Clone)]
pub struct Readiness {
    ready: Arc<watch::Sender<bool>>,
    checks: Arc<Mutex<Vec<(&'static str, Check)>>>,
    /// What kept this process from being ready when it was looked at last, and at first.
    last: Arc<Mutex<Vec<String>>>,
}

impl Readiness {
    pub(crate) fn new() -> Self {
        Self {
            ready: Arc::new(watch::Sender::new(false)),
            checks: Arc::default(),
            last: Arc::new(Mutex::new(vec![PROCESS.to_owned()])),
        }
    }

    /// Sets the flag.
    pub fn set_ready(&self, ready: bool) {
        self.ready.send_replace(ready);
    }

    /// Adds something that must be well within two seconds, for example the database; otherwise it says what is not, or goes by its name.
    ///
    /// What it says, up to the first bracket, becomes the label of a metric: a few words that are always the same.
    pub fn add_check<F>(&self, name: &'static str, check: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        // What is not there looks like something that nobody watches.
        metrics::gauge!(names::OBSTACLE, "obstacle" => name).set(0.0);
        let check: Check = Arc::new(move || check().boxed());
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push((name, check));
    }

    /// Lists what keeps this process from being ready; empty when it is.
    pub async fn list_obstacles(&self) -> Vec<String> {
        let obstacles = if *self.ready.borrow() { self.check().await } else { vec![PROCESS.to_owned()] };
        self.note(&obstacles);
        obstacles
    }

    /// Looks at it again and again, until dropped.
    pub(crate) async fn keep(self) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            ticks.tick().await;
            self.list_obstacles().await;
        }
    }

    /// Tells what changed: one line each time readiness is lost, regained, or kept from by something else.
    fn note(&self, obstacles: &[String]) {
        metrics::gauge!(names::READY).set(if obstacles.is_empty() { 1.0 } else { 0.0 });
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now: Vec<String> = obstacles.iter().map(|obstacle| kind(obstacle)).collect();
        for gone in last.iter().map(|obstacle| kind(obstacle)).filter(|obstacle| !now.contains(obstacle)) {
            metrics::gauge!(names::OBSTACLE, "obstacle" => gone).set(0.0);
        }
        for obstacle in now {
            metrics::gauge!(names::OBSTACLE, "obstacle" => obstacle).set(1.0);
        }
        if *last == obstacles {
            return;
        }
        if obstacles.is_empty() {
            tracing::info!("ready");
        } else if obstacles != [PROCESS] {
            tracing::warn!(ready.obstacles = obstacles.join(", "), "not ready");
        }
        obstacles.clone_into(&mut last);
    }

    async fn check(&self) -> Vec<String> {
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answers = join_all(checks.into_iter().map(|(name, check)| async move {
            let checked = tokio::time::timeout(CHECK_TIMEOUT, check()).await;
            checked.unwrap_or_else(|_| Err(name.to_owned())).err()
        }));
        answers.await.into_iter().flatten().collect()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }
}

/// What an obstacle is of, without what it says of itself in brackets: there are few of these.
fn kind(obstacle: &str) -> String {
    obstacle.split(" (").next().unwrap_or(obstacle).to_owned()
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Readiness").field("ready", &*self.ready.borrow()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_lost_and_regained_is_one_line_each_and_a_gauge() {
        let (log, recorder) = (Log::default(), PrometheusBuilder::new().build_recorder());
        let writer = log.clone();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (readiness, wrong) = (Readiness::new(), Arc::new(Mutex::new(None::<String>)));
        let seen = Arc::clone(&wrong);
        readiness.add_check("database", move || {
            let wrong = seen.lock().unwrap().clone();
            async move { wrong.map_or(Ok(()), Err) }
        });
        let (mut gauges, mut kept) = (vec![], vec![]);

        tracing::subscriber::with_default(lines, || {
            metrics::with_local_recorder(&recorder, || {
                runtime.block_on(readiness.list_obstacles());
                readiness.set_ready(true);
                for obstacle in
                    [None, Some("schema (m9999_future)"), Some("schema (m9999_future)"), Some("database"), None]
                {
                    *wrong.lock().unwrap() = obstacle.map(str::to_owned);
                    assert_eq!(runtime.block_on(readiness.list_obstacles()).first().map(String::as_str), obstacle);
                    let text = recorder.handle().render();
                    gauges.push(text.contains("junheng_ready 1"));
                    let keeps = |what: &&str| text.contains(&format!("junheng_obstacle{{obstacle=\"{what}\"}} 1"));
                    kept.push(["process", "schema", "database"].iter().copied().filter(keeps).collect::<Vec<_>>());
                }
            });
        });

        assert_eq!(gauges, [true, false, false, false, true]);
        assert_eq!(kept, [vec![], vec!["schema"], vec!["schema"], vec!["database"], vec![]]);
        let text = recorder.handle().render();
        assert_eq!(text.matches("junheng_obstacle{").count(), 3, "{text}");
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let told: Vec<&str> = text.lines().filter_map(|line| line.split_once(": ").map(|(_, told)| told)).collect();
        assert_eq!(told.len(), 4, "{text}");
        assert!(told[0].ends_with("ready") && told[3].ends_with("ready"), "{text}");
        assert!(told[1].contains("not ready") && told[1].contains("schema (m9999_future)"), "{text}");
    }
}
