//! Warnings: what is possible and unlikely. Each kind of rule stands in a file; what it looks at and its limits stand in
//! `checks/rules.toml`. None of them depends on the order of the schools.

mod bunching;
mod copies;
mod previous;
mod ranges;
mod round;

use std::{collections::BTreeMap, sync::Arc};

use super::{FactsRow, Limits, Registry};
use crate::{
    code::{Month, SchoolCode},
    element::Element,
    facts::SchoolFacts,
    finding::{Finding, Parameter, Rule},
    quantity::Quantity,
    school::School,
    standard::Standard,
};

/// What the county reported last before the month.
#[derive(Debug, Clone)]
pub struct Previous {
    /// The month.
    pub month: Month,
    /// What its schools reported.
    pub facts: Vec<SchoolFacts>,
}

/// Months back that an earlier month is still compared with.
pub const PREVIOUS_MONTHS_AT_MOST: i32 = 12;

/// What the screens look at: the rows of registered, open schools, each once.
struct Screened<'a> {
    rows: Vec<(&'a FactsRow, &'a School)>,
    limits: &'a Limits,
}

impl<'a> Screened<'a> {
    /// The elements that a rule looks at.
    fn elements(rule: &Rule) -> impl Iterator<Item = Element> {
        rule.over.iter().filter_map(|id| Element::find(id))
    }

    /// What schools reported of an element.
    fn values(&self, element: Element) -> impl Iterator<Item = Quantity> {
        self.rows.iter().filter_map(move |(row, _)| row.facts.get(element))
    }

    /// Whether so many of so many are at least the number and more than the share that parameters set.
    fn unusual(&self, count: usize, of: usize, least: Parameter, share: Parameter) -> bool {
        let share = i128::from(self.limits.get(share).as_millionths());
        reaches(of, self.limits.get(least)) && number(count) * 1_000_000 > number(of) * share
    }

    fn school(&self, code: &SchoolCode) -> Option<(&'a FactsRow, &'a School)> {
        self.rows.binary_search_by(|(row, _)| row.facts.school.cmp(code)).ok().map(|index| self.rows[index])
    }
}

fn number(count: usize) -> i128 {
    i128::try_from(count).unwrap_or(i128::MAX)
}

/// Whether a count is no smaller than a limit.
fn reaches(count: usize, limit: Quantity) -> bool {
    number(count) * 1_000_000 >= i128::from(limit.as_millionths())
}

/// Screens what the schools of a county reported for a month: ranges, change against the month reported before, and patterns of many
/// schools together; `standards` are those in force. Schools that the registry does not hold as open are left to the plain checks.
///
/// Source: domain notes 7, "Warnings"; the limits are the project's, a province may set others.
#[must_use]
pub fn check_plausibility(
    rows: &[FactsRow],
    registry: &Registry,
    month: Month,
    previous: Option<&Previous>,
    standards: &[Arc<Standard>],
    limits: &Limits,
) -> Vec<Finding> {
    let mut once: BTreeMap<&SchoolCode, (&FactsRow, &School)> = BTreeMap::new();
    for row in rows {
        if let Some(school) = registry.schools.get(&row.facts.school).filter(|school| school.open_in(month)) {
            once.entry(&row.facts.school).or_insert((row, school));
        }
    }
    let screened = Screened { rows: once.into_values().collect(), limits };
    let mut findings = ranges::check(&screened);
    if let Some(previous) = previous {
        findings.extend(previous::check(&screened, registry, month, previous));
    }
    findings.extend(bunching::check(&screened, standards));
    findings.extend(round::check(&screened));
    findings.extend(copies::check(&screened));
    findings
}

#[cfg(test)]
mod tests;
