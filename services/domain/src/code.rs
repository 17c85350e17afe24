//! Codes that name things: regions, schools, months.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date, tz::Offset};

/// What is wrong with a text that should be a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not a six-digit code of GB/T 2260.
    #[error("not a six-digit region code")]
    Region,
    /// Not a ten-digit school identification code.
    #[error("not a ten-digit school code")]
    School,
    /// Not a month `2024-12` of the years 1986 to 2999.
    #[error("not a month such as 2024-12")]
    Month,
}

fn digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Level of a region (行政区划级别).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RegionLevel {
    /// 省级.
    Province,
    /// 地级.
    City,
    /// 县级.
    County,
}

/// Code of a region (行政区划代码): six digits, province, city, county.
///
/// Legal source: GB/T 2260.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionCode(String);

impl RegionCode {
    /// The nation, 000000: the scope of what is about no region. No region is registered under it, and no text reads as it.
    #[must_use]
    pub fn nation() -> Self {
        Self("000000".to_owned())
    }

    /// The code's six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The level that follows from the digits: `xx0000` province, `xxyy00` city, else county.
    #[must_use]
    pub fn level(&self) -> RegionLevel {
        if self.0.ends_with("0000") {
            RegionLevel::Province
        } else if self.0.ends_with("00") {
            RegionLevel::City
        } else {
            RegionLevel::County
        }
    }

    /// The province, as the digits have it; itself where it is one.
    #[must_use]
    pub fn province(&self) -> Self {
        Self(format!("{}0000", &self.0[..2]))
    }

    /// The region above, as the digits have it; `None` for a province.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        match self.level() {
            RegionLevel::Province => None,
            RegionLevel::City => Some(Self(format!("{}0000", &self.0[..2]))),
            RegionLevel::County => Some(Self(format!("{}00", &self.0[..4]))),
        }
    }
}

impl FromStr for RegionCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if digits(text, 6) && !text.starts_with("00") { Ok(Self(text.to_owned())) } else { Err(CodeError::Region) }
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Code of a school (学校(机构)标识码): ten digits, category, province and serial, without a check digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchoolCode([u8; 10]);

impl SchoolCode {
    /// The code's ten digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for SchoolCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let bytes = text.as_bytes().try_into().map_err(|_| CodeError::School)?;
        if digits(text, 10) { Ok(Self(bytes)) } else { Err(CodeError::School) }
    }
}

impl fmt::Display for SchoolCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for SchoolCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SchoolCode({self})")
    }
}

/// Reads a day as it is written everywhere, `2019-09-01`: four digits of the year, so that days sort as their texts do.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    text.parse().ok().filter(|day: &Date| day.to_string() == text && text.len() == 10)
}

/// The day that an instant falls on, in Asia/Shanghai (UTC+8 all year).
#[must_use]
pub fn day_at(instant: Timestamp) -> Date {
    Offset::constant(8).to_datetime(instant).date()
}

/// A calendar month in Asia/Shanghai, `2024-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// Months since January of the year 0.
    ordinal: i32,
}

impl Month {
    /// Makes a month of a year and the number of the month, 1 to 12.
    ///
    /// # Errors
    ///
    /// [`CodeError::Month`] outside 1986-01 (the Compulsory Education Law) to 2999-12.
    pub fn new(year: i32, month: i32) -> Result<Self, CodeError> {
        if (1986..=2999).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { ordinal: year * 12 + month - 1 })
        } else {
            Err(CodeError::Month)
        }
    }

    /// The month of a date.
    ///
    /// # Errors
    ///
    /// [`CodeError::Month`] outside the years that a month can have.
    pub fn of(date: Date) -> Result<Self, CodeError> {
        Self::new(i32::from(date.year()), i32::from(date.month()))
    }

    /// The month that an instant falls into, in Asia/Shanghai (UTC+8 all year).
    ///
    /// # Errors
    ///
    /// [`CodeError::Month`] outside the years that a month can have.
    pub fn at(instant: Timestamp) -> Result<Self, CodeError> {
        Self::of(day_at(instant))
    }

    /// Year.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.ordinal.div_euclid(12)
    }

    /// Number of the month in its year, 1 to 12.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.ordinal.rem_euclid(12) + 1
    }

    /// Months since January of the year 0; consecutive months have consecutive ordinals.
    #[must_use]
    pub const fn ordinal(self) -> i32 {
        self.ordinal
    }

    /// The month of an ordinal, if it lies in the years that a month can have.
    ///
    /// # Errors
    ///
    /// [`CodeError::Month`] when it does not.
    pub fn from_ordinal(ordinal: i32) -> Result<Self, CodeError> {
        Self::new(ordinal.div_euclid(12), ordinal.rem_euclid(12) + 1)
    }

    /// First day.
    #[must_use]
    pub fn first_day(self) -> Date {
        // The constructor keeps both within what a date can hold.
        let year = i16::try_from(self.year()).unwrap_or(i16::MAX);
        let month = i8::try_from(self.number()).unwrap_or(1);
        Date::new(year, month, 1).unwrap_or(Date::MAX)
    }

    /// Last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }
}

impl FromStr for Month {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let (year, month) = text.split_once('-').ok_or(CodeError::Month)?;
        if !digits(year, 4) || !digits(month, 2) {
            return Err(CodeError::Month);
        }
        let number = |part: &str| part.parse().map_err(|_| CodeError::Month);
        Self::new(number(year)?, number(month)?)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_four_digits_of_the_year_and_no_time() {
        assert_eq!(parse_day("2019-09-01"), Date::new(2019, 9, 1).ok());
        for text in ["", "2019-9-1", "2019-09-31", "20190901", "-000001-01-01", "2019-09-01T00:00", "2019-09-01 "] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }

    #[test]
    fn the_level_and_the_parent_follow_from_the_digits() {
        let county: RegionCode = "210922".parse().unwrap();

        assert_eq!(county.level(), RegionLevel::County);
        assert_eq!(county.parent().unwrap().as_str(), "210900");
        assert_eq!(county.parent().unwrap().parent().unwrap().as_str(), "210000");
        assert_eq!("210000".parse::<RegionCode>().unwrap().parent(), None);
    }

    #[test]
    fn codes_of_another_form_are_refused() {
        for text in ["", "21092", "2109222", "21092a", "２１０９２２", "000000"] {
            assert_eq!(text.parse::<RegionCode>(), Err(CodeError::Region), "{text}");
        }
        for text in ["312100000", "31210000011", "312100000x", "3121000001 "] {
            assert_eq!(text.parse::<SchoolCode>(), Err(CodeError::School), "{text}");
        }
        for text in ["", "2024", "2024-13", "2024-00", "2024-1", "24-01", "2024-12-01", "1985-12"] {
            assert_eq!(text.parse::<Month>(), Err(CodeError::Month), "{text}");
        }
    }

    #[test]
    fn a_month_begins_at_midnight_in_shanghai() {
        let at = |text: &str| Month::at(text.parse().unwrap()).unwrap().to_string();

        assert_eq!(at("2024-11-30T15:59:59Z"), "2024-11");
        assert_eq!(at("2024-11-30T16:00:00Z"), "2024-12");
    }

    #[test]
    fn a_month_knows_its_days() {
        let month: Month = "2024-02".parse().unwrap();

        assert_eq!(month.last_day().to_string(), "2024-02-29");
        assert_eq!(Month::from_ordinal(month.ordinal() + 11).unwrap().to_string(), "2025-01");
    }
}
