//! An issuer of tokens: its keys, the file or server that tells them, and tokens of every kind, good and bad.

use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use junheng_runtime::{
    Config, Role,
    config::{AccessConfig, TlsConfig},
};
use ring::{
    hmac, rand,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Who issues the tokens.
pub const ISSUER: &str = "https://issuer.test";
/// Whom they are meant for.
pub const AUDIENCE: &str = "junheng";

/// A key of a kind, under an id.
#[derive(Debug)]
pub struct Key {
    /// The id (`kid`).
    pub id: String,
    pair: Pair,
}

#[derive(Debug)]
enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// An issuer with a key of each kind, whose public halves stand in a file.
#[derive(Debug)]
pub struct Issuer {
    folder: TempDir,
    /// The keys: `EdDSA`, ES256, RS256.
    pub keys: Vec<Key>,
    /// When it issues.
    pub now: Timestamp,
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    /// A fresh key for `EdDSA`.
    #[must_use]
    pub fn ed25519(id: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&rand::SystemRandom::new()).unwrap();
        Self { id: id.to_owned(), pair: Pair::Ed25519(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()) }
    }

    /// A fresh key for ES256.
    #[must_use]
    pub fn p256(id: &str) -> Self {
        let (random, kind) = (rand::SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        Self {
            id: id.to_owned(),
            pair: Pair::P256(EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap()),
        }
    }

    /// The key for RS256, from `data/keys`: nothing here can make one.
    #[must_use]
    pub fn rsa(id: &str) -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/keys/test-rsa.pk8");
        Self { id: id.to_owned(), pair: Pair::Rsa(RsaKeyPair::from_pkcs8(&fs::read(path).unwrap()).unwrap()) }
    }

    /// How it signs.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match &self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::P256(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// Its public half, as a JSON Web Key.
    #[must_use]
    pub fn public(&self) -> Value {
        let mut key = match &self.pair {
            Pair::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) }),
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]) })
            }
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({ "kty": "RSA", "n": encode(public.n), "e": encode(public.e) })
            }
        };
        key["kid"] = json!(self.id);
        key["alg"] = json!(self.algorithm());
        key["use"] = json!("sig");
        key
    }

    /// The bytes of its public half that somebody might take for the secret of an HMAC.
    #[must_use]
    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::P256(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// Signs a token that says whatever it says.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// Signs a token whose parts are any text.
    #[must_use]
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let random = rand::SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ed25519(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
            Pair::P256(pair) => pair.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{signed}.{}", encode(signature))
    }

    /// Signs as this key's header says: its algorithm and its id.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&json!({ "alg": self.algorithm(), "typ": "JWT", "kid": self.id }), claims)
    }
}

/// Signs by HMAC, as nobody here ever takes it.
#[must_use]
pub fn sign_hmac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{signed}.{}", encode(hmac::sign(&key, signed.as_bytes())))
}

impl Issuer {
    /// An issuer that issues at an instant.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let keys = vec![Key::ed25519("ed-1"), Key::p256("p256-1"), Key::rsa("rsa-1")];
        let issuer = Self { folder: TempDir::new().unwrap(), keys, now };
        issuer.publish(&issuer.keys);
        issuer
    }

    /// The text of a key set.
    #[must_use]
    pub fn document(keys: &[Key]) -> String {
        json!({ "keys": keys.iter().map(Key::public).collect::<Vec<_>>() }).to_string()
    }

    /// Says that these are the keys from now on.
    pub fn publish(&self, keys: &[Key]) {
        fs::write(self.path(), Self::document(keys)).unwrap();
    }

    /// Where the keys stand.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("jwks.json")
    }

    /// The settings of a service that believes it. Keys are read anew as often as a token asks for it, and else not.
    #[must_use]
    pub fn config(&self) -> AccessConfig {
        AccessConfig {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            jwks: self.path().display().to_string(),
            jwks_pause_ms: 0,
            ..Config::defaults().unwrap().access
        }
    }

    /// Claims that are all right.
    #[must_use]
    pub fn claims(&self, roles: &[Role], regions: &[&str]) -> Value {
        let now = self.now.as_second();
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "iat": now, "nbf": now, "exp": now + 3600,
            "roles": roles.iter().map(|role| role.name()).collect::<Vec<_>>(), "regions": regions,
        })
    }

    /// A token that is all right.
    #[must_use]
    pub fn token(&self, roles: &[Role], regions: &[&str]) -> String {
        self.keys[0].token(&self.claims(roles, regions))
    }
}

/// Settings of TLS with a certificate and its key.
#[must_use]
pub fn tls(certificate: &str, key: &str) -> TlsConfig {
    TlsConfig {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        reload_interval_ms: 20,
        ..Config::defaults().unwrap().tls
    }
}
