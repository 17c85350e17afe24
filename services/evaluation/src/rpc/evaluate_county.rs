//! `EvaluateCounty`: evaluates one county's month and stores nothing; as of the same instant, the identical bytes.

use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::evaluation::v1::{EvaluateCountyRequest, EvaluateCountyResponse};
use junheng_runtime::Caller;
use junheng_store::{audit, clock};
use junheng_wire::{name, status::RpcError, time, violations::Violations};

use super::require_region;
use crate::{Evaluation, judge};

/// A question whose form is right.
struct Question {
    county: RegionCode,
    month: Month,
    standard: Option<String>,
    as_of: Option<Timestamp>,
}

#[tracing::instrument(name = "evaluation.evaluate_county", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &EvaluateCountyRequest,
) -> Result<EvaluateCountyResponse, RpcError> {
    let question = decode(request)?;
    require_region(&evaluation.store, &question.county).await?;
    if let Some(as_of) = question.as_of {
        close(evaluation, caller, &question.county, as_of).await?;
    }
    let asked = [(question.county, question.month)];
    let reads = evaluation.store.begin_read().await?;
    let standards = match &question.standard {
        Some(id) => vec![judge::find(id)?],
        None => judge::in_force(&reads, &asked).await?.remove(0)?,
    };
    let case = judge::read(&reads, &asked, question.as_of).await?.remove(0);
    reads.finish().await?;
    let case = case.ok_or_else(|| RpcError::MonthNotReported { resource: request.region.clone() })?;
    let evaluations = judge::apart(move || judge::judge(&case, &standards)).await?;
    Ok(EvaluateCountyResponse { evaluations })
}

fn decode(request: &EvaluateCountyRequest) -> Result<Question, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    let standard = if request.standard.is_empty() {
        None
    } else {
        violations.take("standard", name::parse_standard(&request.standard))
    };
    let as_of = request.as_of.as_ref().and_then(|message| {
        let instant = time::decode(message);
        if instant.is_none() {
            violations.add("as_of", "is no instant");
        }
        instant
    });
    violations.finish()?;
    let (Some(county), Some(month)) = (county, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(Question { county, month, standard, as_of })
}

/// Sees to it that nothing can become known at or before `as_of` any more, so that the answer stays.
///
/// What the county's clock has passed can be asked, though the clock of this machine may lag behind it.
async fn close(
    evaluation: &Evaluation,
    caller: &Caller,
    county: &RegionCode,
    as_of: Timestamp,
) -> Result<(), RpcError> {
    if clock::find(&evaluation.store, county).await?.is_some_and(|closed| closed >= as_of) {
        return Ok(());
    }
    if as_of > evaluation.clock.now() {
        let mut violations = Violations::default();
        violations.add("as_of", "lies in the future");
        return violations.finish();
    }
    let transaction = evaluation.store.begin_write().await?;
    clock::close(&transaction, county, as_of).await?;
    let entry = audit::Entry {
        scope: Some(county.clone()),
        at: evaluation.clock.now(),
        caller: caller.subject.to_string(),
        trace_id: caller.trace.id().to_owned(),
        action: "close_clock".to_owned(),
        resource: name::region(county),
        outcome: "accepted".to_owned(),
        request_id: String::new(),
        detail: as_of.to_string(),
    };
    audit::append(&transaction, &entry).await?;
    Ok(transaction.commit().await?)
}
