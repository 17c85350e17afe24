//! Provincial targets: the share of counties that are to be met by a year.
//!
//! Source: domain notes 8. The shares of a province are its own: the setting `reporting.targets` has them, or a parameter,
//! `2025=60,2030=90,2035=100`; that all counties are to be met by 2035 is the nation's.

use std::{collections::BTreeMap, str::FromStr};

use junheng_domain::code::Month;

use super::Overview;

/// Targets by year, and who set them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    shares: BTreeMap<i32, u32>,
    source: String,
}

/// The target of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The year by whose end it is to be reached.
    pub year: i32,
    /// Share of the counties. Units: hundredths of a percent, 10,000 is all of them.
    pub share_basis_points: u32,
}

/// How far the counties are from a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetProgress {
    /// The target.
    pub target: Target,
    /// Counties that it asks for: the share of all counties, rounded up.
    pub wanted: u32,
    /// Counties that are met in the month.
    pub met: u32,
}

impl TargetProgress {
    /// Counties that are still to be met.
    #[must_use]
    pub const fn short(&self) -> u32 {
        self.wanted.saturating_sub(self.met)
    }
}

/// A text that says no targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no targets by year such as 2025=60,2030=90.5,2035=100")]
pub struct TargetsError;

const ALL: u32 = 10_000;
/// Who set the target of all counties.
const NATIONAL: &str = "国家目标";

impl Default for Targets {
    /// All counties by 2035, the one that the nation names.
    fn default() -> Self {
        Self { shares: BTreeMap::from([(2035, ALL)]), source: NATIONAL.to_owned() }
    }
}

impl Targets {
    /// Makes targets of shares by year, in hundredths of a percent.
    ///
    /// # Errors
    ///
    /// [`TargetsError`] when a share is above all, or a year is no year of four digits.
    pub fn new(shares: impl IntoIterator<Item = (i32, u32)>) -> Result<Self, TargetsError> {
        let shares: BTreeMap<i32, u32> = shares.into_iter().collect();
        let good = shares.iter().all(|(year, share)| (1000..=9999).contains(year) && *share <= ALL);
        if good { Ok(Self { shares, source: String::new() }) } else { Err(TargetsError) }
    }

    /// Says who set them.
    #[must_use]
    pub fn of(self, source: impl Into<String>) -> Self {
        Self { source: source.into(), ..self }
    }

    /// Who set them; empty where nobody said.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// `年度目标` with who set them, for people.
    #[must_use]
    pub fn title(&self) -> String {
        if self.source.is_empty() { "年度目标".to_owned() } else { format!("年度目标（{}）", self.source) }
    }

    /// The target that is next for a month: of its year, or of the first year after it that has one.
    #[must_use]
    pub fn next(&self, month: Month) -> Option<Target> {
        self.shares.range(month.year()..).next().map(|(year, share)| Target { year: *year, share_basis_points: *share })
    }

    /// All of them, by year.
    pub fn iter(&self) -> impl Iterator<Item = Target> {
        self.shares.iter().map(|(year, share)| Target { year: *year, share_basis_points: *share })
    }
}

impl FromStr for Targets {
    type Err = TargetsError;

    fn from_str(text: &str) -> Result<Self, TargetsError> {
        let shares = text.split(',').map(|entry| {
            let (year, percent) = entry.trim().split_once('=')?;
            let (whole, decimals) = percent.split_once('.').unwrap_or((percent, "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if decimals.len() > 2 || !digits(decimals) || !digits(whole) {
                return None;
            }
            let hundredths: u32 = format!("{decimals:0<2}").parse().ok()?;
            let share = whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(hundredths)?;
            Some((year.parse::<i32>().ok()?, share))
        });
        Self::new(shares.collect::<Option<Vec<_>>>().ok_or(TargetsError)?)
    }
}

impl Overview {
    /// How far the counties are from the target that is next for the month; `None` when there is none, or no county.
    #[must_use]
    pub fn progress(&self, targets: &Targets) -> Option<TargetProgress> {
        self.progress_to(targets.next(self.month)?)
    }

    /// How far the counties are from a target; `None` when there is no county.
    #[must_use]
    pub fn progress_to(&self, target: Target) -> Option<TargetProgress> {
        let counts = self.counts();
        let wanted = (u64::from(counts.counties) * u64::from(target.share_basis_points)).div_ceil(u64::from(ALL));
        let wanted = u32::try_from(wanted).ok().filter(|_| counts.counties > 0)?;
        Some(TargetProgress { target, wanted, met: counts.met })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_target_is_that_of_the_year_or_of_the_first_one_after_it() {
        let targets: Targets = "2022=20,2025=60.5, 2035=100".parse().unwrap();
        let next = |month: &str| targets.next(month.parse().unwrap()).map(|next| (next.year, next.share_basis_points));

        assert_eq!(next("2022-12"), Some((2022, 2_000)));
        assert_eq!(next("2023-01"), Some((2025, 6_050)));
        assert_eq!(next("2035-12"), Some((2035, 10_000)));
        assert_eq!(next("2036-01"), None);
    }

    #[test]
    fn what_says_no_targets_is_refused() {
        for text in ["", "2025", "2025=", "2025=101", "2025=-1", "2025=1.234", "25=10", "2025=60;2030=90", "2025=+6"] {
            assert_eq!(text.parse::<Targets>(), Err(TargetsError), "{text}");
        }
    }
}
