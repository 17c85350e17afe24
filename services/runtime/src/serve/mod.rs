//! Serving: one listener, its services with health and reflection, and a drain that ends.

mod api;
mod connection;
mod health;
mod pace;
mod pages;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tower::util::MapRequest;

use crate::access::{Access, Policy, PolicyError};
use crate::config::{Limits, Network};
use crate::observer::Observer;
use crate::peer::Proxies;
use crate::readiness::Readiness;
use crate::rpc::{Gate, Guard, Methods, Shield, arrive};
use crate::tls::{HTTP_2, Tls};
pub use api::Api;

/// Streams of one connection that are reset for what their caller should not have sent: then the connection is closed. tonic has no limit, and each waits
/// in memory until the caller reads of it. What was still on its way to a refused call counts, so it is far more than an honest caller causes.
const RESETS: usize = 16_384;

/// Connections for pages, which have slots of their own so that no browser takes one from a service: one opens six at most, and the proxy before it
/// shares a few among all, so this is enough for everybody and leaves file descriptors for calls.
const PAGE_CONNECTIONS: usize = 256;

/// What all services of one process share: limits, the counts of calls in progress and of connections, readiness. Clones are the same.
#[derive(Clone)]
pub struct Host {
    limits: Limits,
    permits: Arc<Semaphore>,
    connections: Arc<Semaphore>,
    page_connections: Arc<Semaphore>,
    readiness: Readiness,
    access: Option<Access>,
    tls: Option<Tls>,
    observer: Option<Arc<dyn Observer>>,
    proxies: Proxies,
}

