//! Removing records that are older than they must be kept.

use jiff::{SignedDuration, Timestamp};
use junheng_domain::code::RegionCode;
use junheng_runtime::Clock;
use junheng_seal::key::Signer;
use junheng_store::{
    Store, StoreError,
    audit::{self, Entry, Who},
};

/// What was removed of all streams.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Streams of which records were removed.
    pub stream_count: u64,
    /// Records that were removed.
    pub record_count: u64,
}

/// Removes the records of each stream from its beginning that are older than so many days, a transaction a stream; each stream keeps a signed
/// checkpoint, and a record that says so.
///
/// # Errors
///
/// [`StoreError`] when the database does not answer or refuses: on PostgreSQL only the owner of the tables may delete records.
pub async fn prune(store: &Store, clock: &Clock, days: u32, signer: &Signer, who: &Who) -> Result<Pruned, StoreError> {
    let now = clock.now();
    let cutoff = now - SignedDuration::from_hours(i64::from(days) * 24);
    let mut pruned = Pruned::default();
    for stream in audit::list_streams(store).await? {
        let transaction = store.begin_write().await?;
        let entry = entry(&stream.region, now, who);
        match audit::prune(&transaction, &stream, cutoff, signer, &entry).await? {
            Some(one) => {
                transaction.commit().await?;
                pruned.stream_count += 1;
                pruned.record_count += one.count;
            }
            None => transaction.rollback().await?,
        }
    }
    Ok(pruned)
}

fn entry(region: &str, now: Timestamp, who: &Who) -> Entry {
    Entry {
        scope: region.parse::<RegionCode>().ok(),
        at: now,
        who: who.clone(),
        action: "prune_audit".to_owned(),
        resource: "audit".to_owned(),
        outcome: "accepted".to_owned(),
        request_id: String::new(),
        detail: String::new(),
    }
}
