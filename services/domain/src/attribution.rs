//! Which units a coefficient of variation comes from, and which to lift first.

#![expect(clippy::float_arithmetic, reason = "what would be is printed, and decides nothing")]

use num_traits::Zero as _;

use crate::{
    criteria::variation_limit::Weighting,
    evaluation::{StageIndicator, StageResult, UnitResult},
    quantity::{Exact, Quantity, float},
};

/// What one unit contributes to the coefficient of an indicator.
#[derive(Debug, Clone)]
pub struct UnitContribution<'a, 'e> {
    /// The unit.
    pub unit: &'e UnitResult<'a>,
    /// Its value.
    pub value: Exact,
    /// Its share of the variance, exactly: the shares of all units add up to one. Zero where nothing varies.
    pub variance_share: Exact,
    /// The coefficient without the unit; `None` for the only one, and where nothing is left but zeros.
    pub coefficient_without: Option<f64>,
    /// What lifting it to the mean would do; `None` for a unit at or above the mean.
    pub lift: Option<Lift>,
}

/// A unit below the mean that is lifted to it, with nothing else changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lift {
    /// What is added of the amount, in its unit.
    pub amount: f64,
    /// The coefficient afterwards.
    pub coefficient: f64,
}

/// Attributes the coefficient of the indicator at `place` to the units of a stage, those first whose lifting to the mean lowers it most,
/// then the others by their share of the variance; `None` when a value is missing or all are zero.
///
/// With weights w, values X and mean X̄ a unit's share is w (X − X̄)² / Σ w (X − X̄)².
#[must_use]
pub fn attribute<'a, 'e>(
    stage: &'e StageResult<'a>,
    place: usize,
    weighting: Weighting,
) -> Option<Vec<UnitContribution<'a, 'e>>> {
    let of = stage.indicators.get(place)?;
    let members = stage.exact_members(place, weighting)?;
    let weight: Exact = members.iter().map(|(weight, _)| weight).sum();
    let sum: Exact = members.iter().map(|(weight, value)| weight * value).sum();
    if sum.is_zero() {
        return None;
    }
    let mean = sum / weight;
    let squares: Vec<Exact> = members
        .iter()
        .map(|(weight, value)| {
            let apart = value - &mean;
            weight * &apart * &apart
        })
        .collect();
    let total: Exact = squares.iter().sum();
    let points: Vec<(f64, f64)> = members.iter().map(|(weight, value)| (float(weight), float(value))).collect();
    let mut contributions: Vec<_> = (0..)
        .zip(stage.units.iter().zip(members.into_iter().zip(squares)))
        .map(|(index, (unit, ((_, value), square)))| UnitContribution {
            unit,
            variance_share: if total.is_zero() { Exact::zero() } else { square / &total },
            coefficient_without: coefficient(
                points.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, point)| *point),
            ),
            lift: lift(of, unit, index, &points, &value, &mean),
            value,
        })
        .collect();
    contributions.sort_by(|a, b| {
        let after = |one: &UnitContribution<'_, '_>| one.lift.map_or(f64::INFINITY, |lift| lift.coefficient);
        after(a).total_cmp(&after(b)).then_with(|| b.variance_share.cmp(&a.variance_share))
    });
    Some(contributions)
}

fn lift(
    of: &StageIndicator<'_>,
    unit: &UnitResult<'_>,
    index: usize,
    points: &[(f64, f64)],
    value: &Exact,
    mean: &Exact,
) -> Option<Lift> {
    if value >= mean {
        return None;
    }
    let divisor = unit.unit.reported.value(of.limits.divisor)?.exact();
    let share = unit.unit.share;
    let share = if of.rule.split {
        Exact::new(share.numerator.into(), share.denominator.into())
    } else {
        Quantity::ONE.exact()
    };
    // A unit of which no share is its own cannot be lifted by adding to the school's amount.
    let per_unit = Some(of.rule.factor.exact() * share).filter(|per_unit| !per_unit.is_zero())?;
    let amount = (mean - value) * divisor / per_unit;
    let lifted = float(mean);
    let after = points
        .iter()
        .enumerate()
        .map(|(other, (weight, value))| (*weight, if other == index { lifted } else { *value }));
    Some(Lift { amount: float(&amount), coefficient: coefficient(after)? })
}

/// The coefficient of weights and values; `None` where all values are zero.
fn coefficient(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let weight: f64 = points.clone().map(|(weight, _)| weight).sum();
    let sum: f64 = points.clone().map(|(weight, value)| weight * value).sum();
    if sum <= 0.0 {
        return None;
    }
    let mean = sum / weight;
    let variance = points.map(|(weight, value)| weight * (value - mean) * (value - mean)).sum::<f64>() / weight;
    Some(variance.sqrt() / mean)
}
