//! How the services of a test run.

use std::sync::Arc;

use junheng_runtime::{
    Api, Config, Limits,
    config::{AccessConfig, ReportingConfig},
};
use junheng_seal::key::Signer;
use junheng_store::Access;

/// How the services run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Limits of the process.
    pub limits: Limits,
    /// Whether evaluations follow submissions.
    pub working: bool,
    /// How long an idle evaluator waits before it looks for work that nobody told it of, in milliseconds.
    pub poll_interval_ms: u64,
    /// Codes of the regions that every caller is held to; `None`: all regions. Evaluators always have all.
    pub regions: Option<Vec<String>>,
    /// How callers prove who they are; `None`: nobody is asked.
    pub access: Option<AccessConfig>,
    /// What reporting is set to.
    pub reporting: ReportingConfig,
    /// What receipts are signed with; `None`: they are not.
    pub signer: Option<Arc<Signer>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: Config::defaults().unwrap().limits,
            working: true,
            poll_interval_ms: 5,
            regions: None,
            access: None,
            reporting: Config::defaults().unwrap().reporting,
            signer: Some(Arc::new(Signer::of_secret(&[7; 32]))),
        }
    }
}

impl Setup {
    /// The API for callers who are held to the regions.
    pub(crate) fn held(&self, api: Api) -> Api {
        let Some(codes) = &self.regions else { return api };
        let access = Access::regions(codes);
        api.surrounded(move |_, deadline| {
            let access = access.clone().until(deadline);
            Box::new(move |step| access.enter(step))
        })
    }
}
