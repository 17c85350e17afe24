//! Holds a standard's document against the catalogue and against itself, and tells every fault.

use std::{collections::BTreeSet, fmt};

use num_traits::{One as _, Zero as _};

use super::{Indicator, Item, Operand, OperandKind, Part, Resources, StageRule, Standard, Test, UnitRule, document};
use crate::{
    criteria::{
        Criterion,
        all::All,
        declaration::Declaration,
        elapsed::Elapsed,
        institutions::{Institutions, Limit},
        monitoring::Monitoring,
        ratio::Ratio,
    },
    element::Element,
    formula::Sum,
    quantity::{Exact, Quantity},
    school::{SchoolType, Stage},
};

/// One fault of a standard's document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct StandardFault {
    /// Where it is: line and column, or the id of the part, indicator or item.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

/// All faults of a standard's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardFaults(pub Vec<StandardFault>);

impl std::error::Error for StandardFaults {}

impl fmt::Display for StandardFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

/// Collects faults while the rest of the document is read on.
#[derive(Default)]
struct Faults(Vec<StandardFault>);

impl Faults {
    fn add(&mut self, place: &str, reason: impl fmt::Display) {
        let fault = StandardFault { place: place.to_owned(), reason: reason.to_string() };
        // What is written once and read for each stage is one fault.
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// Takes a result, and keeps its error as a fault.
    fn take<T, E: fmt::Display>(&mut self, place: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(place, error)).ok()
    }

    fn cited(&mut self, place: &str, source: &str) {
        if source.trim().is_empty() {
            self.add(place, "source is empty: every rule cites its clause");
        }
    }

    fn distinct<'a>(&mut self, what: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            if !seen.insert(id) {
                self.add(id, format_args!("stands twice among the {what}"));
            }
        }
    }
}

pub(super) fn load(text: &str) -> Result<Standard, StandardFaults> {
    let document: document::Document = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(
            || "document".to_owned(),
            |span| {
                let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
                format!("line {line}")
            },
        );
        StandardFaults(vec![StandardFault { place, reason: error.message().to_owned() }])
    })?;
    let faults = &mut Faults::default();
    let id = document.id;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        faults.add("id", format_args!("{id:?} is not lower-case letters, digits and hyphens"));
    }
    faults.distinct("parts", document.parts.iter().map(|part| part.id.as_str()));
    faults.distinct("indicators", document.resources.indicators.iter().map(|indicator| indicator.id.as_str()));
    faults.distinct("items", document.items.iter().map(|item| item.id.as_str()));
    faults.distinct("units", document.units.iter().map(|unit| unit.school_type.as_str()));
    let parts: Vec<_> = document
        .parts
        .into_iter()
        .map(|part| {
            faults.cited(&part.id, &part.source);
            Part { id: part.id, title: part.title, source: part.source }
        })
        .collect();
    let units = document.units.into_iter().filter_map(|unit| unit_rule(unit, faults)).collect();
    let resources = resources(document.resources, &parts, faults);
    let items: Vec<_> = document.items.into_iter().map(|item| self::item(item, &parts, faults)).collect();
    for part in parts.iter().filter(|part| part.id != resources.part) {
        if !items.iter().any(|item| item.part == part.id) {
            faults.add(&part.id, "is a part without items: nothing would be judged and all of it met");
        }
    }
    let issued_on = faults.take("issued_on", document.issued_on.parse());
    match issued_on {
        Some(issued_on) if faults.0.is_empty() => Ok(Standard {
            id,
            title: document.title,
            act: document.act,
            issued_on,
            weighting: document.weighting,
            parts,
            units,
            resources,
            items,
            document: text.to_owned(),
        }),
        _ => Err(StandardFaults(std::mem::take(&mut faults.0))),
    }
}

