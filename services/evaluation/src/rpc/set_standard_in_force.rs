//! `SetStandardInForce`: puts a standard in force in a region, ends it, or withdraws what was put in force.

use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_proto::evaluation::v1::{SetStandardInForceRequest, SetStandardInForceResponse};
use junheng_runtime::Caller;
use junheng_store::{in_force_entries, in_force_entries::StandardInForce};
use junheng_wire::{
    fingerprint, name, standard,
    status::RpcError,
    time,
    violations::{BEFORE_FROM_MONTH, Violations},
};

use super::require_region;
use crate::{
    Evaluation,
    remark::{Reason, mark_region},
    standards,
};

/// A request whose form is right.
struct Order {
    region: RegionCode,
    standard_id: String,
    from: Month,
    to: Option<Month>,
    withdrawn: bool,
}

#[tracing::instrument(name = "evaluation.set_standard_in_force", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &SetStandardInForceRequest,
) -> Result<SetStandardInForceResponse, RpcError> {
    let order = decode(request)?;
    require_region(&evaluation.store, &order.region).await?;
    let digest = fingerprint::of(&SetStandardInForceRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &order.region, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&evaluation.store, &evaluation.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => {
            // Whoever answered it first may have been stopped before all was marked.
            mark(evaluation, caller, &order, None).await?;
            return Ok(first);
        }
    };
    let found = standards::find(&evaluation.store, &write.transaction, &order.standard_id).await?;
    let region = std::slice::from_ref(&order.region);
    let before = in_force_entries::list(&write.transaction, region, None).await?;
    let before = before.into_iter().find(|entry| entry.standard_id == order.standard_id && entry.from == order.from);
    check(&order, &found.standard, before.as_ref())?;
    let entry = StandardInForce {
        region: order.region.clone(),
        standard_id: order.standard_id.clone(),
        from: order.from,
        to: order.to,
        known_at: write.known_at,
    };
    in_force_entries::append(&write.transaction, &entry, order.withdrawn).await?;
    let response = SetStandardInForceResponse {
        in_force: (!order.withdrawn).then(|| standard::encode_in_force(&entry, None)),
        known_at: Some(time::encode(write.known_at)),
    };
    let action = if order.withdrawn { "withdraw_standard_in_force" } else { "set_standard_in_force" };
    let resource = format!("{}/{}", name::region(&order.region), name::standard(&order.standard_id));
    write.commit(caller, &response, Told { action, resource, outcome: "accepted" }).await?;
    mark(evaluation, caller, &order, touched_to(&order, before.as_ref())).await?;
    Ok(response)
}

/// Marks the reported months that are judged otherwise, up to a month; `None`: all later ones.
async fn mark(evaluation: &Evaluation, caller: &Caller, order: &Order, to: Option<Month>) -> Result<(), RpcError> {
    let Some(to) = to.or_else(|| Month::new(2999, 12).ok()) else { return Ok(()) };
    let detail = name::standard(&order.standard_id);
    let reason = Reason { action: "mark_months", detail, request_id: "", digest: "" };
    mark_region(evaluation, caller, &order.region, (order.from, to), &reason).await?;
    Ok(())
}

/// The last month that is judged otherwise than before; `None`: there is none.
fn touched_to(order: &Order, before: Option<&StandardInForce>) -> Option<Month> {
    let of_before = before.map(|entry| entry.to);
    let of_order = (!order.withdrawn).then_some(order.to);
    match (of_before, of_order) {
        (Some(before), Some(order)) => before.zip(order).map(|(before, order)| before.max(order)),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => None,
    }
}

fn decode(request: &SetStandardInForceRequest) -> Result<Order, RpcError> {
    let mut violations = Violations::default();
    violations.request_id(&request.request_id);
    let region = violations.take("region", name::parse_region(&request.region));
    let standard_id = violations.take("standard", name::parse_standard(&request.standard));
    let from = violations.take("from_month", request.from_month.parse::<Month>());
    let to = match request.to_month.as_str() {
        "" => None,
        month => violations.take("to_month", month.parse::<Month>()),
    };
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        violations.add("to_month", BEFORE_FROM_MONTH);
    }
    if request.withdrawn && !request.to_month.is_empty() {
        violations.add("to_month", ("is given with withdrawn", "撤回时不能给出"));
    }
    violations.finish()?;
    let (Some(region), Some(standard_id), Some(from)) = (region, standard_id, from) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(Order { region, standard_id, from, to, withdrawn: request.withdrawn })
}

/// A standard can be in force in months that lie wholly within its validity; only what is in force can be withdrawn.
fn check(order: &Order, standard: &Standard, before: Option<&StandardInForce>) -> Result<(), RpcError> {
    let mut violations = Violations::default();
    if order.withdrawn {
        if before.is_none() {
            violations
                .add("withdrawn", ("is given for what is not in force", "该区划没有自该月起施行的这份标准，无从撤回"));
        }
        return violations.finish();
    }
    if let Some(valid_from) = standard.valid_from.filter(|day| order.from.first_day() < *day) {
        violations.add(
            "from_month",
            (
                format!("begins before the standard is valid, on {valid_from}"),
                format!("早于标准的有效期，该标准自{valid_from}起有效"),
            ),
        );
    }
    if let Some(valid_to) = standard.valid_to.filter(|day| order.to.is_none_or(|to| to.last_day() > *day)) {
        violations.add(
            "to_month",
            (
                format!("does not end before the standard's validity does, on {valid_to}"),
                format!("晚于标准的有效期，该标准至{valid_to}止有效"),
            ),
        );
    }
    violations.finish()
}
