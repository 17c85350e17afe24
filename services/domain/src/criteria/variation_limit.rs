//! The coefficient of variation (差异系数) between units, and its limit.
//!
//! With weights w and values X: X̄ = Σ wX / Σ w, S² = Σ w (X − X̄)² / Σ w, CV = S / X̄. Pupil-weighted, w are the pupils and X̄ is the
//! county's aggregate; unweighted, w = 1. It holds that 1 + CV² = Σ w · Σ wX² / (Σ wX)², a quotient of sums without cancellation: that
//! is what decides, in floating point where its error bound allows, else exactly.

#![expect(clippy::float_arithmetic, reason = "floating point decides only outside of its error bound")]

use num_traits::{One, ToPrimitive, Zero};

use super::variation_bounds::{Point, Range, Sums, greatest, least, root};
use crate::{interval::Interval, quantity::Exact, verdict::Verdict};

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
#[derive(Debug, Clone)]
pub struct Member {
    /// What the indicator is divided by; `None` when it is missing.
    pub divisor: Option<Exact>,
    /// All the values that the unit may have.
    pub value: Interval,
}

/// The spread of an indicator between the units of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    /// Mean; `None` when a value is missing.
    pub mean: Option<f64>,
    /// Coefficient of variation; `None` when a value is missing, and when all are zero: then it is undefined.
    pub coefficient: Option<f64>,
    /// With missing values: no possible coefficient lies below.
    pub low: Option<f64>,
    /// With missing values: no possible coefficient lies above; `None`: not known.
    pub high: Option<f64>,
    /// At or below the limit. An undefined coefficient is not.
    pub verdict: Verdict,
    /// The coefficient as printed, with three decimals, would decide otherwise.
    pub rounding_sensitive: bool,
}

/// Relative error that is allowed for when an interval of coefficients is given.
const MARGIN: f64 = 1e-9;

/// Judges that the coefficient of variation is at most `limit`.
///
/// Units of nothing known about their weight leave it open. All values known and zero: undefined, not met.
#[must_use]
pub fn judge_variation(members: &[Member], weighting: Weighting, limit: &Exact) -> Variation {
    let weighted: Option<Vec<(Exact, &Interval)>> = members
        .iter()
        .map(|member| {
            let divisor = member.divisor.as_ref()?;
            let weight = if weighting == Weighting::PupilWeighted { divisor.clone() } else { Exact::one() };
            Some((weight, &member.value))
        })
        .collect();
    let open = Variation {
        mean: None,
        coefficient: None,
        low: Some(0.0),
        high: None,
        verdict: Verdict::Undetermined,
        rounding_sensitive: false,
    };
    let Some(weighted) = weighted else { return open };
    let known: Option<Vec<(Exact, Exact)>> =
        weighted.iter().map(|(weight, value)| Some((weight.clone(), value.value()?.clone()))).collect();
    match known {
        Some(known) => judge_known(&known, limit),
        None => judge_open(&weighted, limit),
    }
}

fn judge_known(members: &[(Exact, Exact)], limit: &Exact) -> Variation {
    let points: Vec<Point> =
        members.iter().map(|(weight, value)| Point { weight: float(weight), value: float(value) }).collect();
    if members.iter().all(|(_, value)| value.is_zero()) {
        return Variation {
            mean: Some(0.0),
            coefficient: None,
            low: None,
            high: None,
            verdict: Verdict::NotMet,
            rounding_sensitive: false,
        };
    }
    let (mean, coefficient) = mean_and_coefficient(&points);
    let verdict = Verdict::of(within(members, &points, limit));
    let printed = (coefficient * 1000.0).round() / 1000.0;
    let rounding_sensitive = Verdict::of(printed <= float(limit)) != verdict;
    Variation { mean: Some(mean), coefficient: Some(coefficient), low: None, high: None, verdict, rounding_sensitive }
}

/// Whether `Σw · ΣwX² <= (1 + limit²) · (ΣwX)²`.
fn within(members: &[(Exact, Exact)], points: &[Point], limit: &Exact) -> bool {
    let bound = Exact::one() + limit * limit;
    let sums = Sums::of(points.iter().copied());
    let (left, right) = (sums.weight * sums.squares, float(&bound) * sums.values * sums.values);
    // Every term is positive, so that each sum of n terms is off by less than (n + 4) roundings, and each product by a few more.
    let roundings = f64::from(u32::try_from(points.len()).unwrap_or(u32::MAX)) * 4.0 + 64.0;
    if (left - right).abs() > roundings * f64::EPSILON * left.max(right) {
        return left < right;
    }
    let weight: Exact = members.iter().map(|(weight, _)| weight).sum();
    let values: Exact = members.iter().map(|(weight, value)| weight * value).sum();
    let squares: Exact = members.iter().map(|(weight, value)| weight * value * value).sum();
    weight * squares <= bound * &values * &values
}

/// Judges with values missing: not met when the least possible coefficient exceeds the limit, met when the greatest keeps within it.
fn judge_open(members: &[(Exact, &Interval)], limit: &Exact) -> Variation {
    let ranges: Vec<Range> = members
        .iter()
        .map(|(weight, value)| Range {
            weight: float(weight),
            low: value.low.as_ref().map_or(0.0, float),
            high: value.high.as_ref().map(float),
        })
        .collect();
    let limit = float(limit);
    // The margin is taken from the square: near zero the root magnifies its error.
    let low = least(&ranges).map(|square| root(square * (1.0 - MARGIN)));
    let high = greatest(&ranges).map(|square| root(square * (1.0 + MARGIN)));
    // Where every value may be zero, the coefficient may be undefined, which does not keep the limit.
    let undefined_possible = ranges.iter().all(|range| range.low <= 0.0);
    let verdict = if low.is_some_and(|low| low > limit) {
        Verdict::NotMet
    } else if !undefined_possible && high.is_some_and(|high| high <= limit) {
        Verdict::Met
    } else {
        Verdict::Undetermined
    };
    Variation { mean: None, coefficient: None, low, high, verdict, rounding_sensitive: false }
}

