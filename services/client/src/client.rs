//! A connection to an endpoint, and how a call is made over it.

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout};
use tonic::{Request, Response, Status, transport::Channel};
use tracing::Instrument as _;

use crate::{
    budget::Budget, credentials::Credentials, endpoints::Endpoints, error, error::ClientError, journal::Journal,
    policy::Policy, trace,
};

/// A connection to a service of the suite. Clones share it and its retry budget; it opens itself again when it breaks.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) endpoint: String,
    endpoints: Endpoints,
    pub(crate) policy: Policy,
    credentials: Credentials,
    budget: Budget,
    observer: Option<Observer>,
    pub(crate) journal: Option<Arc<Journal>>,
}

/// A failed attempt that is about to be repeated.
#[derive(Debug)]
pub struct Retrying<'a> {
    /// The attempt that failed, from 1.
    pub attempt: u32,
    /// Attempts at most.
    pub attempts: u32,
    /// How long until the next one.
    pub delay: Duration,
    /// How long the call has taken so far.
    pub elapsed: Duration,
    /// Why it failed.
    pub error: &'a ClientError,
}

#[derive(Clone)]
struct Observer(Arc<dyn Fn(&Retrying<'_>) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Observer")
    }
}

impl Client {
    /// Connects to `http://HOST:PORT` or `https://HOST:PORT` under the default [`Policy`].
    ///
    /// Several replicas of a service are named with commas between: `http://HOST-1:PORT,http://HOST-2:PORT`. One of them is called
    /// until it answers `UNAVAILABLE` or not at all; then the next one.
    ///
    /// # Errors
    ///
    /// [`ClientError::Endpoint`] when it is no URL, [`ClientError::Connect`] when nothing answers there.
    pub async fn connect(endpoint: impl Into<String>) -> Result<Self, ClientError> {
        Self::connect_with(endpoint, Policy::default()).await
    }

    /// Connects under a policy of the caller's.
    ///
    /// # Errors
    ///
    /// [`ClientError::Endpoint`] when it is no URL, [`ClientError::Connect`] when nothing answers there.
    pub async fn connect_with(endpoint: impl Into<String>, policy: Policy) -> Result<Self, ClientError> {
        Self::connect_as(endpoint, policy, Credentials::default()).await
    }

    /// Connects as somebody, under a policy of the caller's. A service that refuses connections may be starting: it is waited for as one that
    /// answers `UNAVAILABLE`.
    ///
    /// # Errors
    ///
    /// [`ClientError::Endpoint`] when it is no URL, or its certificates cannot be used; [`ClientError::Connect`] when nothing answers
    /// there, or nothing that is believed.
    pub async fn connect_as(
        endpoint: impl Into<String>,
        policy: Policy,
        credentials: Credentials,
    ) -> Result<Self, ClientError> {
        Self::connect_observed(endpoint, policy, credentials, |_| ()).await
    }

    /// As [`connect_as`](Self::connect_as), and tells `observer` before every wait for another attempt to connect.
    ///
    /// # Errors
    ///
    /// As [`connect_as`](Self::connect_as).
    pub async fn connect_observed(
        endpoint: impl Into<String>,
        policy: Policy,
        credentials: Credentials,
        observer: impl Fn(&Retrying<'_>),
    ) -> Result<Self, ClientError> {
        let endpoint: String = endpoint.into();
        let started = Instant::now();
        let mut attempt = 1;
        let endpoints = loop {
            let error = match Endpoints::connect(&endpoint, &policy, &credentials).await {
                Ok(endpoints) => break endpoints,
                Err(error) => error,
            };
            let elapsed = started.elapsed();
            let left = policy.overall_timeout.saturating_sub(elapsed);
            let delay = policy.delay(attempt, &error).filter(|delay| error.refused_connection() && *delay < left);
            let Some(delay) = delay else { return Err(error) };
            observer(&Retrying { attempt, attempts: policy.attempts, delay, elapsed, error: &error });
            sleep(delay).await;
            attempt += 1;
        };
        let budget = Budget::new(policy.retry_tokens);
        Ok(Self { endpoint, endpoints, policy, credentials, budget, observer: None, journal: None })
    }

    /// Tells `observer` before every wait for another attempt.
    #[must_use]
    pub fn with_observer(self, observer: impl Fn(&Retrying<'_>) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Observer(Arc::new(observer))), ..self }
    }

    /// Keeps a journal of the months that are sent, so that each goes under the same `request_id` after a crash, too.
    #[must_use]
    pub fn with_journal(self, journal: Journal) -> Self {
        Self { journal: Some(Arc::new(journal)), ..self }
    }

    /// Makes a call, and repeats it as the policy and the budget say.
    pub(crate) async fn call<Q, A, F>(
        &self,
        request: Q,
        rpc: impl Fn(Channel, Request<Q>, usize) -> F,
    ) -> Result<A, ClientError>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        let started = Instant::now();
        let left = || self.policy.overall_timeout.saturating_sub(started.elapsed());
        let mut attempt = 1;
        loop {
            let time = self.policy.call_timeout.min(left());
            let mut call = Request::new(request.clone());
            call.set_timeout(time);
            if let Some(value) = self.credentials.authorization()? {
                call.metadata_mut().insert("authorization", value);
            }
            let span = trace::attempt(&mut call, attempt);
            let (place, channel) = self.endpoints.current();
            let mut unreached = false;
            // The channel's own timeout ends with the headers of the answer; this one covers its body as well.
            let error = match timeout(time, rpc(channel, call, self.policy.max_message_bytes).instrument(span)).await {
                Ok(Ok(response)) => {
                    self.budget.give();
                    return Ok(response.into_inner());
                }
                Ok(Err(status)) => {
                    unreached = error::broken(&status);
                    let error = ClientError::from_status(&status);
                    if unreached && self.endpoint.contains("https://") { error.closed() } else { error }
                }
                Err(_) => ClientError::DeadlineExceeded,
            };
            if error.retryable() {
                self.endpoints.leave(place);
            }
            // To ask the others, once each, is no further load on a service in trouble.
            let others = unreached && attempt < self.endpoints.count();
            let affordable = error.retryable() && (others || self.budget.take());
            match self.policy.delay(attempt, &error).filter(|delay| affordable && *delay < left()) {
                Some(delay) => {
                    self.observe(&Retrying {
                        attempt,
                        attempts: self.policy.attempts,
                        delay,
                        elapsed: started.elapsed(),
                        error: &error,
                    });
                    sleep(delay).await;
                }
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    fn observe(&self, retrying: &Retrying<'_>) {
        if let Some(Observer(observer)) = &self.observer {
            observer(retrying);
        }
    }
}
