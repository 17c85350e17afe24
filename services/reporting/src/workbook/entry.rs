//! What stands in a cell, and how many decimals a figure is shown with.

use std::cmp::Ordering;

use junheng_domain::{element::Kind, quantity::Quantity};
use junheng_proto::common::v1::Verdict;

use crate::report::{number, words};

/// What stands where a figure was not reported. Never zero.
pub(super) const MISSING: &str = "未报送";
/// What stands where a calculated figure cannot be told, because something that it follows from was not reported. Never zero.
pub(super) const INCALCULABLE: &str = "不能计算";
/// Decimals at most, where fewer would contradict a verdict.
const MOST_DECIMALS: usize = 12;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry {
    /// A number and how it is shown.
    Number(f64, String),
    /// The place of a row, from 1.
    Place(u32),
    /// A text in the middle of its cell.
    Text(String),
    /// A text that begins at the left.
    Left(String),
    /// It was not reported.
    Missing,
    /// It follows from figures of which some were not reported.
    Incalculable,
    /// Nobody reports it here: whoever gets the workbook fills it in.
    FillIn,
    /// There is nothing to be said.
    None,
}

impl Entry {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn left(text: impl Into<String>) -> Self {
        Self::Left(text.into())
    }

    /// A whole number.
    pub(super) fn count(count: impl Into<f64>) -> Self {
        Self::Number(count.into(), "#,##0".to_owned())
    }

    /// A whole number, or that it was not reported.
    pub(super) fn count_or_missing(count: Option<impl Into<f64>>) -> Self {
        count.map_or(Self::Missing, Self::count)
    }

    /// A figure with as many decimals as usual, or as it needs beside what it is held against.
    pub(super) fn figure(value: f64, usual: usize, limits: &[Option<f64>]) -> Self {
        let grouped = if usual == 0 { "#,##0" } else { "0" };
        Self::Number(value, pattern(grouped, decimals(value, usual, limits)))
    }

    /// A share as a percentage with one decimal, or as many as it needs: what is short of a whole percentage never shows it.
    pub(super) fn share(share: f64, limit: Option<f64>) -> Self {
        // Two decimals of the share are the whole of a percentage.
        Self::Number(share, pattern("0", decimals(share, 3, &[limit, Some(1.0), Some(0.0)]) - 2) + "%")
    }

    /// What a school reported.
    pub(super) fn element(value: Option<Quantity>, kind: Kind) -> Self {
        let format = match kind {
            Kind::Count => "#,##0",
            Kind::Amount => "#,##0.00",
        };
        value.map_or(Self::Missing, |value| Self::Number(value.to_f64(), format.to_owned()))
    }

    pub(super) fn verdict(verdict: Verdict) -> Self {
        Self::text(words::verdict(verdict))
    }

    /// The text that may break into lines; a number never breaks.
    pub(super) fn breaking(&self) -> &str {
        match self {
            Self::Text(text) | Self::Left(text) => text,
            _ => "",
        }
    }
}

/// Half-width characters that a text takes; Chinese ones take two.
pub(super) fn text_width(text: &str) -> usize {
    text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

fn pattern(whole: &str, decimals: usize) -> String {
    if decimals == 0 { whole.to_owned() } else { format!("{whole}.{}", "0".repeat(decimals)) }
}

/// The fewest decimals, from the usual ones on, with which a figure stands on the same side of every limit as it is.
fn decimals(value: f64, usual: usize, limits: &[Option<f64>]) -> usize {
    let kept = |decimals: &usize| {
        let printed: f64 = number::rounded(value, *decimals).parse().unwrap_or(value);
        limits.iter().flatten().all(|limit| side(printed, *limit) == side(value, *limit))
    };
    (usual..=MOST_DECIMALS).find(kept).unwrap_or(usual)
}

/// Which side of a limit a figure is on; what differs by the noise of a division only is on it.
fn side(value: f64, limit: f64) -> Ordering {
    if (value - limit).abs() <= 1e-12 * limit.abs().max(1e-3) {
        return Ordering::Equal;
    }
    value.partial_cmp(&limit).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(entry: Entry) -> String {
        match entry {
            Entry::Number(_, format) => format,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_figure_never_contradicts_its_verdict() {
        assert_eq!(shown(Entry::figure(4.2, 2, &[Some(4.2), Some(3.57)])), "0.00");
        assert_eq!(shown(Entry::figure(3.566, 2, &[Some(4.2), Some(3.57)])), "0.000");
        assert_eq!(shown(Entry::figure(1_999.96, 0, &[Some(2_000.0)])), "#,##0.00");
        assert_eq!(shown(Entry::figure(0.500_4, 3, &[Some(0.5)])), "0.0000");
        // 0.1 + 0.2 is 0.3 but for the noise of the sum.
        assert_eq!(shown(Entry::figure(0.1 + 0.2, 2, &[Some(0.3)])), "0.00");
    }

    #[test]
    fn a_share_that_is_short_of_all_is_not_shown_as_all() {
        assert_eq!(shown(Entry::share(1.0, None)), "0.0%");
        assert_eq!(shown(Entry::share(24.0 / 28.0, None)), "0.0%");
        assert_eq!(shown(Entry::share(1_999.0 / 2_000.0, None)), "0.00%");
        assert_eq!(shown(Entry::share(0.949_9, Some(0.95))), "0.00%");
    }
}
