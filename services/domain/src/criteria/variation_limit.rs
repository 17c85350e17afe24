//! The coefficient of variation (差异系数) between units, and its limit.
//!
//! With weights w and values X: X̄ = Σ wX / Σ w, S² = Σ w (X − X̄)² / Σ w, CV = S / X̄. Pupil-weighted, w are the pupils and X̄ is the
//! county's aggregate; unweighted, w = 1. It holds that 1 + CV² = Σ w · Σ wX² / (Σ wX)², a quotient of sums without cancellation: that
//! is what decides, in floating point where its error bound allows, else exactly.

#![expect(clippy::float_arithmetic, reason = "floating point decides only outside of its error bound")]

use num_traits::{One, Zero};

use super::variation_bounds::{Point, Range, Sums, greatest, least, root};
use crate::{
    quantity::{Exact, Quantity},
    verdict::Verdict,
};

/// Form of the coefficient of variation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// Units weigh as many as their pupils.
    PupilWeighted,
    /// Units weigh alike.
    Unweighted,
}

impl Weighting {
    /// Id of the form.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::PupilWeighted => "pupil-weighted",
            Self::Unweighted => "unweighted",
        }
    }

    /// The other form.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::PupilWeighted => Self::Unweighted,
            Self::Unweighted => Self::PupilWeighted,
        }
    }
}

/// One unit's value of an indicator.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// What the indicator is divided by; `None` when it is missing.
    pub divisor: Option<f64>,
    /// The value, or the least that it can be.
    pub low: f64,
    /// The value, or the most that it can be; infinite where nothing bounds it.
    pub high: f64,
    /// Whether it is known.
    pub known: bool,
}

/// The same members without any rounding: weights and values. Asked for only where floating point cannot decide.
pub type ExactMembers = Vec<(Exact, Exact)>;

/// The spread of an indicator between the units of a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variation {
    /// Mean; `None` when a value is missing.
    pub mean: Option<f64>,
    /// Coefficient of variation; `None` when a value is missing, and when all are zero: then it is undefined.
    pub coefficient: Option<f64>,
    /// With missing values: no possible coefficient lies below.
    pub low: Option<f64>,
    /// With missing values: no possible coefficient lies above; `None`: not known.
    pub high: Option<f64>,
    /// All values are zero, or may be: the coefficient is undefined, or may be.
    pub undefined: Verdict,
    /// At or below the limit; an undefined coefficient is not. `None` where the standard has no limit.
    pub verdict: Option<Verdict>,
    /// The coefficient as printed, with three decimals, would decide otherwise.
    pub rounding_sensitive: bool,
}

/// Relative error that is allowed for when an interval of coefficients is given.
const MARGIN: f64 = 1e-9;

/// Judges that the coefficient of variation is at most `limit`.
///
/// Units of nothing known about their weight leave it open. All values known and zero: undefined, not met. `exact` gives the members
/// without rounding, where they are all known.
#[must_use]
pub fn judge_variation(
    members: &[Member],
    weighting: Weighting,
    limit: Option<Quantity>,
    exact: impl FnOnce() -> Option<ExactMembers>,
) -> Variation {
    let weight = |member: &Member| match weighting {
        Weighting::PupilWeighted => member.divisor,
        Weighting::Unweighted => member.divisor.map(|_| 1.0),
    };
    if members.iter().any(|member| member.divisor.is_none()) {
        let verdict = limit.map(|_| Verdict::Undetermined);
        let (low, undefined) = (Some(0.0), Verdict::Undetermined);
        return Variation {
            mean: None,
            coefficient: None,
            low,
            high: None,
            undefined,
            verdict,
            rounding_sensitive: false,
        };
    }
    if members.iter().all(|member| member.known) {
        let point = |member: &Member| Some(Point { weight: weight(member)?, value: member.low });
        judge_known(members.iter().filter_map(point), limit, exact)
    } else {
        let range = |member: &Member| {
            let high = member.high.is_finite().then_some(member.high);
            Some(Range { weight: weight(member)?, low: member.low, high })
        };
        judge_open(&members.iter().filter_map(range).collect::<Vec<_>>(), limit)
    }
}

