//! A declaration is as expected; a veto is a declaration that is expected to be false.

use super::{Declared, TestResult};
use crate::{facts::ItemValue, verdict::Verdict};

/// A declaration and what it must be.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// The operand.
    pub operand: String,
    /// What it must be.
    pub expected: bool,
}

impl Declaration {
    /// Judges the declaration: met when it is as expected, not met when it is the contrary, undetermined when nobody declared it.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>) -> TestResult {
        let verdict = match declared.operand(&self.operand).value {
            Some(ItemValue::Declaration(value)) => Verdict::of(value == self.expected),
            _ => Verdict::Undetermined,
        };
        TestResult::on_operand(declared, &self.operand, verdict)
    }
}
