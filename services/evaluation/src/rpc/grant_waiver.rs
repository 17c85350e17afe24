//! `GrantWaiver`: grants a waiver to a school, and marks the months that it covers for evaluation.

use std::sync::Arc;

use jiff::civil::Date;
use junheng_audit::write::{Begun, Request, Told, Write};
use junheng_domain::{
    code::{Month, RegionCode, SchoolCode},
    school::{School, Stage},
    standard::{Standard, WaiverEffect},
    waiver::Waiver,
};
use junheng_proto::{
    common::v1 as proto,
    evaluation::v1::{GrantWaiverRequest, GrantWaiverResponse},
};
use junheng_runtime::Caller;
use junheng_store::{Store, marks, schools, submissions, waivers, waivers::Grant};
use junheng_wire::{fingerprint, name, status::RpcError, violations::Violations, waiver};

use super::require_region;
use crate::{Evaluation, standards};

#[tracing::instrument(name = "evaluation.grant_waiver", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.parent))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &GrantWaiverRequest,
) -> Result<GrantWaiverResponse, RpcError> {
    let (county, granted, allowed_by) = check(&evaluation.store, request).await?;
    if request.validate_only {
        return Ok(GrantWaiverResponse { waiver: Some(waiver::encode(&granted, &county)), allowed_by });
    }
    let digest = fingerprint::of(&GrantWaiverRequest { request_id: String::new(), ..request.clone() });
    let once = Request { scope: &county, id: &request.request_id, digest: &digest };
    let write = match Write::begin(&evaluation.store, &evaluation.clock, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let number = waivers::insert(&write.transaction, &county, write.known_at, &granted).await?;
    let grant = Grant { number, waiver: granted, known_at: write.known_at, revocation: None };
    mark_covered(&write, caller, &county, &grant.waiver).await?;
    let response = GrantWaiverResponse { waiver: Some(waiver::encode_grant(&grant, &county)), allowed_by };
    let resource = name::waiver(&county, number);
    write.commit(caller, &response, Told { action: "grant_waiver", resource, outcome: "accepted" }).await?;
    Ok(response)
}

/// Marks the accepted months that a grant covers.
pub(super) async fn mark_covered(
    write: &Write<'_>,
    caller: &Caller,
    county: &RegionCode,
    waiver: &Waiver,
) -> Result<(), RpcError> {
    let (Ok(first), Ok(last)) = (Month::new(1986, 1), Month::new(2999, 12)) else { return Ok(()) };
    let mut months = submissions::list_months(&write.transaction, county, first, last).await?;
    months.retain(|month| waiver.covers(*month));
    Ok(marks::mark(&write.transaction, county, &months, write.known_at, &caller.trace.traceparent()).await?)
}

/// What is granted where, and the standards there that allow it; or every wrong field.
async fn check(store: &Store, request: &GrantWaiverRequest) -> Result<(RegionCode, Waiver, Vec<String>), RpcError> {
    let mut violations = Violations::default();
    if !(request.validate_only && request.request_id.is_empty()) {
        violations.request_id(&request.request_id);
    }
    let county = violations.take("parent", name::parse_region(&request.parent));
    let standard = match request.standard.as_str() {
        "" => None,
        standard => violations.take("standard", name::parse_standard(standard)),
    };
    let granted = waiver::decode(request, county.as_ref(), &mut violations);
    let reads = store.begin_read().await?;
    let region = match &county {
        Some(county) => require_region(&reads, county).await,
        None => Ok(()),
    };
    let registered = match &county {
        Some(county) => schools::list_as_of(&reads, county, None).await?,
        None => vec![],
    };
    let code = name::parse_school(&request.school).ok().and_then(|(_, code)| code.parse::<SchoolCode>().ok());
    let history = registered.iter().find(|history| Some(history.code()) == code.as_ref());
    // As it is from the month on from which the waiver counts; one whose month is malformed is refused anyway.
    let from = request.from_month.parse::<Month>();
    let school = history.map(|history| from.map_or_else(|_| history.at(Date::MAX), |month| history.view_in(month)));
    let school = school.as_ref();
    // One that is malformed or lies elsewhere was told already.
    let here = name::parse_school(&request.school).is_ok_and(|(region, _)| Some(region) == county);
    if school.is_none() && code.is_some() && here && region.is_ok() {
        violations.add("school", ("is not registered in the county", "没有在该县登记"));
    }
    let known = match (&standard, request.standard.is_empty()) {
        (Some(id), _) => store.standards().find(&reads, id).await?.into_iter().collect(),
        (None, true) => store.standards().list(&reads).await?,
        (None, false) => vec![],
    };
    let defining = known.iter().find(|known| known.standard.waiver(&request.waiver).is_some());
    match defining {
        Some(known) => check_effect(request, school, &known.standard, &mut violations),
        None if known.is_empty() => {}
        None => violations.add(
            "waiver",
            (
                "is defined by no standard that is known, or not by the one that is named",
                "所指的标准（未指明时为已有的标准）中没有这种认定",
            ),
        ),
    }
    violations.finish()?;
    region?;
    if let Some(id) = standard.filter(|_| known.is_empty()) {
        return Err(RpcError::StandardMissing { resource: name::standard(&id) });
    }
    let (Some(county), Some(granted)) = (county, granted) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    let judging = standards::in_force(store, &reads, &county, granted.from, None).await?;
    reads.finish().await?;
    let allows = |standard: &&Arc<Standard>| standard.waiver(&granted.waiver).is_some_and(|waiver| waiver.allowed);
    let allowed_by = judging.iter().filter(allows).map(|standard| name::standard(&standard.id)).collect();
    Ok((county, granted, allowed_by))
}

/// Holds quantity and stage against what the waiver does.
fn check_effect(
    request: &GrantWaiverRequest,
    school: Option<&School>,
    standard: &Standard,
    violations: &mut Violations,
) {
    let effect = standard.waiver(&request.waiver).map(|waiver| &waiver.effect);
    let Some(WaiverEffect::Amount { indicator, .. }) = effect else {
        if request.quantity.is_some() {
            violations.add("quantity", ("is given for a waiver that adds to no amount", "该认定没有数量，不能给出"));
        }
        if request.stage != 0 {
            violations.add(
                "stage",
                ("is given for a waiver that is granted to the school as a whole", "该认定针对全校，不能给出"),
            );
        }
        return;
    };
    if request.quantity.is_none() {
        violations.add("quantity", ("is missing: the waiver adds to an amount", "没有给出：该认定须写明数量"));
    }
    let split = standard.resources.indicators.iter().any(|known| known.id == *indicator && known.split);
    let Some(school) = school else { return };
    let taught: Vec<i32> = school.school_type.stages().iter().filter_map(|stage| number(*stage)).collect();
    if request.stage == 0 {
        if !split && taught.len() > 1 {
            violations.add("stage", ("is missing: the school reports the amount by stage", "没有给出：该校按学段填报"));
        }
    } else if split {
        violations.add("stage", ("is given for an amount that stages share", "该数量由各学段共用，不能给出"));
    } else if !taught.contains(&request.stage) {
        violations.add("stage", ("is not taught by the school", "该校没有这个学段"));
    }
}

/// A stage of compulsory education as a message has it.
const fn number(stage: Stage) -> Option<i32> {
    match stage {
        Stage::Primary => Some(proto::Stage::Primary as i32),
        Stage::Junior => Some(proto::Stage::Junior as i32),
        Stage::Senior => None,
    }
}
