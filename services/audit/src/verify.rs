//! Verifying a database's audit, signatures first.

use std::collections::BTreeMap;

use junheng_seal::{
    chain::{Fault, Record, Stream, Verifier},
    head::{Checkpoint, Head, Signed, Statement},
    key::{PublicKey, SignatureError},
};
use junheng_store::{Store, StoreError, audit};

/// Heads of a database that count, at most: it keeps fewer.
const HEADS: u64 = 1_000;

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

    /// What counts of what was signed; the rest is told.
    fn trusted<T: Statement + Clone>(
        &mut self,
        all: &[Signed<T>],
        keys: &[PublicKey],
        told: impl Fn(&T) -> String,
    ) -> Vec<T> {
        let mut trusted = vec![];
        for signed in all {
            match signed.verified(keys) {
                Err(error) if !keys.is_empty() => self.signatures.push((told(&signed.content), error)),
                _ => trusted.push(signed.content.clone()),
            }
        }
        trusted
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
    let mut heads = audit::find_heads(&reads, HEADS).await?;
    heads.extend_from_slice(given);
    let heads = report.trusted(&heads, keys, |head| format!("head of {}", instant(head.at_unix_ms)));
    let checkpoints = audit::list_checkpoints(&reads).await?;
    let checkpoints = report.trusted(&checkpoints, keys, |one| format!("checkpoint of {}", one.stream));
    let verified = audit::verify(&reads, &heads, &checkpoints).await?;
    reads.finish().await?;
    report.stream_count = verified.stream_count;
    report.record_count = verified.record_count;
    report.head_count = u64::try_from(heads.len()).unwrap_or_default();
    report.faults = verified.faults;
    Ok(report)
}

/// Verifies records that were exported, in the order of each stream, as [`verify`] does a database.
#[must_use]
pub fn verify_exported(
    records: &[Record],
    checkpoints: &[Signed<Checkpoint>],
    heads: &[Signed<Head>],
    keys: &[PublicKey],
) -> Report {
    let mut report = Report::default();
    let heads = report.trusted(heads, keys, |head| format!("head of {}", instant(head.at_unix_ms)));
    let checkpoints = report.trusted(checkpoints, keys, |one| format!("checkpoint of {}", one.stream));
    let mut streams: BTreeMap<&Stream, Vec<&Record>> = BTreeMap::new();
    let known = heads.iter().flat_map(|head| head.streams.keys()).chain(checkpoints.iter().map(|one| &one.stream));
    streams.extend(known.map(|stream| (stream, vec![])));
    for record in records {
        streams.entry(&record.stream).or_default().push(record);
    }
    for (stream, records) in streams {
        let mut verifier = Verifier::new(stream, checkpoints.iter().find(|one| one.stream == *stream), &heads);
        for record in &records {
            verifier.push(record);
        }
        report.faults.extend(verifier.finish().1);
        report.stream_count += 1;
        report.record_count += u64::try_from(records.len()).unwrap_or_default();
    }
    report.head_count = u64::try_from(heads.len()).unwrap_or_default();
    report
}

fn instant(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map(|instant| instant.to_string()).unwrap_or_default()
}
