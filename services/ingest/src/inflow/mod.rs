//! Watching what is reported: which counties are expected, what became known, and how fresh each city's data is.

mod freshness;

use std::collections::BTreeSet;

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use junheng_store::clock;
use junheng_wire::status::RpcError;

pub use freshness::watch;

use crate::Ingest;

/// Counties whose writers wait at a time while their clocks are closed.
const CLOSED_AT_ONCE: usize = 128;

/// Closes the clocks of all these regions up to an instant: what became known by then is committed, and nothing more will.
pub(crate) async fn close(ingest: &Ingest, regions: &[RegionCode], as_of: Timestamp) -> Result<(), RpcError> {
    // Regions above those of the caller are among them, for their calendars; closing a clock tells nothing of them and changes nothing.
    let store = ingest.store.everything();
    let clocks = clock::list(&store, regions).await?;
    let behind: Vec<_> =
        regions.iter().filter(|region| clocks.get(region).is_none_or(|clock| *clock < as_of)).cloned().collect();
    for some in behind.chunks(CLOSED_AT_ONCE) {
        let transaction = store.begin_write().await?;
        clock::close_all(&transaction, &some.iter().cloned().collect::<BTreeSet<_>>(), as_of).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// The present, in the milliseconds that clocks count.
pub(crate) fn now(ingest: &Ingest) -> Result<Timestamp, RpcError> {
    Timestamp::from_millisecond(ingest.clock.now().as_millisecond())
        .map_err(|error| RpcError::Internal { what: format!("the clock: {error}") })
}
