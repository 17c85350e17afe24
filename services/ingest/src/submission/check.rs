//! Holds a submission against the registry, the standards and what was reported before.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use junheng_domain::{
    checks::{
        PREVIOUS_MONTHS_AT_MOST, Previous, Registry, check_empty, check_evidence, check_facts, check_items,
        check_plausibility,
    },
    code::{Month, RegionCode},
    facts::CountyItem,
    finding::{Fault, Finding, Severity, Term},
    standard::Standard,
};
use junheng_store::{
    Reads, StoreError, county_items, in_force_entries, regions, school_facts, schools, standards::Loaded, submissions,
};
use junheng_wire::status::RpcError;

use super::Submission;
use crate::limits;

/// Finds every fault of the data, with those that reading it found.
pub(crate) async fn check(
    reads: &impl Reads,
    standards: &Loaded,
    submission: &Submission,
    now: jiff::Timestamp,
) -> Result<Vec<Finding>, RpcError> {
    let registered = schools::list_as_of(reads, &submission.county, None).await?;
    // What a school is follows from the month, not from today.
    let registered: std::collections::BTreeMap<_, _> =
        registered.into_iter().map(|history| (history.code().clone(), history.view_in(submission.month))).collect();
    let unknown: Vec<_> = submission
        .schools
        .iter()
        .map(|row| &row.facts.school)
        .filter(|code| !registered.contains_key(*code))
        .cloned()
        .collect();
    let elsewhere = schools::list_registered_elsewhere(reads, &submission.county, &unknown).await?;
    let standards: Vec<Arc<Standard>> =
        standards.list(reads).await?.into_iter().map(|registered| registered.standard).collect();
    let mut findings = submission.findings.clone();
    findings.extend(check_empty(&submission.schools, &submission.items, &submission.findings));
    if Month::at(now).is_ok_and(|current| submission.month > current) {
        let fault = Fault::MonthNotBegun { month: submission.month.into() };
        findings.push(Finding::of(fault, "month").found(submission.month.to_string()));
    }
    let registry = Registry { schools: registered, elsewhere };
    findings.extend(check_facts(&submission.schools, &registry, submission.month));
    findings.extend(check_items(&submission.items, &standards, submission.month));
    findings.extend(check_evidence(&submission.items));
    findings.extend(withdrawn(reads, submission).await?);
    let chain = regions::list_above(reads, std::slice::from_ref(&submission.county)).await?.pop().unwrap_or_default();
    let limits = limits::in_effect(reads, &chain).await?;
    let judging = judging(reads, &chain, &standards, submission.month).await?;
    let before = previous(reads, submission).await?;
    let rows = &submission.schools;
    findings.extend(check_plausibility(rows, &registry, submission.month, before.as_ref(), &judging, &limits));
    let mut findings = one_root_each(limits.hold(findings));
    submission.places.locate(&mut findings);
    Ok(findings)
}

/// The standards that judge the county in the month.
async fn judging(
    reads: &impl Reads,
    chain: &[RegionCode],
    standards: &[Arc<Standard>],
    month: Month,
) -> Result<Vec<Arc<Standard>>, StoreError> {
    let entries = in_force_entries::list(reads, chain, None).await?;
    let ids = in_force_entries::nearest(chain, &entries, month);
    Ok(standards.iter().filter(|standard| ids.contains(standard.id.as_str())).cloned().collect())
}

/// What the county reported last before the month, where that is not too long ago.
async fn previous(reads: &impl Reads, submission: &Submission) -> Result<Option<Previous>, StoreError> {
    let (county, ordinal) = (&submission.county, submission.month.ordinal());
    let months = Month::from_ordinal(ordinal - PREVIOUS_MONTHS_AT_MOST).ok().zip(Month::from_ordinal(ordinal - 1).ok());
    let Some((first, last)) = months else { return Ok(None) };
    let reported = submissions::list_months(reads, county, first, last).await?;
    let Some(month) = reported.into_iter().max() else { return Ok(None) };
    let Some(current) = submissions::find_current(reads, county, month, None).await? else { return Ok(None) };
    Ok(Some(Previous { month, facts: school_facts::list(reads, county, month, current.number).await? }))
}

/// A school that vanished is left out as well, and a value that could not be read has not vanished: one finding tells both, the graver.
fn one_root_each(mut findings: Vec<Finding>) -> Vec<Finding> {
    let of = |rule: &'static str| move |finding: &&Finding| finding.rule == rule;
    let schools = |rule: &'static str| -> BTreeMap<String, Severity> {
        let named = |finding: &Finding| Some((finding.school.clone()?, finding.severity));
        findings.iter().filter(of(rule)).filter_map(named).collect()
    };
    let (vanished, left_out) = (schools("school_vanished"), schools("school_left_out"));
    let graver =
        |school: &str| left_out.get(school) == Some(&Severity::Error) && vanished.get(school) != left_out.get(school);
    let unread: BTreeSet<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error && finding.rule != "value_vanished")
        .filter_map(|finding| Some((finding.school.clone()?, finding.element.clone()?)))
        .collect();
    findings.retain(|finding| match (finding.rule.as_str(), finding.school.as_deref()) {
        ("school_vanished", Some(school)) => !graver(school),
        ("school_left_out", Some(school)) => !vanished.contains_key(school) || graver(school),
        ("value_vanished", Some(school)) => {
            !finding.element.as_ref().is_some_and(|element| unread.contains(&(school.to_owned(), element.clone())))
        }
        _ => true,
    });
    findings
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
    let fault = Fault::ItemWithdrawn { count: gone.len().into(), operands: Term::list(&gone) };
    Ok(Some(Finding::of(fault, "items")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_school_that_vanished_the_graver_finding_is_kept() {
        let school: junheng_domain::code::SchoolCode = "2121000001".parse().unwrap();
        let text = || (&school).into();
        let kept = |left_out: Severity, vanished: Severity| {
            let faults = [
                (left_out, Fault::SchoolLeftOut { school: text(), name: "".into() }),
                (vanished, Fault::SchoolVanished { school: text(), name: "".into(), month: "2024-11".into() }),
            ];
            let findings = faults.map(|(severity, fault)| {
                let mut finding = Finding::of(fault, "schools").of_school(&school);
                finding.severity = severity;
                finding
            });
            one_root_each(findings.into()).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };

        assert_eq!(kept(Severity::Error, Severity::Warning), ["school_left_out"]);
        assert_eq!(kept(Severity::Warning, Severity::Warning), ["school_vanished"]);
        assert_eq!(kept(Severity::Warning, Severity::Error), ["school_vanished"]);
        assert_eq!(kept(Severity::Error, Severity::Error), ["school_vanished"]);
    }
}
