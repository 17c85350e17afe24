use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::HeaderMap;

use crate::config::Network;

/// The other end of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Peer {
    pub(crate) address: Option<SocketAddr>,
    /// DNS names and URIs of the client certificate; none without one.
    pub(crate) names: Arc<[String]>,
}

/// The proxies whose word on where a call comes from is taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies(Arc<[Network]>);

impl Proxies {
    pub(crate) fn new(networks: &[Network]) -> Self {
        Self(networks.into())
    }

    /// Where a call comes from that a proxy passed on: the right-most address of `x-forwarded-for` that is no proxy of ours, since whatever stands
    /// left of it was written by somebody else. `None` where the peer is none of the proxies, or says nothing that is an address.
    pub(crate) fn caller(&self, peer: Option<SocketAddr>, headers: &HeaderMap) -> Option<SocketAddr> {
        if !self.trusts(peer?.ip()) {
            return None;
        }
        let lines: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let mut outermost = None;
        for text in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            // From here on leftwards nothing can be told.
            let Some(address) = address(text.trim()) else { break };
            outermost = Some(address);
            if !self.trusts(address) {
                break;
            }
        }
        outermost.map(|address| SocketAddr::new(address.to_canonical(), 0))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// An address as proxies write it: bare, in brackets, with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(peer: &str, forwarded: &[&'static str]) -> Option<String> {
        let proxies = Proxies::new(&["10.42.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        proxies.caller(Some(peer.parse().unwrap()), &headers).map(|address| address.ip().to_string())
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_is_the_caller() {
        assert_eq!(told("10.42.0.9:5", &["203.0.113.7"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(told("10.42.0.9:5", &["1.2.3.4, 203.0.113.7, 10.42.3.3"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(told("10.42.0.9:5", &["1.2.3.4", "203.0.113.7"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(told("[fd00::1]:5", &["[2001:db8::9]:443"]).as_deref(), Some("2001:db8::9"));
        assert_eq!(told("10.42.0.9:5", &["1.2.3.4, junk, 10.42.3.3"]).as_deref(), Some("10.42.3.3"));
    }

    #[test]
    fn nobody_else_is_believed() {
        assert_eq!(told("198.51.100.1:5", &["203.0.113.7"]), None);
        assert_eq!(told("10.42.0.9:5", &[]), None);
        assert_eq!(told("10.42.0.9:5", &["unknown"]), None);
    }
}
