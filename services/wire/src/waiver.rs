//! Waivers: [`junheng_domain::waiver::Waiver`] ↔ `junheng.evaluation.v1.Waiver`.

use jiff::civil::Date;
use junheng_domain::{
    code::{Month, RegionCode},
    quantity::Quantity,
    school,
    waiver::Waiver,
};
use junheng_proto::{common::v1::Stage, evaluation::v1 as proto};
use junheng_store::waivers::Grant;

use crate::{
    evaluation, name, time,
    violations::{BEFORE_FROM_MONTH, NO_DATE, OF_ANOTHER_COUNTY, UNKNOWN_STAGE, Violations},
};

/// Characters that the name of a granter may have.
const MAX_GRANTER: usize = 200;
/// Characters that evidence or a reason may have.
const MAX_TEXT: usize = 2_000;

/// Decodes what a request grants to a school of the county; not to be used when it told a wrong field.
pub fn decode(
    request: &proto::GrantWaiverRequest,
    county: Option<&RegionCode>,
    violations: &mut Violations,
) -> Option<Waiver> {
    let school = violations.take("school", name::parse_school(&request.school)).and_then(|(region, code)| {
        if county.is_some_and(|county| *county != region) {
            violations.add("school", OF_ANOTHER_COUNTY);
            return None;
        }
        violations.take("school", code.parse())
    });
    let stage = stage(request.stage, violations);
    let from = violations.take("from_month", request.from_month.parse::<Month>());
    let to = match request.to_month.as_str() {
        "" => None,
        month => violations.take("to_month", month.parse::<Month>()),
    };
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        violations.add("to_month", BEFORE_FROM_MONTH);
    }
    let quantity = request.quantity.and_then(|number| {
        violations.take(
            "quantity",
            positive(number).ok_or(("is not above zero, or too fine or large", "须大于零，且不超出可表示的范围和精度")),
        )
    });
    let granted_on = violations.take("granted_on", request.granted_on.parse::<Date>().map_err(|_| NO_DATE));
    text("granted_by", &request.granted_by, MAX_GRANTER, violations);
    text("evidence", &request.evidence, MAX_TEXT, violations);
    Some(Waiver {
        school: school?,
        waiver: request.waiver.clone(),
        stage,
        from: from?,
        to,
        quantity,
        granted_on: granted_on?,
        granted_by: request.granted_by.trim().to_owned(),
        evidence: request.evidence.trim().to_owned(),
    })
}

/// Holds the reason of a revocation against its form.
pub fn check_reason(reason: &str, violations: &mut Violations) {
    text("reason", reason, MAX_TEXT, violations);
}

fn text(field: &str, text: &str, most: usize, violations: &mut Violations) {
    if text.trim().is_empty() || text.contains('\0') || text.chars().count() > most {
        violations.add(
            field,
            (
                format!("is empty, holds a NUL character or has more than {most} characters"),
                format!("为空、含有空字符（NUL）或超过{most}个字"),
            ),
        );
    }
}

fn positive(number: f64) -> Option<Quantity> {
    Quantity::from_f64(number, 2).ok().filter(|quantity| *quantity > Quantity::ZERO)
}

/// Reads a stage that may be left out.
fn stage(stage: i32, violations: &mut Violations) -> Option<school::Stage> {
    match Stage::try_from(stage) {
        Ok(Stage::Unspecified) => None,
        Ok(Stage::Primary) => Some(school::Stage::Primary),
        Ok(Stage::Junior) => Some(school::Stage::Junior),
        Err(_) => {
            violations.add("stage", UNKNOWN_STAGE);
            None
        }
    }
}

/// Encodes what is granted in a county, without a name while it is not written.
#[must_use]
pub fn encode(waiver: &Waiver, county: &RegionCode) -> proto::Waiver {
    proto::Waiver {
        school: name::school(county, &waiver.school),
        waiver: waiver.waiver.clone(),
        stage: waiver.stage.map_or(Stage::Unspecified.into(), evaluation::stage),
        from_month: waiver.from.to_string(),
        to_month: waiver.to.map(|month| month.to_string()).unwrap_or_default(),
        quantity: waiver.quantity.map(Quantity::to_f64),
        granted_on: waiver.granted_on.to_string(),
        granted_by: waiver.granted_by.clone(),
        evidence: waiver.evidence.clone(),
        ..proto::Waiver::default()
    }
}

/// Encodes a grant of a county, with what became of it.
#[must_use]
pub fn encode_grant(grant: &Grant, county: &RegionCode) -> proto::Waiver {
    let revocation = grant.revocation.as_ref();
    proto::Waiver {
        name: name::waiver(county, grant.number),
        known_at: Some(time::encode(grant.known_at)),
        revoked_at: revocation.map(|revocation| time::encode(revocation.known_at)),
        revocation_reason: revocation.map(|revocation| revocation.reason.clone()).unwrap_or_default(),
        ..encode(&grant.waiver, county)
    }
}
