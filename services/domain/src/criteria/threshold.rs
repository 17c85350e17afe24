//! One indicator of one evaluation unit against its threshold.
//!
//! The value is amount × factor × share / divisor, the amount with what waivers add to it. Floating point decides only where it lies further from the line than any error that
//! it can have made; else the line is compared as a product of whole numbers, without dividing.

#![expect(clippy::float_arithmetic, reason = "floating point decides only outside of its error bound")]

use std::cmp::Ordering;

use num_bigint::BigInt;

use crate::{
    element::{Element, Kind},
    interval::Interval,
    quantity::{Exact, Quantity, exact_millionths, rounded},
    standard::{Indicator, StageRule},
    unit::{Share, Unit},
    verdict::Verdict,
};

/// One indicator of one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitIndicator {
    /// The value, or with operands missing the least that it can be; in the unit of the indicator.
    pub low: f64,
    /// The value, or with operands missing the most that it can be; infinite where nothing bounds it.
    pub high: f64,
    /// Whether no operand is missing, so that `low` and `high` are the value.
    pub known: bool,
    /// At or above the threshold; `None` where the standard has none.
    pub verdict: Option<Verdict>,
    /// At or above the floor, a share of the threshold; `None` where the standard has none.
    pub floor_verdict: Option<Verdict>,
}

impl UnitIndicator {
    /// The value; `None` when an operand is missing.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.known.then_some(self.low)
    }
}

/// Judges one indicator of one unit: amount × share × factor / divisor, at least the threshold, on the exact value.
///
/// A missing amount lies within the bounds that the catalogue leaves to it; a missing divisor leaves the indicator open.
#[must_use]
pub fn judge_indicator(
    indicator: &Indicator,
    rule: &StageRule,
    floor: Option<Quantity>,
    unit: &Unit<'_>,
) -> UnitIndicator {
    let quotient = Quotient::of(indicator, rule, unit);
    let low = quotient.amount.low.filter(|_| quotient.share.known).unwrap_or(0);
    let high = quotient.amount.high;
    let known = quotient.known();
    let mut low_value = quotient.value(low).unwrap_or(0.0);
    let mut high_value =
        if known { low_value } else { high.and_then(|high| quotient.value(high)).unwrap_or(f64::INFINITY) };
    let mut against = |factors: &[Quantity]| {
        let at_low = quotient.ordering(low, low_value, factors);
        if known {
            if at_low == Ordering::Equal {
                // A value that is exactly on the line is printed as the line.
                low_value = product(factors);
                high_value = low_value;
            }
            return Verdict::of(at_low != Ordering::Less);
        }
        if quotient.divisor.is_some() && at_low != Ordering::Less {
            return Verdict::Met;
        }
        let below = high.is_some_and(|high| {
            quotient.divisor.is_some() && quotient.ordering(high, high_value, factors) == Ordering::Less
        });
        if below { Verdict::NotMet } else { Verdict::Undetermined }
    };
    let floor_verdict = rule.threshold.zip(floor).map(|(threshold, floor)| against(&[threshold, floor]));
    let verdict = rule.threshold.map(|threshold| against(&[threshold]));
    UnitIndicator { low: low_value, high: high_value, known, verdict, floor_verdict }
}

/// What the school would have to add of the amount for the unit to reach the threshold, in the amount's unit: whole persons, rooms or
/// pieces where the amount is counted. `None` when it reaches, or the value is not known, or nothing that is added would be the unit's.
#[must_use]
pub fn shortfall(indicator: &Indicator, rule: &StageRule, unit: &Unit<'_>) -> Option<Exact> {
    let quotient = Quotient::of(indicator, rule, unit);
    let (threshold, amount, divisor) = (rule.threshold?, quotient.amount.value()?, quotient.divisor?);
    if !quotient.share.known || quotient.share.numerator == 0 {
        return None;
    }
    let per_unit =
        quotient.factor.exact() * Exact::new(quotient.share.numerator.into(), quotient.share.denominator.into());
    let needed = threshold.exact() * exact_millionths(divisor) / per_unit;
    let short = needed - exact_millionths(amount);
    let counted = rule.amount.operands().all(|element| element.definition().kind == Kind::Count);
    let short = if counted { short.ceil() } else { short };
    (short > Exact::from_integer(0.into())).then_some(short)
}

