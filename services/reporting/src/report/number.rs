//! How figures are printed. Printing never decides a verdict.
//!
//! A figure arrives as the double that is nearest to its exact value. Its first fifteen significant decimal digits give back
//! the decimal that was meant (any decimal of up to fifteen digits survives the way through a double), and these digits are
//! rounded half away from zero: 2.675 prints as 2.68 although the double lies below it, and 0.125 as 0.13 although
//! `format!("{:.2}")` gives 0.12.

use std::cmp::Ordering;

/// What stands where a figure is missing. Never zero.
pub(crate) const MISSING: &str = "—";

const SIGNIFICANT_DIGITS: i32 = 15;
const MOST_DECIMALS: usize = 12;

/// Prints a figure with this many decimals, half away from zero.
pub(crate) fn rounded(value: f64, decimals: usize) -> String {
    print(value, 0, decimals, Towards::Nearest)
}

/// Prints a share as a percentage with this many decimals: 0.8571 is 85.71%.
pub(crate) fn percent(share: f64, decimals: usize) -> String {
    print(share, 2, decimals, Towards::Nearest) + "%"
}

/// Prints what is short, rounded up, so that who makes up the printed figure has made up all of it.
///
/// Units: with `power` the figure is shown in units of 10^-power: -4 shows yuan as 万元.
pub(super) fn rounded_up(value: f64, power: i32, decimals: usize) -> String {
    print(value, power, decimals, Towards::Above)
}

