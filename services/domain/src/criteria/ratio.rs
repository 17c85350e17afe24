//! An amount is at least a share of another.

use num_traits::Zero;

use super::{Declared, TestResult};
use crate::{formula::Sum, quantity::Exact, verdict::Verdict};

/// An amount, what it is measured against, and the share that it must be.
#[derive(Debug, Clone)]
pub struct Ratio {
    /// The amount.
    pub amount: Sum<String>,
    /// What it is measured against.
    pub divisor: Sum<String>,
    /// The amount is at least this times the divisor.
    pub at_least: Exact,
    /// The verdict where the divisor is zero.
    pub when_empty: WhenEmpty,
}

/// The verdict on a population of nobody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenEmpty {
    /// Nobody is left out: met.
    #[default]
    Met,
    /// Nobody was asked: it says nothing.
    Undetermined,
}

impl Ratio {
    /// Judges `amount >= at_least × divisor` on exact numbers, without dividing.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>) -> TestResult {
        let amount = self.amount.bounds(|id| declared.bounds(id));
        let divisor = self.divisor.bounds(|id| declared.bounds(id));
        let empty_possible = divisor.low.as_ref().is_none_or(|low| *low <= Exact::zero());
        let empty = divisor.value().is_some_and(Zero::is_zero);
        let difference = amount.plus(&divisor.times(&-&self.at_least));
        let verdict = match (difference.at_least(&Exact::zero()), self.when_empty) {
            (_, WhenEmpty::Undetermined) if empty => Verdict::Undetermined,
            (_, WhenEmpty::Met) if empty => Verdict::Met,
            (Verdict::Met, WhenEmpty::Undetermined) | (Verdict::NotMet, _) if empty_possible => Verdict::Undetermined,
            (verdict, _) => verdict,
        };
        let value = amount
            .value()
            .zip(divisor.value())
            .filter(|(_, divisor)| !divisor.is_zero())
            .map(|(amount, divisor)| amount / divisor);
        let ids = || self.amount.operands().chain(self.divisor.operands());
        let missing = if verdict == Verdict::Undetermined {
            let open = |id: &&String| declared.quantity(id).is_none() || empty;
            ids().filter(open).map(|id| declared.missing(id)).collect()
        } else {
            vec![]
        };
        TestResult {
            verdict,
            rounding_sensitive: value.as_ref().is_some_and(|value| self.printed_decides_otherwise(value, verdict)),
            value,
            limit: Some(self.at_least.clone()),
            operands: ids().map(|id| declared.operand(id)).collect(),
            institutions: None,
            missing,
        }
    }

    /// Shares are printed as a percentage with two decimals, amounts with two decimals.
    fn printed_decides_otherwise(&self, value: &Exact, verdict: Verdict) -> bool {
        let decimals = if self.at_least <= Exact::from_integer(1.into()) { 4 } else { 2 };
        Verdict::of(crate::quantity::rounded(value, decimals) >= self.at_least) != verdict
    }
}
