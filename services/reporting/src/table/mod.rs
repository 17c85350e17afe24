//! Tables that leave for a spreadsheet or another program: one mechanism for all of them.
//!
//! Figures are written in full, as numbers; how many decimals a workbook shows of one is its column's. Why there is no figure stands in
//! its cell as text, never zero. Text that a spreadsheet would take for a formula is disarmed in every form.

mod csv;
mod xlsx;

use jiff::{Timestamp, civil::Date};
use junheng_domain::code::Month;

use crate::{overview::Gap, report::number};

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Stable id, in English: `ranking`.
    pub id: &'static str,
    /// Title, in Chinese; the name of its sheet.
    pub title: &'static str,
    /// In what its figures are, in Chinese, where no head says it: `个`. Empty where there is nothing to say.
    pub unit: &'static str,
    /// Heads of the columns.
    pub columns: Vec<Column>,
    /// The rows, a cell a column.
    pub rows: Vec<Vec<Cell>>,
}

/// Head of a column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Title, in Chinese.
    pub title: String,
    /// How a workbook shows its numbers.
    pub shows: Shows,
}

/// How a workbook shows the numbers of a column. The number itself is not rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Text, as it is.
    Text,
    /// A whole number.
    Whole,
    /// With two decimals: values and means.
    Value,
    /// With three decimals: coefficients of variation.
    Variation,
    /// A share, 0 to 1, as a percentage with two decimals.
    Percent,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, which may come from data.
    Text(String),
    /// A number.
    Number(f64),
    /// A day.
    Date(Date),
    /// A month.
    Month(Month),
    /// An instant, shown to the minute in Beijing time.
    Instant(Timestamp),
}

/// What a workbook says above each of its tables and in the margins of its pages.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// What it is of, with the month: 辽宁省2024年12月县级总览.
    pub title: String,
    /// By which standard, of how many, as of when: a text each.
    pub facts: Vec<String>,
    /// What a reader must know of the figures. Usually empty.
    pub note: String,
}

/// A table that cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The workbook cannot be written.
    #[error("cannot write the workbook")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The text cannot be written.
    #[error("cannot write the table")]
    Text(#[from] std::io::Error),
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(id: &'static str, title: &'static str, columns: &[(&str, Shows)]) -> Self {
        let columns = columns.iter().map(|(title, shows)| Column { title: (*title).to_owned(), shows: *shows });
        Self { id, title, unit: "", columns: columns.collect(), rows: vec![] }
    }

    /// The table with what its figures are in.
    #[must_use]
    pub const fn in_unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Adds a column.
    pub fn column(&mut self, title: impl Into<String>, shows: Shows) {
        self.columns.push(Column { title: title.into(), shows });
    }

    /// Writes comma-separated text: UTF-8 with a byte order mark, lines that end as Excel ends them.
    ///
    /// # Errors
    ///
    /// [`TableError::Text`] when it cannot be written.
    pub fn csv(&self) -> Result<Vec<u8>, TableError> {
        csv::write(self)
    }
}

/// Writes a workbook, a sheet a table, each below what it is about; the same content gives the same bytes.
///
/// # Errors
///
/// [`TableError::Workbook`] when a table does not fit into a sheet.
pub fn workbook(tables: &[Table], about: &About) -> Result<Vec<u8>, TableError> {
    xlsx::write(tables, about)
}

impl Table {
    /// Writes tab-separated text for a terminal, figures rounded as reports print them.
    #[must_use]
    pub fn text(&self) -> String {
        let printable = |text: &str| text.replace(char::is_control, " ");
        let mut lines = vec![self.columns.iter().map(|column| printable(&column.title)).collect::<Vec<_>>().join("\t")];
        for row in &self.rows {
            let cells = row.iter().zip(&self.columns).map(|(cell, column)| match cell {
                Cell::Empty => String::new(),
                Cell::Text(text) => printable(text),
                Cell::Number(number) => column.shows.print(*number),
                Cell::Date(_) | Cell::Month(_) | Cell::Instant(_) => cell.day().unwrap_or_default(),
            });
            lines.push(cells.collect::<Vec<_>>().join("\t"));
        }
        lines.join("\n")
    }
}

impl Cell {
    /// A day, a month or an instant as text; `None` of anything else.
    fn day(&self) -> Option<String> {
        match self {
            Self::Date(date) => Some(date.to_string()),
            Self::Month(month) => Some(month.to_string()),
            Self::Instant(instant) => Some(crate::overview::local(*instant)),
            Self::Empty | Self::Text(_) | Self::Number(_) => None,
        }
    }
}

impl Shows {
    fn print(self, number: f64) -> String {
        match self {
            Self::Text => number::plain(number),
            Self::Whole => number::rounded(number, 0),
            Self::Value => number::rounded(number, 2),
            Self::Variation => number::rounded(number, 3),
            Self::Percent => number::percent(number, 2),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Number(f64::from(count))
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Number(number) } else { Self::Empty }
    }
}

impl From<Date> for Cell {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl From<Month> for Cell {
    fn from(month: Month) -> Self {
        Self::Month(month)
    }
}

impl From<Timestamp> for Cell {
    fn from(instant: Timestamp) -> Self {
        Self::Instant(instant)
    }
}

impl From<Gap> for Cell {
    fn from(gap: Gap) -> Self {
        gap.title().into()
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl<T: Into<Self>> From<Result<T, Gap>> for Cell {
    fn from(figure: Result<T, Gap>) -> Self {
        figure.map_or_else(Into::into, Into::into)
    }
}

/// Whether a spreadsheet would take a text for a formula, or what follows its first character.
///
/// Source: OWASP, CSV injection: `=`, `+`, `-`, `@`, tab, carriage return, line feed, and the full-width forms that some spreadsheets read alike.
fn dangerous(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}
