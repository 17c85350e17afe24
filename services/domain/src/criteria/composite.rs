//! The composite coefficient of variation (综合差异系数) of a stage: the mean of its coefficients, and its limit.

#![expect(clippy::float_arithmetic, reason = "floating point decides only outside of its error bound")]

use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::variation_limit::Variation;
use crate::{
    quantity::{Exact, Quantity},
    verdict::Verdict,
};

/// The mean of the coefficients of a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Composite {
    /// The mean; `None` when a coefficient is missing or undefined.
    pub value: Option<f64>,
    /// With values missing: no possible mean lies below.
    pub low: Option<f64>,
    /// With values missing: no possible mean lies above; `None`: not known.
    pub high: Option<f64>,
    /// At or below the limit; `None` where the standard has none.
    pub verdict: Option<Verdict>,
    /// The mean as printed, with three decimals, would decide otherwise.
    pub rounding_sensitive: bool,
}

/// A mean is off by less than this: coefficients are accurate to some twelve digits.
const MARGIN: f64 = 1e-9;

/// Judges that the mean of the coefficients is at most `limit`.
///
/// An undefined coefficient leaves no mean: not met. `squares` gives the squares of the coefficients without rounding, where all are
/// known; asked for only where floating point cannot decide.
///
/// Legal source: 教督〔2012〕3号: 综合差异系数.
#[must_use]
pub fn judge_composite(
    variations: &[Variation],
    limit: Option<Quantity>,
    squares: impl FnOnce() -> Option<Vec<Exact>>,
) -> Composite {
    let mean = |of: fn(&Variation) -> Option<f64>| {
        let values: Option<Vec<f64>> = variations.iter().map(of).collect();
        values.and_then(|values| mean(&values))
    };
    if let Some(value) = mean(|variation| variation.coefficient) {
        let verdict = limit.map(|limit| Verdict::of(within(value, variations.len(), limit, squares)));
        let printed = limit.map(|limit| Verdict::of((value * 1000.0).round() / 1000.0 <= limit.to_f64()));
        let (low, high, rounding_sensitive) = (None, None, printed != verdict);
        return Composite { value: Some(value), low, high, verdict, rounding_sensitive };
    }
    let any = |wanted: Verdict| variations.iter().any(|variation| variation.undefined == wanted);
    let low = mean(|variation| variation.coefficient.or(variation.low));
    let high = mean(|variation| variation.coefficient.or(variation.high));
    let verdict = limit.map(|limit| {
        let limit = limit.to_f64();
        if any(Verdict::Met) || low.is_some_and(|low| low > limit + MARGIN) {
            Verdict::NotMet
        } else if !any(Verdict::Undetermined) && high.is_some_and(|high| high < limit - MARGIN) {
            Verdict::Met
        } else {
            Verdict::Undetermined
        }
    });
    Composite { value: None, low, high, verdict, rounding_sensitive: false }
}

#[expect(clippy::cast_precision_loss, reason = "a few indicators")]
fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

fn within(value: f64, count: usize, limit: Quantity, squares: impl FnOnce() -> Option<Vec<Exact>>) -> bool {
    if (value - limit.to_f64()).abs() > MARGIN {
        return value < limit.to_f64();
    }
    let sum = limit.exact() * Exact::from_integer(count.into());
    squares().map_or(value <= limit.to_f64(), |squares| roots_at_most(&squares, &sum))
}

/// Whether the sum of the roots is at most `sum`, exactly.
///
/// Roots of fractions that are no squares add up to an irrational number, which never equals a fraction: so either all roots are
/// fractions, or some finite precision decides.
fn roots_at_most(squares: &[Exact], sum: &Exact) -> bool {
    let mut precision = 64_u32;
    loop {
        let scale = BigInt::from(1) << precision;
        let mut low = Exact::zero();
        let mut width = Exact::zero();
        for square in squares {
            // √(a / b) = √(a b) / b
            let radicand = square.numer() * square.denom() * &scale * &scale;
            let root = if radicand.is_positive() { radicand.sqrt() } else { BigInt::zero() };
            let denominator = square.denom() * &scale;
            if &root * &root != radicand {
                width += Exact::new(1.into(), denominator.clone());
            }
            low += Exact::new(root, denominator);
        }
        if low > *sum {
            return false;
        }
        if low + &width <= *sum {
            return true;
        }
        precision *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(numerator: i64, denominator: i64) -> Exact {
        Exact::new(numerator.into(), denominator.into())
    }

    #[test]
    fn roots_that_are_fractions_are_compared_exactly() {
        let squares = vec![exact(169, 400); 8];

        assert!(roots_at_most(&squares, &exact(52, 10)));
        assert!(!roots_at_most(&squares, &(exact(52, 10) - exact(1, 1_000_000_000_000_000_000))));
    }

    #[test]
    fn roots_that_are_no_fractions_are_compared_as_closely_as_needed() {
        // √2 = 1.41421356237309504880168872420969807856967…
        let two = [exact(2, 1)];
        let below = "141421356237309504880168872420969807856".parse::<BigInt>().unwrap();
        let scale: BigInt = BigInt::from(10).pow(38);

        assert!(!roots_at_most(&two, &Exact::new(below.clone(), scale.clone())));
        assert!(roots_at_most(&two, &Exact::new(below + 1, scale)));
    }

    #[test]
    fn an_undefined_coefficient_leaves_no_mean_and_is_not_met() {
        let undefined = Variation {
            mean: Some(0.0),
            coefficient: None,
            low: None,
            high: None,
            undefined: Verdict::Met,
            verdict: None,
            rounding_sensitive: false,
        };
        let limit = Quantity::parse("0.65").ok();

        assert_eq!(judge_composite(&[undefined], limit, || None).verdict, Some(Verdict::NotMet));
    }
}
