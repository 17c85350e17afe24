//! Serving pages: HTTP/1.1, on connections like those of calls.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::connection::{self, Connection};
use super::{Host, ServeError, api};
use crate::access::{Access, Policy};
use crate::pages::{Door, Doorkeeper, Pages};
use crate::peer::Peer;
use crate::tls::{HTTP_1, Tls};

impl Host {
    /// Serves pages on a bound listener until `stop` fires and the drain is over.
    ///
    /// With authentication each page asks who looks at it, by the policy; without, only this machine is answered. When `stop` fires the
    /// listener closes and requests in progress may end; after `drain_timeout_ms` what is left is cut.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the policy does not fit the pages or the listener fails.
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
        };
        let cut = CancellationToken::new();
        let handshakes = self.tls.as_ref().map(|tls: &Tls| tls.handshakes(HTTP_1));
        let patience = Duration::from_millis(self.limits.keepalive_timeout_ms);
        let address = listener.local_addr().map_err(ServeError::Pages)?;
        let slots = Arc::clone(&self.connections);
        let connections = connection::accept(listener, slots, handshakes, cut.clone(), patience);
        let incoming = Incoming { connections, address: Peer { address: Some(address), ..Peer::default() } };
        let service = pages.behind(door).into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(incoming, service).with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::select! {
            served = serving.into_future() => served.map_err(ServeError::Pages),
            () = self.drained(&stop) => {
                cut.cancel();
                Ok(())
            }
        }
    }
}

/// Connections as they come.
struct Incoming {
    connections: BoxStream<'static, io::Result<Connection>>,
    address: Peer,
}

impl Listener for Incoming {
    type Io = Connection;
    type Addr = Peer;

    async fn accept(&mut self) -> (Connection, Peer) {
        loop {
            match self.connections.next().await {
                Some(Ok(connection)) => {
                    let peer = connection.peer().clone();
                    return (connection, peer);
                }
                // It was told already.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(self.address.clone())
    }
}

impl Connected<IncomingStream<'_, Incoming>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Incoming>) -> Self {
        stream.remote_addr().clone()
    }
}
