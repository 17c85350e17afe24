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
use crate::rpc::{MAX_ITEMS, MAX_ROWS, check_text};

/// A request whose form is right; its data may still have faults.
pub(crate) struct Submission {
    pub(crate) county: RegionCode,
    pub(crate) month: Month,
    pub(crate) schools: Vec<FactsRow>,
    pub(crate) items: Vec<ItemRow>,
    /// Faults that reading the values found.
    pub(crate) findings: Vec<Finding>,
    pub(crate) digest: String,
}

/// Reads a request, with all that is wrong with its form.
pub(crate) fn decode(request: &SubmitMonthRequest) -> Result<Submission, RpcError> {
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
    if request.schools.is_empty() && request.items.is_empty() {
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
    let (schools, mut findings) = facts::decode(&request.schools, "schools");
    let (items, of_items) = item::decode(&request.items, "items");
    findings.extend(of_items);
    let (Some(county), Some(month)) = (county, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(Submission { county, month, schools, items, findings, digest: fingerprint::of_submission(request) })
}
