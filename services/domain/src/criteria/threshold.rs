//! One indicator of one evaluation unit against its threshold.

use num_traits::Zero;

use super::{MissingOperand, OperandValue, element_values, missing_elements};
use crate::{element::Element, interval::Interval, quantity::Exact, standard::Indicator, unit::Unit, verdict::Verdict};

/// One indicator of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitIndicator {
    /// Id of the indicator.
    pub id: String,
    /// All the values that it may have.
    pub value: Interval,
    /// At or above the threshold.
    pub verdict: Verdict,
    /// At or above the floor, a share of the threshold.
    pub floor_verdict: Verdict,
    /// What the school would have to add to reach the threshold, in the amount's unit; `None` when it reaches or is not known.
    pub shortfall: Option<Exact>,
    /// The printed value would decide otherwise.
    pub rounding_sensitive: bool,
    /// Share of the school's amount that is the unit's, where amounts are split and the share is known.
    pub share: Option<Exact>,
    /// The figures that it follows from.
    pub operands: Vec<OperandValue>,
    /// Those of them that are missing.
    pub missing: Vec<MissingOperand>,
}

/// Judges one indicator of one unit: amount × share × factor / divisor, at least the threshold, on the exact value.
///
/// A missing amount lies within the bounds that the catalogue leaves to it; a missing divisor leaves the indicator open.
///
/// Units: the value in the unit of the indicator, the shortfall in that of its amount.
#[must_use]
pub fn judge_indicator(indicator: &Indicator, floor: &Exact, unit: &Unit<'_>) -> Option<UnitIndicator> {
    let rule = indicator.stages.get(&unit.stage)?;
    let bounds = |element: &Element| unit.reported.bounds(*element);
    let whole = Interval::known(Exact::from_integer(1.into()));
    let share = if indicator.split { unit.share.clone() } else { whole };
    let divisor =
        unit.reported.value(rule.divisor).map(crate::quantity::Quantity::exact).filter(|divisor| !divisor.is_zero());
    let value = match &divisor {
        None => Interval::missing(),
        Some(divisor) => {
            let amount = rule.amount.bounds(bounds).not_negative();
            amount.times_interval(&share).times(&(&indicator.factor / divisor))
        }
    };
    let floor = &rule.threshold * floor;
    let verdict = value.at_least(&rule.threshold);
    let floor_verdict = value.at_least(&floor);
    let known = value.value();
    let shortfall = known
        .filter(|_| verdict == Verdict::NotMet)
        .zip(divisor.as_ref())
        .zip(share.value())
        .filter(|(_, share)| !share.is_zero());
    let shortfall =
        shortfall.map(|((value, divisor), share)| (&rule.threshold - value) * divisor / (&indicator.factor * share));
    let rounding_sensitive = known.is_some_and(|value| {
        let printed = crate::quantity::rounded(value, 2);
        Verdict::of(printed >= rule.threshold) != verdict || Verdict::of(printed >= floor) != floor_verdict
    });
    let elements: Vec<_> = rule
        .amount
        .operands()
        .copied()
        .chain([rule.divisor])
        .chain(if indicator.split { unit.split_elements() } else { vec![] })
        .collect();
    let mut elements_once = Vec::new();
    for element in elements {
        if !elements_once.contains(&element) {
            elements_once.push(element);
        }
    }
    Some(UnitIndicator {
        id: indicator.id.clone(),
        verdict,
        floor_verdict,
        shortfall,
        rounding_sensitive,
        share: share.value().filter(|_| indicator.split && !unit.split_elements().is_empty()).cloned(),
        operands: element_values(unit.reported, elements_once.iter().copied()),
        missing: missing_elements(unit.reported, elements_once.into_iter()).collect(),
        value,
    })
}
