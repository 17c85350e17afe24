//! What is missing and bears on something undetermined.

mod decisive;

use std::collections::BTreeSet;

pub use decisive::decisive;

use crate::{
    criteria::{MissingOperand, missing_elements, threshold::operands},
    evaluation::{Evaluation, StageResult, UnitResult},
    school::Stage,
    verdict::Verdict,
};

/// A missing operand that could decide something undetermined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Indicator or item that waits for it.
    pub rule: String,
    /// Stage of the indicator.
    pub stage: Option<Stage>,
    /// The operand.
    pub operand: MissingOperand,
}

/// All that is missing and bears on something undetermined, in the order of the standard and the catalogue.
#[must_use]
pub fn all(evaluation: &Evaluation<'_>) -> Vec<Missing> {
    let mut all = Vec::new();
    for stage in &evaluation.resources {
        of_stage(stage, &mut all);
    }
    for item in evaluation.items.iter().filter(|item| item.verdict == Verdict::Undetermined) {
        let waits = |operand| Missing { rule: item.rule.id.clone(), stage: None, operand };
        let details = evaluation.details(item);
        all.extend(details.into_iter().flat_map(|detail| detail.missing).map(waits));
    }
    let mut seen = BTreeSet::new();
    all.retain(|missing| seen.insert(missing.clone()));
    all
}

fn of_stage(stage: &StageResult<'_>, all: &mut Vec<Missing>) {
    for place in 0..stage.indicators.len() {
        all.extend(of_variation(stage, place));
        let open = |unit: &&UnitResult<'_>| unit.verdict == Some(Verdict::Undetermined);
        all.extend(of_units(stage, place, stage.units.iter().filter(open)));
    }
    all.extend(of_composite(stage));
}

/// What an undetermined coefficient waits for.
fn of_variation(stage: &StageResult<'_>, place: usize) -> Vec<Missing> {
    let open = stage.indicators.get(place).is_some_and(|of| of.variation.verdict == Some(Verdict::Undetermined));
    if open { of_units(stage, place, stage.units.iter()).collect() } else { vec![] }
}

/// What an undetermined composite waits for.
fn of_composite(stage: &StageResult<'_>) -> Vec<Missing> {
    let open = stage.composite.is_some_and(|composite| composite.verdict == Some(Verdict::Undetermined));
    let places = if open { 0..stage.indicators.len() } else { 0..0 };
    places.flat_map(|place| of_units(stage, place, stage.units.iter())).collect()
}

fn of_units<'s>(
    stage: &'s StageResult<'_>,
    place: usize,
    units: impl Iterator<Item = &'s UnitResult<'s>>,
) -> impl Iterator<Item = Missing> {
    let unknown = units.filter(move |unit| unit.indicators.get(place).is_some_and(|indicator| !indicator.known));
    stage.indicators.get(place).into_iter().flat_map({
        let unknown: Vec<_> = unknown.collect();
        move |of| {
            let waits = |operand| Missing { rule: of.rule.id.clone(), stage: Some(stage.stage), operand };
            let of_unit = |unit: &&'s UnitResult<'s>| {
                let elements = operands(of.rule, of.limits, &unit.unit);
                missing_elements(unit.unit.reported, elements.into_iter()).collect::<Vec<_>>()
            };
            unknown.iter().flat_map(of_unit).map(waits).collect::<Vec<_>>()
        }
    })
}
