//! One county's month on its way in: read, checked, kept.

mod check;
mod keep;

use junheng_domain::{
    checks::{FactsRow, ItemRow},
    code::{Month, RegionCode},
    finding::Finding,
};
use junheng_proto::ingest::v1::SubmitMonthRequest;
use junheng_wire::{facts, fingerprint, item, name, status::RpcError, violations::Violations};

pub(crate) use self::{
    check::check,
    keep::{Kept, keep},
};
use crate::{
    file::Places,
    rpc::{MAX_ITEMS, MAX_ROWS, check_text},
};

/// What a request was read from, where that is a file; the default: from nothing, it is what the caller sent.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    /// Faults that reading the file found.
    pub(crate) findings: Vec<Finding>,
    /// Where the rows of the request stand in the file.
    pub(crate) places: Places,
    /// Digest of the file: of one with faults the request does not say all.
    pub(crate) digest: String,
}

/// A request whose form is right; its data may still have faults.
pub(crate) struct Submission {
    pub(crate) county: RegionCode,
    pub(crate) month: Month,
    pub(crate) schools: Vec<FactsRow>,
    pub(crate) items: Vec<ItemRow>,
    /// Faults that reading the values found.
    pub(crate) findings: Vec<Finding>,
    pub(crate) digest: String,
    /// Where its rows stand in the file that it was read from.
    pub(crate) places: Places,
}

/// Reads a request, with all that is wrong with its form.
pub(crate) fn decode(request: &SubmitMonthRequest, origin: Origin) -> Result<Submission, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    if !(request.validate_only && request.request_id.is_empty()) {
        violations.request_id(&request.request_id);
    }
    if request.schools.len() > MAX_ROWS {
        violations.add("schools", format!("holds more than {MAX_ROWS} rows"));
    }
    if request.items.len() > MAX_ITEMS {
        violations.add("items", format!("holds more than {MAX_ITEMS} rows"));
    }
    // A file of which nothing can be read says why in its findings.
    if request.schools.is_empty() && request.items.is_empty() && origin.findings.is_empty() {
        violations.add("schools", "is empty, and so is items");
    }
    for (index, item) in request.items.iter().enumerate() {
        let texts = [
            ("item", &item.item),
            ("operand", &item.operand),
            ("declared_by", &item.declared_by),
            ("evidence", &item.evidence),
        ];
        for (field, text) in texts {
            check_text(|| format!("items[{index}].{field}"), text, &mut violations);
        }
    }
    violations.finish()?;
    let (schools, of_schools) = facts::decode(&request.schools, "schools");
    let (items, of_items) = item::decode(&request.items, "items");
    let mut digest = fingerprint::of_submission(request);
    if !origin.findings.is_empty() {
        digest = fingerprint::of_bytes(format!("{digest} {}", origin.digest).as_bytes());
    }
    let mut findings = origin.findings;
    findings.extend(of_schools.into_iter().chain(of_items));
    let (Some(county), Some(month)) = (county, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(Submission { county, month, schools, items, findings, digest, places: origin.places })
}
