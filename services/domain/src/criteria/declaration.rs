//! A declaration is as expected; a veto is a declaration that is expected to be false.

use super::{Declared, TestDetail};
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
    pub fn judge(&self, declared: &Declared<'_>) -> Verdict {
        match declared.value(&self.operand) {
            Some(ItemValue::Declaration(value)) => Verdict::of(value == self.expected),
            _ => Verdict::Undetermined,
        }
    }

    /// The declaration, with who made it and on what evidence.
    #[must_use]
    pub fn explain(&self, declared: &Declared<'_>) -> TestDetail {
        TestDetail::of_operands(declared, std::iter::once(self.operand.as_str()), self.judge(declared))
    }
}
