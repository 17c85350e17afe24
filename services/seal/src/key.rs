//! Ed25519 keys: those that sign, and those that verify.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::hex;

/// What stands before the 32 secret bytes in PKCS #8.
const PRIVATE: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// What stands before the 32 public bytes in a `SubjectPublicKeyInfo`.
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Digits of a key's id.
const ID_DIGITS: usize = 32;

/// A text that holds no key of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is no PEM of that kind.
    #[error("is no Ed25519 key of the kind `{0}` in PEM")]
    Form(&'static str),
    /// The bytes are no point of the curve.
    #[error("is no valid Ed25519 public key")]
    Point,
    /// The machine gives no randomness.
    #[error("the machine gives no randomness for a key")]
    Randomness,
}

/// A signature that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Nobody signed.
    #[error("is not signed")]
    Missing,
    /// It was signed with a key that is not among those that are trusted.
    #[error("is signed with the key {0}, which is not among those given")]
    UnknownKey(String),
    /// The signature does not fit what was signed.
    #[error("carries a signature that does not fit it: it was altered, or the signature forged")]
    Wrong,
}

/// A key that signs. Its secret is overwritten when it is dropped, and never printed.
pub struct Signer {
    key: SigningKey,
    id: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Signer").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Signer {
    /// Makes a new key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Randomness`].
    pub fn generate() -> Result<Self, KeyError> {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).map_err(|_| KeyError::Randomness)?;
        Ok(Self::of_secret(&secret))
    }

    /// Takes a key's 32 secret bytes.
    #[must_use]
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let id = id_of(&key.verifying_key());
        Self { key, id }
    }

    /// Reads a private key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Form`] when the text is not one of Ed25519 in PKCS #8.
    pub fn read(pem: &str) -> Result<Self, KeyError> {
        let form = KeyError::Form("PRIVATE KEY");
        let der = blocks(pem, "PRIVATE KEY").next().ok_or(form)?;
        let secret = der.strip_prefix(&PRIVATE).and_then(|secret| <&[u8; 32]>::try_from(secret).ok()).ok_or(form)?;
        Ok(Self::of_secret(secret))
    }

    /// Writes the private key, for a file that nobody else may read.
    #[must_use]
    pub fn write(&self) -> Zeroizing<String> {
        let der = Zeroizing::new([&PRIVATE[..], self.key.as_bytes()].concat());
        Zeroizing::new(pem(&der, "PRIVATE KEY"))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey { key: self.key.verifying_key(), id: self.id.clone() }
    }

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message).to_bytes().to_vec()
    }
}

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    id: String,
}

impl PublicKey {
    /// Reads all public keys of a text: a file may hold those before a rotation, too.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when there is none, or one that is no Ed25519 key.
    pub fn read_all(pem: &str) -> Result<Vec<Self>, KeyError> {
        let form = KeyError::Form("PUBLIC KEY");
        let read = |der: Zeroizing<Vec<u8>>| {
            let bytes = der.strip_prefix(&PUBLIC).and_then(|bytes| <&[u8; 32]>::try_from(bytes).ok()).ok_or(form)?;
            let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Point)?;
            Ok(Self { id: id_of(&key), key })
        };
        let keys = blocks(pem, "PUBLIC KEY").map(read).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(form) } else { Ok(keys) }
    }

    /// Writes the key for a file.
    #[must_use]
    pub fn write(&self) -> String {
        pem(&[&PUBLIC[..], self.key.as_bytes()].concat(), "PUBLIC KEY")
    }

    /// The key's id: the first 32 hexadecimal digits of the SHA-256 of its bytes.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Whether one of these keys signed a message.
///
/// # Errors
///
/// [`SignatureError`] when none did.
pub fn verify(keys: &[PublicKey], key_id: &str, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    if signature.is_empty() {
        return Err(SignatureError::Missing);
    }
    let unknown = || SignatureError::UnknownKey(key_id.to_owned());
    let key = keys.iter().find(|key| key.id == key_id).ok_or_else(unknown)?;
    let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError::Wrong)?;
    key.key.verify_strict(message, &signature).map_err(|_| SignatureError::Wrong)
}

