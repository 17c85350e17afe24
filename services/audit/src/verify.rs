//! Verifying a database's audit, signatures first.

use junheng_seal::{
    chain::Fault,
    head::{Head, Signed},
    key::{PublicKey, SignatureError},
};
use junheng_store::{Store, StoreError, audit};

/// What verifying found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Streams that were verified.
    pub stream_count: u64,
    /// Records in them.
    pub record_count: u64,
    /// Signed heads that they were held against, those of the database and those that were given.
    pub head_count: u64,
    /// What is wrong with records.
    pub faults: Vec<Fault>,
    /// What is wrong with signatures: what was signed, and why it does not count.
    pub signatures: Vec<(String, SignatureError)>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.faults.is_empty() && self.signatures.is_empty()
    }
}

/// Verifies a database's records against its own heads and those `given`, which count however old they are, and its checkpoints. A head or checkpoint that no
/// key signed is told, and does not count. Without keys heads and checkpoints are believed: only what is not consistent is found then.
///
/// # Errors
///
/// [`StoreError`] when the database does not answer, or a row holds what no program wrote.
pub async fn verify(store: &Store, keys: &[PublicKey], given: &[Signed<Head>]) -> Result<Report, StoreError> {
    let reads = store.begin_read().await?;
    let mut report = Report::default();
    let mut heads = vec![];
    let kept = audit::find_heads(&reads, u64::MAX >> 1).await?;
    for signed in kept.iter().chain(given) {
        match checked(signed.verified(keys), keys, || &signed.content) {
            Ok(head) => heads.push(head.clone()),
            Err(error) => report.signatures.push((format!("head of {}", instant(signed.content.at_unix_ms)), error)),
        }
    }
    let mut checkpoints = vec![];
    for signed in audit::list_checkpoints(&reads).await? {
        match checked(signed.verified(keys), keys, || &signed.content) {
            Ok(checkpoint) => checkpoints.push(checkpoint.clone()),
            Err(error) => report.signatures.push((format!("checkpoint of {}", signed.content.stream), error)),
        }
    }
    let verified = audit::verify(&reads, &heads, &checkpoints).await?;
    reads.finish().await?;
    report.stream_count = verified.stream_count;
    report.record_count = verified.record_count;
    report.head_count = u64::try_from(heads.len()).unwrap_or_default();
    report.faults = verified.faults;
    Ok(report)
}

/// What was signed: verified, or believed where no keys were given.
fn checked<'a, T>(
    verified: Result<&'a T, SignatureError>,
    keys: &[PublicKey],
    content: impl FnOnce() -> &'a T,
) -> Result<&'a T, SignatureError> {
    if keys.is_empty() { Ok(content()) } else { verified }
}

fn instant(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map(|instant| instant.to_string()).unwrap_or_default()
}
