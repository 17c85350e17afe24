//! The fewest missing operands whose arrival can decide a part of the standard.
//!
//! A part is a conjunction: it is decided when one of its criteria fails, or when all that are open are met. Of each open criterion
//! the fewest operands are searched that can make it fail, and that can make it met, by trying the ends of what each may be. Sets of one
//! and two are searched; where none of them decides, all that the criterion waits for are named. For a coefficient of variation and
//! the composite it is always all: any value that is left open can move the others.

use std::collections::BTreeSet;

use super::{Missing, of_composite, of_variation};
use crate::{
    bounds::Reported,
    criteria::{Criterion, MissingOperand, missing_elements, threshold::operands},
    element::{Element, Kind},
    evaluation::{Evaluation, PartResult, StageResult, UnitResult},
    facts::{CountyItem, DatedItem, ItemValue, SchoolFacts},
    quantity::Quantity,
    school::Stage,
    standard::{Item, OperandKind, Test},
    verdict::Verdict,
};

/// The fewest missing operands whose arrival can decide an undetermined part, in the order of the standard and the catalogue; empty
/// for a part that is determined, and where nothing is missing.
#[must_use]
pub fn decisive(evaluation: &Evaluation<'_>, part: &PartResult<'_>) -> Vec<Missing> {
    if part.verdict != Verdict::Undetermined {
        return vec![];
    }
    let fails = waits(evaluation, part, Verdict::NotMet).into_iter().flatten();
    let fail = fails.min_by_key(Vec::len);
    // Nothing is fewer than one.
    if fail.as_ref().is_some_and(|fail| fail.len() == 1) {
        return fail.unwrap_or_default();
    }
    let meet: Option<Vec<Vec<Missing>>> = waits(evaluation, part, Verdict::Met).into_iter().collect();
    let meet = meet.filter(|meet| !meet.is_empty()).map(|meet| once(meet.into_iter().flatten()));
    [fail, meet].into_iter().flatten().min_by_key(Vec::len).unwrap_or_default()
}

/// What each open criterion of a part waits for to come to a verdict; `None` where nothing is missing that could bring it.
fn waits(evaluation: &Evaluation<'_>, part: &PartResult<'_>, wanted: Verdict) -> Vec<Option<Vec<Missing>>> {
    let mut waits = vec![];
    if part.rule.id == evaluation.standard.resources.part {
        for stage in &evaluation.resources {
            resources(evaluation, stage, wanted, &mut waits);
        }
    }
    for item in evaluation.items.iter().filter(|item| item.rule.part == part.rule.id) {
        for (index, test) in item.rule.tests.iter().enumerate() {
            if item.tests.get(index) == Some(&Verdict::Undetermined) {
                waits.extend(of_test(evaluation, item.rule, index, test, wanted));
            }
        }
    }
    waits
}

/// Each operand once, whatever rules wait for it.
fn once(all: impl Iterator<Item = Missing>) -> Vec<Missing> {
    let mut seen = BTreeSet::new();
    all.filter(|missing| seen.insert(missing.operand.clone())).collect()
}

fn resources(
    evaluation: &Evaluation<'_>,
    stage: &StageResult<'_>,
    wanted: Verdict,
    waits: &mut Vec<Option<Vec<Missing>>>,
) {
    let open = stage.units.iter().filter(|unit| unit.verdict == Some(Verdict::Undetermined));
    waits.extend(open.map(|unit| of_unit(evaluation, stage, unit, wanted)));
    let coefficients = (0..stage.indicators.len()).map(|place| of_variation(stage, place)).chain([of_composite(stage)]);
    waits.extend(coefficients.map(|all| once(all.into_iter())).filter(|all| !all.is_empty()).map(Some));
}

