//! All of a population: a part equals its whole.

use num_traits::One;

use super::{Declared, TestResult};
use crate::{
    quantity::{Exact, Quantity},
    verdict::Verdict,
};

/// A part and the whole that it must equal.
#[derive(Debug, Clone)]
pub struct All {
    /// The part.
    pub part: String,
    /// The whole.
    pub whole: String,
}

impl All {
    /// Judges that the counts are equal. A whole of zero is met: nobody is left out.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>) -> TestResult {
        let (part, whole) = (declared.quantity(&self.part), declared.quantity(&self.whole));
        let verdict = match (part, whole) {
            (_, Some(Quantity::ZERO)) => Verdict::Met,
            (Some(part), Some(whole)) => Verdict::of(part == whole),
            _ => Verdict::Undetermined,
        };
        let value = match (part, whole) {
            (Some(part), Some(whole)) if whole != Quantity::ZERO => Some(part.exact() / whole.exact()),
            _ => None,
        };
        let ids = [&self.part, &self.whole];
        let missing = if verdict == Verdict::Undetermined {
            ids.iter().filter(|id| declared.quantity(id).is_none()).map(|id| declared.missing(id)).collect()
        } else {
            vec![]
        };
        let rounding_sensitive = value
            .as_ref()
            .is_some_and(|share| (crate::quantity::rounded(share, 4) >= Exact::one()) != (verdict == Verdict::Met));
        TestResult {
            verdict,
            value,
            limit: Some(Exact::one()),
            operands: ids.iter().map(|id| declared.operand(id)).collect(),
            institutions: None,
            missing,
            rounding_sensitive,
        }
    }
}
