//! `SubmitMonth`: takes one county's month, all of it or none of it, and answers a repeated request with the first reply.

use junheng_domain::{
    checks::{FactsRow, ItemRow, Registry, check_facts, check_items},
    code::{Month, RegionCode},
    evaluation::ITEM_VALID_MONTHS,
    facts::CountyItem,
    finding::{Finding, error_count},
    standard::Standard,
};
use junheng_proto::ingest::v1::{
    Receipt, Refusal, SubmitMonthRequest, SubmitMonthResponse, submit_month_response::Outcome,
};
use junheng_runtime::Caller;
use junheng_store::{Reads, StoreError, WriteTransaction, county_items, marks, school_facts, schools, submissions};
use junheng_wire::{facts, finding, fingerprint, item, name, status::RpcError, time, violations::Violations};

use super::{
    MAX_ITEMS, MAX_ROWS, check_text, require_county,
    write::{Begun, Request, Told, Write},
};
use crate::Ingest;

/// A request whose form is right; its data may still have faults.
struct Submission {
    county: RegionCode,
    month: Month,
    schools: Vec<FactsRow>,
    items: Vec<ItemRow>,
    /// Faults that reading the values found.
    findings: Vec<Finding>,
    digest: String,
}

#[tracing::instrument(name = "ingest.submit_month", skip_all, fields(caller.subject = %caller.subject, request.id = request.request_id, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: SubmitMonthRequest,
) -> Result<SubmitMonthResponse, RpcError> {
    let submission = decode(&request)?;
    if request.validate_only {
        let reads = ingest.store.begin_read().await?;
        require_county(&reads, &submission.county, "region").await?;
        let findings = check(&reads, &submission, ingest.clock.now()).await?;
        return Ok(encode(&submission, &findings, None));
    }
    require_county(&ingest.store, &submission.county, "region").await?;
    let once = Request { scope: &submission.county, id: &request.request_id, digest: &submission.digest };
    let write = match Write::begin(ingest, once).await? {
        Begun::New(write) => write,
        Begun::Answered(first) => return Ok(first),
    };
    let findings = check(&write.transaction, &submission, ingest.clock.now()).await?;
    let kept = keep(&write.transaction, caller, &request.request_id, &submission, &findings, write.known_at).await?;
    let response = encode(&submission, &findings, Some(&kept));
    let told = Told { action: "submit_month", resource: kept.name(&submission), accepted: kept.revision.is_some() };
    write.commit(caller, &response, told).await?;
    tracing::info!(
        submission.name = kept.name(&submission),
        submission.accepted = kept.revision.is_some(),
        findings.count = findings.len(),
        "submission kept"
    );
    Ok(response)
}

