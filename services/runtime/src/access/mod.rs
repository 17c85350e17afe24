//! Who may call what: bearer tokens and client certificates prove who calls, the policy of the services says what he may call.

mod fetch;
mod identity;
mod keys;
mod policy;
mod source;
mod token;
pub(crate) mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, header};

use crate::clock::Clock;
use crate::config::AccessConfig;
use crate::scope::{Role, Scope};
use crate::tls::TlsError;
pub(crate) use identity::{Denial, Identity};
use keys::KeySet;
pub(crate) use policy::{Demand, PageEntry, Refused, Whom};
pub use policy::{Fault, Policy, PolicyError};
use source::KeySource;
use token::{Rules, Token};

/// Proves who calls. Clones are the same.
#[derive(Debug, Clone)]
pub struct Access {
    keys: KeySource,
    rules: Arc<Rules>,
    /// Names in client certificates that are those of services.
    services: Arc<[String]>,
    clock: Clock,
}

/// Callers cannot be authenticated.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file with the keys cannot be used.
    #[error("`access.jwks`: {}: {text}", path.display())]
    Keys {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        text: String,
    },
    /// The keys have no such address.
    #[error("`access.jwks` is neither a file nor a URL")]
    Url,
    /// The certificates for the address of the keys cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Access {
    /// Takes what is configured, and reads the keys: a file must be there, a URL may answer later.
    ///
    /// # Errors
    ///
    /// [`AccessError`] when something that must be there is not.
    pub async fn open(config: &AccessConfig, clock: Clock) -> Result<Self, AccessError> {
        let rules = Rules {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            leeway: i64::try_from(config.leeway_ms / 1_000).unwrap_or(i64::MAX),
        };
        let keys = KeySource::open(config).await?;
        Ok(Self { keys, rules: Arc::new(rules), services: config.service_names.clone().into(), clock })
    }

    /// Reads the keys again and again, until dropped.
    pub async fn keep(self) {
        self.keys.keep().await;
    }

    /// Says whether there is any key, so that anybody can be let in.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.keys.keys().is_empty()
    }

    /// Says who calls: the bearer of the token, or, without one, the service whose name the client certificate bears.
    pub(crate) async fn identify(&self, headers: &HeaderMap, names: &[String]) -> Result<Identity, Denial> {
        let Some(text) = only(headers, &header::AUTHORIZATION)? else {
            let service = names.iter().find(|name| self.services.contains(name)).ok_or(Denial::Missing)?;
            return Ok(Identity {
                subject: service.as_str().into(),
                roles: [Role::Service].into(),
                scope: Arc::new(Scope::Everything),
                not_before: i64::MIN,
                expires: i64::MAX,
            });
        };
        self.bearer(within(text)?).await
    }

    /// Says whose token a request for a page brings in a header: after `Bearer` in `authorization`, alone in any other.
    ///
    /// People are known by tokens only: the certificate is that of the proxy, which speaks for everybody.
    pub(crate) async fn identify_person(&self, headers: &HeaderMap, name: &HeaderName) -> Result<Identity, Denial> {
        let text = only(headers, name)?.ok_or(Denial::Missing)?;
        self.bearer(if name == header::AUTHORIZATION { within(text)? } else { text }).await
    }

    async fn bearer(&self, text: &str) -> Result<Identity, Denial> {
        let now = self.clock.now().as_second();
        let keys = self.keys.keys();
        if let Some(identity) = keys.recall(text) {
            identity.timely(now)?;
            return Ok(identity);
        }
        let token = Token::read(text)?;
        match self.verified(&keys, text, &token, now) {
            Err(Denial::UnknownKey) => {
                let keys = self.keys.ask_again().await;
                self.verified(&keys, text, &token, now)
            }
            verified => verified,
        }
    }

    fn verified(&self, keys: &KeySet, text: &str, token: &Token<'_>, now: i64) -> Result<Identity, Denial> {
        let identity = token.verify(keys, &self.rules, now)?;
        keys.remember(text, identity.clone());
        Ok(identity)
    }
}

/// The value of a header that may be there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Denial> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Denial::Scheme),
        (Some(_), Some(_)) => Err(Denial::Scheme),
    }
}

/// The token of `Bearer TOKEN`.
fn within(text: &str) -> Result<&str, Denial> {
    let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    token.map(|(_, token)| token).ok_or(Denial::Scheme)
}