fn judge_known(
    points: impl Iterator<Item = Point> + Clone,
    limit: Option<Quantity>,
    exact: impl FnOnce() -> Option<ExactMembers>,
) -> Variation {
    let sums = Sums::of(points.clone());
    if sums.values <= 0.0 {
        return Variation {
            mean: Some(0.0),
            coefficient: None,
            low: None,
            high: None,
            undefined: Verdict::Met,
            verdict: limit.map(|_| Verdict::NotMet),
            rounding_sensitive: false,
        };
    }
    let mean = sums.values / sums.weight;
    let square = |point: Point| point.weight * (point.value - mean) * (point.value - mean);
    let variance = points.clone().map(square).sum::<f64>() / sums.weight;
    let coefficient = variance.sqrt() / mean;
    let verdict = limit.map(|limit| Verdict::of(within(sums, points.count(), limit, exact)));
    let printed = (coefficient * 1000.0).round() / 1000.0;
    let printed = limit.map(|limit| Verdict::of(printed <= limit.to_f64()));
    Variation {
        mean: Some(mean),
        coefficient: Some(coefficient),
        low: None,
        high: None,
        undefined: Verdict::NotMet,
        verdict,
        rounding_sensitive: printed != verdict,
    }
}

/// Whether `Σw · ΣwX² <= (1 + limit²) · (ΣwX)²`.
fn within(sums: Sums, count: usize, limit: Quantity, exact: impl FnOnce() -> Option<ExactMembers>) -> bool {
    let float = limit.to_f64();
    let (left, right) = (sums.weight * sums.squares, (1.0 + float * float) * sums.values * sums.values);
    // Every term is positive and off by some twenty roundings; each sum of n terms adds less than n.
    let roundings = f64::from(u32::try_from(count).unwrap_or(u32::MAX)) * 4.0 + 128.0;
    if (left - right).abs() > roundings * f64::EPSILON * left.max(right) {
        return left < right;
    }
    exact()
        .map_or(left <= right, |members| square(&members).is_some_and(|square| square <= limit.exact() * limit.exact()))
}

/// CV² without rounding; `None` where every value is zero.
#[must_use]
pub fn square(members: &[(Exact, Exact)]) -> Option<Exact> {
    let weight: Exact = members.iter().map(|(weight, _)| weight).sum();
    let values: Exact = members.iter().map(|(weight, value)| weight * value).sum();
    let squares: Exact = members.iter().map(|(weight, value)| weight * value * value).sum();
    if values.is_zero() { None } else { Some(weight * squares / (&values * &values) - Exact::one()) }
}

