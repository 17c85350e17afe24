//! Reads a request, with all that is wrong with its form.

use std::collections::{BTreeMap, BTreeSet};

use junheng_domain::{
    acknowledgement::Acknowledgement,
    checks::{FactsRow, ItemRow},
    code::{Month, RegionCode, SchoolCode},
    correction::{Correction, SchoolCorrection},
    element::Element,
    finding::{Fault, Finding, error_count},
};
use junheng_proto::ingest::v1::{self as proto, SubmissionMode, SubmitMonthRequest};
use junheng_wire::{
    acknowledgement, facts, fingerprint, item, name,
    status::RpcError,
    violations::{EMPTY, Violations},
};

use super::Origin;
use crate::{
    file::Places,
    rpc::{MAX_ITEMS, MAX_ROWS, check_text},
};

/// Acknowledgements that a submission may have.
pub(crate) const MAX_ACKNOWLEDGEMENTS: usize = 1_000;

/// What a request says of itself, whose form is right.
pub(crate) struct Form {
    pub(crate) county: RegionCode,
    pub(crate) month: Month,
    /// Digest of all that it asks for.
    pub(crate) fingerprint: String,
    merge: bool,
    acknowledgements: Vec<Acknowledgement>,
}

/// A request that was read.
pub(crate) struct Sent {
    pub(crate) county: RegionCode,
    pub(crate) month: Month,
    pub(crate) base_revision: Option<u32>,
    pub(crate) content: Content,
    /// Faults that reading the values found.
    pub(crate) findings: Vec<Finding>,
    /// Digest of the month that it makes; `None` for a correction, where that takes the current revision.
    pub(crate) digest: Option<String>,
    pub(crate) acknowledgements: Vec<Acknowledgement>,
    /// Where its rows stand in the file that it was read from.
    pub(crate) places: Places,
    /// Whether faults of that file kept all schools from being read.
    pub(crate) schools_unread: bool,
}

/// What a request brings.
pub(crate) enum Content {
    /// The whole month.
    Whole { schools: Vec<FactsRow>, items: Vec<ItemRow> },
    /// What is laid over the current revision.
    Correction(Correction),
}

/// Reads what a request says of itself, with all that is wrong with its form.
pub(crate) fn decode_form(request: &SubmitMonthRequest, origin: &Origin) -> Result<Form, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    if !(request.validate_only && request.request_id.is_empty()) {
        violations.request_id(&request.request_id);
    }
    let merge = match SubmissionMode::try_from(request.mode) {
        Ok(SubmissionMode::Unspecified | SubmissionMode::Replace) => false,
        Ok(SubmissionMode::Merge) => true,
        Err(_) => {
            violations.add("mode", ("is no known mode", "不是已有的方式"));
            false
        }
    };
    check_sizes(request, origin, &mut violations);
    check_removals(request, merge, &mut violations);
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
    let acknowledgements = decode_acknowledgements(&request.acknowledgements, &mut violations);
    violations.finish()?;
    let (Some(county), Some(month)) = (county, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    let mut fingerprint = fingerprint::of_submission(request);
    // Not by the findings: what the registry says of a file differs from one attempt to the next.
    if !origin.digest.is_empty() {
        fingerprint = fingerprint::of_bytes(format!("{fingerprint} {}", origin.digest).as_bytes());
    }
    Ok(Form { county, month, fingerprint, merge, acknowledgements })
}

/// Reads what a request brings.
pub(crate) fn decode(request: &SubmitMonthRequest, origin: Origin, form: &Form) -> Sent {
    let Form { county, month, merge, acknowledgements, .. } = form;
    let (schools, of_schools) = facts::decode(&request.schools, "schools");
    let (items, of_items) = item::decode(&request.items, "items");
    let mut findings = origin.findings;
    findings.extend(of_schools.into_iter().chain(of_items));
    let content = if *merge {
        Content::Correction(correction(request, schools, items, &mut findings))
    } else {
        Content::Whole { schools, items }
    };
    // What cannot be read in full is not kept, so its digest is that of what was sent.
    let digest = match &content {
        _ if error_count(&findings) > 0 => {
            Some(fingerprint::of_content(county, *month, request.schools.clone(), request.items.clone()))
        }
        Content::Whole { schools, items } => Some(digest(county, *month, schools, items)),
        Content::Correction(_) => None,
    };
    Sent {
        county: county.clone(),
        month: *month,
        base_revision: request.base_revision,
        content,
        findings,
        digest,
        acknowledgements: acknowledgements.clone(),
        places: origin.places,
        schools_unread: origin.schools_unread,
    }
}

fn check_sizes(request: &SubmitMonthRequest, origin: &Origin, violations: &mut Violations) {
    let sizes = [
        ("schools", request.schools.len(), MAX_ROWS),
        ("removed_schools", request.removed_schools.len(), MAX_ROWS),
        ("items", request.items.len(), MAX_ITEMS),
        ("removed_items", request.removed_items.len(), MAX_ITEMS),
    ];
    for (field, size, most) in sizes {
        if size > most {
            violations.add(field, (format!("holds more than {most} rows"), format!("超过{most}行")));
        }
    }
    // A file of which nothing can be read says why in its findings.
    if sizes.iter().all(|(_, size, _)| *size == 0) && origin.findings.is_empty() {
        violations.add("schools", ("is empty, and so is items", "与 items 都为空"));
    }
}

