//! Checks that something was reported at all: an empty form looks like a month and counts as nothing.

use std::collections::BTreeSet;

use super::{FactsRow, ItemRow};
use crate::{
    element::Element,
    facts::SchoolFacts,
    finding::{Fault, Finding, Severity},
};

/// Whether a school reported no element.
pub(super) fn empty(facts: &SchoolFacts) -> bool {
    Element::all().all(|element| facts.get(element).is_none())
}

/// Checks that the month has a value, and every school that is reported has one. A row of which `told` tells an error of a value is none
/// that was left empty: the value could not be read.
#[must_use]
pub fn check_empty(rows: &[FactsRow], items: &[ItemRow], told: &[Finding]) -> Vec<Finding> {
    let mut errors = told.iter().filter(|finding| finding.severity == Severity::Error).peekable();
    if errors.peek().is_none() && items.is_empty() && rows.iter().all(|row| empty(&row.facts)) {
        return vec![Finding::of(Fault::MonthEmpty, "schools")];
    }
    let of_value = |finding: &&Finding| finding.element.is_some();
    let (mut paths, mut schools) = (BTreeSet::new(), BTreeSet::new());
    for finding in errors.filter(of_value) {
        paths.extend(finding.path.rsplit_once('.').map(|(row, _)| row));
        schools.extend(finding.school.as_deref());
    }
    let read = |row: &FactsRow| !paths.contains(row.path.as_str()) && !schools.contains(row.facts.school.as_str());
    let left_empty = rows.iter().filter(|row| empty(&row.facts) && read(row));
    let finding = |row: &FactsRow| {
        let fault = Fault::SchoolEmpty { school: (&row.facts.school).into() };
        Finding::of(fault, row.path.as_str()).of_school(&row.facts.school)
    };
    left_empty.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::{CountyItem, ItemValue},
        quantity::Quantity,
    };

    fn row(index: usize, books: Option<i64>) -> FactsRow {
        let mut facts = SchoolFacts::missing(format!("212100000{index}").parse().unwrap());
        facts.set(Element::find("books").unwrap(), books.and_then(Quantity::whole));
        FactsRow { path: format!("schools[{index}]"), facts }
    }

    fn item() -> ItemRow {
        let item = CountyItem {
            item: "G1".into(),
            operand: "declared_met".into(),
            value: ItemValue::Declaration(true),
            declared_on: None,
            declared_by: String::new(),
            evidence: String::new(),
        };
        ItemRow { path: "items[0]".into(), item }
    }

    fn found(rows: &[FactsRow], items: &[ItemRow], told: &[Finding]) -> Vec<(String, String)> {
        check_empty(rows, items, told).into_iter().map(|finding| (finding.rule, finding.path)).collect()
    }

    fn one(rule: &str, path: &str) -> Vec<(String, String)> {
        vec![(rule.into(), path.into())]
    }

    #[test]
    fn a_school_without_a_value_is_told_and_zero_is_a_value() {
        assert_eq!(found(&[row(0, Some(0)), row(1, None)], &[], &[]), one("school_empty", "schools[1]"));
        assert_eq!(found(&[row(0, None)], &[item()], &[]), one("school_empty", "schools[0]"));
        assert_eq!(found(&[row(0, Some(0))], &[], &[]), []);
        assert_eq!(found(&[], &[item()], &[]), []);
    }

    #[test]
    fn a_month_without_a_value_is_refused() {
        assert_eq!(found(&[row(0, None), row(1, None)], &[], &[]), one("month_empty", "schools"));
        assert_eq!(found(&[], &[], &[]), one("month_empty", "schools"));
        assert_eq!(check_empty(&[], &[], &[])[0].severity, Severity::Error);
    }

    #[test]
    fn a_value_that_could_not_be_read_is_not_nothing() {
        let unread = |path: &str| Finding::of(Fault::Number { what: "x".into() }, path).of_element("books");
        let (by_path, by_school) =
            ([unread("schools[1].books")], [unread("a.xlsx!C5").of_school(&row(1, None).facts.school)]);

        for told in [&by_path, &by_school] {
            assert_eq!(found(&[row(1, None), row(2, None)], &[], told), one("school_empty", "schools[2]"));
            assert_eq!(found(&[row(1, None)], &[], told), []);
        }
    }
}
