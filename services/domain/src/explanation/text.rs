//! Texts in Chinese and English, and numbers as people read them.

use std::borrow::Cow;

use crate::quantity::{Exact, float, rounded};

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text<'a> {
    /// In Chinese.
    pub zh: Cow<'a, str>,
    /// In English; empty where nobody wrote one.
    pub en: Cow<'a, str>,
}

impl<'a> Text<'a> {
    /// A text that stands elsewhere.
    #[must_use]
    pub fn of(zh: &'a str, en: &'a str) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// A text that is written here.
    #[must_use]
    pub fn written(zh: String, en: String) -> Self {
        Self { zh: Cow::Owned(zh), en: Cow::Owned(en) }
    }
}

/// A sentence in both languages, in the making.
pub(super) struct Sentence {
    zh: String,
    en: String,
}

impl Sentence {
    pub(super) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Goes on.
    pub(super) fn and(&mut self, zh: impl AsRef<str>, en: impl AsRef<str>) {
        self.zh.push_str(zh.as_ref());
        self.en.push_str(en.as_ref());
    }

    pub(super) fn text<'a>(self) -> Text<'a> {
        Text::written(self.zh, self.en)
    }
}

/// A number with so many decimals, rounded half up.
#[must_use]
pub fn decimal(value: &Exact, decimals: usize) -> String {
    let places = i32::try_from(decimals).unwrap_or(0);
    format!("{:.decimals$}", float(&rounded(value, places)))
}

/// A number with at most so many decimals and none that says nothing: `1203.5`, `2`.
pub(super) fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A written number with its thousands apart, as English has them: `1,203.5`.
pub(super) fn apart(text: &str) -> String {
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut grouped = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

/// A share as a percentage with two decimals: `85.71%`.
#[expect(clippy::float_arithmetic, reason = "printed, never decides")]
pub(super) fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_idle_zeros_and_in_english_with_their_thousands_apart() {
        assert_eq!(plain(1203.5, 2), "1203.5");
        assert_eq!(plain(2000.0, 0), "2000");
        assert_eq!(apart("1203.5"), "1,203.5");
        assert_eq!(apart("12345678"), "12,345,678");
        assert_eq!(apart("-1000"), "-1,000");
        assert_eq!(apart("999"), "999");
    }
}
