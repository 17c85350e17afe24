//! Exact decimal quantities.

use std::fmt;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive as _;

/// The exact fraction that judging computes with.
pub type Exact = BigRational;

/// Rounds half up to so many decimals, as figures are printed. Never decides.
#[must_use]
pub fn rounded(value: &Exact, decimals: i32) -> Exact {
    let scale = Exact::from_integer(10.into()).pow(decimals);
    (value * &scale).round() / scale
}

/// A number of millionths as an exact fraction.
#[must_use]
pub fn exact_millionths(millionths: i64) -> Exact {
    Exact::new(BigInt::from(millionths), BigInt::from(UNITS_PER_ONE))
}

/// The double nearest to an exact number, for printing and for the wire.
#[must_use]
pub fn float(value: &Exact) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// Decimals that a [`Quantity`] holds.
const SCALE: u32 = 6;
const UNITS_PER_ONE: i64 = 1_000_000;

/// What is wrong with a text or number that should be a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a plain decimal number: letters, exponents, separators, NaN, infinity.
    #[error("not a plain decimal number")]
    NotANumber,
    /// More decimals than a quantity holds.
    #[error("more than six decimals")]
    TooFine,
    /// At or above [`Quantity::LIMIT`] in magnitude.
    #[error("not below 1e12")]
    TooLarge,
}

/// A reported quantity: a decimal number with at most six decimals, below 1e12 in magnitude.
///
/// It is exact: 3.57 is 357/100. Whether it may be negative or have decimals is for the checks to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    millionths: i64,
}

impl Quantity {
    /// Every quantity is smaller than this in magnitude.
    pub const LIMIT: i64 = 1_000_000_000_000;
    /// Nothing, as a reported value; not the same as missing.
    pub const ZERO: Self = Self { millionths: 0 };

    /// One.
    pub const ONE: Self = Self { millionths: UNITS_PER_ONE };

    /// Makes a quantity of a whole number, if it is below the limit.
    #[must_use]
    pub const fn whole(number: i64) -> Option<Self> {
        if number > -Self::LIMIT && number < Self::LIMIT {
            Some(Self { millionths: number * UNITS_PER_ONE })
        } else {
            None
        }
    }

    /// Makes a quantity of hundredths, if it is below the limit.
    #[must_use]
    pub const fn hundredths(number: i64) -> Option<Self> {
        if number > -Self::LIMIT * 100 && number < Self::LIMIT * 100 {
            Some(Self { millionths: number * (UNITS_PER_ONE / 100) })
        } else {
            None
        }
    }

    /// Makes a quantity of millionths, if it is below the limit.
    #[must_use]
    pub const fn millionths(number: i64) -> Option<Self> {
        if number > -Self::LIMIT * UNITS_PER_ONE && number < Self::LIMIT * UNITS_PER_ONE {
            Some(Self { millionths: number })
        } else {
            None
        }
    }

