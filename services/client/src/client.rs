//! A connection to an endpoint, and how a call is made over it.

use tokio::time::{Instant, sleep, timeout};
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint},
};

use crate::{error::ClientError, policy::Policy};

/// A connection to one endpoint of the suite. Clones share it; it opens itself again when it breaks.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) channel: Channel,
    pub(crate) policy: Policy,
}

impl Client {
    /// Connects to `http://HOST:PORT` under the default [`Policy`].
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
        let name: String = endpoint.into();
        let endpoint = Endpoint::from_shared(name.clone())
            .map_err(|source| ClientError::Endpoint { endpoint: name.clone(), source })?;
        let channel = endpoint
            .connect_timeout(policy.connect_timeout)
            .connect()
            .await
            .map_err(|source| ClientError::Connect { endpoint: name, source })?;
        Ok(Self { channel, policy })
    }

    /// Makes a call, and repeats it as the policy says.
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
            // The channel's own timeout ends with the headers of the answer; this one covers its body as well.
            let error = match timeout(time, rpc(self.channel.clone(), call, self.policy.max_message_bytes)).await {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => ClientError::from_status(&status),
                Err(_) => ClientError::DeadlineExceeded,
            };
            match self.policy.delay(attempt, &error) {
                Some(delay) if delay < left() => sleep(delay).await,
                _ => return Err(error),
            }
            attempt += 1;
        }
    }
}
