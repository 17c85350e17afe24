//! Change against the month that the county reported before.

use std::collections::BTreeMap;

use super::{PREVIOUS_MONTHS_AT_MOST, Previous, Screened, reaches};
use crate::{
    checks::{FactsRow, Registry, empty::empty},
    code::Month,
    element::{Element, Kind},
    explanation::decimal,
    facts::SchoolFacts,
    finding::{Fault, Finding, Parameter},
    quantity::{Exact, Quantity},
};

pub(super) fn check(screened: &Screened<'_>, registry: &Registry, month: Month, previous: &Previous) -> Vec<Finding> {
    let age = month.ordinal() - previous.month.ordinal();
    if !(1..=PREVIOUS_MONTHS_AT_MOST).contains(&age) {
        return vec![];
    }
    let before: BTreeMap<_, _> = previous.facts.iter().map(|facts| (&facts.school, facts)).collect();
    let mut findings: Vec<_> = repeated(screened, previous.month, &before).into_iter().collect();
    for (row, _) in &screened.rows {
        if let Some(before) = before.get(&row.facts.school) {
            findings.extend(changes(screened, row, before, previous.month));
            // Of a school without any value `check_empty` tells.
            if !empty(&row.facts) {
                findings.extend(vanished(row, before, previous.month));
            }
        }
    }
    for code in before.keys().filter(|code| screened.school(code).is_none()) {
        if let Some(school) = registry.schools.get(*code).filter(|school| school.open_in(month)) {
            let (code, name) = ((&school.code).into(), (&school.name).into());
            let fault = Fault::SchoolVanished { school: code, name, month: previous.month.into() };
            findings.push(Finding::of(fault, "schools").of_school(&school.code));
        }
    }
    findings
}

/// The whole month again, to the digit.
fn repeated(
    screened: &Screened<'_>,
    month: Month,
    before: &BTreeMap<&crate::code::SchoolCode, &SchoolFacts>,
) -> Option<Finding> {
    let count = screened.rows.len();
    let same = count == before.len()
        && screened.rows.iter().all(|(row, _)| before.get(&row.facts.school).is_some_and(|facts| **facts == row.facts));
    let told = same && reaches(count, screened.limits.get(Parameter::MonthRepeatedMinSchools));
    told.then(|| Finding::of(Fault::MonthRepeated { count: count.into(), month: month.into() }, "schools"))
}

fn changes<'a>(
    screened: &'a Screened<'_>,
    row: &'a FactsRow,
    before: &'a SchoolFacts,
    month: Month,
) -> impl Iterator<Item = Finding> + 'a {
    Element::all().filter_map(move |element| {
        let (old, new) = (before.get(element)?, row.facts.get(element)?);
        let (fault, share) = change(screened, element, old, new)?;
        let (before, value, month) = (old.into(), new.into(), month.into());
        let share = decimal(&(share.exact() * Exact::from_integer(100.into())), 2).into();
        let element_term = element.into();
        let fault = match fault {
            Parameter::PupilsJumpShare => Fault::PupilsJump { element: element_term, before, value, month, share },
            Parameter::EquipmentDropShare => {
                Fault::EquipmentDrop { element: element_term, before, value, month, share }
            }
            _ => Fault::QuantityChange { element: element_term, before, value, month, share },
        };
        let finding = Finding::of(fault, format!("{}.{}", row.path, element.id()));
        Some(finding.of_school(&row.facts.school).of_element(element.id()).found(new.to_string()))
    })
}

/// What the school reported and does not report any more.
fn vanished<'a>(row: &'a FactsRow, before: &'a SchoolFacts, month: Month) -> impl Iterator<Item = Finding> + 'a {
    let gone = Element::all().filter(|element| row.facts.get(*element).is_none());
    gone.filter_map(move |element| {
        let (school, before) = ((&row.facts.school).into(), before.get(element)?.into());
        let fault = Fault::ValueVanished { school, element: element.into(), before, month: month.into() };
        let finding = Finding::of(fault, format!("{}.{}", row.path, element.id()));
        Some(finding.of_school(&row.facts.school).of_element(element.id()))
    })
}

/// The share of the first rule that a change breaks, as its parameter and its value: a drop of equipment is not told as a change again.
fn change(screened: &Screened<'_>, element: Element, old: Quantity, new: Quantity) -> Option<(Parameter, Quantity)> {
    let smallest = match element.definition().kind {
        Kind::Count => Parameter::QuantityChangeMinCount,
        Kind::Amount => Parameter::QuantityChangeMinAmount,
    };
    let rules = [
        (Parameter::PupilsJumpShare, Parameter::PupilsJumpMinChange, true),
        (Parameter::EquipmentDropShare, Parameter::EquipmentDropMinChange, new < old),
        (Parameter::QuantityChangeShare, smallest, true),
    ];
    let moved = i128::from(new.as_millionths()).abs_diff(old.as_millionths().into());
    let broken = rules.into_iter().find(|(share, least, looks)| {
        let within = |parameter: Parameter| u128::try_from(screened.limits.get(parameter).as_millionths()).ok();
        let over = || {
            let share = u128::try_from(old.as_millionths()).ok()?.checked_mul(within(*share)?)?;
            Some(moved * 1_000_000 > share && moved >= within(*least)?)
        };
        *looks && share.rule().over.contains(&element.id()) && over().unwrap_or(false)
    });
    broken.map(|(share, ..)| (share, screened.limits.get(share)))
}
