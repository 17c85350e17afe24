//! Tables: caption, heads with their scope, cells that are texts, links or verdicts, in a region of their own that can scroll.

use askama::Template;

use crate::{
    report::shown::Shown,
    table::{Cell as Written, Shows, Table},
};

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
    /// How an address asks for it, to be gone on with `table=…`; empty where it is not handed over.
    pub(crate) download: String,
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

/// Characters of a head that stand on one line without making its column too wide.
const SHORT: usize = 8;

impl Column {
    /// Whether its head wants a wider column, so that it does not become a tower of lines.
    fn long(&self) -> bool {
        self.title.chars().count() > SHORT
    }
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

    /// The same for a spreadsheet, with its notes and those of the page's data below it. Figures are those that the page shows.
    pub(crate) fn table(&self, notes: &[String]) -> Table {
        let mut table = Table::new("table", "数据", &[]);
        for (place, column) in self.columns.iter().enumerate() {
            let cells = self.rows.iter().filter_map(|row| row.get(place));
            table.column(column.title.clone(), shows(column.align, cells));
        }
        table.rows =
            self.rows.iter().map(|row| self.aligned(row).map(|(cell, align)| cell.written(align)).collect()).collect();
        let told = notes
            .iter()
            .map(|note| format!("数据说明：{note}"))
            .chain(self.notes.iter().map(|note| format!("注：{note}")));
        let told: Vec<String> = told.collect();
        let below = if told.is_empty() { None } else { Some(String::new()) };
        for text in below.into_iter().chain(told) {
            let mut row = vec![Written::Empty; table.columns.len()];
            if let Some(first) = row.first_mut() {
                *first = text.into();
            }
            table.rows.push(row);
        }
        table
    }

    /// The cells of a row, each with how its column stands.
    fn aligned<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = (&'a Cell, &'static str)> {
        row.iter().zip(self.columns.iter().map(|column| column.align))
    }
}

/// How a workbook shows a column: as exactly as the page does.
fn shows<'a>(align: &str, cells: impl Iterator<Item = &'a Cell>) -> Shows {
    let numbers: Vec<&str> = cells.map(|cell| cell.text.as_str()).filter(|text| number(text).is_some()).collect();
    let decimals = numbers.iter().map(|text| text.trim_end_matches('%').split_once('.').map_or(0, |(_, of)| of.len()));
    match decimals.max() {
        _ if align != "r" => Shows::Text,
        _ if numbers.iter().any(|text| text.ends_with('%')) => Shows::Percent,
        None | Some(0) => Shows::Whole,
        Some(1 | 2) => Shows::Value,
        Some(_) => Shows::Variation,
    }
}

/// The number that a text is, a percentage as the share.
fn number(text: &str) -> Option<f64> {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte));
    match text.strip_suffix('%') {
        // Through the decimal text, so that no digit is made up.
        Some(percent) if plain(percent) => format!("{percent}e-2").parse().ok(),
        None if plain(text) => text.parse().ok(),
        _ => None,
    }
}

impl Cell {
    /// For a spreadsheet: a number where it is one and its column has numbers, else what it says.
    fn written(&self, align: &str) -> Written {
        match number(&self.text).filter(|_| align == "r") {
            Some(number) => number.into(),
            None => format!("{}{}", self.text, self.aside).into(),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_gets_the_figures_of_the_page_as_numbers_and_its_words_as_text() {
        let mut grid = Grid::new("t", "表", &[("名称", "l"), ("占比", "r"), ("系数", "r"), ("报送", "c")]);
        let late = Cell { aside: "（已更正）", ..Cell::badge(("迟报", "late")) };
        grid.rows.push(vec![Cell::head("甲", "/x"), "95.65%".into(), "0.409".into(), late]);
        grid.rows.push(vec![Cell::head("2024", ""), "—".into(), "待定".into(), "".into()]);
        grid.notes.push("说明".to_owned());

        let table = grid.table(&["虚构".to_owned()]);

        assert_eq!(
            table.columns.iter().map(|column| column.shows).collect::<Vec<_>>(),
            [Shows::Text, Shows::Percent, Shows::Variation, Shows::Text]
        );
        assert_eq!(table.rows[0], [Written::from("甲"), 0.9565.into(), 0.409.into(), "迟报（已更正）".into()]);
        assert_eq!(table.rows[1], [Written::from("2024"), "—".into(), "待定".into(), Written::Empty]);
        assert_eq!(table.rows[3][0], Written::from("数据说明：虚构"));
        assert_eq!(table.rows[4][0], Written::from("注：说明"));
        assert!(table.rows.iter().all(|row| row.len() == 4));
    }
}
