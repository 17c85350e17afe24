//! What is missing and bears on something undetermined.

use std::collections::BTreeSet;

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
    let composite_open = stage.composite.is_some_and(|composite| composite.verdict == Some(Verdict::Undetermined));
    for (place, indicator) in stage.indicators.iter().enumerate() {
        let spread_open = composite_open || indicator.variation.verdict == Some(Verdict::Undetermined);
        let open = |unit: &&UnitResult<'_>| {
            let unknown = unit.indicators.get(place).is_some_and(|indicator| !indicator.known);
            unknown && (spread_open || unit.verdict == Some(Verdict::Undetermined))
        };
        for unit in stage.units.iter().filter(open) {
            let elements = operands(indicator.rule, indicator.limits, &unit.unit);
            all.extend(missing_elements(unit.unit.reported, elements.into_iter()).map(|operand| Missing {
                rule: indicator.rule.id.clone(),
                stage: Some(stage.stage),
                operand,
            }));
        }
    }
}
