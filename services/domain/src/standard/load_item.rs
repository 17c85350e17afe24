//! Holds the county items of a standard's document against themselves.

use super::{Item, Operand, OperandKind, Part, Test, document, fault::Faults, load::known_part};
use crate::{
    criteria::{
        Criterion,
        all::All,
        declaration::Declaration,
        elapsed::Elapsed,
        institutions::{Institutions, Limit},
        monitoring::Monitoring,
        ratio::Ratio,
        score::Score,
    },
    element::Element,
    formula::Sum,
    quantity::Quantity,
};

pub(super) fn item(item: document::Item, parts: &[Part], faults: &mut Faults) -> Item {
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
        .map(|operand| {
            let document::Operand { id, kind, title, title_en, at_most, part_of } = operand;
            Operand { id, kind, title, title_en, at_most: at_most.map(|number| number.0), part_of }
        })
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
    Item {
        id: item.id,
        part: item.part,
        title: item.title,
        title_en: item.title_en,
        source: item.source,
        operands,
        tests,
    }
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
    let (rule, rule_en, criterion) = match document {
        document::Test::Declaration { rule, rule_en, operand, expected } => {
            let operand = faults.take(place, of_kind(&operand, &[OperandKind::Declaration]))?;
            (rule, rule_en, Criterion::Declaration(Declaration { operand, expected }))
        }
        document::Test::All { rule, rule_en, part, whole } => {
            let part = faults.take(place, of_kind(&part, &numbers));
            let whole = faults.take(place, of_kind(&whole, &numbers));
            (rule, rule_en, Criterion::All(All { part: part?, whole: whole? }))
        }
        document::Test::Ratio { rule, rule_en, amount, divisor, at_least, when_empty } => {
            let amount = faults.take(place, sum(&amount));
            let divisor = faults.take(place, sum(&divisor));
            (
                rule,
                rule_en,
                Criterion::Ratio(Ratio { amount: amount?, divisor: divisor?, at_least: at_least.0, when_empty }),
            )
        }
        document::Test::Elapsed { rule, rule_en, operand, years } => {
            let operand = faults.take(place, of_kind(&operand, &[OperandKind::Date]))?;
            (rule, rule_en, Criterion::Elapsed(Elapsed { operand, years }))
        }
        document::Test::Monitoring { rule, rule_en, level_at_least, difference_below } => (
            rule,
            rule_en,
            Criterion::Monitoring(Monitoring {
                level_at_least: level_at_least.0,
                difference_below: difference_below.0,
            }),
        ),
        document::Test::Score { rule, rule_en, total, points, at_least } => {
            let score = [OperandKind::Score];
            let total = faults.take(place, of_kind(&total, &score));
            let points: Vec<_> = points.iter().filter_map(|id| faults.take(place, of_kind(id, &score))).collect();
            (rule, rule_en, Criterion::Score(Score { total: total?, points, at_least: at_least.0 }))
        }
        document::Test::Institutions { rule, rule_en, test } => {
            (rule, rule_en, Criterion::Institutions(institutions(place, test, faults)?))
        }
    };
    Some(Test { rule, rule_en, criterion })
}

fn institutions(place: &str, document: document::Institutions, faults: &mut Faults) -> Option<Institutions> {
    let element = |text: &str| Sum::parse(text, Element::find);
    let amounts: Vec<_> = document.amounts.iter().filter_map(|text| faults.take(place, element(text))).collect();
    if amounts.is_empty() {
        faults.add(place, "names no amounts");
    }
    let divisor = match document.divisor {
        Some(text) => Some(faults.take(place, element(&text))?),
        None => None,
    };
    let limit = match (document.at_least, document.at_most, document.at_least_ceiling_of, document.per) {
        (Some(number), None, None, None) => Limit::AtLeast(number.0),
        (None, Some(number), None, None) => Limit::AtMost(number.0),
        (None, None, Some(text), Some(per)) if divisor.is_none() && per.0 > Quantity::ZERO => {
            Limit::AtLeastCeiling { of: faults.take(place, element(&text))?, per: per.0 }
        }
        _ => {
            faults.add(place, "takes one of at_least, at_most, or at_least_ceiling_of with per and without divisor");
            return None;
        }
    };
    let school_types = document.school_types.iter().filter_map(|code| faults.take(place, code.parse())).collect();
    Some(Institutions {
        amounts,
        divisor,
        limit,
        school_types,
        stage: document.stage,
        below_min_pupils: document.below_min_pupils,
    })
}
