//! Makes a request whole: a correction is laid over the current revision.

use std::collections::BTreeSet;

use junheng_domain::{
    checks::national_operand,
    code::{Month, RegionCode},
    correction::Correction,
    facts::{CountyItem, SchoolFacts},
    finding::{Fault, Finding},
};
use junheng_store::{Reads, county_items, school_facts, submissions};
use junheng_wire::{name, status::RpcError, violations::Violations};

use super::{
    Sent, Submission,
    decode::{Content, digest},
};
use crate::rpc::{MAX_ITEMS, MAX_ROWS};

/// Makes a request the whole month that it asks for.
pub(crate) async fn whole(reads: &impl Reads, sent: Sent) -> Result<Submission, RpcError> {
    let Sent {
        county,
        month,
        base_revision,
        content,
        mut findings,
        digest: digest_sent,
        acknowledgements,
        places,
        schools_unread,
        ..
    } = sent;
    let laid_over = matches!(content, Content::Correction(_));
    check_base(reads, &county, month, base_revision).await?;
    let (schools, items) = match content {
        Content::Whole { schools, items } => (schools, items),
        Content::Correction(correction) => {
            let missing = || RpcError::MonthNotReported { resource: name::region(&county) };
            let current = submissions::find_current(reads, &county, month, None).await?.ok_or_else(missing)?;
            let before = school_facts::list(reads, &county, month, current.number).await?;
            let items_before = county_items::list(reads, &county, month, current.number).await?;
            findings.extend(unknown_removals(&correction, &before, &items_before));
            let (schools, items) = correction.lay_over(before, items_before);
            let mut violations = Violations::default();
            for (field, size, most) in [("schools", schools.len(), MAX_ROWS), ("items", items.len(), MAX_ITEMS)] {
                if size > most {
                    violations.add(
                        field,
                        (format!("makes the month hold more than {most} rows"), format!("使该月超过{most}行")),
                    );
                }
            }
            if schools.is_empty() && items.is_empty() && findings.is_empty() {
                violations.add(
                    "removed_schools",
                    (
                        "leaves nothing of the month; WithdrawMonth does that",
                        "删除后该月没有内容；撤回该月请用 WithdrawMonth（junheng withdraw）",
                    ),
                );
            }
            violations.finish()?;
            (schools, items)
        }
    };
    let digest = digest_sent.unwrap_or_else(|| digest(&county, month, &schools, &items));
    Ok(Submission {
        county,
        month,
        schools,
        items,
        findings,
        digest,
        acknowledgements,
        places,
        schools_unread,
        laid_over,
    })
}

/// Holds the revision that the sender has seen against the newest one. What it says holds by the county's lock, or by its clock.
pub(crate) async fn check_base(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    base_revision: Option<u32>,
) -> Result<(), RpcError> {
    let Some(base) = base_revision else { return Ok(()) };
    let newest = submissions::find_newest(reads, county, month, None).await?;
    let current_revision = newest.and_then(|newest| newest.state.revision()).unwrap_or(0);
    if current_revision == base {
        return Ok(());
    }
    Err(RpcError::RevisionConflict { resource: name::region(county), current_revision })
}

/// What a correction removes and the month does not have.
fn unknown_removals(correction: &Correction, schools: &[SchoolFacts], items: &[CountyItem]) -> Vec<Finding> {
    let reported: BTreeSet<_> = schools.iter().map(|row| &row.school).collect();
    let of_schools = correction.removed_schools.iter().filter(|code| !reported.contains(code)).map(|code| {
        let fault = Fault::RemovedReported { school: code.into() };
        Finding::of(fault, "removed_schools").of_school(code).found(code.as_str())
    });
    let reported: BTreeSet<_> = items.iter().map(|item| (&item.item, &item.operand)).collect();
    let unknown = correction.removed_items.iter().filter(|(item, operand)| !reported.contains(&(item, operand)));
    let of_items = unknown.map(|(item, operand)| {
        let id = format!("{item}.{operand}");
        let fault = Fault::RemovedReportedItem { operand: national_operand(item, operand) };
        Finding::of(fault, "removed_items").of_element(&id).found(&id)
    });
    of_schools.chain(of_items).collect()
}
