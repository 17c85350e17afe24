//! What is asked of a county's month: under which standard, as of which instant.

use std::sync::Arc;

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_runtime::Caller;
use junheng_store::{Reads, Store, audit, clock, regions};
use junheng_wire::{
    name,
    status::RpcError,
    violations::{IN_THE_FUTURE, Violations},
};

use crate::{
    Evaluation,
    judge::{self, Case, distinct},
    standards,
};

/// A question whose form is right.
#[derive(Debug)]
pub(super) struct Question {
    /// Where it stands in the request: empty, or `before.`.
    prefix: &'static str,
    pub(super) month: Month,
    pub(super) standard: Option<String>,
    pub(super) as_of: Option<Timestamp>,
}

impl Question {
    /// Reads its fields, those of the request itself or of a message in it; `prefix` names them.
    pub(super) fn decode(
        prefix: &'static str,
        month: &str,
        standard: &str,
        as_of: Option<&junheng_proto::Timestamp>,
        violations: &mut Violations,
    ) -> Option<Self> {
        let month = violations.take(&format!("{prefix}month"), month.parse::<Month>());
        let standard = if standard.is_empty() {
            None
        } else {
            violations.take(&format!("{prefix}standard"), name::parse_standard(standard))
        };
        let as_of = super::as_of(&format!("{prefix}as_of"), as_of, violations);
        Some(Self { prefix, month: month?, standard, as_of })
    }

    /// The standard that was asked for, or every one in force.
    pub(super) async fn standards(
        &self,
        store: &Store,
        reads: &impl Reads,
        county: &RegionCode,
    ) -> Result<Vec<Arc<Standard>>, RpcError> {
        match &self.standard {
            Some(id) => Ok(vec![standards::find(store, reads, id).await?.standard]),
            None => standards::in_force(store, reads, county, self.month, self.as_of).await,
        }
    }

    /// The one standard that was asked for or is in force.
    pub(super) async fn one_standard(
        &self,
        store: &Store,
        reads: &impl Reads,
        county: &RegionCode,
    ) -> Result<Arc<Standard>, RpcError> {
        if let [standard] = &*self.standards(store, reads, county).await? {
            return Ok(Arc::clone(standard));
        }
        let mut violations = Violations::default();
        violations.add(
            &format!("{}standard", self.prefix),
            ("is empty, and several standards are in force", "没有给出，而该月有多份现行标准，须指明一份"),
        );
        violations.finish()?;
        Err(RpcError::Internal { what: "a wrong field was not told".to_owned() })
    }

    /// What is judged.
    pub(super) async fn case(&self, reads: &impl Reads, county: &RegionCode) -> Result<Case, RpcError> {
        let missing = || RpcError::MonthNotReported { resource: name::region(county) };
        let asked = [(county.clone(), self.month)];
        judge::read(reads, &asked, self.as_of).await?.pop().flatten().ok_or_else(missing)
    }
}

/// Sees to it that nothing can become known at or before the instants that are asked about any more, so that the answer stays: of the
/// county, and where no standard is named, of what the regions above it put in force.
///
/// What the county's clock has passed can be asked, though the clock of this machine may lag behind it.
pub(super) async fn close(
    evaluation: &Evaluation,
    caller: &Caller,
    county: &RegionCode,
    questions: &[&Question],
) -> Result<(), RpcError> {
    let asked = || questions.iter().filter_map(|question| Some((question, question.as_of?)));
    let Some(latest) = asked().map(|(_, as_of)| as_of).max() else { return Ok(()) };
    let closed = clock::find(&evaluation.store, county).await?;
    let now = evaluation.clock.now();
    let mut violations = Violations::default();
    for (question, _) in asked().filter(|(_, as_of)| *as_of > now && closed.is_none_or(|closed| closed < *as_of)) {
        violations.add(&format!("{}as_of", question.prefix), IN_THE_FUTURE);
    }
    violations.finish()?;
    close_clock(evaluation, caller, county, latest).await?;
    if asked().any(|(question, _)| question.standard.is_none()) {
        close_above(evaluation, caller, std::slice::from_ref(county), latest).await?;
    }
    Ok(())
}

/// Sees to it that nothing of the county can become known at or before one instant any more; one that lies in the future is refused.
pub(super) async fn close_county(
    evaluation: &Evaluation,
    caller: &Caller,
    county: &RegionCode,
    as_of: Timestamp,
) -> Result<(), RpcError> {
    let closed = clock::find(&evaluation.store, county).await?;
    let mut violations = Violations::default();
    if as_of > evaluation.clock.now() && closed.is_none_or(|closed| closed < as_of) {
        violations.add("as_of", IN_THE_FUTURE);
    }
    violations.finish()?;
    close_clock(evaluation, caller, county, as_of).await
}

/// Closes the clocks of the regions above counties, each once.
pub(super) async fn close_above(
    evaluation: &Evaluation,
    caller: &Caller,
    counties: &[RegionCode],
    as_of: Timestamp,
) -> Result<(), RpcError> {
    let chains = regions::list_above(&evaluation.store, counties).await?;
    for region in distinct(chains.iter().flat_map(|chain| chain.iter().skip(1))) {
        close_clock(evaluation, caller, &region, as_of).await?;
    }
    Ok(())
}

/// Closes a region's clock up to an instant that does not lie in the future; nothing is written where it is closed already.
pub(super) async fn close_clock(
    evaluation: &Evaluation,
    caller: &Caller,
    region: &RegionCode,
    as_of: Timestamp,
) -> Result<(), RpcError> {
    // A question about a county rests on what the regions above it set, too; closing a clock tells nothing of them and changes nothing.
    let store = evaluation.store.everything();
    if clock::find(&store, region).await?.is_some_and(|closed| closed >= as_of) {
        return Ok(());
    }
    let transaction = store.begin_write().await?;
    clock::close(&transaction, region, as_of).await?;
    let entry = audit::Entry {
        scope: Some(region.clone()),
        at: evaluation.clock.now(),
        who: junheng_audit::who(caller),
        action: "close_clock".to_owned(),
        resource: name::region(region),
        outcome: "accepted".to_owned(),
        request_id: String::new(),
        detail: as_of.to_string(),
    };
    audit::append(&transaction, &entry).await?;
    Ok(transaction.commit().await?)
}