fn unit_rule(unit: document::UnitRule, faults: &mut Faults) -> Option<UnitRule> {
    let place = format!("units {}", unit.school_type);
    faults.distinct(&format!("stages of {place}"), unit.stages.iter().map(|stage| stage.id()));
    let school_type: SchoolType = faults.take(&place, unit.school_type.parse())?;
    for stage in &unit.stages {
        if *stage == Stage::Senior || !school_type.stages().contains(stage) {
            faults.add(&place, format_args!("{} is not a compulsory stage that the type teaches", stage.id()));
        }
    }
    if !unit.weights.is_empty()
        && !unit
            .stages
            .iter()
            .all(|stage| unit.weights.get(stage).is_some_and(|weight| weight.0 > Quantity::ZERO.exact()))
    {
        faults.add(&place, "weights leave out a stage that is judged, or give it none");
    }
    let min_pupils = match unit.min_pupils {
        None => None,
        Some(number) => {
            let pupils = Quantity::whole(number).filter(|pupils| !pupils.negative());
            if pupils.is_none() {
                faults.add(&place, format_args!("min_pupils {number} is no number of pupils"));
            }
            pupils
        }
    };
    let weights = unit.weights.into_iter().map(|(stage, weight)| (stage, weight.0)).collect();
    Some(UnitRule { school_type, stages: unit.stages, min_pupils, weights })
}

fn resources(resources: document::Resources, parts: &[Part], faults: &mut Faults) -> Resources {
    known_part("resources", &resources.part, parts, faults);
    faults.cited("resources", &resources.source);
    if resources.floor.0 > Exact::one() {
        faults.add("resources", "floor is a share of the threshold, at most 1");
    }
    if resources.reach_at_least > resources.indicators.len() {
        faults.add("resources", "reach_at_least is more than the indicators there are");
    }
    Resources {
        part: resources.part,
        reach_at_least: resources.reach_at_least,
        floor: resources.floor.0,
        rule: resources.rule,
        source: resources.source,
        indicators: resources.indicators.into_iter().map(|indicator| self::indicator(indicator, faults)).collect(),
    }
}

fn indicator(indicator: document::Indicator, faults: &mut Faults) -> Indicator {
    let place = &indicator.id;
    faults.cited(place, &indicator.source);
    if indicator.factor.0.is_zero() {
        faults.add(place, "factor is zero");
    }
    let stages = Stage::COMPULSORY
        .into_iter()
        .filter_map(|stage| {
            let of_stage = |text: &str| text.replace("{stage}", stage.id());
            let amount = faults.take(place, Sum::parse(&of_stage(&indicator.amount), Element::find));
            let divisor =
                faults.take(place, Element::find(&of_stage(&indicator.divisor)).ok_or("divisor is not an element"));
            let limits = indicator.threshold.get(&stage).zip(indicator.variation_limit.get(&stage));
            let (threshold, variation_limit) = faults.take(
                place,
                limits.ok_or_else(|| format!("threshold or variation_limit is missing for {}", stage.id())),
            )?;
            let rule = StageRule {
                amount: amount?,
                divisor: divisor?,
                threshold: threshold.0.clone(),
                variation_limit: variation_limit.0.clone(),
            };
            Some((stage, rule))
        })
        .collect();
    Indicator {
        stages,
        factor: indicator.factor.0,
        id: indicator.id,
        title: indicator.title,
        unit: indicator.unit,
        amount_unit: indicator.amount_unit,
        split: indicator.split,
        source: indicator.source,
    }
}

fn known_part(place: &str, part: &str, parts: &[Part], faults: &mut Faults) {
    if !parts.iter().any(|known| known.id == part) {
        faults.add(place, format_args!("{part:?} is not one of the parts"));
    }
}

fn item(item: document::Item, parts: &[Part], faults: &mut Faults) -> Item {
    let place = &item.id;
    known_part(place, &item.part, parts, faults);
    faults.cited(place, &item.source);
    if item.tests.is_empty() {
        faults.add(place, "has no test");
    }
    faults.distinct("operands", item.operands.iter().map(|operand| operand.id.as_str()));
    let operands: Vec<_> = item
        .operands
        .into_iter()
        .map(|operand| Operand { id: operand.id, kind: operand.kind, title: operand.title, part_of: operand.part_of })
        .collect();
    for operand in &operands {
        let mut whole = operand.part_of.as_ref();
        // Every step goes to another operand; more steps than operands go in a circle.
        for _ in &operands {
            whole = whole
                .and_then(|id| operands.iter().find(|other| other.id == *id))
                .and_then(|other| other.part_of.as_ref());
        }
        if whole.is_some() {
            faults.add(place, format_args!("{} is part of itself", operand.id));
        }
        if let Some(whole) = &operand.part_of
            && !operands.iter().any(|known| known.id == *whole)
        {
            faults.add(place, format_args!("{} is part of {whole:?}, which is not another operand", operand.id));
        }
    }
    let tests = item.tests.into_iter().filter_map(|test| self::test(place, test, &operands, faults)).collect();
    Item { id: item.id, part: item.part, title: item.title, source: item.source, operands, tests }
}

