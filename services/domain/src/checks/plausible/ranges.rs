//! Quotients within plausible limits.

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
        for (amount, divisor) in parameters[0].rule().over.iter().filter_map(|over| over.split_once(" / ")) {
            let Some(element) = Element::find(amount) else { continue };
            let by = Element::find(divisor);
            findings.extend(screened.rows.iter().filter_map(|(row, _)| one(row, element, by, parameters[0], limits)));
        }
    }
    findings
}

/// Looks at one quotient of a row; without an element to divide by, it is of all pupils.
fn one(
    row: &FactsRow,
    element: Element,
    divisor: Option<Element>,
    rule: Parameter,
    [low, high, min_pupils]: [Quantity; 3],
) -> Option<Finding> {
    let have = row.facts.get(element)?;
    let pupils = pupils(&row.facts)?;
    let by = match divisor {
        Some(divisor) => i128::from(row.facts.get(divisor)?.as_millionths()),
        None => pupils,
    };
    if by == 0 || pupils < min_pupils.as_millionths().into() || have == Quantity::ZERO {
        return None;
    }
    // Exact without fractions: no product reaches 1e37.
    let amount = i128::from(have.as_millionths()) * by.signum() * 1_000_000;
    let limit = |limit: Quantity| i128::from(limit.as_millionths()) * by.abs();
    if amount >= limit(low) && amount <= limit(high) {
        return None;
    }
    let value = Exact::new(have.as_millionths().into(), by.into());
    let (by, by_en) =
        divisor.map_or(("在校生", "Pupils"), |element| (element.definition().title, element.definition().title_en));
    let definition = element.definition();
    let quotient = Term::new(format!("{}／{by}", definition.title), format!("{} / {by_en}", definition.title_en));
    let (value, low, high) = (decimal(&value, 2).into(), low.into(), high.into());
    let fault = match rule {
        Parameter::ClassSizePlausibleAtLeast => Fault::ClassSizePlausible { quotient, value, low, high },
        Parameter::TeacherLoadPlausibleAtLeast => Fault::TeacherLoadPlausible { quotient, value, low, high },
        Parameter::AreaPlausibleAtLeast => Fault::AreaPlausible { quotient, value, low, high },
        _ => Fault::EquipmentPlausible { quotient, value, low, high },
    };
    let finding = Finding::of(fault, format!("{}.{}", row.path, element.id()));
    Some(finding.of_school(&row.facts.school).of_element(element.id()).found(have.to_string()))
}

/// Pupils of all stages that were reported, in millionths; `None` where none was.
fn pupils(facts: &SchoolFacts) -> Option<i128> {
    let of = |stage| facts.pupils(stage).map(|pupils| i128::from(pupils.as_millionths()));
    [Stage::Primary, Stage::Junior, Stage::Senior].into_iter().filter_map(of).reduce(|sum, more| sum + more)
}
