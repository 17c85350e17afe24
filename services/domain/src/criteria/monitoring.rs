//! National monitoring (国家义务教育质量监测): level and difference rate of every subject that was monitored.

use std::collections::BTreeSet;

use super::{Declared, TestDetail};
use crate::{quantity::Quantity, standard::OperandKind, verdict::Verdict};

const LEVEL: &str = "level";
const DIFFERENCE_RATE: &str = "difference_rate";
/// The forms of the operands.
pub(super) const OPERANDS: [&str; 2] = ["<subject>.level", "<subject>.difference_rate"];

/// What every subject must reach.
#[derive(Debug, Clone)]
pub struct Monitoring {
    /// The level is at least this: Ⅲ is 3.
    pub level_at_least: Quantity,
    /// The difference rate between schools lies below this, strictly.
    pub difference_below: Quantity,
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
    pub fn judge(&self, declared: &Declared<'_>) -> Verdict {
        let subjects = subjects(declared);
        if subjects.is_empty() {
            return Verdict::Undetermined;
        }
        Verdict::all(subjects.into_iter().flat_map(|subject| self.judge_subject(declared, subject)))
    }

    /// The figures of every subject.
    #[must_use]
    pub fn explain(&self, declared: &Declared<'_>) -> TestDetail {
        let verdict = self.judge(declared);
        let ids: Vec<String> = subjects(declared)
            .into_iter()
            .flat_map(|subject| [LEVEL, DIFFERENCE_RATE].map(|figure| format!("{subject}.{figure}")))
            .collect();
        let mut detail = TestDetail::of_operands(declared, ids.iter().map(String::as_str), verdict);
        if ids.is_empty() {
            detail.missing = OPERANDS.map(|form| declared.missing(form)).to_vec();
        }
        detail
    }

    fn judge_subject(&self, declared: &Declared<'_>, subject: &str) -> [Verdict; 2] {
        let bounds = |figure: &str| declared.bounds(&format!("{subject}.{figure}"));
        [bounds(LEVEL).at_least(self.level_at_least), bounds(DIFFERENCE_RATE).below(self.difference_below)]
    }
}

fn subjects<'a>(declared: &Declared<'a>) -> BTreeSet<&'a str> {
    declared.ids().filter_map(|id| id.split_once('.').map(|(subject, _)| subject)).collect()
}
