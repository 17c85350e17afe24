//! Checks of county items against the standards that know them.

use std::{borrow::Borrow, collections::BTreeMap};

use crate::{
    code::Month,
    criteria::Criterion,
    facts::{CountyItem, DatedItem, ItemValue},
    finding::{Fault, Finding, Term},
    quantity::Quantity,
    standard::{ITEM_VALID_MONTHS_AT_MOST, OperandKind, Standard},
};

use super::operands::{item_term, operand_term, titled};

/// One operand of a county item, and where it stands.
#[derive(Debug, Clone)]
pub struct ItemRow {
    /// Field path or line of a file.
    pub path: String,
    /// What was reported.
    pub item: CountyItem,
}

/// Checks the county items of a month, and finds every fault. An item counts as known when any of the standards has it.
#[must_use]
pub fn check_items<S: Borrow<Standard>>(rows: &[ItemRow], standards: &[S], month: Month) -> Vec<Finding> {
    let standards: Vec<&Standard> = standards.iter().map(Borrow::borrow).collect();
    let mut findings = Vec::new();
    let mut seen: BTreeMap<(&str, &str), &ItemRow> = BTreeMap::new();
    for row in rows {
        let item = &row.item;
        let what = || operand_term(&standards, &item.item, &item.operand);
        if let Some(first) = seen.insert((&item.item, &item.operand), row) {
            findings.push(at(row, "operand", Fault::ItemOnce { what: what(), first: (&first.path).into() }));
        }
        let known: Vec<_> = standards.iter().filter_map(|standard| standard.item(&item.item)).collect();
        if known.is_empty() {
            findings.push(at(row, "item", Fault::ItemKnown { item: (&item.item).into() }).found(&item.item));
            continue;
        }
        let kinds: Vec<_> = known
            .iter()
            .filter_map(|rule| {
                let at_most = rule.operand_rule(&item.operand).and_then(|operand| operand.at_most);
                Some((rule.operand(&item.operand)?, at_most))
            })
            .collect();
        if kinds.is_empty() {
            let mut operands = BTreeMap::new();
            for rule in known.iter().rev() {
                operands.extend(rule.open_operands().map(|id| (id, None)));
                let listed = rule.operands.iter();
                operands.extend(listed.map(|operand| (operand.id.as_str(), Some((&operand.title, &operand.title_en)))));
            }
            let operands: Vec<Term> = operands.into_iter().map(|(id, titles)| titled(titles, id)).collect();
            let (of, operand) = (item_term(&standards, &item.item), (&item.operand).into());
            let fault = if operands.is_empty() {
                Fault::OperandKnownComputed { item: of, operand }
            } else {
                Fault::OperandKnown { item: of, operand, operands: Term::list(&operands) }
            };
            findings.push(at(row, "operand", fault).found(&item.operand));
            continue;
        }
        // Standards of several provinces may mean different things by one id: a value that fits any of them is one.
        let mut faults: Vec<_> = kinds.iter().map(|(kind, at_most)| check_value(row, *kind, *at_most, what)).collect();
        if faults.iter().all(Option::is_some) {
            findings.extend(faults.swap_remove(0));
        }
        let dated = DatedItem { item: item.clone(), month };
        let valid_months = standards
            .iter()
            .filter(|standard| standard.item(&item.item).is_some())
            .map(|standard| standard.items_valid_months)
            .max()
            .unwrap_or(ITEM_VALID_MONTHS_AT_MOST);
        if dated.age_months(month) > i32::from(valid_months) {
            let fault = Fault::ItemStale { what: what(), months: valid_months.into() };
            findings.push(at(row, "declared_on", fault));
        }
    }
    for row in rows {
        findings.extend(check_part(row, &seen, &standards));
    }
    findings.extend(check_scores(&seen, &standards));
    findings
}

/// A total that its points cannot add up to.
fn check_scores(rows: &BTreeMap<(&str, &str), &ItemRow>, standards: &[&Standard]) -> Option<Finding> {
    let items = standards.iter().flat_map(|standard| &standard.items);
    let mut scores = items.flat_map(|item| item.tests.iter().map(move |test| (item, &test.criterion)));
    scores.find_map(|(item, criterion)| {
        let Criterion::Score(score) = criterion else { return None };
        let of = |operand: &str| rows.get(&(item.id.as_str(), operand)).copied().and_then(quantity);
        let row = rows.get(&(item.id.as_str(), score.total.as_str()))?;
        let total = quantity(row)?.as_millionths();
        let known: Vec<i64> = score.points.iter().filter_map(|id| of(id)).map(Quantity::as_millionths).collect();
        let sum: i64 = known.iter().sum();
        let all = known.len() == score.points.len();
        if known.is_empty() || total == sum || (!all && total > sum) {
            return None;
        }
        let sum = Quantity::millionths(sum).map(|sum| sum.to_string()).unwrap_or_default();
        let fault = Fault::ScoreTotal { item: item_term(standards, &item.id), sum: sum.into() };
        Some(at(row, "value", fault).found(written(row.item.value)))
    })
}

fn quantity(row: &ItemRow) -> Option<Quantity> {
    match row.item.value {
        ItemValue::Quantity(number) => Some(number),
        ItemValue::Declaration(_) | ItemValue::Date(_) => None,
    }
}

fn at(row: &ItemRow, field: &str, fault: Fault) -> Finding {
    Finding::of(fault, format!("{}.{field}", row.path)).of_element(&format!("{}.{}", row.item.item, row.item.operand))
}

