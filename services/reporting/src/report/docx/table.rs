//! A table as Word sets it: widths in twentieths of a point, rows that repeat on every page, cells that span rows.

use crate::report::document::{Align, Cell, Table};

/// Width of the type area. Units: twentieths of a point (156 mm).
pub(super) const TEXT_WIDTH: usize = 8_844;
/// The same on a page that lies across (225 mm).
pub(super) const TEXT_WIDTH_LANDSCAPE: usize = 12_755;
/// Width of half a Chinese character in the type of tables, 五号, and of tables with many columns, 小五. Units: twentieths of a point.
const CHARACTER: usize = 116;
const SMALL_CHARACTER: usize = 100;
/// Margins of a cell, left and right together. Units: twentieths of a point.
const CELL_MARGINS: usize = 150;
/// Columns from which on a table is set in smaller type.
const MANY_COLUMNS: usize = 7;
/// Rows at the end of a table that stay on one page.
const TOGETHER: usize = 3;
/// Lengths in half the width of a Chinese character: a line of a column's head; a text that stands on one line; a word that is not
/// broken; what a long text counts.
const HEAD: usize = 6;
const SHORT: usize = 10;
const WORD: usize = 16;
const LONG: usize = 60;

pub(super) struct PrintedTable<'a> {
    pub(super) caption: &'a str,
    pub(super) widths: Vec<usize>,
    pub(super) rows: Vec<PrintedRow<'a>>,
    pub(super) notes: Vec<String>,
}

pub(super) struct PrintedRow<'a> {
    /// Repeats on every page.
    pub(super) heads: bool,
    pub(super) cells: Vec<PrintedCell<'a>>,
}

pub(super) struct PrintedCell<'a> {
    pub(super) text: &'a str,
    pub(super) width: usize,
    pub(super) style: &'static str,
    pub(super) align: &'static str,
    pub(super) heads: bool,
    /// Stays on the page of the row below.
    pub(super) keeps: bool,
    pub(super) stands_out: bool,
    /// Spans rows: where it begins, where it goes on.
    pub(super) merge: Option<&'static str>,
}

impl<'a> PrintedTable<'a> {
    pub(super) fn new(table: &'a Table, width: usize) -> Self {
        let small = table.columns.len() >= MANY_COLUMNS;
        let widths = widths(table, small, width);
        let (text, head) = if small { ("TableTextSmall", "TableHeadSmall") } else { ("TableText", "TableHead") };
        let heads = table.columns.iter().zip(&widths).map(|(column, width)| PrintedCell {
            style: head,
            align: "center",
            heads: true,
            keeps: true,
            ..PrintedCell::of(&column.title, *width)
        });
        let mut rows = vec![PrintedRow { heads: true, cells: heads.collect() }];
        if !table.limits.is_empty() {
            let limits = table.limits.iter().zip(&widths).map(|(limit, width)| PrintedCell {
                style: text,
                align: "center",
                heads: true,
                keeps: true,
                ..PrintedCell::of(limit, *width)
            });
            rows.push(PrintedRow { heads: true, cells: limits.collect() });
        }
        let all: usize = table.groups.iter().map(Vec::len).sum();
        let mut above = 0;
        for group in &table.groups {
            for (index, row) in group.iter().enumerate() {
                // The last rows go to another page together, so that none stands there alone.
                let among_last = all - above <= TOGETHER && all - above > 1;
                above += 1;
                let cells = row.iter().zip(&table.columns).zip(&widths).map(|((cell, column), width)| PrintedCell {
                    style: text,
                    align: align(column.align),
                    keeps: index + 1 < group.len() || among_last,
                    stands_out: matches!(cell.class, "short" | "low"),
                    merge: merge(cell),
                    ..PrintedCell::of(if cell.span == 0 { "" } else { &cell.text }, *width)
                });
                rows.push(PrintedRow { heads: false, cells: cells.collect() });
            }
        }
        let notes = table.notes.iter().map(|note| format!("注：{note}")).collect();
        Self { caption: &table.caption, widths, rows, notes }
    }

    pub(super) fn width(&self) -> usize {
        self.widths.iter().sum()
    }
}

impl<'a> PrintedCell<'a> {
    const fn of(text: &'a str, width: usize) -> Self {
        Self { text, width, style: "", align: "left", heads: false, keeps: false, stands_out: false, merge: None }
    }
}

const fn align(align: Align) -> &'static str {
    match align {
        Align::Left => "left",
        Align::Center => "center",
        Align::Right => "right",
    }
}

