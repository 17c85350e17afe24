use std::net::SocketAddr;
use std::sync::Arc;

/// The other end of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Peer {
    pub(crate) address: Option<SocketAddr>,
    /// DNS names and URIs of the client certificate; none without one.
    pub(crate) names: Arc<[String]>,
}
