//! Findings of one root cause together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Finding, Rule, Severity, Term};
use crate::{checks::national_operand, element::Element};

/// Examples that a group shows.
const EXAMPLES: usize = 5;
/// Beyond so many causes of one rule the rule itself is what they share.
const CAUSES: usize = 50;

/// Findings that are told and kept one by one; the groups count all of them.
pub const TOLD_AT_MOST: usize = 2_000;

/// What is told of findings: all in groups, and so many one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The findings, at most [`TOLD_AT_MOST`]; where there are more, errors come before warnings.
    pub findings: Vec<Finding>,
    /// The groups of all of them.
    pub groups: Vec<FindingGroup>,
}

impl Told {
    /// What is told of findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let told = if findings.len() <= TOLD_AT_MOST {
            findings.to_vec()
        } else {
            let of = |severity| findings.iter().filter(move |finding| finding.severity == severity);
            of(Severity::Error).chain(of(Severity::Warning)).take(TOLD_AT_MOST).cloned().collect()
        };
        Self { findings: told, groups: group(findings) }
    }
}

/// Findings of one rule that have their element or their school in common, or nothing but the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingGroup {
    /// How grave they are.
    pub severity: Severity,
    /// The rule that they break.
    pub rule: String,
    /// The element or operand that they share; `None` where they share none.
    pub element: Option<String>,
    /// The school that they share; `None` where they share none.
    pub school: Option<String>,
    /// How many they are.
    pub count: usize,
    /// What is wrong, in general words; of a single finding, its own. Chinese.
    pub message: String,
    /// How to mend it, in Chinese.
    pub remedy: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// How to mend it, in English.
    pub remedy_en: String,
    /// The first of them, at most five.
    pub examples: Vec<Example>,
}

/// One finding of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Where it is.
    pub path: String,
    /// The school concerned.
    pub school: Option<String>,
    /// The element or operand concerned.
    pub element: Option<String>,
    /// What was found.
    pub found: String,
}

#[derive(Debug, Clone, Copy)]
enum Shared {
    Element,
    School,
    Rule,
}

/// Groups findings by root cause: errors first, then the largest. Which groups there are does not depend on the order of the findings.
///
/// Within a rule those of one element are together where fewer elements than schools are concerned (a column that is wrong for every
/// school), else those of one school (a row that is wrong throughout). Where neither brings any together, or the rule has more than 50
/// such causes, all of the rule are one group.
#[must_use]
pub fn group(findings: &[Finding]) -> Vec<FindingGroup> {
    let mut rules: BTreeMap<(Severity, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        rules.entry((finding.severity, &finding.rule)).or_default().push(finding);
    }
    let mut groups: Vec<FindingGroup> = rules.into_values().flat_map(|findings| of_rule(&findings)).collect();
    groups.sort_by(|one, other| {
        let key = |group: &FindingGroup| (group.rule.clone(), group.element.clone(), group.school.clone());
        (one.severity.cmp(&other.severity)).then(other.count.cmp(&one.count)).then_with(|| key(one).cmp(&key(other)))
    });
    groups
}

fn of_rule(findings: &[&Finding]) -> Vec<FindingGroup> {
    let shared = shared(findings);
    let mut causes: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        let cause = match shared {
            Shared::Element => finding.element.as_deref(),
            Shared::School => finding.school.as_deref(),
            Shared::Rule => None,
        };
        causes.entry(cause).or_default().push(finding);
    }
    causes.into_values().filter_map(|findings| one(&findings)).collect()
}

fn shared(findings: &[&Finding]) -> Shared {
    let elements: BTreeSet<_> = findings.iter().map(|finding| &finding.element).collect();
    let schools: BTreeSet<_> = findings.iter().map(|finding| &finding.school).collect();
    let named = |causes: &BTreeSet<&Option<String>>| causes.iter().any(|cause| cause.is_some());
    let (causes, shared) = if named(&elements) && (elements.len() <= schools.len() || !named(&schools)) {
        (elements.len(), Shared::Element)
    } else {
        (schools.len(), Shared::School)
    };
    let apart = causes > CAUSES || (causes > 1 && causes * 2 > findings.len());
    if apart { Shared::Rule } else { shared }
}

