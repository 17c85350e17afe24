//! Serving pages: HTTP/1.1 and nothing else, on connections like those of calls, with slots of their own.

use std::error::Error as _;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures::StreamExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::connection::{self, Connection};
use super::{Host, ServeError, api};
use crate::access::{Access, Policy};
use crate::pages::{Door, Doorkeeper, Pages};
use crate::tls::{HTTP_1, Tls};

impl Host {
    /// Serves pages on a bound listener until `stop` fires and the drain is over.
    ///
    /// With authentication each page asks who looks at it, by the policy; without, only this machine is answered. When `stop` fires the
    /// listener closes and requests in progress may end; after `drain_timeout_ms` what is left is cut.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the policy does not fit the pages.
    pub async fn serve_pages(
        &self,
        listener: TcpListener,
        pages: Pages,
        stop: CancellationToken,
    ) -> Result<(), ServeError> {
        let keeper = |access: &Access| {
            let policy = Policy::read(pages.policy, &api::served(pages.descriptors))?;
            policy.fit_pages(&pages.routes)?;
            Ok::<_, ServeError>(Doorkeeper { access: access.clone(), policy, header: pages.token_header.clone() })
        };
        let door = Door {
            deadline: self.limits.default_deadline(),
            apology: pages.apology,
            routes: pages.routes.clone(),
            keeper: self.access.as_ref().map(keeper).transpose()?,
            permits: Arc::clone(&self.permits),
            observer: self.observer.clone(),
            proxies: self.proxies.clone(),
        };
        let cut = CancellationToken::new();
        let handshakes = self.tls.as_ref().map(|tls: &Tls| tls.handshakes(HTTP_1));
        let patience = Duration::from_millis(self.limits.keepalive_timeout_ms);
        let slots = Arc::clone(&self.page_connections);
        let mut connections = connection::accept(listener, slots, handshakes, cut.clone(), patience);
        let router = pages.behind(door);
        let mut speaking = http1::Builder::new();
        // From one answer to the end of the next request's head as well: a connection that nobody uses is closed.
        speaking.timer(TokioTimer::new()).header_read_timeout(patience);
        let open = TaskTracker::new();
        let serving = async {
            while let Some(Some(accepted)) = stop.run_until_cancelled(connections.next()).await {
                // One that failed was told already.
                let Ok(connection) = accepted else { continue };
                let (speaking, router) = (speaking.clone(), router.clone());
                open.spawn(speak(speaking, router, connection.paced(patience), stop.clone(), cut.clone()));
            }
            drop(connections);
            open.close();
            open.wait().await;
        };
        tokio::select! {
            () = serving => {}
            () = self.drained(&stop) => {
                tracing::warn!(pages.count = open.len(), "drain timed out, cutting pages");
                cut.cancel();
            }
        }
        Ok(())
    }
}

/// Speaks HTTP/1.1 on a connection until it ends, and after `stop` only until the request in progress is answered.
async fn speak(
    speaking: http1::Builder,
    router: Router,
    connection: Connection,
    stop: CancellationToken,
    cut: CancellationToken,
) {
    let peer = connection.peer().clone();
    let address = peer.address.map(|address| address.to_string());
    let router = router.map_request(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        request.map(Body::new)
    });
    let spoken = speaking.serve_connection(TokioIo::new(connection), TowerToHyperService::new(router));
    let mut spoken = pin!(spoken);
    let speaking = async {
        if let Some(ended) = stop.run_until_cancelled(spoken.as_mut()).await {
            return ended;
        }
        spoken.as_mut().graceful_shutdown();
        spoken.await
    };
    if let Some(Err(error)) = cut.run_until_cancelled(speaking).await {
        let waited = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        if waited.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            tracing::info!(caller.peer = address, "page not read in time, connection closed");
        }
        tracing::debug!(error = &error as &dyn std::error::Error, "connection of pages ended");
    }
}