/// Judges with values missing: not met when the least possible coefficient exceeds the limit, met when the greatest keeps within it.
fn judge_open(ranges: &[Range], limit: Option<Quantity>) -> Variation {
    // The margin is taken from the square: near zero the root magnifies its error.
    let low = least(ranges).map(|square| root(square * (1.0 - MARGIN)));
    let high = greatest(ranges).map(|square| root(square * (1.0 + MARGIN)));
    // Where every value may be zero, the coefficient may be undefined, which does not keep the limit.
    let undefined_possible = ranges.iter().all(|range| range.low <= 0.0);
    let undefined = if undefined_possible { Verdict::Undetermined } else { Verdict::NotMet };
    let verdict = limit.map(|limit| {
        let limit = limit.to_f64();
        if low.is_some_and(|low| low > limit) {
            Verdict::NotMet
        } else if !undefined_possible && high.is_some_and(|high| high <= limit) {
            Verdict::Met
        } else {
            Verdict::Undetermined
        }
    });
    Variation { mean: None, coefficient: None, low, high, undefined, verdict, rounding_sensitive: false }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn exact(number: i64) -> Exact {
        Exact::from_integer(number.into())
    }

    fn judge(units: &[(i64, Option<i64>)], weighting: Weighting, limit: &str) -> Variation {
        let exact = || {
            let weight = |pupils: i64| if weighting == Weighting::PupilWeighted { exact(pupils) } else { exact(1) };
            let known = |(pupils, amount): &(i64, Option<i64>)| {
                amount.map(|amount| (weight(*pupils), Exact::new(amount.into(), (*pupils).into())))
            };
            units.iter().map(known).collect()
        };
        judge_variation(&members(units), weighting, Quantity::parse(limit).ok(), exact)
    }

    /// Units of amounts and pupils; an amount of `None` is missing.
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn members(units: &[(i64, Option<i64>)]) -> Vec<Member> {
        let member = |(pupils, amount): &(i64, Option<i64>)| {
            let value = amount.map(|amount| amount as f64 / *pupils as f64);
            Member {
                divisor: Some(*pupils as f64),
                low: value.unwrap_or(0.0),
                high: value.unwrap_or(f64::INFINITY),
                known: value.is_some(),
            }
        };
        units.iter().map(member).collect()
    }

    const BOOKS: [(i64, Option<i64>); 5] =
        [(45, Some(279)), (37, Some(137)), (89, Some(935)), (76, Some(160)), (55, Some(402))];

    #[test]
    fn the_published_worked_example_holds() {
        let weighted = judge(&BOOKS, Weighting::PupilWeighted, "1");
        let unweighted = judge(&BOOKS, Weighting::Unweighted, "1");

        assert!((weighted.coefficient.unwrap() - 0.51526).abs() < 5e-6, "{weighted:?}");
        assert!((unweighted.coefficient.unwrap() - 0.48877).abs() < 5e-6, "{unweighted:?}");
    }

    #[test]
    fn an_all_zero_indicator_is_never_zero_and_met() {
        let result = judge(&[(10, Some(0)), (20, Some(0))], Weighting::PupilWeighted, "0.5");

        assert_eq!((result.verdict, result.coefficient), (Some(Verdict::NotMet), None));
    }

    #[test]
    fn a_coefficient_exactly_at_the_limit_is_met() {
        // Values 1 and 3 of equal weight: mean 2, deviation 1, coefficient exactly 1/2; a millionth above it is not met.
        let at = judge(&[(100, Some(100)), (100, Some(300))], Weighting::PupilWeighted, "0.5");
        let above = judge(
            &[(1_000_000_000, Some(1_000_000_000)), (1_000_000_000, Some(3_000_000_001))],
            Weighting::PupilWeighted,
            "0.5",
        );

        assert_eq!(at.verdict, Some(Verdict::Met));
        assert_eq!(above.verdict, Some(Verdict::NotMet));
        assert!(above.rounding_sensitive && !at.rounding_sensitive);
    }

    #[test]
    fn a_missing_amount_gives_an_interval_and_not_a_zero() {
        let mut units = BOOKS;
        units[1].1 = None;

        let result = judge(&units, Weighting::PupilWeighted, "0.9");

        assert_eq!((result.coefficient, result.mean, result.verdict), (None, None, Some(Verdict::Undetermined)));
        assert!(result.low.unwrap() < 0.51526 && result.high.unwrap() > 0.51526, "{result:?}");
    }

    #[test]
    fn missing_pupils_leave_it_open() {
        let mut units = members(&BOOKS);
        units[0].divisor = None;

        let judged = judge_variation(&units, Weighting::PupilWeighted, Some(Quantity::ONE), || None);
        assert_eq!(judged.verdict, Some(Verdict::Undetermined));
    }

    proptest! {
        #[test]
        fn the_order_of_units_does_not_matter(units in vec((1..2000_i64, (0..90_000_i64).prop_map(Some)), 1..20)) {
            let mut reversed = units.clone();
            reversed.reverse();
            let one = judge(&units, Weighting::PupilWeighted, "0.5");
            let other = judge(&reversed, Weighting::PupilWeighted, "0.5");
            prop_assert_eq!(one.verdict, other.verdict);
        }

        #[test]
        fn the_interval_encloses_and_the_verdict_survives_whatever_arrives(
            units in vec((1..2000_i64, 0..90_000_i64, 0..3_u8, 0..90_000_i64), 1..16),
            limit in 1..30_i64,
        ) {
            let limit = Quantity::hundredths(limit * 5);
            // Of each unit: known, missing and bounded by an amount, or missing and unbounded.
            let open: Vec<Member> = units.iter().map(|(pupils, amount, kind, more)| {
                let per = |amount: i64| f64::from(u32::try_from(amount).unwrap()) / f64::from(u32::try_from(*pupils).unwrap());
                let (low, high, known) = match kind {
                    0 => (per(*amount), per(*amount), true),
                    1 => (0.0, per(amount + more), false),
                    _ => (0.0, f64::INFINITY, false),
                };
                Member { divisor: Some(f64::from(u32::try_from(*pupils).unwrap())), low, high, known }
            }).collect();
            let arrived: Vec<_> = units.iter().map(|(pupils, amount, ..)| (*pupils, Some(*amount))).collect();
            let text = limit.unwrap().to_string();
            for weighting in [Weighting::PupilWeighted, Weighting::Unweighted] {
                let before = judge_variation(&open, weighting, limit, || None);
                let after = judge(&arrived, weighting, &text);
                if open.iter().any(|member| !member.known) && before.verdict != Some(Verdict::Undetermined) {
                    prop_assert_eq!(before.verdict, after.verdict);
                }
                if let (None, Some(coefficient)) = (before.coefficient, after.coefficient) {
                    prop_assert!(before.low.unwrap() <= coefficient);
                    prop_assert!(before.high.is_none_or(|high| high >= coefficient), "{:?} {}", before, coefficient);
                }
            }
        }
    }
}
