//! Verifying the records that a database has.

use std::collections::BTreeSet;

use junheng_seal::{
    chain::{Fault, FaultKind, Verifier},
    head::{Checkpoint, Head},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{Kind, Stream, list_stream, list_streams, stream};
use crate::{Reads, StoreError, entity::audit_records, unchained};

/// Records that are read at a time.
const PAGE: u32 = 1_000;

/// What verifying found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Streams that were verified.
    pub stream_count: u64,
    /// Records in them.
    pub record_count: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// Verifies all streams that the database has, and those that the heads and checkpoints know; signatures of both must be verified before.
/// Give it a transaction's snapshot.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row holds a value that no program wrote.
pub async fn verify(reads: &impl Reads, heads: &[Head], checkpoints: &[Checkpoint]) -> Result<Verified, StoreError> {
    let mut streams: BTreeSet<Stream> = list_streams(reads).await?.into_iter().collect();
    streams.extend(heads.iter().flat_map(|head| head.streams.keys().cloned()));
    streams.extend(checkpoints.iter().map(|one| one.stream.clone()));
    let mut found = Verified::default();
    for stream in &streams {
        let checkpoint = checkpoints.iter().find(|one| one.stream == *stream);
        let mut verifier = Verifier::new(stream, checkpoint, heads);
        let mut after = i64::MIN;
        loop {
            let page = list_stream(reads, stream, after, PAGE).await?;
            for record in &page {
                verifier.push(record);
            }
            found.record_count += u64::try_from(page.len()).unwrap_or_default();
            match page.last() {
                Some(last) => after = last.sequence,
                None => break,
            }
        }
        found.stream_count += 1;
        found.faults.extend(verifier.finish().1);
    }
    found.faults.extend(unchained_faults(reads).await?);
    Ok(found)
}

/// Holds the rows that were written before records were chained against what the first records of their chains say of them.
async fn unchained_faults(reads: &impl Reads) -> Result<Vec<Fault>, StoreError> {
    let adopting = audit_records::Entity::find()
        .filter(audit_records::Column::Kind.eq(Kind::Changes.name()))
        .filter(audit_records::Column::Sequence.eq(1))
        .filter(audit_records::Column::Action.eq(unchained::ACTION))
        .all(reads.connection())
        .await?;
    if adopting.is_empty() {
        return Ok(vec![]);
    }
    let counts = adopting.iter().filter_map(|row| Some((row.county_code.clone(), unchained::told_count(&row.detail)?)));
    let found = unchained::read(reads.connection(), Some(&counts.collect())).await?;
    let differs = |row: &audit_records::Model| {
        found.iter().find(|rows| rows.region == row.county_code).map(unchained::Rows::detail).as_ref()
            != Some(&row.detail)
    };
    let fault = |row: audit_records::Model| Fault {
        stream: Stream { region: row.county_code, ..stream(None, Kind::Changes) },
        kind: FaultKind::Unchained,
    };
    Ok(adopting.into_iter().filter(differs).map(fault).collect())
}
