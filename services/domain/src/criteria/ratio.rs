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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        facts::{CountyItem, DatedItem, ItemValue},
        quantity::Quantity,
        standard::Standard,
    };

    /// The verdict on an item of the quality standard, given some of its operands.
    fn judge(item: &str, values: &[(&str, i64)]) -> Verdict {
        let standard = &Standard::national().unwrap()[0];
        let month = "2024-12".parse().unwrap();
        let dated: Vec<_> = values
            .iter()
            .map(|(operand, value)| CountyItem {
                item: item.to_owned(),
                operand: (*operand).to_owned(),
                value: ItemValue::Quantity(Quantity::whole(*value).unwrap()),
                declared_on: None,
                declared_by: String::new(),
                evidence: String::new(),
            })
            .map(|item| DatedItem { item, month })
            .collect();
        let values: BTreeMap<_, _> = dated.iter().map(|dated| (dated.item.operand.as_str(), dated)).collect();
        let item = standard.item(item).unwrap();
        let declared = Declared { month, item, values };
        Verdict::all(item.tests.iter().map(|test| test.criterion.judge(&declared, &[], standard).verdict))
    }

    #[test]
    fn a_share_exactly_at_the_limit_is_met_and_one_person_less_is_not() {
        assert_eq!(judge("Q2", &[("disabled_children", 200), ("disabled_children_enrolled", 190)]), Verdict::Met);
        assert_eq!(judge("Q2", &[("disabled_children", 200), ("disabled_children_enrolled", 189)]), Verdict::NotMet);
    }

    #[test]
    fn a_population_of_nobody_is_met_and_a_survey_of_nobody_says_nothing() {
        assert_eq!(judge("Q2", &[("disabled_children", 0)]), Verdict::Met);
        assert_eq!(judge("G6", &[("small_schools", 0)]), Verdict::Met);
        let survey = ["questionnaires_valid", "questionnaires_satisfied", "visited", "visited_satisfied"];
        assert_eq!(judge("S1", &survey.map(|operand| (operand, 0))), Verdict::Undetermined);
    }

    #[test]
    fn one_operand_bounds_no_other() {
        let known = [("rotation_eligible", 100), ("rotation_actual_backbone", 30)];

        assert_eq!(judge("G11", &known), Verdict::Undetermined);
    }
}
