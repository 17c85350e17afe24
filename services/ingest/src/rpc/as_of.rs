//! Questions as of an instant: the answer stays the same, so that nothing may become known at or before it any more.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use junheng_runtime::Caller;
use junheng_store::{audit, clock};
use junheng_wire::{
    name,
    status::RpcError,
    time,
    violations::{IN_THE_FUTURE, NO_INSTANT, Violations},
};

use crate::Ingest;

/// Reads the instant that a field asks about.
pub(super) fn instant(
    field: &str,
    message: Option<&junheng_proto::Timestamp>,
    violations: &mut Violations,
) -> Option<Timestamp> {
    // Clocks count milliseconds: what lies between two is the earlier.
    let instant = time::decode(message?).and_then(|instant| Timestamp::from_millisecond(instant.as_millisecond()).ok());
    if instant.is_none() {
        violations.add(field, NO_INSTANT);
    }
    instant
}

/// Sees to it that nothing of the county can become known at or before an instant any more, so that the answer stays; one that lies
/// in the future is refused. Nothing is written where it is so already.
pub(super) async fn close(
    ingest: &Ingest,
    caller: &Caller,
    county: &RegionCode,
    field: &str,
    instant: Timestamp,
) -> Result<(), RpcError> {
    // A school can have come from a county that the caller may not read; closing a clock tells nothing of it and changes nothing.
    let store = ingest.store.everything();
    if clock::find(&store, county).await?.is_some_and(|closed| closed >= instant) {
        return Ok(());
    }
    let now = ingest.clock.now();
    let mut violations = Violations::default();
    if instant > now {
        violations.add(field, IN_THE_FUTURE);
    }
    violations.finish()?;
    let transaction = store.begin_write().await?;
    clock::close(&transaction, county, instant).await?;
    let entry = audit::Entry {
        scope: Some(county.clone()),
        at: now,
        who: junheng_audit::who(caller),
        action: "close_clock".to_owned(),
        resource: name::region(county),
        outcome: "accepted".to_owned(),
        request_id: String::new(),
        detail: instant.to_string(),
    };
    audit::append(&transaction, &entry).await?;
    Ok(transaction.commit().await?)
}