    /// Reads a plain decimal number such as `-12`, `0.5` or `2716.21`.
    ///
    /// # Errors
    ///
    /// [`QuantityError`] when it is anything else: an exponent, a separator, an empty text.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err(QuantityError::NotANumber);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > SCALE as usize {
            return Err(QuantityError::TooFine);
        }
        let whole: i64 = whole
            .trim_start_matches('0')
            .parse()
            .or_else(|_| if whole.bytes().all(|byte| byte == b'0') { Ok(0) } else { Err(QuantityError::TooLarge) })?;
        if whole >= Self::LIMIT {
            return Err(QuantityError::TooLarge);
        }
        let fraction: i64 = format!("{fraction:0<6}").parse().map_err(|_| QuantityError::NotANumber)?;
        let magnitude = whole * UNITS_PER_ONE + fraction;
        Ok(Self { millionths: if negative { -magnitude } else { magnitude } })
    }

    /// Takes a floating-point number for the decimal number that it stands for.
    ///
    /// With `decimals` decimals allowed, the number must lie within 1e-6 of a unit of the last of
    /// them, so that 2716.21 is taken and 2716.214 is not.
    ///
    /// # Errors
    ///
    /// [`QuantityError`] when it is not finite, too large, or has more decimals.
    #[expect(
        clippy::float_arithmetic,
        clippy::cast_possible_truncation,
        reason = "the wire carries doubles; nothing is judged here"
    )]
    pub fn from_f64(number: f64, decimals: u32) -> Result<Self, QuantityError> {
        if !number.is_finite() {
            return Err(QuantityError::NotANumber);
        }
        if number.abs() >= 1e12 {
            return Err(QuantityError::TooLarge);
        }
        let decimals = decimals.min(SCALE);
        let scaled = number * f64::from(10_u32.pow(decimals));
        // A double below 1e12 with decimals is itself inexact by up to half an ulp: allow for that too.
        if (scaled - scaled.round()).abs() > 1e-6_f64.max(scaled.abs() * f64::EPSILON) {
            return Err(QuantityError::TooFine);
        }
        let scaled = scaled.round() as i64;
        Self::millionths(scaled * 10_i64.pow(SCALE - decimals)).ok_or(QuantityError::TooLarge)
    }

    /// The quantity in millionths.
    #[must_use]
    pub const fn as_millionths(self) -> i64 {
        self.millionths
    }

    /// The quantity in hundredths, if it has at most two decimals.
    #[must_use]
    pub const fn as_hundredths(self) -> Option<i64> {
        if self.millionths % (UNITS_PER_ONE / 100) == 0 { Some(self.millionths / (UNITS_PER_ONE / 100)) } else { None }
    }

    /// The quantity as a whole number, if it is one.
    #[must_use]
    pub const fn as_whole(self) -> Option<i64> {
        if self.millionths % UNITS_PER_ONE == 0 { Some(self.millionths / UNITS_PER_ONE) } else { None }
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn negative(self) -> bool {
        self.millionths < 0
    }

    /// The quantity as an exact fraction.
    #[must_use]
    pub fn exact(self) -> Exact {
        exact_millionths(self.millionths)
    }

    /// The nearest double, for printing and for the wire.
    #[must_use]
    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "for printing and the wire")]
    pub fn to_f64(self) -> f64 {
        // Dividing two whole numbers below 2^53 rounds once; larger ones are split to keep the whole part exact.
        if self.millionths.unsigned_abs() < 1 << 53 {
            self.millionths as f64 / UNITS_PER_ONE as f64
        } else {
            self.to_string().parse().unwrap_or(f64::NAN)
        }
    }
}

impl fmt::Display for Quantity {
    /// Writes the shortest plain decimal number: `12`, `0.5`, `-2716.21`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.millionths.unsigned_abs();
        let one = UNITS_PER_ONE.unsigned_abs();
        let sign = if self.negative() { "-" } else { "" };
        let fraction = format!("{:06}", magnitude % one);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{}{point}{fraction}", magnitude / one)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_decimal_text_is_read_exactly() {
        assert_eq!(Quantity::parse("3.57").unwrap().exact(), Exact::new(357.into(), 100.into()));
        assert_eq!(Quantity::parse("-0.000001").unwrap().as_millionths(), -1);
        assert_eq!(Quantity::parse("000").unwrap(), Quantity::ZERO);
    }

    #[test]
    fn anything_but_a_plain_decimal_number_is_refused() {
        for text in ["", "-", ".", "1.", ".5", "1e3", "NaN", "inf", "1,000", "１２", " 1", "+1", "0x1", "1.2.3", "--1"]
        {
            assert_eq!(Quantity::parse(text), Err(QuantityError::NotANumber), "{text:?}");
        }
        assert_eq!(Quantity::parse("1.0000001"), Err(QuantityError::TooFine));
        for text in ["1000000000000", "99999999999999999999999999"] {
            assert_eq!(Quantity::parse(text), Err(QuantityError::TooLarge));
        }
    }

    #[test]
    fn a_double_stands_for_the_decimal_next_to_it() {
        assert_eq!(Quantity::from_f64(2716.21, 2).unwrap(), Quantity::parse("2716.21").unwrap());
        assert_eq!(Quantity::from_f64(999_999_999_999.99, 2).unwrap(), Quantity::parse("999999999999.99").unwrap());
        assert_eq!(Quantity::from_f64(2716.214, 2), Err(QuantityError::TooFine));
        assert_eq!(Quantity::from_f64(f64::NAN, 2), Err(QuantityError::NotANumber));
        assert_eq!(Quantity::from_f64(1e12, 2), Err(QuantityError::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(millionths in -999_999_999_999_999_999_i64..999_999_999_999_999_999) {
            let quantity = Quantity::millionths(millionths).unwrap();
            prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
        }

        #[test]
        fn an_amount_survives_the_wire(hundredths in 0..99_999_999_999_999_i64) {
            let quantity = Quantity::hundredths(hundredths).unwrap();
            prop_assert_eq!(Quantity::from_f64(quantity.to_f64(), 2), Ok(quantity));
        }
    }
}
