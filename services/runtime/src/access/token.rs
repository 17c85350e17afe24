//! Bearer tokens: JSON Web Tokens (RFC 7519) signed by `RS256`, `ES256` or `EdDSA`, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::identity::{Denial, Identity};
use super::keys::{Algorithm, KeySet};
use crate::scope::{Role, Scope, is_region_code};

/// Longest token that is read. Units: bytes.
const LONGEST: usize = 8 * 1024;
/// Longest subject. Units: bytes.
const LONGEST_SUBJECT: usize = 256;
/// Most regions of one token.
const MOST_REGIONS: usize = 256;
/// The nation in the claim `regions`, as in `regions/-`.
const NATION: &str = "-";
/// Headers that bring keys along, or say that the rest means something else.
const REFUSED_HEADERS: [&str; 9] = ["jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty"];

/// What a token must say.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) issuer: String,
    pub(super) audience: String,
    /// Units: seconds.
    pub(super) leeway: i64,
}

/// A token whose form is right and whose signature nobody has looked at.
#[derive(Debug)]
pub(super) struct Token<'a> {
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: NumericDate,
    #[serde(default)]
    nbf: Option<NumericDate>,
    sub: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    regions: Vec<String>,
}

/// An instant of a token (RFC 7519, `NumericDate`). Units: seconds since 1970, the fraction that an issuer may give dropped.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "serde_json::Number")]
struct NumericDate(i64);

impl TryFrom<serde_json::Number> for NumericDate {
    type Error = &'static str;

    fn try_from(number: serde_json::Number) -> Result<Self, Self::Error> {
        let text = number.to_string();
        let whole = match text.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
            Some(_) => return Err("an instant with an exponent"),
            None => &text,
        };
        whole.parse().map(Self).map_err(|_| "an instant out of range")
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl<'a> Token<'a> {
    /// Takes a token apart.
    pub(super) fn read(text: &'a str) -> Result<Self, Denial> {
        if text.len() > LONGEST {
            return Err(Denial::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Denial::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(Denial::Malformed)?;
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        // Whether a name occurs twice shows only here: the table below keeps the last one.
        let header: Header = serde_json::from_slice(&header).map_err(|_| Denial::Malformed)?;
        if REFUSED_HEADERS.iter().any(|name| header.others.contains_key(*name)) {
            return Err(Denial::Header);
        }
        if header.typ.is_some_and(|typ| !["jwt", "at+jwt"].contains(&typ.to_ascii_lowercase().as_str())) {
            return Err(Denial::Header);
        }
        let algorithm = Algorithm::named(&header.alg).ok_or(Denial::Algorithm)?;
        Ok(Self { signed, payload, signature, algorithm, key_id: header.kid })
    }

    /// Says who bears the token, if a key of `keys` signed it and it says what it must.
    pub(super) fn verify(&self, keys: &KeySet, rules: &Rules, now: i64) -> Result<Identity, Denial> {
        keys.verify(self.algorithm, self.key_id.as_deref(), self.signed.as_bytes(), &self.signature)?;
        let claims: Claims = serde_json::from_slice(&self.payload).map_err(|_| Denial::Claims)?;
        if claims.iss != rules.issuer {
            return Err(Denial::Issuer);
        }
        let meant = match &claims.aud {
            Audience::One(audience) => *audience == rules.audience,
            Audience::Several(audiences) => audiences.contains(&rules.audience),
        };
        if !meant {
            return Err(Denial::Audience);
        }
        if claims.sub.is_empty() || claims.sub.len() > LONGEST_SUBJECT || claims.sub.chars().any(char::is_control) {
            return Err(Denial::Subject);
        }
        let identity = Identity {
            subject: claims.sub.into(),
            roles: claims.roles.iter().filter_map(|name| Role::named(name)).collect(),
            scope: scope(claims.regions)?.into(),
            not_before: claims.nbf.map_or(i64::MIN, |begin| begin.0.saturating_sub(rules.leeway)),
            expires: claims.exp.0.saturating_add(rules.leeway),
        };
        identity.timely(now)?;
        Ok(identity)
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

fn decode(part: &str) -> Result<Vec<u8>, Denial> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Denial::Malformed)?;
    if bytes.is_empty() { Err(Denial::Malformed) } else { Ok(bytes) }
}

fn scope(regions: Vec<String>) -> Result<Scope, Denial> {
    if regions.len() > MOST_REGIONS || !regions.iter().all(|region| region == NATION || is_region_code(region)) {
        return Err(Denial::Regions);
    }
    if regions.iter().any(|region| region == NATION) {
        return Ok(Scope::Everything);
    }
    Ok(Scope::Regions(regions))
}