fn id_of(key: &VerifyingKey) -> String {
    let mut id = hex(&Sha256::digest(key.as_bytes()));
    id.truncate(ID_DIGITS);
    id
}

/// The contents of the PEM blocks of one kind; what cannot be read is empty.
fn blocks<'a>(pem: &'a str, kind: &str) -> impl Iterator<Item = Zeroizing<Vec<u8>>> + 'a {
    let (begin, end) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
    let mut rest = pem;
    std::iter::from_fn(move || {
        let start = rest.find(&begin)? + begin.len();
        let length = rest[start..].find(&end)?;
        let body: Zeroizing<String> =
            Zeroizing::new(rest[start..start + length].chars().filter(|char| !char.is_ascii_whitespace()).collect());
        rest = &rest[start + length + end.len()..];
        Some(Zeroizing::new(STANDARD.decode(body.as_bytes()).unwrap_or_default()))
    })
}

/// Both kinds of key fit on one line of 64 characters.
fn pem(der: &[u8], kind: &str) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `openssl genpkey -algorithm ed25519`, the signature by `openssl pkeyutl -sign -rawin` over "junheng".
    const PRIVATE_PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIOG3xBDhdsNxrunY+iwHNFDIDCwwBE1vFt56M13VI48Q\n-----END PRIVATE KEY-----\n";
    const PUBLIC_PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAJE8LHkShA1E+1Z0mI4jVIzyfH1dTrYot+W7XRubyno=\n-----END PUBLIC KEY-----\n";
    const SIGNATURE: &str = "KoYvgD7m65ORMjCYDjQdUu+r8IdsyThU3Y+ijro+E6Rs1GJhMBEphEK2U8a4fV3Y67yriy/1iO5YoSQg4mtGBg==";
    const ID: &str = "7af34e1f1c4ca5bca58b29ff616e5cf9";

    #[test]
    fn keys_and_signatures_are_those_of_openssl() {
        let signer = Signer::read(PRIVATE_PEM).unwrap();

        assert_eq!(signer.write().as_str(), PRIVATE_PEM);
        assert_eq!(signer.public().write(), PUBLIC_PEM);
        assert_eq!(signer.id(), ID);
        assert_eq!(STANDARD.encode(signer.sign(b"junheng")), SIGNATURE);
    }

    #[test]
    fn a_rotated_key_still_verifies_where_it_is_given_and_no_other_does() {
        let (old, new) = (Signer::read(PRIVATE_PEM).unwrap(), Signer::generate().unwrap());
        let keys = PublicKey::read_all(&format!("{}{PUBLIC_PEM}", new.public().write())).unwrap();

        assert_eq!(verify(&keys, old.id(), b"a", &old.sign(b"a")), Ok(()));
        assert_eq!(verify(&keys, new.id(), b"a", &new.sign(b"a")), Ok(()));
        assert_eq!(verify(&keys, new.id(), b"a", &old.sign(b"a")), Err(SignatureError::Wrong));
        assert_eq!(verify(&keys, new.id(), b"b", &new.sign(b"a")), Err(SignatureError::Wrong));
        let unknown = SignatureError::UnknownKey(old.id().to_owned());
        assert_eq!(verify(&keys[..1], old.id(), b"a", &old.sign(b"a")), Err(unknown));
        assert_eq!(verify(&keys, new.id(), b"a", &[]), Err(SignatureError::Missing));
    }

    #[test]
    fn what_is_no_key_is_refused_and_a_secret_is_not_printed() {
        for text in ["", PUBLIC_PEM, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert_eq!(Signer::read(text).unwrap_err(), KeyError::Form("PRIVATE KEY"));
        }
        assert_eq!(PublicKey::read_all(PRIVATE_PEM).unwrap_err(), KeyError::Form("PUBLIC KEY"));
        let signer = Signer::read(PRIVATE_PEM).unwrap();
        assert_eq!(format!("{signer:?}"), format!("Signer {{ id: \"{ID}\", .. }}"));
    }
}