fn of_unit(
    evaluation: &Evaluation<'_>,
    stage: &StageResult<'_>,
    unit: &UnitResult<'_>,
    wanted: Verdict,
) -> Option<Vec<Missing>> {
    let reported = unit.unit.reported;
    let mut waiting: Vec<(Element, &str)> = vec![];
    for indicator in &stage.indicators {
        for element in operands(indicator.rule, indicator.limits, &unit.unit) {
            if reported.value(element).is_none() && !waiting.iter().any(|(known, _)| *known == element) {
                waiting.push((element, &indicator.rule.id));
            }
        }
    }
    let elements: Vec<Element> = waiting.iter().map(|(element, _)| *element).collect();
    let found = fewest_elements(reported, &elements, wanted, |facts| {
        let arrived = Reported { school: reported.school, facts: Some(facts) };
        // A unit that turns out not to be one stands in nobody's way.
        evaluation.unit_verdict(stage.stage, arrived).unwrap_or(Verdict::Met)
    })?;
    let of = waiting.iter().filter(|(element, _)| found.contains(element));
    Some(of.filter_map(|(element, rule)| missing(reported, *element, rule, Some(stage.stage))).collect())
}

fn missing(reported: Reported<'_>, element: Element, rule: &str, stage: Option<Stage>) -> Option<Missing> {
    let operand = missing_elements(reported, std::iter::once(element)).next()?;
    Some(Missing { rule: rule.to_owned(), stage, operand })
}

fn of_test(
    evaluation: &Evaluation<'_>,
    item: &Item,
    place: usize,
    test: &Test,
    wanted: Verdict,
) -> Vec<Option<Vec<Missing>>> {
    let Criterion::Institutions(institutions) = &test.criterion else {
        return vec![of_operands(evaluation, item, test, wanted)];
    };
    let (standard, waived) = (evaluation.standard, evaluation.waived_limits(item, place));
    let judge = |reported: Reported<'_>| institutions.judge_in_scope(reported, standard, &waived);
    let open = evaluation.institutions.iter().filter(|reported| judge(**reported) == Some(Verdict::Undetermined));
    open.map(|reported| {
        let elements = institutions.elements(*reported, standard).into_iter();
        let waiting: Vec<Element> = elements.filter(|element| reported.value(*element).is_none()).collect();
        let found = fewest_elements(*reported, &waiting, wanted, |facts| {
            judge(Reported { school: reported.school, facts: Some(facts) }).unwrap_or(Verdict::Met)
        })?;
        Some(found.into_iter().filter_map(|element| missing(*reported, element, &item.id, None)).collect())
    })
    .collect()
}

fn of_operands(evaluation: &Evaluation<'_>, item: &Item, test: &Test, wanted: Verdict) -> Option<Vec<Missing>> {
    let declared = evaluation.declared(item);
    let detail = test.criterion.explain(&declared, &evaluation.institutions, evaluation.standard, &[]);
    let unsaid = detail.operands.iter().filter(|operand| operand.value.is_none());
    let mut waiting: Vec<MissingOperand> = unsaid.map(|operand| declared.missing(&operand.id)).collect();
    let asked_again: Vec<_> = detail.missing.into_iter().filter(|missing| !waiting.contains(missing)).collect();
    waiting.extend(asked_again);
    let stays = |dated: &&DatedItem| {
        let operand = dated.item.operand.as_str();
        declared.value(operand).is_some() && !waiting.iter().any(|missing| missing.operand == operand)
    };
    let of_item = evaluation.facts.items.iter().filter(|dated| dated.item.item == item.id);
    let known: Vec<&DatedItem> = of_item.filter(stays).collect();
    let judge = |arrived: &[(usize, ItemValue)]| {
        let arrived = arrived.iter().filter_map(|(index, value)| Some((waiting.get(*index)?, *value)));
        let arrived: Vec<DatedItem> = arrived.map(|(operand, value)| dated(evaluation, item, operand, value)).collect();
        let mut values: Vec<&DatedItem> = known.iter().copied().chain(&arrived).collect();
        values.sort_by(|a, b| a.item.operand.cmp(&b.item.operand));
        test.criterion.judge(&declared.with(&values), &evaluation.institutions, evaluation.standard, &[])
    };
    let ends: Vec<Vec<ItemValue>> = waiting.iter().map(|operand| ends_of_operand(item, &operand.operand)).collect();
    let found = fewest(&ends, |arrived| judge(arrived) == wanted).unwrap_or_else(|| (0..waiting.len()).collect());
    let of = found.into_iter().filter_map(|index| waiting.get(index).cloned());
    let all: Vec<_> = of.map(|operand| Missing { rule: item.id.clone(), stage: None, operand }).collect();
    (!all.is_empty()).then_some(all)
}

