//! What the signature of a receipt stands for.

use crate::{encode::Encoding, head::Statement};

/// That a county's month was accepted as a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// Six digits of the county.
    pub region: &'a str,
    /// The month, `2024-12`.
    pub month: &'a str,
    /// Revision of the month, from 1.
    pub revision: u32,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub content_digest: &'a str,
    /// When it became known, in milliseconds since 1970.
    pub known_at_unix_ms: i64,
    /// Id of the request that the receipt answers.
    pub request_id: &'a str,
    /// Name of the submission.
    pub submission: &'a str,
    /// Id of the key that signs.
    pub key_id: &'a str,
}

impl Statement for Receipt<'_> {
    fn encoded(&self) -> Vec<u8> {
        Encoding::of("junheng.receipt.1")
            .text(self.region)
            .text(self.month)
            .number(self.revision.into())
            .text(self.content_digest)
            .number(self.known_at_unix_ms)
            .text(self.request_id)
            .text(self.submission)
            .text(self.key_id)
            .finish()
    }
}
