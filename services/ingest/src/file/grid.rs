//! Cells as they stand in a file, whatever its format.

/// What a cell is, as far as its text does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text, or a number or truth value that was written as one.
    Plain,
    /// A number of a workbook.
    Number,
    /// A date of a workbook.
    Date,
    /// A number that is shown as a percentage.
    Percent,
    /// A formula whose result is not stored.
    Formula,
    /// An error of a workbook: #N/A, #DIV/0!.
    Error,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// What stands there, without surrounding blanks.
    pub(super) text: String,
    /// What it is.
    pub(super) kind: Kind,
}

impl Cell {
    /// Nothing.
    pub(super) const EMPTY: Self = Self { text: String::new(), kind: Kind::Plain };

    /// A text.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.trim().to_owned(), kind: Kind::Plain }
    }

    /// Whether nothing stands there.
    pub(super) const fn empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// A line of cells.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its number, from 1, as people see it.
    pub(super) number: u32,
    /// Its cells, from the first column on.
    pub(super) cells: Vec<Cell>,
}

/// Where cells stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In a CSV file of this name.
    Csv(String),
    /// On a sheet of this name.
    Sheet(String),
}

impl Place {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Csv(name) | Self::Sheet(name) => name,
        }
    }

    /// Path of a line: `schools.csv:5`, `学校数据!5:5`.
    pub(super) fn line(&self, number: u32) -> String {
        match self {
            Self::Csv(name) => format!("{name}:{number}"),
            Self::Sheet(name) => format!("{name}!{number}:{number}"),
        }
    }

    /// Path of a cell, its column counted from 0: `schools.csv:1.3`, `学校数据!C1`.
    pub(super) fn cell(&self, number: u32, column: usize) -> String {
        match self {
            Self::Csv(name) => format!("{name}:{number}.{}", column + 1),
            Self::Sheet(name) => format!("{name}!{}{number}", letters(column)),
        }
    }
}

/// Name of a column of a sheet, counted from 0: A, Z, AA.
pub(super) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default());
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_people_find_it() {
        let (csv, sheet) = (Place::Csv("a.csv".into()), Place::Sheet("学校数据".into()));

        assert_eq!((csv.line(5), csv.cell(1, 2)), ("a.csv:5".to_owned(), "a.csv:1.3".to_owned()));
        assert_eq!((sheet.line(5), sheet.cell(12, 5)), ("学校数据!5:5".to_owned(), "学校数据!F12".to_owned()));
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}
