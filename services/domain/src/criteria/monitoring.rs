//! National monitoring (国家义务教育质量监测): level and difference rate of every subject that was monitored.

use std::collections::BTreeSet;

use super::{Declared, TestResult};
use crate::{quantity::Exact, standard::OperandKind, verdict::Verdict};

const LEVEL: &str = "level";
const DIFFERENCE_RATE: &str = "difference_rate";
/// The forms of the operands.
pub(super) const OPERANDS: [&str; 2] = ["<subject>.level", "<subject>.difference_rate"];

/// What every subject must reach.
#[derive(Debug, Clone)]
pub struct Monitoring {
    /// The level is at least this: Ⅲ is 3.
    pub level_at_least: Exact,
    /// The difference rate between schools lies below this, strictly.
    pub difference_below: Exact,
}

/// The kind of `<subject>.level` and `<subject>.difference_rate`.
#[must_use]
pub fn operand_kind(id: &str) -> Option<OperandKind> {
    let (subject, figure) = id.split_once('.')?;
    if subject.trim().is_empty() {
        return None;
    }
    match figure {
        LEVEL => Some(OperandKind::Level),
        DIFFERENCE_RATE => Some(OperandKind::Rate),
        _ => None,
    }
}

impl Monitoring {
    /// Judges every subject that was supplied; undetermined when none was. The state supplies the results, so that a figure
    /// that is missing of a supplied subject leaves it undetermined, too.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>) -> TestResult {
        let subjects: BTreeSet<&str> =
            declared.values.keys().filter_map(|id| id.split_once('.').map(|(subject, _)| subject)).collect();
        let mut verdict = if subjects.is_empty() { Verdict::Undetermined } else { Verdict::Met };
        let mut operands = Vec::new();
        let mut missing = Vec::new();
        for subject in &subjects {
            let (level, difference) = (format!("{subject}.{LEVEL}"), format!("{subject}.{DIFFERENCE_RATE}"));
            let reached = declared.bounds(&level).at_least(&self.level_at_least);
            let close = declared.bounds(&difference).below(&self.difference_below);
            verdict = Verdict::all([verdict, reached, close]);
            for (id, one) in [(level, reached), (difference, close)] {
                operands.push(declared.operand(&id));
                if one == Verdict::Undetermined {
                    missing.push(declared.missing(&id));
                }
            }
        }
        if subjects.is_empty() {
            missing.extend(OPERANDS.map(|form| declared.missing(form)));
        }
        if verdict != Verdict::Undetermined {
            missing.clear();
        }
        TestResult {
            verdict,
            value: None,
            limit: None,
            operands,
            institutions: None,
            missing,
            rounding_sensitive: false,
        }
    }
}