fn decode(request: &SubmitMonthRequest) -> Result<Submission, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    if !(request.validate_only && request.request_id.is_empty()) {
        violations.check_request_id(&request.request_id);
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

/// Finds every fault of the data, with those that reading it found.
async fn check(reads: &impl Reads, submission: &Submission, now: jiff::Timestamp) -> Result<Vec<Finding>, RpcError> {
    let registered = schools::list_as_of(reads, &submission.county, None).await?;
    let registered: std::collections::BTreeMap<_, _> =
        registered.into_iter().map(|school| (school.code.clone(), school)).collect();
    let unknown: Vec<_> = submission
        .schools
        .iter()
        .map(|row| &row.facts.school)
        .filter(|code| !registered.contains_key(*code))
        .cloned()
        .collect();
    let elsewhere = schools::list_registered_elsewhere(reads, &submission.county, &unknown).await?;
    let standards = Standard::national().map_err(|faults| RpcError::Internal { what: faults.to_string() })?;
    let mut findings = submission.findings.clone();
    if Month::at(now).is_ok_and(|current| submission.month > current) {
        let message = format!("评估月{}尚未开始", submission.month);
        findings.push(
            Finding::error("month_not_begun", "month", message, "请核对月份").found(submission.month.to_string()),
        );
    }
    findings.extend(check_facts(&submission.schools, &Registry { schools: registered, elsewhere }, submission.month));
    findings.extend(check_items(&submission.items, standards, submission.month));
    findings.extend(withdrawn(reads, submission).await?);
    Ok(findings)
}

/// A revision is whole: county items of the one before that it does not repeat are withdrawn, which is seldom meant.
async fn withdrawn(reads: &impl Reads, submission: &Submission) -> Result<Option<Finding>, StoreError> {
    let (county, month) = (&submission.county, submission.month);
    let Some(current) = submissions::find_current(reads, county, month, None).await? else { return Ok(None) };
    let before = county_items::list(reads, county, month, current.number).await?;
    let repeated = |old: &CountyItem| {
        submission.items.iter().any(|row| row.item.item == old.item && row.item.operand == old.operand)
    };
    let gone: Vec<_> =
        before.iter().filter(|old| !repeated(old)).map(|old| format!("{}.{}", old.item, old.operand)).collect();
    if gone.is_empty() {
        return Ok(None);
    }
    let message = format!("本次没有重报上一版的县级要素，共{}个，将随之撤回：{}", gone.len(), gone.join("、"));
    Ok(Some(Finding::warning("item_withdrawn", "items", message, "仍然有效的要素请一并重报")))
}

/// What was stored of a submission.
struct Kept {
    number: u32,
    /// `None`: refused.
    revision: Option<u32>,
    known_at: jiff::Timestamp,
}

impl Kept {
    fn name(&self, submission: &Submission) -> String {
        name::submission(&submission.county, submission.month, self.number)
    }
}

async fn keep(
    transaction: &WriteTransaction,
    caller: &Caller,
    request_id: &str,
    submission: &Submission,
    findings: &[Finding],
    known_at: jiff::Timestamp,
) -> Result<Kept, StoreError> {
    let (county, month) = (&submission.county, submission.month);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let trace_parent = caller.trace.traceparent();
    let new = submissions::NewSubmission {
        county: county.clone(),
        month,
        request_id: request_id.to_owned(),
        school_count: count(submission.schools.len()),
        item_count: count(submission.items.len()),
        content_digest: submission.digest.clone(),
        known_at,
        caller: caller.subject.to_string(),
        trace_parent: trace_parent.clone(),
        findings: findings.to_vec(),
    };
    if error_count(findings) > 0 {
        let number = submissions::insert_refused(transaction, &new).await?;
        return Ok(Kept { number, revision: None, known_at });
    }
    let (number, revision) = submissions::insert_accepted(transaction, &new).await?;
    let facts: Vec<_> = submission.schools.iter().map(|row| row.facts.clone()).collect();
    school_facts::insert_many(transaction, county, month, number, &facts).await?;
    let items: Vec<_> = submission.items.iter().map(|row| row.item.clone()).collect();
    county_items::insert_many(transaction, county, month, number, &items).await?;
    // Items go on counting, so that a late month touches the months reported after it, too.
    let last = Month::from_ordinal(month.ordinal() + ITEM_VALID_MONTHS).unwrap_or(month);
    let mut months = submissions::list_months(transaction, county, month, last).await?;
    months.push(month);
    marks::mark(transaction, county, &months, known_at, &trace_parent).await?;
    Ok(Kept { number, revision: Some(revision), known_at })
}

fn encode(submission: &Submission, findings: &[Finding], kept: Option<&Kept>) -> SubmitMonthResponse {
    let count = |number: usize| Some(u32::try_from(number).unwrap_or(u32::MAX));
    let name = kept.map(|kept| kept.name(submission)).unwrap_or_default();
    let errors = error_count(findings);
    let findings = findings.iter().map(finding::encode).collect();
    let outcome = if errors > 0 {
        Outcome::Refusal(Refusal { submission: name, error_count: count(errors), findings })
    } else {
        Outcome::Receipt(Receipt {
            submission: name,
            revision: kept.and_then(|kept| kept.revision),
            school_count: count(submission.schools.len()),
            item_count: count(submission.items.len()),
            content_digest: submission.digest.clone(),
            known_at: kept.map(|kept| time::encode(kept.known_at)),
            findings,
        })
    };
    SubmitMonthResponse { outcome: Some(outcome) }
}
