use std::sync::Arc;

use crate::scope::{Role, Scope};

/// Who calls, as credentials prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) subject: Arc<str>,
    pub(crate) roles: Arc<[Role]>,
    pub(crate) scope: Arc<Scope>,
    /// Units: seconds of Unix time, the leeway included.
    pub(crate) not_before: i64,
    /// Units: seconds of Unix time, the leeway included.
    pub(crate) expires: i64,
}

/// Why credentials are refused: for the log and the metric. A caller is told nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denial {
    #[error("no credentials")]
    Missing,
    #[error("not a bearer token, or several")]
    Scheme,
    #[error("token too long")]
    TooLong,
    #[error("not a signed token")]
    Malformed,
    #[error("header of the token is refused")]
    Header,
    #[error("algorithm is refused")]
    Algorithm,
    #[error("key is unknown")]
    UnknownKey,
    #[error("signature is wrong")]
    Signature,
    #[error("claims cannot be read")]
    Claims,
    #[error("another issuer")]
    Issuer,
    #[error("another audience")]
    Audience,
    #[error("subject is wrong")]
    Subject,
    #[error("regions are wrong")]
    Regions,
    #[error("expired")]
    Expired,
    #[error("not valid yet")]
    NotYet,
}

impl Identity {
    /// Says whether it holds at an instant. Units: seconds of Unix time.
    pub(super) const fn timely(&self, now: i64) -> Result<(), Denial> {
        if now < self.not_before {
            return Err(Denial::NotYet);
        }
        if now >= self.expires {
            return Err(Denial::Expired);
        }
        Ok(())
    }
}

impl Denial {
    /// The reason as the metric labels it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Scheme => "scheme",
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Subject => "subject",
            Self::Regions => "regions",
            Self::Expired => "expired",
            Self::NotYet => "not_yet",
        }
    }
}