/// Whether the value as it is printed, with two decimals, would decide otherwise than the exact one.
#[must_use]
pub fn rounding_sensitive(
    indicator: &Indicator,
    rule: &StageRule,
    floor: Option<Quantity>,
    unit: &Unit<'_>,
    judged: &UnitIndicator,
) -> bool {
    let Some(threshold) = rule.threshold.filter(|_| judged.known) else { return false };
    let lines =
        [Some((product(&[threshold]), threshold.exact(), judged.verdict))]
            .into_iter()
            .chain([floor
                .map(|floor| (product(&[threshold, floor]), threshold.exact() * floor.exact(), judged.floor_verdict))]);
    lines.flatten().any(|(line, exact_line, verdict)| {
        // Printing moves a value by half a hundredth at most.
        (judged.low - line).abs() < 0.006
            && exact_value(indicator, rule, unit)
                .is_some_and(|value| Some(Verdict::of(rounded(&value, 2) >= exact_line)) != verdict)
    })
}

/// The exact value; `None` when an operand is missing.
#[must_use]
pub fn exact_value(indicator: &Indicator, rule: &StageRule, unit: &Unit<'_>) -> Option<Exact> {
    let quotient = Quotient::of(indicator, rule, unit);
    let (amount, divisor) = (quotient.amount.value()?, quotient.divisor?);
    if !quotient.share.known && amount != 0 {
        return None;
    }
    let share = Exact::new(quotient.share.numerator.into(), quotient.share.denominator.into());
    Some(exact_millionths(amount) * quotient.factor.exact() * share / exact_millionths(divisor))
}

/// The elements that an indicator of a unit follows from, each once: of the amount, the divisor, what the amount is split by, and the
/// pupils while they leave open whether a waiver counts.
#[must_use]
pub fn operands(indicator: &Indicator, rule: &StageRule, unit: &Unit<'_>) -> Vec<Element> {
    let split = indicator.split.then(|| unit.split_elements()).into_iter().flatten();
    let open = unit.granted.iter().any(|granted| granted.indicator == indicator.id && granted.amount.value().is_none());
    let qualifying = open.then(|| Element::pupils(unit.stage));
    let mut once = Vec::with_capacity(6);
    for element in rule.amount.operands().copied().chain([rule.divisor]).chain(split).chain(qualifying) {
        if !once.contains(&element) {
            once.push(element);
        }
    }
    once
}

/// What an indicator's value follows from.
struct Quotient {
    amount: Interval,
    factor: Quantity,
    share: Share,
    /// In millionths, never zero; `None` when it is missing.
    divisor: Option<i64>,
}

/// The error of a value that is computed in floating point is less than this share of it: some ten roundings.
const MARGIN: f64 = 1e-14;

impl Quotient {
    fn of(indicator: &Indicator, rule: &StageRule, unit: &Unit<'_>) -> Self {
        let mut amount = rule.amount.bounds(|element| unit.reported.bounds(*element)).not_negative();
        for granted in unit.granted.iter().filter(|granted| granted.indicator == indicator.id) {
            amount = amount.plus(&granted.amount);
        }
        let divisor = unit.reported.value(rule.divisor).map(Quantity::as_millionths).filter(|divisor| *divisor != 0);
        let share = if indicator.split { unit.share } else { Share::WHOLE };
        Self { amount, factor: indicator.factor, share, divisor }
    }

    /// No operand is missing, or the amount is nothing whatever the share.
    fn known(&self) -> bool {
        self.divisor.is_some() && self.amount.value().is_some_and(|amount| self.share.known || amount == 0)
    }

    #[expect(clippy::cast_precision_loss, reason = "each conversion rounds once")]
    fn value(&self, amount: i64) -> Option<f64> {
        let share = self.share.numerator as f64 / self.share.denominator as f64;
        Some(amount as f64 * (self.factor.to_f64() * share) / self.divisor? as f64)
    }

    /// The order of the value, given the amount, and the product of `factors`.
    fn ordering(&self, amount: i64, value: f64, factors: &[Quantity]) -> Ordering {
        let line = product(factors);
        if (value - line).abs() > MARGIN * value.max(line) {
            return if value < line { Ordering::Less } else { Ordering::Greater };
        }
        let whole = |number: i64| BigInt::from(number);
        let left = whole(amount) * whole(self.factor.as_millionths()) * BigInt::from(self.share.numerator);
        let right = whole(self.divisor.unwrap_or(1)) * BigInt::from(self.share.denominator);
        // The value has one factor that is counted in millionths; each further one of the line brings its own.
        let mut left = left;
        let mut right = right;
        for (index, factor) in factors.iter().enumerate() {
            right *= whole(factor.as_millionths());
            if index > 0 {
                left *= whole(Quantity::ONE.as_millionths());
            }
        }
        left.cmp(&right)
    }
}

fn product(factors: &[Quantity]) -> f64 {
    factors.iter().map(|factor| factor.to_f64()).product()
}