fn test(place: &str, document: document::Test, operands: &[Operand], faults: &mut Faults) -> Option<Test> {
    let of_kind = |id: &str, wanted: &[OperandKind]| {
        let kind = operands.iter().find(|operand| operand.id == id).map(|operand| operand.kind);
        match kind {
            None => Err(format!("{id:?} is not one of its operands")),
            Some(kind) if !wanted.contains(&kind) => {
                Err(format!("operand {id:?} is not of the kind that the test takes"))
            }
            Some(_) => Ok(id.to_owned()),
        }
    };
    let numbers = [OperandKind::Count, OperandKind::Amount, OperandKind::Rate];
    let sum = |text: &str| Sum::parse(text, |id| of_kind(id, &numbers).ok());
    let (rule, criterion) = match document {
        document::Test::Declaration { rule, operand, expected } => {
            let operand = faults.take(place, of_kind(&operand, &[OperandKind::Declaration]))?;
            (rule, Criterion::Declaration(Declaration { operand, expected }))
        }
        document::Test::All { rule, part, whole } => {
            let part = faults.take(place, of_kind(&part, &numbers));
            let whole = faults.take(place, of_kind(&whole, &numbers));
            (rule, Criterion::All(All { part: part?, whole: whole? }))
        }
        document::Test::Ratio { rule, amount, divisor, at_least, when_empty } => {
            let amount = faults.take(place, sum(&amount));
            let divisor = faults.take(place, sum(&divisor));
            (rule, Criterion::Ratio(Ratio { amount: amount?, divisor: divisor?, at_least: at_least.0, when_empty }))
        }
        document::Test::Elapsed { rule, operand, years } => {
            let operand = faults.take(place, of_kind(&operand, &[OperandKind::Date]))?;
            (rule, Criterion::Elapsed(Elapsed { operand, years }))
        }
        document::Test::Monitoring { rule, level_at_least, difference_below } => (
            rule,
            Criterion::Monitoring(Monitoring {
                level_at_least: level_at_least.0,
                difference_below: difference_below.0,
            }),
        ),
        document::Test::Institutions {
            rule,
            amounts,
            divisor,
            at_least,
            at_most,
            at_least_ceiling_of,
            per,
            school_types,
            stage,
            below_min_pupils,
        } => {
            let amounts: Vec<_> =
                amounts.iter().filter_map(|text| faults.take(place, Sum::parse(text, Element::find))).collect();
            if amounts.is_empty() {
                faults.add(place, "names no amounts");
            }
            let element = |text: String| Sum::parse(&text, Element::find);
            let divisor = match divisor {
                Some(text) => Some(faults.take(place, element(text))?),
                None => None,
            };
            let limit = match (at_least, at_most, at_least_ceiling_of, per) {
                (Some(number), None, None, None) => Limit::AtLeast(number.0),
                (None, Some(number), None, None) => Limit::AtMost(number.0),
                (None, None, Some(text), Some(per)) if divisor.is_none() && per.0 > Quantity::ZERO.exact() => {
                    Limit::AtLeastCeiling { of: faults.take(place, element(text))?, per: per.0 }
                }
                _ => {
                    faults.add(
                        place,
                        "takes one of at_least, at_most, or at_least_ceiling_of with per and without divisor",
                    );
                    return None;
                }
            };
            let school_types = school_types.iter().filter_map(|code| faults.take(place, code.parse())).collect();
            (
                rule,
                Criterion::Institutions(Institutions {
                    amounts,
                    divisor,
                    limit,
                    school_types,
                    stage,
                    below_min_pupils,
                }),
            )
        }
    };
    Some(Test { rule, criterion })
}
