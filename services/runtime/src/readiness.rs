use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use tokio::sync::watch;

/// How long one check may take before it counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// Whether this process should get traffic. Starts not ready; clones share it.
///
/// gRPC health follows the flag alone; `/readyz` asks the checks as well.
#[derive(Clone)]
pub struct Readiness {
    ready: Arc<watch::Sender<bool>>,
    checks: Arc<Mutex<Vec<(&'static str, Check)>>>,
}

impl Readiness {
    pub(crate) fn new() -> Self {
        Self { ready: Arc::new(watch::Sender::new(false)), checks: Arc::default() }
    }

    /// Sets the flag.
    pub fn set_ready(&self, ready: bool) {
        self.ready.send_replace(ready);
    }

    /// Adds something that must answer `true` within two seconds, for example the database.
    pub fn add_check<F>(&self, name: &'static str, check: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = bool> + Send + 'static,
    {
        let check: Check = Arc::new(move || check().boxed());
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push((name, check));
    }

    /// Lists what keeps this process from being ready; empty when it is.
    pub async fn list_obstacles(&self) -> Vec<&'static str> {
        if !*self.ready.borrow() {
            return vec!["process"];
        }
        let checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answers = join_all(checks.into_iter().map(|(name, check)| async move {
            let passed = tokio::time::timeout(CHECK_TIMEOUT, check()).await.unwrap_or(false);
            (!passed).then_some(name)
        }));
        answers.await.into_iter().flatten().collect()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.ready.subscribe()
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Readiness").field("ready", &*self.ready.borrow()).finish_non_exhaustive()
    }
}
