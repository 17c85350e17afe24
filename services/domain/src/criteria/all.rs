//! All of a population: a part equals its whole.

use super::{Declared, TestDetail};
use crate::{
    quantity::{Exact, Quantity, float, rounded},
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
    pub fn judge(&self, declared: &Declared<'_>) -> Verdict {
        match (declared.quantity(&self.part), declared.quantity(&self.whole)) {
            (_, Some(Quantity::ZERO)) => Verdict::Met,
            (Some(part), Some(whole)) => Verdict::of(part == whole),
            _ => Verdict::Undetermined,
        }
    }

    /// The share that the part is, and how many are left out.
    #[must_use]
    pub fn explain(&self, declared: &Declared<'_>) -> TestDetail {
        let verdict = self.judge(declared);
        let known = declared.quantity(&self.part).zip(declared.quantity(&self.whole));
        let share =
            known.filter(|(_, whole)| *whole != Quantity::ZERO).map(|(part, whole)| part.exact() / whole.exact());
        let one = Quantity::ONE.exact();
        let gap = known.filter(|_| verdict == Verdict::NotMet).map(|(part, whole)| whole.exact() - part.exact());
        TestDetail {
            rounding_sensitive: share
                .as_ref()
                .is_some_and(|share| (rounded(share, 4) >= one) != (verdict == Verdict::Met)),
            value: share.as_ref().map(float),
            limit: Some(float(&one)),
            gap: gap.as_ref().filter(|gap| **gap > Exact::from_integer(0.into())).map(float),
            ..TestDetail::of_operands(declared, [self.part.as_str(), self.whole.as_str()].into_iter(), verdict)
        }
    }
}