/// The group of findings of one rule and cause.
fn one(findings: &[&Finding]) -> Option<FindingGroup> {
    let first = findings.first()?;
    let same = |value: &Option<String>, of: fn(&Finding) -> &Option<String>| {
        value.clone().filter(|_| findings.iter().all(|finding| of(finding) == value))
    };
    let element = same(&first.element, |finding| &finding.element);
    let school = same(&first.school, |finding| &finding.school);
    // What is told for all of them must not depend on which came first.
    let told = findings.iter().min_by_key(|finding| (&finding.remedy_en, &finding.remedy, &finding.message))?;
    let message = match Rule::find(&first.rule) {
        Some(rule) if findings.len() > 1 => general(rule, element.as_deref()),
        _ => Term::new(&told.message, &told.message_en),
    };
    let example = |finding: &&Finding| Example {
        path: finding.path.clone(),
        school: finding.school.clone(),
        element: finding.element.clone(),
        found: finding.found.clone(),
    };
    Some(FindingGroup {
        severity: first.severity,
        rule: first.rule.clone(),
        element,
        school,
        count: findings.len(),
        message: message.zh,
        remedy: told.remedy.clone(),
        message_en: message.en,
        remedy_en: told.remedy_en.clone(),
        examples: findings.iter().take(EXAMPLES).map(example).collect(),
    })
}

fn general(rule: &Rule, element: Option<&str>) -> Term {
    let Some(element) = element else { return Term::new(rule.title.zh, rule.title.en) };
    let of_item = || element.split_once('.').map_or_else(|| element.into(), |(item, id)| national_operand(item, id));
    let named = Element::find(element).map_or_else(of_item, Term::from);
    Term::new(format!("{}：{}", named.zh, rule.title.zh), format!("{}: {}", named.en, rule.title.en))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Fault;

    fn number(school: usize, element: &str) -> Finding {
        let what = Element::find(element).unwrap().into();
        let finding = Finding::of(Fault::CountWhole { what }, format!("schools[{school}].{element}"));
        finding.of_school_written(&format!("{:010}", 2_121_000_000 + school)).of_element(element)
    }

    fn causes(findings: &[Finding]) -> Vec<(String, Option<String>, Option<String>, usize)> {
        group(findings).into_iter().map(|group| (group.rule, group.element, group.school, group.count)).collect()
    }

    #[test]
    fn four_thousand_findings_are_a_few_groups_with_exact_counts() {
        let mut findings: Vec<_> =
            (0..1_900).flat_map(|school| ["books", "computers"].map(|id| number(school, id))).collect();
        findings.extend((0..197).map(|school| {
            let code = format!("{:010}", 2_121_100_000 + school);
            Finding::of(Fault::SchoolRegistered { school: (&code).into() }, "").of_school_written(&code)
        }));
        findings.extend((0..3).map(|index| {
            Finding::of(
                Fault::ItemWithdrawn { count: 1_usize.into(), operands: "G1.y".into() },
                format!("items[{index}]"),
            )
        }));

        let Told { findings: told, groups } = Told::of(&findings);

        assert_eq!(told, findings[..2_000]);
        findings.rotate_right(3);
        assert_eq!(Told::of(&findings).findings, told, "errors come first");
        assert_eq!(groups.iter().map(|group| group.count).sum::<usize>(), 4_000);
        let told: Vec<_> =
            groups.iter().map(|group| (group.rule.as_str(), group.element.as_deref(), group.count)).collect();
        assert_eq!(
            told,
            [
                ("count_whole", Some("books"), 1_900),
                ("count_whole", Some("computers"), 1_900),
                ("school_registered", None, 197),
                ("item_withdrawn", None, 3)
            ]
        );
        assert_eq!(groups[0].message, "图书：计数须为整数");
        assert_eq!(groups[0].message_en, "Library books: Counts are whole numbers");
        assert_eq!(groups[2].examples.len(), 5);
        assert_eq!(groups[2].examples[4].school.as_deref(), Some("2121100004"));
    }

    #[test]
    fn a_row_that_is_wrong_throughout_is_one_group() {
        let mut findings: Vec<_> = ["books", "computers", "multimedia_rooms"].map(|id| number(7, id)).into();
        assert_eq!(causes(&findings), [("count_whole".into(), None, Some("2121000007".into()), 3)]);

        findings.truncate(1);
        let one = &group(&findings)[0];
        assert_eq!((one.count, one.message.as_str()), (1, "图书须为整数"));
    }

    #[test]
    fn what_shares_nothing_but_the_rule_is_one_group() {
        let findings = [number(1, "books"), number(2, "computers"), number(3, "multimedia_rooms")];

        assert_eq!(causes(&findings), [("count_whole".into(), None, None, 3)]);
    }

    #[test]
    fn the_order_of_findings_changes_no_group() {
        let mut findings: Vec<_> =
            (0..9).flat_map(|school| ["books", "computers"].map(|id| number(school, id))).collect();
        let before = causes(&findings);
        findings.reverse();
        assert_eq!(causes(&findings), before);
    }
}