/// Prints a figure as it is written in a standard: no zeros after the last digit that counts.
pub(crate) fn plain(value: f64) -> String {
    let text = rounded(value, 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Prints a threshold or limit: as written, with at least this many decimals.
pub(crate) fn limit(value: f64, decimals: usize) -> String {
    let text = plain(value);
    match text.split_once('.') {
        Some((_, fraction)) if fraction.len() >= decimals => text,
        _ => rounded(value, decimals),
    }
}

/// Prints a figure beside what it was compared with: with more decimals than usual where fewer would contradict the verdict.
pub(crate) fn beside(value: f64, limit: Option<f64>, decimals: usize, sensitive: bool) -> String {
    enough(value, limit, decimals, sensitive, |decimals| rounded(value, decimals))
}

/// The same for a value that is held against several limits: with as many decimals as the one that needs most.
pub(super) fn beside_all(value: f64, limits: &[Option<f64>], decimals: usize, sensitive: bool) -> String {
    let printed = limits.iter().map(|limit| beside(value, *limit, decimals, sensitive));
    printed.max_by_key(String::len).unwrap_or_else(|| rounded(value, decimals))
}

/// Prints a share as a percentage, cut off and not rounded: what is short of a whole percentage never shows it.
pub(crate) fn percent_below(share: f64, decimals: usize) -> String {
    print(share, 2, decimals, Towards::Below) + "%"
}

/// The same for shares.
pub(crate) fn percent_beside(share: f64, limit: Option<f64>, decimals: usize, sensitive: bool) -> String {
    // Two decimals of a percentage are four of the share.
    enough(share, limit, decimals + 2, sensitive, |decimals| percent(share, decimals - 2))
}

fn enough(value: f64, limit: Option<f64>, usual: usize, sensitive: bool, print: impl Fn(usize) -> String) -> String {
    let Some(limit) = limit.filter(|_| sensitive) else {
        return print(usual);
    };
    let side = |value: f64| value.partial_cmp(&limit).unwrap_or(Ordering::Equal);
    let decimals = (usual..=MOST_DECIMALS)
        .find(|&decimals| rounded(value, decimals).parse().is_ok_and(|printed| side(printed) == side(value)))
        .unwrap_or(MOST_DECIMALS);
    print(decimals)
}

#[derive(Clone, Copy)]
enum Towards {
    Nearest,
    Above,
    Below,
}

fn print(value: f64, power: i32, decimals: usize, towards: Towards) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let Some(scaled) = scaled(value.abs(), power, decimals, towards) else {
        return format!("{value}");
    };
    let digits = format!("{scaled:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if value < 0.0 && scaled > 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `value` · 10^(power + decimals) as a whole number.
fn scaled(value: f64, power: i32, decimals: usize, towards: Towards) -> Option<u128> {
    let text = format!("{value:.14e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let mantissa: u128 = mantissa.replace('.', "").parse().ok()?;
    let exponent: i32 = exponent.parse().ok()?;
    let shift = exponent - (SIGNIFICANT_DIGITS - 1) + power + i32::try_from(decimals).ok()?;
    let Ok(dropped) = u32::try_from(-shift) else {
        return mantissa.checked_mul(10_u128.checked_pow(shift.unsigned_abs())?);
    };
    let Some(divisor) = 10_u128.checked_pow(dropped) else {
        return Some(u128::from(matches!(towards, Towards::Above) && mantissa > 0));
    };
    Some(match towards {
        Towards::Nearest => (mantissa + divisor / 2) / divisor,
        Towards::Below => mantissa / divisor,
        // What is left of a sum after the twelfth digit is noise of the computation, not something short.
        Towards::Above => mantissa.saturating_sub(mantissa % divisor.min(1_000)).div_ceil(divisor),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero_as_they_are_written() {
        assert_eq!(rounded(0.125, 2), "0.13");
        assert_eq!(rounded(2.675, 2), "2.68");
        assert_eq!(rounded(1.005, 2), "1.01");
        assert_eq!(rounded(-0.125, 2), "-0.13");
        assert_eq!(rounded(0.1 + 0.2, 2), "0.30");
        assert_eq!(rounded(3.566, 2), "3.57");
        assert_eq!(rounded(999.995, 2), "1000.00");
    }

    #[test]
    fn zero_small_and_large_figures_keep_their_places() {
        assert_eq!(rounded(0.0, 2), "0.00");
        assert_eq!(rounded(-0.001, 2), "0.00");
        assert_eq!(rounded(1e-40, 2), "0.00");
        assert_eq!(rounded(123_456_789_012.0, 2), "123456789012.00");
        assert_eq!(rounded(7.0, 0), "7");
        assert_eq!(rounded(f64::NAN, 2), MISSING);
    }

    #[test]
    fn percentages_have_two_decimals() {
        assert_eq!(percent(24.0 / 28.0, 2), "85.71%");
        assert_eq!(percent(1.0, 2), "100.00%");
        assert_eq!(percent(0.0, 2), "0.00%");
    }

    #[test]
    fn what_is_short_is_rounded_up_but_not_by_noise() {
        assert_eq!(rounded_up(2.1, 0, 0), "3");
        assert_eq!(rounded_up(3.000_000_000_000_000_4, 0, 0), "3");
        assert_eq!(rounded_up(12.340_000_000_000_002, 0, 2), "12.34");
        assert_eq!(rounded_up(0.001, 0, 2), "0.01");
        assert_eq!(rounded_up(1_234_567.0, -4, 2), "123.46");
        assert_eq!(rounded_up(1e-40, 0, 0), "1");
        assert_eq!(rounded_up(0.0, 0, 0), "0");
    }

    #[test]
    fn limits_print_as_the_standard_writes_them() {
        assert_eq!(plain(4.2), "4.2");
        assert_eq!(plain(2000.0), "2000");
        assert_eq!(limit(0.5, 2), "0.50");
        assert_eq!(limit(0.455, 2), "0.455");
    }

    #[test]
    fn a_figure_that_would_contradict_its_verdict_gets_more_decimals() {
        assert_eq!(beside(0.500_4, Some(0.5), 3, true), "0.5004");
        assert_eq!(beside(3.566, Some(3.57), 2, true), "3.566");
        assert_eq!(beside(3.566, Some(3.57), 2, false), "3.57");
        assert_eq!(beside_all(3.566, &[Some(4.2), Some(3.57)], 2, true), "3.566");
        assert_eq!(beside_all(4.199_9, &[Some(4.2), None], 2, true), "4.1999");
        assert_eq!(beside_all(4.199_9, &[], 2, false), "4.20");
        assert_eq!(beside(0.5, Some(0.5), 3, true), "0.500");
        assert_eq!(percent_beside(0.099_996, Some(0.1), 2, true), "9.9996%");
    }
}
