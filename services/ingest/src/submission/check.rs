//! Holds a submission against the registry, the rules and what was reported before.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use junheng_domain::{
    checks::{
        PREVIOUS_MONTHS_AT_MOST, Previous, Registry, check_declaration_days, check_empty, check_evidence, check_facts,
        check_items, check_plausibility, operand_term,
    },
    code::{Month, RegionCode, day_at},
    facts::CountyItem,
    finding::{Fault, Finding, Severity, Term},
    history::SchoolHistory,
    standard::Standard,
};
use junheng_store::{Reads, StoreError, county_items, school_facts, schools, submissions};
use junheng_wire::status::RpcError;

use super::{Rules, Submission};

/// The first month that a month is compared with, and the month itself.
pub(crate) fn compared(month: Month) -> (Month, Month) {
    (Month::from_ordinal(month.ordinal() - PREVIOUS_MONTHS_AT_MOST).unwrap_or(month), month)
}

/// What is known of the county of a submission.
pub(crate) struct Known {
    /// The newest two months that it is compared with, the month itself among them, by their current submissions.
    pub(crate) newest: Vec<(Month, u32)>,
    /// All schools that the county ever had.
    pub(crate) schools: Vec<SchoolHistory>,
}

impl Known {
    pub(crate) async fn read(reads: &impl Reads, county: &RegionCode, month: Month) -> Result<Self, StoreError> {
        let (first, month) = compared(month);
        Ok(Self {
            newest: submissions::list_newest(reads, county, first, month, 2).await?,
            schools: schools::list_as_of(reads, county, None).await?,
        })
    }
}

/// Finds every fault of the data, with those that reading it found.
pub(crate) async fn check(
    reads: &impl Reads,
    rules: &Rules,
    submission: &Submission,
    known: Known,
    now: jiff::Timestamp,
) -> Result<Vec<Finding>, RpcError> {
    let (rows, month) = (&submission.schools, submission.month);
    let registry = registry(reads, submission, known.schools).await?;
    // What needs nothing reported before is found while the database looks for it.
    let (reported, mut findings) = tokio::join!(
        biased;
        Reported::read(reads, submission, &known.newest),
        async { check_itself(rules, submission, &registry, now) },
    );
    let reported = reported?;
    if !submission.laid_over {
        findings.extend(withdrawn(submission, &reported.items, &rules.standards));
    }
    let before = reported.before.as_ref();
    findings.extend(check_plausibility(rows, &registry, month, before, &rules.judging(month), &rules.limits));
    if submission.schools_unread {
        let unread = |rule: &str| match rule {
            "item_withdrawn" => submission.items.is_empty(),
            _ => ["school_left_out", "school_vanished"].contains(&rule),
        };
        findings.retain(|finding| !unread(&finding.rule));
    }
    let mut findings = one_root_each(rules.limits.hold(findings));
    submission.places.locate(&mut findings);
    Ok(findings)
}

/// Finds the faults of a month that it has by itself.
fn check_itself(rules: &Rules, submission: &Submission, registry: &Registry, now: jiff::Timestamp) -> Vec<Finding> {
    let (rows, month) = (&submission.schools, submission.month);
    let mut findings = submission.findings.clone();
    findings.extend(check_empty(rows, &submission.items, &submission.findings));
    if Month::at(now).is_ok_and(|current| month > current) {
        let fault = Fault::MonthNotBegun { month: month.into() };
        findings.push(Finding::of(fault, "month").found(month.to_string()));
    }
    findings.extend(check_facts(rows, registry, month));
    findings.extend(check_items(&submission.items, &rules.standards, month));
    findings.extend(check_evidence(&submission.items, &rules.standards));
    findings.extend(check_declaration_days(&submission.items, &rules.standards, day_at(now)));
    findings
}

/// The county's schools as they are in the month, and where those that it does not have are.
async fn registry(
    reads: &impl Reads,
    submission: &Submission,
    registered: Vec<SchoolHistory>,
) -> Result<Registry, StoreError> {
    // What a school is follows from the month, not from today.
    let schools: BTreeMap<_, _> =
        registered.into_iter().map(|history| (history.code().clone(), history.view_in(submission.month))).collect();
    let codes = submission.schools.iter().map(|row| &row.facts.school);
    let unknown: Vec<_> = codes.filter(|code| !schools.contains_key(*code)).cloned().collect();
    let elsewhere = schools::list_registered_elsewhere(reads, &submission.county, &unknown).await?;
    Ok(Registry { schools, elsewhere })
}

/// What the county reported by now.
struct Reported {
    /// The items of the month itself.
    items: Vec<CountyItem>,
    /// The last month before, where that is not too long ago.
    before: Option<Previous>,
}

impl Reported {
    async fn read(reads: &impl Reads, submission: &Submission, newest: &[(Month, u32)]) -> Result<Self, StoreError> {
        let (county, month) = (&submission.county, submission.month);
        let mut reported = Self { items: vec![], before: None };
        for &(newest, number) in newest {
            if newest == month {
                reported.items = county_items::list(reads, county, month, number).await?;
            } else if reported.before.is_none() {
                let facts = school_facts::list(reads, county, newest, number).await?;
                reported.before = Some(Previous { month: newest, facts });
            }
        }
        Ok(reported)
    }
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
fn withdrawn(submission: &Submission, before: &[CountyItem], standards: &[Arc<Standard>]) -> Option<Finding> {
    let repeated = |old: &CountyItem| {
        submission.items.iter().any(|row| row.item.item == old.item && row.item.operand == old.operand)
    };
    let gone = before.iter().filter(|old| !repeated(old));
    let gone: Vec<_> = gone.map(|old| operand_term(standards, &old.item, &old.operand)).collect();
    if gone.is_empty() {
        return None;
    }
    let fault = Fault::ItemWithdrawn { count: gone.len().into(), operands: Term::list(&gone) };
    Some(Finding::of(fault, "items"))
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
