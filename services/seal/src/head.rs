//! Signed statements on where streams end, and where they were pruned.

use std::collections::BTreeMap;

use crate::{
    Hash,
    chain::{Kind, Stream},
    encode::{Decoding, Encoding},
    key::{PublicKey, SignatureError, Signer, verify},
};

/// Where all streams ended at an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// When, in milliseconds since 1970.
    pub at_unix_ms: i64,
    /// Sequence and hash of each stream's last record.
    pub streams: BTreeMap<Stream, (i64, Hash)>,
}

/// That the records of a stream up to one were pruned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The stream.
    pub stream: Stream,
    /// Sequence of the last record that was pruned.
    pub sequence: i64,
    /// Its hash.
    pub hash: Hash,
    /// When it was pruned, in milliseconds since 1970.
    pub at_unix_ms: i64,
}

/// Something with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    /// What was signed.
    pub content: T,
    /// Id of the key that signed.
    pub key_id: String,
    /// The signature over the encoding of what was signed.
    pub signature: Vec<u8>,
}

/// What can be signed.
pub trait Statement {
    /// The bytes that are signed.
    fn encoded(&self) -> Vec<u8>;
}

impl Statement for Head {
    fn encoded(&self) -> Vec<u8> {
        let count = i64::try_from(self.streams.len()).unwrap_or(i64::MAX);
        let mut encoding = Encoding::of("junheng.audit.head.1").number(self.at_unix_ms).number(count);
        for (stream, (sequence, hash)) in &self.streams {
            encoding = encoding.text(&stream.region).text(stream.kind.name()).number(*sequence).bytes(hash);
        }
        encoding.finish()
    }
}

impl Head {
    /// Reads what [`Statement::encoded`] wrote; `None` when it is nothing of that kind.
    #[must_use]
    pub fn decode(encoded: &[u8]) -> Option<Self> {
        let mut rest = Decoding(encoded);
        if rest.text()? != "junheng.audit.head.1" {
            return None;
        }
        let (at_unix_ms, count) = (rest.number()?, rest.number()?);
        let mut streams = BTreeMap::new();
        for _ in 0..count {
            let region = rest.text()?.to_owned();
            let kind = Kind::named(rest.text()?)?;
            let sequence = rest.number()?;
            streams.insert(Stream { region, kind }, (sequence, rest.bytes()?.try_into().ok()?));
        }
        rest.0.is_empty().then_some(Self { at_unix_ms, streams })
    }
}

impl Statement for Checkpoint {
    fn encoded(&self) -> Vec<u8> {
        Encoding::of("junheng.audit.checkpoint.1")
            .text(&self.stream.region)
            .text(self.stream.kind.name())
            .number(self.sequence)
            .bytes(&self.hash)
            .number(self.at_unix_ms)
            .finish()
    }
}

impl<T: Statement> Signed<T> {
    /// Signs.
    #[must_use]
    pub fn by(signer: &Signer, content: T) -> Self {
        let signature = signer.sign(&content.encoded());
        Self { content, key_id: signer.id().to_owned(), signature }
    }

    /// What was signed, if one of these keys signed it.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] when none did.
    pub fn verified(&self, keys: &[PublicKey]) -> Result<&T, SignatureError> {
        verify(keys, &self.key_id, &self.content.encoded(), &self.signature)?;
        Ok(&self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_was_changed_in_anything_is_not_the_one_that_was_signed() {
        let key = Signer::of_secret(&[3; 32]);
        let keys = [key.public()];
        let stream = |region: &str| Stream { region: region.into(), kind: Kind::Changes };
        let streams = BTreeMap::from([(stream("210921"), (3, [1; 32])), (stream("210922"), (9, [2; 32]))]);
        let signed = Signed::by(&key, Head { at_unix_ms: 5, streams });
        assert!(signed.verified(&keys).is_ok());
        let encoded = signed.content.encoded();
        assert_eq!(Head::decode(&encoded).as_ref(), Some(&signed.content));
        assert!((0..encoded.len()).all(|end| Head::decode(&encoded[..end]).is_none()));
        let changed = |change: &dyn Fn(&mut Head)| {
            let mut other = signed.clone();
            change(&mut other.content);
            other.verified(&keys).err()
        };

        assert_eq!(changed(&|head| head.at_unix_ms += 1), Some(SignatureError::Wrong));
        assert_eq!(changed(&|head| _ = head.streams.remove(&stream("210921"))), Some(SignatureError::Wrong));
        assert_eq!(
            changed(&|head| _ = head.streams.insert(stream("210922"), (8, [2; 32]))),
            Some(SignatureError::Wrong)
        );
        assert_eq!(
            changed(&|head| _ = head.streams.insert(stream("210922"), (9, [3; 32]))),
            Some(SignatureError::Wrong)
        );
    }
}
