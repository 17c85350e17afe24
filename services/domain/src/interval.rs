//! Closed intervals of exact numbers, open to infinity where nothing bounds them.

use num_traits::{Signed, Zero};

use crate::{quantity::Exact, verdict::Verdict};

/// All the values that a number may still turn out to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// No value lies below; `None`: nothing bounds it from below.
    pub low: Option<Exact>,
    /// No value lies above; `None`: nothing bounds it from above.
    pub high: Option<Exact>,
}

impl Interval {
    /// A known number.
    #[must_use]
    pub fn known(value: Exact) -> Self {
        Self { low: Some(value.clone()), high: Some(value) }
    }

    /// A missing number that is not negative.
    #[must_use]
    pub fn missing() -> Self {
        Self { low: Some(Exact::zero()), high: None }
    }

    /// The number, when it is known.
    #[must_use]
    pub fn value(&self) -> Option<&Exact> {
        self.low.as_ref().filter(|low| self.high.as_ref() == Some(low))
    }

    /// The sum with another interval.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let add = |a: &Option<Exact>, b: &Option<Exact>| Some(a.as_ref()? + b.as_ref()?);
        Self { low: add(&self.low, &other.low), high: add(&self.high, &other.high) }
    }

    /// The interval times a number.
    #[must_use]
    pub fn times(&self, factor: &Exact) -> Self {
        let scale = |bound: &Option<Exact>| bound.as_ref().map(|value| value * factor);
        if factor.is_negative() {
            Self { low: scale(&self.high), high: scale(&self.low) }
        } else if factor.is_zero() {
            Self::known(Exact::zero())
        } else {
            Self { low: scale(&self.low), high: scale(&self.high) }
        }
    }

    /// The product of two intervals that are not negative.
    #[must_use]
    pub fn times_interval(&self, other: &Self) -> Self {
        let low = match (&self.low, &other.low) {
            (Some(a), Some(b)) => Some(a * b),
            _ => Some(Exact::zero()),
        };
        let high = match (&self.high, &other.high) {
            (Some(a), Some(b)) => Some(a * b),
            (Some(a), None) | (None, Some(a)) if a.is_zero() => Some(Exact::zero()),
            _ => None,
        };
        Self { low, high }
    }

    /// The part of the interval that is not negative.
    #[must_use]
    pub fn not_negative(self) -> Self {
        let zero = Exact::zero();
        Self {
            low: Some(self.low.map_or_else(|| zero.clone(), |low| low.max(zero.clone()))),
            high: self.high.map(|high| high.max(zero)),
        }
    }

    /// Whether every value, no value, or some values are at least `limit`.
    #[must_use]
    pub fn at_least(&self, limit: &Exact) -> Verdict {
        if self.low.as_ref().is_some_and(|low| low >= limit) {
            Verdict::Met
        } else if self.high.as_ref().is_some_and(|high| high < limit) {
            Verdict::NotMet
        } else {
            Verdict::Undetermined
        }
    }

    /// Whether every value, no value, or some values are at most `limit`.
    #[must_use]
    pub fn at_most(&self, limit: &Exact) -> Verdict {
        self.times(&-Exact::from_integer(1.into())).at_least(&-limit)
    }

    /// Whether every value, no value, or some values lie below `limit`.
    #[must_use]
    pub fn below(&self, limit: &Exact) -> Verdict {
        match self.at_least(limit) {
            Verdict::Met => Verdict::NotMet,
            Verdict::NotMet => Verdict::Met,
            Verdict::Undetermined => Verdict::Undetermined,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(number: i64) -> Exact {
        Exact::from_integer(number.into())
    }

    #[test]
    fn a_missing_number_is_not_zero() {
        assert_eq!(Interval::missing().at_least(&exact(1)), Verdict::Undetermined);
        assert_eq!(Interval::missing().at_least(&exact(0)), Verdict::Met);
        assert_eq!(Interval::missing().at_most(&exact(0)), Verdict::Undetermined);
    }

    #[test]
    fn the_limit_itself_is_at_least_and_at_most_and_not_below() {
        let value = Interval::known(exact(5));

        assert_eq!(value.at_least(&exact(5)), Verdict::Met);
        assert_eq!(value.at_most(&exact(5)), Verdict::Met);
        assert_eq!(value.below(&exact(5)), Verdict::NotMet);
    }
}