fn check_value(
    row: &ItemRow,
    kind: OperandKind,
    at_most: Option<Quantity>,
    what: impl Fn() -> Term,
) -> Option<Finding> {
    let fault = match (row.item.value, kind) {
        (ItemValue::Declaration(_), OperandKind::Declaration) | (ItemValue::Date(_), OperandKind::Date) => return None,
        (_, OperandKind::Declaration) => Fault::ItemKindDeclaration { what: what() },
        (_, OperandKind::Date) => Fault::ItemKindDate { what: what() },
        (ItemValue::Declaration(_) | ItemValue::Date(_), _) => Fault::ItemKind { what: what() },
        (ItemValue::Quantity(number), _) if number.negative() => Fault::NotNegative { what: what() },
        (ItemValue::Quantity(number), OperandKind::Count) if number.as_whole().is_none() => {
            Fault::CountWhole { what: what() }
        }
        (ItemValue::Quantity(number), OperandKind::Amount | OperandKind::Score) if number.as_hundredths().is_none() => {
            Fault::AmountDecimals { what: what() }
        }
        (ItemValue::Quantity(number), OperandKind::Level)
            if !number.as_whole().is_some_and(|level| (1..=4).contains(&level)) =>
        {
            Fault::LevelRange { what: what() }
        }
        (ItemValue::Quantity(number), _) => {
            let limit = at_most.filter(|limit| number > *limit)?;
            Fault::AtMost { what: what(), limit: limit.into() }
        }
    };
    Some(at(row, "value", fault).found(written(row.item.value)))
}

fn written(value: ItemValue) -> String {
    match value {
        ItemValue::Quantity(number) => number.to_string(),
        ItemValue::Declaration(value) => value.to_string(),
        ItemValue::Date(date) => date.to_string(),
    }
}

fn check_part(row: &ItemRow, rows: &BTreeMap<(&str, &str), &ItemRow>, standards: &[&Standard]) -> Option<Finding> {
    let operands =
        standards.iter().filter_map(|standard| standard.item(&row.item.item)).flat_map(|item| &item.operands);
    let whole =
        operands.filter(|operand| operand.id == row.item.operand).find_map(|operand| operand.part_of.as_deref())?;
    let (part, limit): (Quantity, Quantity) = (quantity(row)?, quantity(rows.get(&(row.item.item.as_str(), whole))?)?);
    if part <= limit {
        return None;
    }
    let named = |operand: &str| operand_term(standards, &row.item.item, operand);
    let (operand, whole) = (named(&row.item.operand), named(whole));
    let fault = Fault::PartWithinWhole { part: operand, value: part.into(), whole, limit: limit.into() };
    Some(at(row, "value", fault).found(part.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(rows: &[(&str, &str, ItemValue)]) -> Vec<String> {
        let rows: Vec<_> = rows
            .iter()
            .map(|(item, operand, value)| ItemRow {
                path: String::new(),
                item: CountyItem {
                    item: (*item).into(),
                    operand: (*operand).into(),
                    value: *value,
                    declared_on: None,
                    declared_by: String::new(),
                    evidence: String::new(),
                },
            })
            .collect();
        let findings = check_items(&rows, Standard::national().unwrap(), "2024-12".parse().unwrap());
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    fn number(text: &str) -> ItemValue {
        ItemValue::Quantity(Quantity::parse(text).unwrap())
    }

    #[test]
    fn items_that_a_standard_knows_pass() {
        assert_eq!(
            rules(&[
                ("G1", "declared_met", ItemValue::Declaration(true)),
                ("G7", "special_education_funds_yuan", number("488000.25")),
                ("Q9", "mathematics.level", number("3")),
                ("Q9", "mathematics.difference_rate", number("0.149999")),
                ("P1", "basic_recognised_on", ItemValue::Date("2015-12-01".parse().unwrap())),
            ]),
            [""; 0]
        );
    }

    #[test]
    fn a_total_that_is_not_the_sum_of_its_points_is_refused() {
        let standard = Standard::find_national("national-basic-2012").unwrap().unwrap();
        let Criterion::Score(score) = &standard.item("B2").unwrap().tests[0].criterion else { panic!("no score") };
        let points: Vec<_> = score.points.iter().map(|id| ("B2", id.as_str(), number("5"))).collect();
        let with = |total: &str, points: &[(&str, &str, ItemValue)]| {
            rules(&[&[("B2", score.total.as_str(), number(total))], points].concat())
        };

        assert_eq!(with("85", &points), [""; 0]);
        assert_eq!(with("85.01", &points), ["score_total"]);
        assert_eq!(with("84.99", &points), ["score_total"]);
        assert_eq!(with("100", &points[..3]), [""; 0], "the others are not known");
        assert_eq!(with("14.99", &points[..3]), ["score_total"]);
        assert_eq!(with("94.5", &[]), [""; 0]);
    }

    #[test]
    fn every_fault_of_the_items_is_found_at_once() {
        assert_eq!(
            rules(&[
                ("G99", "declared_met", ItemValue::Declaration(true)),
                ("G1", "declared", ItemValue::Declaration(true)),
                ("G2", "building_standard_unified", number("1")),
                ("G9", "teachers_due_training", number("10.5")),
                ("G12", "teachers", number("10")),
                ("G12", "teachers_certified", number("11")),
                ("G12", "teachers", number("-1")),
                ("Q9", "mathematics.level", number("5")),
                ("Q9", "level", number("3")),
            ]),
            [
                "item_known",
                "operand_known",
                "item_kind",
                "count_whole",
                "item_once",
                "not_negative",
                "level_range",
                "operand_known",
                "part_within_whole"
            ]
        );
    }
}