/// Digest of a month that can be read in full.
pub(super) fn digest(county: &RegionCode, month: Month, schools: &[FactsRow], items: &[ItemRow]) -> String {
    let schools = schools.iter().map(|row| facts::encode(&row.facts)).collect();
    fingerprint::of_content(county, month, schools, items.iter().map(|row| item::encode(&row.item)).collect())
}

/// What goes missing is named in a merge only, and is not set in the same request.
fn check_removals(request: &SubmitMonthRequest, merge: bool, violations: &mut Violations) {
    let mut named = vec![];
    for (index, row) in request.schools.iter().enumerate().filter(|(_, row)| !row.cleared_elements.is_empty()) {
        let field = format!("schools[{index}].cleared_elements");
        let (set, _) = facts::decode(std::slice::from_ref(row), "schools");
        let cleared = row.cleared_elements.iter().filter_map(|id| Element::find(id));
        for element in cleared.filter(|element| set.iter().any(|set| set.facts.get(*element).is_some())) {
            violations.add(
                &field,
                (
                    format!("names {}, which the row sets", element.id()),
                    format!("所列的{}在该行中又有数值", element.id()),
                ),
            );
        }
        named.push(field);
    }
    let codes: BTreeSet<&str> = request.schools.iter().map(|row| row.school_code.as_str()).collect();
    for (index, code) in request.removed_schools.iter().enumerate() {
        let field = format!("removed_schools[{index}]");
        if codes.contains(code.as_str()) {
            violations.add(&field, ("stands in schools, too", "与 schools 中的重复"));
        }
        violations.take(&field, code.parse::<SchoolCode>());
        named.push(field);
    }
    let keys: BTreeSet<(&str, &str)> =
        request.items.iter().map(|item| (item.item.as_str(), item.operand.as_str())).collect();
    for (index, key) in request.removed_items.iter().enumerate() {
        let field = format!("removed_items[{index}]");
        if keys.contains(&(key.item.as_str(), key.operand.as_str())) {
            violations.add(&field, ("stands in items, too", "与 items 中的重复"));
        }
        for (part, text) in [("item", &key.item), ("operand", &key.operand)] {
            check_text(|| format!("{field}.{part}"), text, violations);
        }
        named.push(field);
    }
    if !merge {
        for field in named {
            violations.add(
                &field,
                (
                    "stands in a request whose mode is not SUBMISSION_MODE_MERGE",
                    "只用于更正（mode 为 SUBMISSION_MODE_MERGE）",
                ),
            );
        }
    }
}

fn correction(
    request: &SubmitMonthRequest,
    schools: Vec<FactsRow>,
    items: Vec<ItemRow>,
    findings: &mut Vec<Finding>,
) -> Correction {
    let mut cleared: BTreeMap<String, Vec<Element>> = BTreeMap::new();
    for (index, row) in request.schools.iter().enumerate() {
        let path = format!("schools[{index}]");
        for id in &row.cleared_elements {
            match Element::find(id) {
                Some(element) => cleared.entry(path.clone()).or_default().push(element),
                None => findings.push(unknown_element(&path, &row.school_code, id)),
            }
        }
    }
    let correct = |row: FactsRow| SchoolCorrection { cleared: cleared.remove(&row.path).unwrap_or_default(), row };
    Correction {
        schools: schools.into_iter().map(correct).collect(),
        items,
        removed_schools: request.removed_schools.iter().filter_map(|code| code.parse().ok()).collect(),
        removed_items: request.removed_items.iter().map(|key| (key.item.clone(), key.operand.clone())).collect(),
    }
}

fn unknown_element(path: &str, school_code: &str, id: &str) -> Finding {
    let fault = Fault::ElementKnown { element: id.into() };
    Finding::of(fault, format!("{path}.cleared_elements")).of_school_written(school_code).found(id)
}

/// Reads acknowledgements; each says a rule and a reason.
pub(crate) fn decode_acknowledgements(
    messages: &[proto::Acknowledgement],
    violations: &mut Violations,
) -> Vec<Acknowledgement> {
    if messages.len() > MAX_ACKNOWLEDGEMENTS {
        violations.add(
            "acknowledgements",
            (format!("holds more than {MAX_ACKNOWLEDGEMENTS} rows"), format!("超过{MAX_ACKNOWLEDGEMENTS}条")),
        );
    }
    for (index, message) in messages.iter().take(MAX_ACKNOWLEDGEMENTS).enumerate() {
        let field = |part: &str| format!("acknowledgements[{index}].{part}");
        if message.rule.is_empty() {
            violations.add(&field("rule"), EMPTY);
        }
        check_text(|| field("rule"), &message.rule, violations);
        check_text(|| field("school_code"), &message.school_code, violations);
        decode_reason(&field("reason"), &message.reason, violations);
    }
    messages.iter().map(acknowledgement::decode).collect()
}

/// Holds a reason against what a reader can use.
pub(crate) fn decode_reason(field: &str, reason: &str, violations: &mut Violations) {
    if reason.trim().is_empty() {
        violations.add(field, ("is blank", "没有内容"));
    }
    check_text(|| field.to_owned(), reason, violations);
}
