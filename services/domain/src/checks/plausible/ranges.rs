//! Quotients within plausible limits.

use num_traits::Zero as _;

use super::Screened;
use crate::{
    checks::FactsRow,
    element::Element,
    explanation::decimal,
    facts::SchoolFacts,
    finding::{Fault, Finding, Parameter, Term},
    quantity::{Exact, Quantity},
    school::Stage,
};

/// The range rules, each with its limits and the pupils that a school needs to be looked at.
const RANGES: [[Parameter; 3]; 4] = [
    [Parameter::ClassSizePlausibleAtLeast, Parameter::ClassSizePlausibleAtMost, Parameter::ClassSizePlausibleMinPupils],
    [
        Parameter::TeacherLoadPlausibleAtLeast,
        Parameter::TeacherLoadPlausibleAtMost,
        Parameter::TeacherLoadPlausibleMinPupils,
    ],
    [Parameter::AreaPlausibleAtLeast, Parameter::AreaPlausibleAtMost, Parameter::AreaPlausibleMinPupils],
    [Parameter::EquipmentPlausibleAtLeast, Parameter::EquipmentPlausibleAtMost, Parameter::EquipmentPlausibleMinPupils],
];

pub(super) fn check(screened: &Screened<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for parameters in RANGES {
        let limits = parameters.map(|parameter| screened.limits.get(parameter));
        for quotient in parameters[0].rule().over.iter().filter_map(|over| over.split_once(" / ")) {
            findings.extend(screened.rows.iter().filter_map(|(row, _)| one(row, quotient, parameters[0], limits)));
        }
    }
    findings
}

fn one(
    row: &FactsRow,
    (amount, divisor): (&str, &str),
    rule: Parameter,
    [low, high, min_pupils]: [Quantity; 3],
) -> Option<Finding> {
    let element = Element::find(amount)?;
    let (have, by) = (row.facts.get(element)?, of(&row.facts, divisor)?);
    if by.is_zero() || pupils(&row.facts)? < min_pupils.exact() || have == Quantity::ZERO {
        return None;
    }
    let value = have.exact() / by;
    if value >= low.exact() && value <= high.exact() {
        return None;
    }
    let (by, by_en) = Element::find(divisor)
        .map_or(("在校生", "Pupils"), |element| (element.definition().title, element.definition().title_en));
    let definition = element.definition();
    let quotient = Term::new(format!("{}／{by}", definition.title), format!("{} / {by_en}", definition.title_en));
    let (value, low, high) = (decimal(&value, 2).into(), low.into(), high.into());
    let fault = match rule {
        Parameter::ClassSizePlausibleAtLeast => Fault::ClassSizePlausible { quotient, value, low, high },
        Parameter::TeacherLoadPlausibleAtLeast => Fault::TeacherLoadPlausible { quotient, value, low, high },
        Parameter::AreaPlausibleAtLeast => Fault::AreaPlausible { quotient, value, low, high },
        _ => Fault::EquipmentPlausible { quotient, value, low, high },
    };
    let finding = Finding::of(fault, format!("{}.{amount}", row.path));
    Some(finding.of_school(&row.facts.school).of_element(amount).found(have.to_string()))
}

fn of(facts: &SchoolFacts, id: &str) -> Option<Exact> {
    if id == "pupils" { pupils(facts) } else { facts.get(Element::find(id)?).map(Quantity::exact) }
}

/// Pupils of all stages that were reported; `None` where none was.
fn pupils(facts: &SchoolFacts) -> Option<Exact> {
    let of = |stage| facts.pupils(stage).map(Quantity::exact);
    [Stage::Primary, Stage::Junior, Stage::Senior].into_iter().filter_map(of).reduce(|sum, more| sum + more)
}
