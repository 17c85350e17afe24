//! Where a client calls: replicas of a service, one of which is used until it fails.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tonic::transport::{Channel, Endpoint};

use crate::{credentials::Credentials, error::ClientError, policy::Policy};

/// The replicas that a client may call. Clones go on to the next one together.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    channels: Arc<[Channel]>,
    current: Arc<AtomicUsize>,
}

impl Endpoints {
    /// Reads URLs that commas separate, and connects to one of them; the others are connected to when they are needed.
    pub(crate) async fn connect(names: &str, policy: &Policy, credentials: &Credentials) -> Result<Self, ClientError> {
        let mut endpoints = vec![];
        for name in names.split(',').map(str::trim) {
            let wrong = |source| ClientError::Endpoint { endpoint: name.to_owned(), source };
            let mut endpoint = Endpoint::from_shared(name.to_owned()).map_err(wrong)?;
            if endpoint.uri().scheme_str() == Some("https") {
                endpoint = endpoint.tls_config(credentials.tls()).map_err(wrong)?;
            }
            endpoints.push((name, endpoint.connect_timeout(policy.connect_timeout)));
        }
        let mut channels: Vec<Channel> = endpoints.iter().map(|(_, endpoint)| endpoint.connect_lazy()).collect();
        // Clients that are started together do not all begin at the same replica.
        let first = usize::from(uuid::Uuid::new_v4().as_bytes()[0]) % endpoints.len();
        let mut current = first;
        loop {
            let (name, endpoint) = &endpoints[current];
            match endpoint.connect().await {
                Ok(channel) => {
                    channels[current] = channel;
                    return Ok(Self { channels: channels.into(), current: Arc::new(AtomicUsize::new(current)) });
                }
                Err(source) => {
                    current = (current + 1) % endpoints.len();
                    if current == first {
                        return Err(ClientError::Connect { endpoint: (*name).to_owned(), source });
                    }
                }
            }
        }
    }

    /// The replica to call, and its place.
    pub(crate) fn current(&self) -> (usize, Channel) {
        let place = self.current.load(Ordering::Relaxed);
        (place, self.channels[place].clone())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.channels.len()).unwrap_or(u32::MAX)
    }

    /// Goes on to the next replica, unless another call that failed did so already.
    pub(crate) fn leave(&self, place: usize) {
        let next = (place + 1) % self.channels.len();
        // Where it is not the current one any more, it was left already.
        let _left = self.current.compare_exchange(place, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}
