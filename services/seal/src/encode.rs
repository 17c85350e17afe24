//! The one encoding of whatever is hashed or signed.

use sha2::{Digest as _, Sha256};

use crate::Hash;

/// Bytes that grow field by field.
#[derive(Debug)]
pub(crate) struct Encoding(Vec<u8>);

impl Encoding {
    /// Begins with what is encoded: `junheng.audit.record.1`.
    pub(crate) fn of(what: &str) -> Self {
        Self(Vec::with_capacity(256)).text(what)
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// A length beyond 32 bits cannot come from a database or a message; were one to come, it would be told as the largest.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    pub(crate) fn number(mut self, number: i64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn hash(self) -> Hash {
        Sha256::digest(self.0).into()
    }
}

/// Reads what [`Encoding`] wrote.
#[derive(Debug)]
pub(crate) struct Decoding<'a>(pub(crate) &'a [u8]);

impl<'a> Decoding<'a> {
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (bytes, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(crate) fn number(&mut self) -> Option<i64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(i64::from_be_bytes(*number))
    }
}
