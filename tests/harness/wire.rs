//! Connections, and instants as messages.

use std::net::SocketAddr;

use jiff::Timestamp;
use tonic::transport::{Channel, Endpoint};

/// An instant as a message.
#[must_use]
pub fn instant(instant: Timestamp) -> junheng_proto::Timestamp {
    junheng_proto::Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() }
}

/// The instant of a message.
#[must_use]
pub fn timestamp(message: &junheng_proto::Timestamp) -> Timestamp {
    Timestamp::new(message.seconds, message.nanos).unwrap()
}

/// Connects to a service.
pub async fn connect(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}
