//! All of a population: a part equals its whole.

use num_traits::{One, Zero};

use super::{Declared, TestResult};
use crate::{quantity::Exact, verdict::Verdict};

/// A part and the whole that it must equal.
#[derive(Debug, Clone)]
pub struct All {
    /// The part.
    pub part: String,
    /// The whole.
    pub whole: String,
}

impl All {
    /// Judges that the counts are equal. A whole of zero is met when the part is zero: nobody is left out.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>) -> TestResult {
        let (part, whole) = (declared.bounds(&self.part), declared.bounds(&self.whole));
        let verdict = match (part.value(), whole.value()) {
            (Some(part), Some(whole)) => Verdict::of(part == whole),
            // Equal at one point only, unless the bounds do not meet at all.
            _ if apart(part.high.as_ref(), whole.low.as_ref()) || apart(whole.high.as_ref(), part.low.as_ref()) => {
                Verdict::NotMet
            }
            _ => Verdict::Undetermined,
        };
        let value = match (part.value(), whole.value()) {
            (Some(part), Some(whole)) if !whole.is_zero() => Some(part / whole),
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

fn apart(high: Option<&Exact>, low: Option<&Exact>) -> bool {
    matches!((high, low), (Some(high), Some(low)) if high < low)
}