const fn merge(cell: &Cell) -> Option<&'static str> {
    match cell.span {
        0 => Some("continue"),
        1 => None,
        _ => Some("restart"),
    }
}

/// Gives every column what its longest unbreakable text needs, and shares the rest by the lengths of the texts.
fn widths(table: &Table, small: bool, width: usize) -> Vec<usize> {
    let character = if small { SMALL_CHARACTER } else { CHARACTER };
    let heads = table.columns.iter().map(|column| (0, length(&column.title).min(HEAD), 0));
    // Of each column: its longest word or figure; what should stand on one line; what it would take.
    let mut asked: Vec<(usize, usize, usize)> = heads.collect();
    let limits = table.limits.iter().map(String::as_str).collect();
    let rows = table.groups.iter().flatten().map(|row| row.iter().map(|cell| cell.text.as_str()).collect());
    for row in rows.chain([limits]) {
        let row: Vec<&str> = row;
        for ((word, needed, wanted), text) in asked.iter_mut().zip(row) {
            *word = (*word).max(longest_word(text));
            *needed = (*needed).max(unbreakable(text));
            *wanted = (*wanted).max(length(text).min(LONG));
        }
    }
    let wide = |characters: usize| characters * character + CELL_MARGINS;
    let needed: Vec<usize> = asked.iter().map(|(_, needed, _)| wide(*needed)).collect();
    let words: Vec<usize> = asked.iter().map(|(word, ..)| wide(*word)).collect();
    let more: Vec<usize> = asked.iter().map(|(_, needed, wanted)| wanted.saturating_sub(*needed) + 1).collect();
    let fewer: Vec<usize> = needed.iter().zip(&words).map(|(needed, word)| needed.saturating_sub(*word)).collect();
    // More than a page holds: Chinese texts are broken, then all columns give way alike.
    shared(&needed, &more, width).or_else(|| shared(&words, &fewer, width)).unwrap_or_else(|| {
        let total: usize = words.iter().sum();
        words.iter().map(|word| word * width / total).collect()
    })
}

/// The widths, and what is left of the whole shared out by weight; nothing where there is not so much.
fn shared(widths: &[usize], weights: &[usize], whole: usize) -> Option<Vec<usize>> {
    let rest = whole.checked_sub(widths.iter().sum())?;
    let all = weights.iter().sum::<usize>().max(1);
    Some(widths.iter().zip(weights).map(|(width, weight)| width + rest * weight / all).collect())
}

/// How wide the longest piece of a text is that no line may break: a short text as a whole, a figure, a word.
fn unbreakable(text: &str) -> usize {
    if length(text) <= SHORT {
        return length(text);
    }
    longest_word(text)
}

fn longest_word(text: &str) -> usize {
    let words = text.split(|character: char| !character.is_ascii_graphic());
    words.map(length).max().unwrap_or_default().min(WORD)
}

/// How wide a text is: a Chinese character counts two, and so does a percent sign in most types.
fn length(text: &str) -> usize {
    text.chars().map(|character| if character.is_ascii() && character != '%' { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_on_one_line_where_texts_must_be_broken() {
        let column = ("评估单元", Align::Left);
        let mut table = Table::new("", &[column; 9]);
        let cells =
            ["评估单元名", "在校生人", "判定情况", "指标名称", "1644.48", "标准值", "82.22%", "缺口很大", "低于底线"];
        table.row(cells.map(Cell::from).to_vec());

        let widths = PrintedTable::new(&table, TEXT_WIDTH * 2 / 3).widths;

        assert!(widths.iter().sum::<usize>() <= TEXT_WIDTH * 2 / 3);
        assert!(widths[4] >= CELL_MARGINS + 7 * SMALL_CHARACTER, "{widths:?}");
    }

    #[test]
    fn columns_share_the_width_by_what_stands_in_them() {
        let mut table = Table::new("", &[("编号", Align::Center), ("项目", Align::Left), ("结论", Align::Center)]);
        table.row(vec!["G1".into(), "很长的一段文字".repeat(9).into(), "达标".into()]);

        let widths = PrintedTable::new(&table, TEXT_WIDTH).widths;

        assert!(widths.iter().sum::<usize>() <= TEXT_WIDTH);
        assert!(widths[1] > 5 * widths[0], "{widths:?}");
        assert!(widths[2] > CELL_MARGINS + 4 * CHARACTER, "a verdict stands on one line: {widths:?}");
    }
}
