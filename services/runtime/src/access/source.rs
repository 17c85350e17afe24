//! Where the keys come from, and when they are read again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls::ClientConfig;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use super::AccessError;
use super::fetch::fetch;
use super::keys::KeySet;
use crate::config::AccessConfig;
use crate::telemetry::{chain, names};

/// The keys in use and their source. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct KeySource {
    place: Arc<Place>,
    current: Arc<watch::Sender<Arc<KeySet>>>,
    /// When the keys were last read because a token asked for one that is not there.
    asked: Arc<Mutex<Option<Instant>>>,
    interval: Duration,
    pause: Duration,
}

#[derive(Debug)]
enum Place {
    File(PathBuf),
    Url { url: Uri, tls: Arc<ClientConfig> },
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            // Whoever stands before the host may be a password.
            Self::Url { url, .. } => {
                write!(
                    formatter,
                    "{}://{}{}",
                    url.scheme_str().unwrap_or_default(),
                    url.host().unwrap_or_default(),
                    url.path()
                )
            }
        }
    }
}

impl KeySource {
    /// Reads the keys for the first time. A file must be there; a URL may answer later, and until then nobody is let in.
    pub(super) async fn open(config: &AccessConfig) -> Result<Self, AccessError> {
        let place = if config.jwks.starts_with("http://") || config.jwks.starts_with("https://") {
            let url: Uri = config.jwks.parse().map_err(|_| AccessError::Url)?;
            Place::Url { url, tls: crate::tls::client(&config.jwks_ca, None)? }
        } else {
            Place::File(PathBuf::from(&config.jwks))
        };
        let source = Self {
            place: Arc::new(place),
            current: Arc::new(watch::Sender::default()),
            asked: Arc::default(),
            interval: Duration::from_millis(config.jwks_refresh_ms),
            pause: Duration::from_millis(config.jwks_pause_ms),
        };
        match (source.refresh().await, &*source.place) {
            (Err(text), Place::File(path)) => Err(AccessError::Keys { path: path.clone(), text }),
            _ => Ok(source),
        }
    }

    pub(super) fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.current.borrow())
    }

    /// Reads the keys again because a token names one that is unknown: at most once in a while, however many such tokens come.
    /// Returns the keys after it.
    pub(super) async fn ask_again(&self) -> Arc<KeySet> {
        let before = self.keys();
        let mut asked = self.asked.lock().await;
        // Who waited for another's reading has its keys.
        if Arc::ptr_eq(&before, &self.keys()) && asked.is_none_or(|asked| asked.elapsed() >= self.pause) {
            *asked = Some(Instant::now());
            let _told: Result<(), String> = self.refresh().await;
        }
        self.keys()
    }

    /// Reads the keys again and again, until dropped. While the source is down the keys stay.
    pub(super) async fn keep(self) {
        loop {
            let soon = if self.keys().is_empty() { self.pause.min(self.interval) } else { self.interval };
            tokio::time::sleep(soon).await;
            let _told: Result<(), String> = self.refresh().await;
        }
    }

    async fn refresh(&self) -> Result<(), String> {
        let read = self.read().await.and_then(|document| KeySet::read(document).map_err(str::to_owned));
        let outcome = if read.is_ok() { "read" } else { "failed" };
        metrics::counter!(names::KEYS_READ, "outcome" => outcome).increment(1);
        match read {
            Ok(keys) => {
                self.current.send_if_modified(|current| {
                    let other = !current.same(&keys);
                    if other {
                        let ids = keys.ids().join(", ");
                        tracing::info!(keys.ids = ids, keys.source = %self.place, "keys of tokens read, others than before");
                        *current = Arc::new(keys);
                    }
                    other
                });
                Ok(())
            }
            Err(error) => {
                let source = self.place.to_string();
                if self.keys().is_empty() {
                    tracing::warn!(
                        error,
                        keys.source = source,
                        "keys of tokens cannot be read, nobody is let in until they are"
                    );
                } else {
                    tracing::warn!(
                        error,
                        keys.source = source,
                        "keys of tokens cannot be read, those that were read before stay in use"
                    );
                }
                Err(error)
            }
        }
    }

    async fn read(&self) -> Result<Vec<u8>, String> {
        match &*self.place {
            Place::File(path) => tokio::fs::read(path).await.map_err(|error| error.to_string()),
            Place::Url { url, tls } => fetch(url, tls).await.map_err(|error| chain(&error)),
        }
    }
}
