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
    quantity::{Exact, Quantity, exact_millionths, float, rounded},
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

/// What an indicator of a stage is held against, ready for many units.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    /// The indicator.
    pub indicator: &'a Indicator,
    /// What it takes and must reach in the stage.
    pub rule: &'a StageRule,
    factor: f64,
    threshold: Option<Line>,
    floor: Option<Line>,
}

/// A line: `threshold`, or `threshold × floor`.
#[derive(Debug, Clone, Copy)]
struct Line {
    threshold: Quantity,
    floor: Quantity,
    value: f64,
}

impl Line {
    fn new(threshold: Quantity, floor: Quantity) -> Self {
        Self { threshold, floor, value: threshold.to_f64() * floor.to_f64() }
    }

    fn exact(&self) -> Exact {
        self.threshold.exact() * self.floor.exact()
    }
}

impl<'a> Lines<'a> {
    /// The threshold of an indicator, and the floor that is a share of it.
    #[must_use]
    pub fn new(indicator: &'a Indicator, rule: &'a StageRule, floor: Option<Quantity>) -> Self {
        let of = |floor: Quantity| rule.threshold.map(|threshold| Line::new(threshold, floor));
        Self {
            indicator,
            rule,
            factor: indicator.factor.to_f64(),
            threshold: of(Quantity::ONE),
            floor: floor.and_then(of),
        }
    }
}

/// Judges one indicator of one unit: amount × share × factor / divisor, at least the threshold, on the exact value.
///
/// A missing amount lies within the bounds that the catalogue leaves to it; a missing divisor leaves the indicator open.
#[must_use]
pub fn judge_indicator(lines: &Lines<'_>, unit: &Unit<'_>) -> UnitIndicator {
    let quotient = Quotient::of(lines.indicator, lines.rule, unit);
    let low = quotient.amount.low.filter(|_| quotient.share.known).unwrap_or(0);
    let high = quotient.amount.high;
    let known = quotient.known();
    let mut low_value = quotient.value(low, lines.factor).unwrap_or(0.0);
    let mut high_value = if known {
        low_value
    } else {
        high.and_then(|high| quotient.value(high, lines.factor)).unwrap_or(f64::INFINITY)
    };
    let mut against = |line: &Line| {
        let at_low = quotient.ordering(low, low_value, line);
        if known {
            if at_low == Ordering::Equal {
                // A value that is exactly on the line is printed as the line.
                low_value = line.value;
                high_value = low_value;
            }
            return Verdict::of(at_low != Ordering::Less);
        }
        if quotient.divisor.is_some() && at_low != Ordering::Less {
            return Verdict::Met;
        }
        let below = high.is_some_and(|high| {
            quotient.divisor.is_some() && quotient.ordering(high, high_value, line) == Ordering::Less
        });
        if below { Verdict::NotMet } else { Verdict::Undetermined }
    };
    let floor_verdict = lines.floor.as_ref().map(&mut against);
    let verdict = lines.threshold.as_ref().map(&mut against);
    UnitIndicator { low: low_value, high: high_value, known, verdict, floor_verdict }
}

/// What the school would have to add of the amount for the unit to reach the threshold, in the amount's unit: whole persons, rooms or
/// pieces where the amount is counted. `None` when it reaches, or the value is not known, or nothing that is added would be the unit's.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "printed, never decides")]
pub fn shortfall(indicator: &Indicator, rule: &StageRule, unit: &Unit<'_>) -> Option<f64> {
    let quotient = Quotient::of(indicator, rule, unit);
    let (threshold, amount, divisor) = (rule.threshold?, quotient.amount.value()?, quotient.divisor?);
    if !quotient.share.known || quotient.share.numerator == 0 {
        return None;
    }
    let one = i128::from(Quantity::ONE.as_millionths());
    let counted = rule.amount.operands().all(|element| element.definition().kind == Kind::Count);
    // threshold × divisor − amount × factor × share, over factor × share: both as whole numbers, in millionths of the amount.
    let needed = i128::from(threshold.as_millionths()) * i128::from(divisor);
    let per_unit = i128::from(quotient.factor.as_millionths()).checked_mul(quotient.share.numerator);
    let in_words = per_unit.and_then(|per_unit| {
        let short =
            needed.checked_mul(quotient.share.denominator)?.checked_sub(per_unit.checked_mul(amount.into())?)?;
        Some((short, per_unit))
    });
    let short = if let Some((short, per_unit)) = in_words {
        if counted {
            let whole = per_unit.checked_mul(one)?;
            (short.div_euclid(whole) + i128::from(short.rem_euclid(whole) != 0)) as f64
        } else {
            short as f64 / per_unit as f64 / one as f64
        }
    } else {
        let per_unit =
            quotient.factor.exact() * Exact::new(quotient.share.numerator.into(), quotient.share.denominator.into());
        let short = threshold.exact() * exact_millionths(divisor) / per_unit - exact_millionths(amount);
        float(&if counted { short.ceil() } else { short })
    };
    (short > 0.0).then_some(short)
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
    if !judged.known {
        return false;
    }
    let Lines { threshold, floor, .. } = Lines::new(indicator, rule, floor);
    let lines = [threshold.zip(judged.verdict), floor.zip(judged.floor_verdict)];
    lines.into_iter().flatten().any(|(line, verdict)| {
        // Printing moves a value by half a hundredth at most.
        (judged.low - line.value).abs() < 0.006
            && exact_value(indicator, rule, unit)
                .is_some_and(|value| Verdict::of(rounded(&value, 2) >= line.exact()) != verdict)
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
        let mut amount = unit.reported.sum(&rule.amount).not_negative();
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
    fn value(&self, amount: i64, factor: f64) -> Option<f64> {
        Some(amount as f64 * (factor * self.share.ratio) / self.divisor? as f64)
    }

    /// The order of the value, given the amount, and a line.
    fn ordering(&self, amount: i64, value: f64, line: &Line) -> Ordering {
        if (value - line.value).abs() > MARGIN * value.max(line.value) {
            return if value < line.value { Ordering::Less } else { Ordering::Greater };
        }
        let whole = |number: i64| BigInt::from(number);
        let one = Quantity::ONE.as_millionths();
        let left = whole(amount) * whole(self.factor.as_millionths()) * BigInt::from(self.share.numerator) * whole(one);
        let right = whole(self.divisor.unwrap_or(1))
            * BigInt::from(self.share.denominator)
            * whole(line.threshold.as_millionths())
            * whole(line.floor.as_millionths());
        left.cmp(&right)
    }
}
