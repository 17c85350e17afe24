//! Signing where all streams end.

use std::{sync::Arc, time::Duration};

use junheng_runtime::Clock;
use junheng_seal::{
    head::{Head, Signed, Statement as _},
    key::Signer,
};
use junheng_store::{Store, StoreError, audit};
use junheng_wire::fingerprint;
use tokio_util::sync::CancellationToken;

/// Signs where all streams end now, and keeps it in the database.
///
/// # Errors
///
/// [`StoreError`] when the streams cannot be read or the head not be kept.
pub async fn sign(store: &Store, clock: &Clock, key: &Signer) -> Result<Signed<Head>, StoreError> {
    let reads = store.begin_read().await?;
    let head = audit::read_head(&reads, clock.now().as_millisecond()).await?;
    reads.finish().await?;
    let signed = Signed::by(key, head);
    let transaction = store.begin_write().await?;
    audit::put_head(&transaction, &signed).await?;
    transaction.commit().await?;
    let digest = fingerprint::of_bytes(&signed.content.encoded());
    tracing::info!(
        audit.head = digest,
        key.id = signed.key_id,
        streams.count = signed.content.streams.len(),
        "audit head signed"
    );
    Ok(signed)
}

/// Signs every so often until `stop` fires; where another replica did so meanwhile, it is left at that.
pub async fn work(store: Store, clock: Clock, key: Arc<Signer>, interval: Duration, stop: CancellationToken) {
    loop {
        let due = due(&store, &clock, interval).await;
        let signed = match due {
            Ok(true) => sign(&store, &clock, &key).await.map(drop),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = signed {
            tracing::warn!(error = &error as &dyn std::error::Error, "audit head not signed");
        }
        if stop.run_until_cancelled(tokio::time::sleep(interval)).await.is_none() {
            return;
        }
    }
}

/// Whether the newest head is older than nine tenths of the interval: replicas do not wake to the millisecond.
async fn due(store: &Store, clock: &Clock, interval: Duration) -> Result<bool, StoreError> {
    let newest = audit::find_heads(store, 1).await?;
    let age = newest.first().map(|signed| clock.now().as_millisecond() - signed.content.at_unix_ms);
    Ok(age.is_none_or(|age| u128::try_from(age).unwrap_or_default() >= interval.as_millis() * 9 / 10))
}
