//! Keys that tokens are signed with, as a JSON Web Key Set (RFC 7517) says them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256};
use ring::signature::{RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::Value;

use super::identity::{Denial, Identity};

/// Tokens whose signature need not be checked again. Beyond, the cache begins anew.
const MOST_VERIFIED: usize = 4_096;
/// Most keys that a set may have.
const MOST_KEYS: usize = 64;

/// How a token is signed. There are no others: neither `none` nor HMAC has a key here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

/// A set of keys, and what was verified by it. Another set begins with nothing verified.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    document: Vec<u8>,
    verified: Mutex<HashMap<Box<str>, Identity>>,
}

#[derive(Debug)]
struct Key {
    id: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Described {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

impl KeySet {
    /// Reads a set. Keys of other kinds and purposes are left out; so are those whose material is not of the length that it must have.
    ///
    /// # Errors
    ///
    /// What is wrong: no set, or no key of use in it.
    pub(super) fn read(text: Vec<u8>) -> Result<Self, &'static str> {
        let document: Document = serde_json::from_slice(&text).map_err(|_| "not a JSON Web Key Set")?;
        if document.keys.len() > MOST_KEYS {
            return Err("too many keys");
        }
        let keys: Vec<Key> = document.keys.into_iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err("no key for RS256, ES256 or EdDSA");
        }
        Ok(Self { keys, document: text, verified: Mutex::default() })
    }

    /// Says whether two sets were read from the same text: then what was verified by the one holds.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.document == other.document
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn ids(&self) -> Vec<&str> {
        self.keys.iter().filter_map(|key| key.id.as_deref()).collect()
    }

    /// Says whether a key of the algorithm signed a message. A token that names no key is held against the only one of its algorithm.
    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        id: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Denial> {
        let mut fitting = self.keys.iter().filter(|key| key.material.algorithm() == algorithm);
        let candidates: Vec<&Key> = match id {
            Some(id) => fitting.filter(|key| key.id.as_deref() == Some(id)).collect(),
            None => match (fitting.next(), fitting.next()) {
                (Some(only), None) => vec![only],
                _ => vec![],
            },
        };
        if candidates.is_empty() {
            return Err(Denial::UnknownKey);
        }
        let signed = candidates.iter().any(|key| key.material.signed(message, signature));
        if signed { Ok(()) } else { Err(Denial::Signature) }
    }

    /// Who bears a token that was verified before.
    pub(super) fn recall(&self, token: &str) -> Option<Identity> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    pub(super) fn remember(&self, token: &str, identity: Identity) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= MOST_VERIFIED {
            verified.clear();
        }
        verified.insert(token.into(), identity);
    }
}

impl Key {
    fn read(described: Value) -> Option<Self> {
        let key: Described = serde_json::from_value(described).ok()?;
        if key.purpose.is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let bytes = |text: Option<String>| URL_SAFE_NO_PAD.decode(text?).ok();
        let of_length = |text, length| bytes(text).filter(|bytes: &Vec<u8>| bytes.len() == length);
        let material = match (key.kty.as_str(), key.crv.as_deref()) {
            ("RSA", _) => {
                let n = bytes(key.n).filter(|n| n.len() >= 256)?;
                Material::Rsa(RsaPublicKeyComponents { n, e: bytes(key.e)? })
            }
            ("EC", Some("P-256")) => {
                // An uncompressed point.
                Material::P256([vec![4], of_length(key.x, 32)?, of_length(key.y, 32)?].concat())
            }
            ("OKP", Some("Ed25519")) => Material::Ed25519(of_length(key.x, 32)?),
            _ => return None,
        };
        let fits = key.alg.is_none_or(|alg| Algorithm::named(&alg) == Some(material.algorithm()));
        fits.then_some(Self { id: key.kid, material })
    }
}

impl Material {
    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_) => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            Self::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature),
        }
        .is_ok()
    }
}
