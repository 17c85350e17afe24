//! Closed intervals of decimal numbers, open to infinity where nothing bounds them.

use crate::{quantity::Quantity, verdict::Verdict};

/// All the values that a number may still turn out to have, in millionths.
///
/// An end that a machine word cannot hold is taken for unbounded: that leaves open what could be decided, and never decides wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// No value lies below; `None`: nothing bounds it from below.
    pub low: Option<i64>,
    /// No value lies above; `None`: nothing bounds it from above.
    pub high: Option<i64>,
}

impl Interval {
    /// Nothing at all, as the start of a sum.
    pub const ZERO: Self = Self::known(Quantity::ZERO);
    /// A missing number that is not negative.
    pub const MISSING: Self = Self { low: Some(0), high: None };

    /// A known number.
    #[must_use]
    pub const fn known(value: Quantity) -> Self {
        Self { low: Some(value.as_millionths()), high: Some(value.as_millionths()) }
    }

    /// The number in millionths, when it is known.
    #[must_use]
    pub fn value(&self) -> Option<i64> {
        self.low.filter(|low| self.high == Some(*low))
    }

    /// The sum with another interval.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let add = |a: Option<i64>, b: Option<i64>| a.zip(b).and_then(|(a, b)| a.checked_add(b));
        Self { low: add(self.low, other.low), high: add(self.high, other.high) }
    }

    /// The difference from another interval.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let negated = |end: Option<i64>| end.and_then(i64::checked_neg);
        self.plus(&Self { low: negated(other.high), high: negated(other.low) })
    }

    /// The part of the interval that is not negative.
    #[must_use]
    pub fn not_negative(self) -> Self {
        Self { low: Some(self.low.unwrap_or(0).max(0)), high: self.high.map(|high| high.max(0)) }
    }

    /// Whether a number, in millionths, is one of the values.
    #[must_use]
    pub fn contains(&self, value: i64) -> bool {
        self.low.is_none_or(|low| low <= value) && self.high.is_none_or(|high| value <= high)
    }

    /// What both intervals allow; `self` where they contradict each other.
    #[must_use]
    pub fn narrowed(&self, other: &Self) -> Self {
        let low = self.low.into_iter().chain(other.low).max();
        let high = self.high.into_iter().chain(other.high).min();
        if low.zip(high).is_some_and(|(low, high)| low > high) { *self } else { Self { low, high } }
    }

    /// Whether every value, no value, or some values are at least `limit`.
    #[must_use]
    pub fn at_least(&self, limit: Quantity) -> Verdict {
        let limit = limit.as_millionths();
        decided(self.low.is_some_and(|low| low >= limit), self.high.is_some_and(|high| high < limit))
    }

    /// Whether every value, no value, or some values lie below `limit`.
    #[must_use]
    pub fn below(&self, limit: Quantity) -> Verdict {
        let limit = limit.as_millionths();
        decided(self.high.is_some_and(|high| high < limit), self.low.is_some_and(|low| low >= limit))
    }

    /// Whether `self >= share × whole` holds for all, none or some of the values of both. The share is not negative.
    #[must_use]
    pub fn at_least_share(&self, share: Quantity, whole: &Self) -> Verdict {
        decided(
            exceeds(self.low, share, whole.high, |amount, limit| amount >= limit),
            exceeds(self.high, share, whole.low, |amount, limit| amount < limit),
        )
    }

    /// Whether `self <= share × whole` holds for all, none or some of the values of both. The share is not negative.
    #[must_use]
    pub fn at_most_share(&self, share: Quantity, whole: &Self) -> Verdict {
        decided(
            exceeds(self.high, share, whole.low, |amount, limit| amount <= limit),
            exceeds(self.low, share, whole.high, |amount, limit| amount > limit),
        )
    }
}

fn decided(always: bool, never: bool) -> Verdict {
    if always {
        Verdict::Met
    } else if never {
        Verdict::NotMet
    } else {
        Verdict::Undetermined
    }
}

/// Compares an amount with a share of a whole: two products of two machine words, so that nothing is rounded.
fn exceeds(amount: Option<i64>, share: Quantity, whole: Option<i64>, holds: fn(i128, i128) -> bool) -> bool {
    let whole = if share == Quantity::ZERO { Some(0) } else { whole };
    amount.zip(whole).is_some_and(|(amount, whole)| {
        holds(
            i128::from(amount) * i128::from(Quantity::ONE.as_millionths()),
            i128::from(share.as_millionths()) * i128::from(whole),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(number: i64) -> Quantity {
        Quantity::whole(number).unwrap()
    }

    #[test]
    fn a_missing_number_is_not_zero() {
        assert_eq!(Interval::MISSING.at_least(whole(1)), Verdict::Undetermined);
        assert_eq!(Interval::MISSING.at_least(whole(0)), Verdict::Met);
        assert_eq!(Interval::MISSING.below(whole(1)), Verdict::Undetermined);
    }

    #[test]
    fn the_limit_itself_is_at_least_and_at_most_and_not_below() {
        let value = Interval::known(whole(5));

        assert_eq!(value.at_least(whole(5)), Verdict::Met);
        assert_eq!(value.at_most_share(whole(5), &Interval::known(whole(1))), Verdict::Met);
        assert_eq!(value.below(whole(5)), Verdict::NotMet);
    }

    #[test]
    fn a_share_is_compared_over_all_values_of_both() {
        let half = Quantity::parse("0.5").unwrap();
        let some = Interval { low: Some(40_000_000), high: Some(60_000_000) };

        assert_eq!(some.at_least_share(half, &Interval::known(whole(80))), Verdict::Met);
        assert_eq!(some.at_least_share(half, &Interval::known(whole(100))), Verdict::Undetermined);
        assert_eq!(some.at_least_share(half, &Interval::known(whole(121))), Verdict::NotMet);
        assert_eq!(some.at_least_share(half, &Interval::MISSING), Verdict::Undetermined);
        assert_eq!(some.at_most_share(half, &Interval::known(whole(79))), Verdict::NotMet);
    }

    #[test]
    fn an_end_beyond_a_machine_word_is_unbounded() {
        let huge = Interval { low: Some(i64::MAX), high: Some(i64::MAX) };

        assert_eq!(huge.plus(&huge), Interval { low: None, high: None });
    }
}