fn mean_and_coefficient(points: &[Point]) -> (f64, f64) {
    let sums = Sums::of(points.iter().copied());
    let mean = sums.values / sums.weight;
    let variance: f64 =
        points.iter().map(|point| point.weight * (point.value - mean).powi(2)).sum::<f64>() / sums.weight;
    (mean, variance.sqrt() / mean)
}

/// The double nearest to an exact number.
fn float(value: &Exact) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn exact(number: i64) -> Exact {
        Exact::from_integer(number.into())
    }

    /// Units of amounts and pupils; an amount of `None` is missing.
    fn members(units: &[(i64, Option<i64>)]) -> Vec<Member> {
        units
            .iter()
            .map(|(pupils, amount)| {
                let value = amount.map_or_else(Interval::missing, |amount| {
                    Interval::known(Exact::new(amount.into(), (*pupils).into()))
                });
                Member { divisor: Some(exact(*pupils)), value }
            })
            .collect()
    }

    const BOOKS: [(i64, Option<i64>); 5] =
        [(45, Some(279)), (37, Some(137)), (89, Some(935)), (76, Some(160)), (55, Some(402))];

    #[test]
    fn the_published_worked_example_holds() {
        let weighted = judge_variation(&members(&BOOKS), Weighting::PupilWeighted, &exact(1));
        let unweighted = judge_variation(&members(&BOOKS), Weighting::Unweighted, &exact(1));

        assert!((weighted.coefficient.unwrap() - 0.51526).abs() < 5e-6, "{weighted:?}");
        assert!((unweighted.coefficient.unwrap() - 0.48877).abs() < 5e-6, "{unweighted:?}");
    }

    #[test]
    fn an_all_zero_indicator_is_never_zero_and_met() {
        let result = judge_variation(
            &members(&[(10, Some(0)), (20, Some(0))]),
            Weighting::PupilWeighted,
            &Exact::new(1.into(), 2.into()),
        );

        assert_eq!((result.verdict, result.coefficient), (Verdict::NotMet, None));
    }

    #[test]
    fn a_coefficient_exactly_at_the_limit_is_met() {
        // Values 1 and 3 of equal weight: mean 2, deviation 1, coefficient exactly 1/2; a millionth above it is not met.
        let half = Exact::new(1.into(), 2.into());
        let at = judge_variation(&members(&[(100, Some(100)), (100, Some(300))]), Weighting::PupilWeighted, &half);
        let above = judge_variation(
            &members(&[(1_000_000_000, Some(1_000_000_000)), (1_000_000_000, Some(3_000_000_001))]),
            Weighting::PupilWeighted,
            &half,
        );

        assert_eq!(at.verdict, Verdict::Met);
        assert_eq!(above.verdict, Verdict::NotMet);
        assert!(above.rounding_sensitive && !at.rounding_sensitive);
    }

    #[test]
    fn a_missing_amount_gives_an_interval_and_not_a_zero() {
        let mut units = BOOKS;
        units[1].1 = None;

        let result = judge_variation(&members(&units), Weighting::PupilWeighted, &Exact::new(9.into(), 10.into()));

        assert_eq!((result.coefficient, result.mean, result.verdict), (None, None, Verdict::Undetermined));
        assert!(result.low.unwrap() < 0.51526 && result.high.unwrap() > 0.51526, "{result:?}");
    }

    #[test]
    fn missing_pupils_leave_it_open() {
        let mut units = members(&BOOKS);
        units[0].divisor = None;

        assert_eq!(judge_variation(&units, Weighting::PupilWeighted, &exact(1)).verdict, Verdict::Undetermined);
    }

    proptest! {
        #[test]
        fn the_order_of_units_does_not_matter(units in vec((1..2000_i64, (0..90_000_i64).prop_map(Some)), 1..20)) {
            let mut reversed = units.clone();
            reversed.reverse();
            let limit = Exact::new(1.into(), 2.into());
            let one = judge_variation(&members(&units), Weighting::PupilWeighted, &limit);
            let other = judge_variation(&members(&reversed), Weighting::PupilWeighted, &limit);
            prop_assert_eq!(one.verdict, other.verdict);
        }

        #[test]
        fn the_interval_encloses_and_the_verdict_survives_whatever_arrives(
            units in vec((1..2000_i64, 0..90_000_i64, 0..3_u8, 0..90_000_i64), 1..16),
            limit in 1..30_i64,
        ) {
            let limit = Exact::new(limit.into(), 20.into());
            // Of each unit: known, missing and bounded by an amount, or missing and unbounded.
            let open: Vec<Member> = units.iter().map(|(pupils, amount, kind, more)| {
                let per = |amount: i64| Exact::new(amount.into(), (*pupils).into());
                let value = match kind {
                    0 => Interval::known(per(*amount)),
                    1 => Interval { low: Some(exact(0)), high: Some(per(amount + more)) },
                    _ => Interval::missing(),
                };
                Member { divisor: Some(exact(*pupils)), value }
            }).collect();
            let arrived: Vec<_> = units.iter().map(|(pupils, amount, ..)| (*pupils, Some(*amount))).collect();
            for weighting in [Weighting::PupilWeighted, Weighting::Unweighted] {
                let before = judge_variation(&open, weighting, &limit);
                let after = judge_variation(&members(&arrived), weighting, &limit);
                if before.verdict != Verdict::Undetermined {
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
