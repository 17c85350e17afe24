//! So many years have passed since a date.

use jiff::ToSpan as _;

use super::{Declared, TestDetail};
use crate::{facts::ItemValue, verdict::Verdict};

/// A date, and how many years before the month's end it must lie.
#[derive(Debug, Clone)]
pub struct Elapsed {
    /// The operand.
    pub operand: String,
    /// The years.
    pub years: u16,
}

impl Elapsed {
    /// Judges that the date lies at least so many years before the last day of the month.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>) -> Verdict {
        let latest = declared.month().last_day().checked_sub(i32::from(self.years).years());
        match (declared.value(&self.operand), latest) {
            (Some(ItemValue::Date(date)), Ok(latest)) => Verdict::of(date <= latest),
            _ => Verdict::Undetermined,
        }
    }

    /// The date.
    #[must_use]
    pub fn explain(&self, declared: &Declared<'_>) -> TestDetail {
        TestDetail::of_operands(declared, std::iter::once(self.operand.as_str()), self.judge(declared))
    }
}