fn dated(evaluation: &Evaluation<'_>, item: &Item, operand: &MissingOperand, value: ItemValue) -> DatedItem {
    let item = CountyItem {
        item: item.id.clone(),
        operand: operand.operand.clone(),
        value,
        declared_on: None,
        declared_by: String::new(),
        evidence: String::new(),
    };
    DatedItem { item, month: evaluation.facts.month }
}

/// More than any school or county has of anything.
const MUCH: i64 = 1_000_000_000;

/// The ends of what an operand of a county item may be.
fn ends_of_operand(item: &Item, id: &str) -> Vec<ItemValue> {
    let number = |value: i64| Quantity::whole(value).map(ItemValue::Quantity);
    let at_most = item.operand_rule(id).and_then(|operand| operand.at_most).map(ItemValue::Quantity);
    let day = |text: &str| text.parse().ok().map(ItemValue::Date);
    let ends = match item.operand(id) {
        Some(OperandKind::Declaration) => [Some(ItemValue::Declaration(true)), Some(ItemValue::Declaration(false))],
        Some(OperandKind::Date) => [day("1900-01-01"), day("2999-12-31")],
        Some(OperandKind::Level) => [number(1), number(4)],
        _ => [number(0), at_most.or_else(|| number(MUCH))],
    };
    ends.into_iter().flatten().collect()
}

/// The fewest of a school's missing elements whose arrival can give the wanted verdict; all of them where more than two are needed.
fn fewest_elements(
    reported: Reported<'_>,
    elements: &[Element],
    wanted: Verdict,
    judge: impl Fn(&SchoolFacts) -> Verdict,
) -> Option<Vec<Element>> {
    let facts = reported.facts.cloned().unwrap_or_else(|| SchoolFacts::missing(reported.school.code.clone()));
    let ends: Vec<Vec<Quantity>> = elements.iter().map(|element| ends_of_element(reported, *element)).collect();
    let found = fewest(&ends, |arrived| {
        let mut facts = facts.clone();
        for (index, value) in arrived {
            if let Some(element) = elements.get(*index) {
                facts.set(*element, Some(*value));
            }
        }
        judge(&facts) == wanted
    });
    let found = found.unwrap_or_else(|| (0..elements.len()).collect());
    let found: Vec<Element> = found.into_iter().filter_map(|index| elements.get(index).copied()).collect();
    (!found.is_empty()).then_some(found)
}

/// The ends of what an element may be; of what is counted one, too, for it is divided by.
fn ends_of_element(reported: Reported<'_>, element: Element) -> Vec<Quantity> {
    let bounds = reported.bounds(element);
    let low = bounds.low.and_then(Quantity::millionths);
    let high = bounds.high.and_then(Quantity::millionths).or_else(|| Quantity::whole(MUCH));
    let one = (element.definition().kind == Kind::Count).then_some(Quantity::ONE);
    let one = one.filter(|one| bounds.contains(one.as_millionths()));
    let mut ends: Vec<Quantity> = [low, high, one].into_iter().flatten().collect();
    ends.dedup();
    ends
}

/// The first set of one, else of two, of which some ends decide.
fn fewest<T: Copy>(ends: &[Vec<T>], decides: impl Fn(&[(usize, T)]) -> bool) -> Option<Vec<usize>> {
    let of = |index: usize| ends.get(index).into_iter().flatten().map(move |end| (index, *end));
    for one in 0..ends.len() {
        if of(one).any(|first| decides(&[first])) {
            return Some(vec![one]);
        }
    }
    for one in 0..ends.len() {
        for two in one + 1..ends.len() {
            if of(one).any(|first| of(two).any(|second| decides(&[first, second]))) {
                return Some(vec![one, two]);
            }
        }
    }
    None
}
