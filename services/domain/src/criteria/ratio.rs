//! An amount is at least a share of another.

use super::{Declared, TestDetail};
use crate::{
    formula::Sum,
    quantity::{Exact, Quantity, exact_millionths, float, rounded},
    verdict::Verdict,
};

/// An amount, what it is measured against, and the share that it must be.
#[derive(Debug, Clone)]
pub struct Ratio {
    /// The amount.
    pub amount: Sum<String>,
    /// What it is measured against.
    pub divisor: Sum<String>,
    /// The amount is at least this times the divisor.
    pub at_least: Quantity,
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
    pub fn judge(&self, declared: &Declared<'_>) -> Verdict {
        let amount = self.amount.bounds(|id| declared.bounds(id));
        let divisor = self.divisor.bounds(|id| declared.bounds(id));
        let empty = divisor.value() == Some(0);
        let empty_possible = divisor.low.is_none_or(|low| low <= 0);
        match (amount.at_least_share(self.at_least, &divisor), self.when_empty) {
            (_, WhenEmpty::Undetermined) if empty => Verdict::Undetermined,
            (_, WhenEmpty::Met) if empty => Verdict::Met,
            (Verdict::Met, WhenEmpty::Undetermined) | (Verdict::NotMet, _) if empty_possible => Verdict::Undetermined,
            // Fewer than nobody: figures of different months contradict each other.
            (Verdict::Met, _) if divisor.high.is_some_and(|high| high < 0) => Verdict::Undetermined,
            (verdict, _) => verdict,
        }
    }

    /// The share that the amount is, and what of it is lacking.
    #[must_use]
    pub fn explain(&self, declared: &Declared<'_>) -> TestDetail {
        let verdict = self.judge(declared);
        let known = |sum: &Sum<String>| sum.bounds(|id| declared.bounds(id)).value().map(exact_millionths);
        let (amount, divisor) = (known(&self.amount), known(&self.divisor));
        let nothing = Exact::from_integer(0.into());
        let value = amount
            .as_ref()
            .zip(divisor.as_ref().filter(|divisor| **divisor != nothing))
            .map(|(amount, divisor)| amount / divisor);
        let gap = amount
            .zip(divisor.as_ref())
            .filter(|_| verdict == Verdict::NotMet)
            .map(|(amount, divisor)| self.at_least.exact() * divisor - amount);
        let ids: Vec<&str> = self.amount.operands().chain(self.divisor.operands()).map(String::as_str).collect();
        let mut detail = TestDetail::of_operands(declared, ids.iter().copied(), verdict);
        if verdict == Verdict::Undetermined && detail.missing.is_empty() {
            // A survey of nobody: all of it is asked for again.
            detail.missing = ids.iter().map(|id| declared.missing(id)).collect();
        }
        TestDetail {
            rounding_sensitive: value.as_ref().is_some_and(|value| self.printed_decides_otherwise(value, verdict)),
            value: value.as_ref().map(float),
            limit: Some(self.at_least.to_f64()),
            gap: gap.as_ref().map(float),
            ..detail
        }
    }

    /// Shares are printed as a percentage with two decimals, amounts with two decimals.
    fn printed_decides_otherwise(&self, value: &Exact, verdict: Verdict) -> bool {
        let decimals = if self.at_least <= Quantity::ONE { 4 } else { 2 };
        Verdict::of(rounded(value, decimals) >= self.at_least.exact()) != verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::{CountyItem, DatedItem, ItemValue},
        quantity::Quantity,
        standard::{NATIONAL_DEFAULT, Standard},
    };

    /// The verdict on an item of the quality standard, given some of its operands.
    fn judge(item: &str, values: &[(&str, i64)]) -> Verdict {
        let standard = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
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
        let mut values: Vec<_> = dated.iter().collect();
        values.sort_by(|a, b| a.item.operand.cmp(&b.item.operand));
        let item = standard.item(item).unwrap();
        let declared = Declared::new(month, item, standard.items_valid_months, &values);
        Verdict::all(item.tests.iter().map(|test| test.criterion.judge(&declared, &[], standard, &[])))
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