/// A service could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The descriptors of the services cannot be decoded.
    #[error("descriptors cannot be decoded")]
    Descriptors(#[from] prost::DecodeError),
    /// Reflection cannot be built from the descriptors.
    #[error("reflection cannot be built")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// Callers are to be known, and the policy does not say for every RPC who may call it.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The transport failed.
    #[error("transport failed")]
    Transport(#[from] tonic::transport::Error),
    /// A task that must run as long as the process ended or panicked.
    #[error("task {name} ended before the process")]
    Task {
        /// Its name.
        name: &'static str,
    },
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Host").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Host {
    /// Takes the limits of the process.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let semaphore = |most: u32| {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)))
        };
        Self {
            limits: limits.clone(),
            permits: semaphore(limits.concurrency),
            connections: semaphore(limits.max_connections),
            page_connections: Arc::new(Semaphore::new(PAGE_CONNECTIONS)),
            readiness: Readiness::new(),
            access: None,
            tls: None,
            observer: None,
            proxies: Proxies::default(),
        }
    }

    /// Has somebody told of calls that end, of those that are served from here on.
    pub fn observe(&mut self, observer: Arc<dyn Observer>) {
        self.observer = Some(observer);
    }

    /// Asks every caller who he is. Not ready before there are keys to ask with.
    #[must_use]
    pub fn with_access(self, access: Access) -> Self {
        let keys = access.clone();
        self.readiness.add_check("keys of tokens", move || {
            let keys = keys.clone();
            async move { if keys.has_keys() { Ok(()) } else { Err("keys of tokens".to_owned()) } }
        });
        Self { access: Some(access), ..self }
    }

    /// Takes the word of these proxies on where calls come from.
    #[must_use]
    pub fn with_proxies(self, networks: &[Network]) -> Self {
        Self { proxies: Proxies::new(networks), ..self }
    }

    /// Secures every connection.
    #[must_use]
    pub fn with_tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Returns the readiness that health and `/readyz` follow.
    #[must_use]
    pub const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Serves `api` on a bound listener until `stop` fires and the drain is over.
    ///
    /// Health is `NOT_SERVING`, the empty name included, until the process is ready. When `stop` fires health turns `NOT_SERVING`, the
    /// listener closes and calls in progress may end; after `drain_timeout_ms` the connections that are left are cut.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the descriptors are damaged or the transport fails.
    pub async fn serve(&self, listener: TcpListener, api: Api, stop: CancellationToken) -> Result<(), ServeError> {
        let (cut, closing) = (CancellationToken::new(), CancellationToken::new());
        let (health, health_server) = health::Health::start(api.names.clone()).await;
        let routes = api::with_reflection(api.routes().add_service(health_server), &api.descriptors)?;
        let service = self.covered(routes, &api.descriptors, api.policy, closing.clone())?;

        let (readiness, stopping) = (self.readiness.watch(), stop.clone());
        let draining = async move {
            health.follow(readiness, &stopping).await;
            closing.cancel();
        };
        let handshakes = self.tls.as_ref().map(|tls| tls.handshakes(HTTP_2));
        let patience = Duration::from_millis(self.limits.keepalive_timeout_ms);
        let slots = Arc::clone(&self.connections);
        let incoming = connection::accept(listener, slots, handshakes, cut.clone(), patience);
        let serving = self.transport().serve_with_incoming_shutdown(service, incoming, draining);
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            served = &mut serving => return Ok(served?),
            () = self.drained(&stop) => {}
        }
        tracing::warn!(drain_timeout_ms = self.limits.drain_timeout_ms, "drain timed out, cutting connections");
        cut.cancel();
        Ok(serving.await?)
    }

    fn covered(
        &self,
        routes: Routes,
        descriptors: &[u8],
        policy: &str,
        closing: CancellationToken,
    ) -> Result<Gate<MapRequest<Routes, Arrive>>, ServeError> {
        let served = api::served(descriptors);
        let guard = |access: &Access| {
            let policy = Arc::new(Policy::read(policy, &served)?);
            let max_message_bytes = self.limits.max_message_bytes;
            Ok::<_, PolicyError>(Arc::new(Guard { access: access.clone(), policy, max_message_bytes }))
        };
        let methods = Arc::new(Methods::read(&served)?);
        let shield = Shield {
            default_deadline: self.limits.default_deadline(),
            methods: Arc::clone(&methods),
            closing,
            guard: self.access.as_ref().map(guard).transpose()?,
            observer: self.observer.clone(),
            proxies: self.proxies.clone(),
        };
        let arrive: Arrive = arrive;
        let covered = MapRequest::new(shield.cover(routes).prepare(), arrive);
        Ok(Gate::new(covered, Arc::clone(&self.permits), methods))
    }

    fn transport(&self) -> Server {
        let server = Server::builder()
            .http2_max_local_error_reset_streams(Some(RESETS))
            .max_concurrent_streams(self.limits.max_concurrent_streams)
            .http2_keepalive_interval(positive(self.limits.keepalive_interval_ms))
            .http2_keepalive_timeout(positive(self.limits.keepalive_timeout_ms));
        match positive(self.limits.max_connection_age_ms) {
            // The age only: a grace period would cut calls in progress.
            Some(age) => server.max_connection_age(spread(age)),
            None => server,
        }
    }

    async fn drained(&self, stop: &CancellationToken) {
        stop.cancelled().await;
        tokio::time::sleep(self.limits.drain_timeout()).await;
    }
}

type Arrive = fn(http::Request<tonic::body::Body>) -> http::Request<tonic::body::Body>;

fn positive(milliseconds: u64) -> Option<Duration> {
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
}

/// Moves an age by up to a tenth up or down, so that replicas started together do not shed their connections together.
fn spread(age: Duration) -> Duration {
    let chance = uuid::Uuid::new_v4().as_bytes()[0];
    age.mul_f64(0.9 + 0.2 * f64::from(chance) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_differ_by_a_tenth_at_most() {
        let ages: Vec<Duration> = (0..200).map(|_| spread(Duration::from_secs(100))).collect();

        assert!(ages.iter().all(|age| (90_000..=110_000).contains(&age.as_millis())), "{ages:?}");
        assert!(ages.iter().any(|age| *age != ages[0]));
    }
}
