//! Tables: caption, heads with their scope, cells that are texts, links or verdicts, in a region of their own that can scroll.

use askama::Template;

use crate::report::shown::Shown;

/// A table.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "console/grid.html", config = "templates/askama.toml", whitespace = "minimize")]
pub(crate) struct Grid {
    /// Unique in the page.
    pub(crate) id: String,
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) notes: Vec<String>,
}

/// A column's head.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    pub(crate) title: String,
    /// `l`, `c` or `r`.
    pub(crate) align: &'static str,
    /// Where the table is sorted by it; empty where it cannot be.
    pub(crate) href: String,
    /// `ascending` or `descending` where the table is sorted by it.
    pub(crate) sorted: &'static str,
}

/// A cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) href: String,
    /// Class of the verdict that it shows; empty for plain text.
    pub(crate) class: &'static str,
    pub(crate) heads_row: bool,
    /// Class of the whole cell; empty for none.
    pub(crate) tone: &'static str,
    /// What the text alone does not say, for who cannot see how it looks.
    pub(crate) aside: &'static str,
}

impl Grid {
    pub(crate) fn new(id: impl Into<String>, caption: impl Into<String>, columns: &[(&str, &'static str)]) -> Self {
        let column =
            |&(title, align): &(&str, &'static str)| Column { title: title.to_owned(), align, ..Column::default() };
        Self {
            id: id.into(),
            caption: caption.into(),
            columns: columns.iter().map(column).collect(),
            ..Self::default()
        }
    }

    /// The cells of a row, each with how its column stands.
    fn aligned<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = (&'a Cell, &'static str)> {
        row.iter().zip(self.columns.iter().map(|column| column.align))
    }
}

impl Cell {
    /// A cell that names its row.
    pub(crate) fn head(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into(), heads_row: true, ..Self::default() }
    }

    pub(crate) fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into(), ..Self::default() }
    }

    pub(crate) fn badge((text, class): Shown) -> Self {
        Self { text: text.to_owned(), class, ..Self::default() }
    }

    pub(crate) fn to(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}
