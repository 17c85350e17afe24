//! A table as Word sets it: widths in twentieths of a point, rows that repeat on every page, cells that span rows.

use crate::report::document::{Align, Cell, Table};

/// Width of the type area. Units: twentieths of a point (156 mm).
pub(super) const TEXT_WIDTH: usize = 8_844;
/// The same on a page that lies across (225 mm).
pub(super) const TEXT_WIDTH_LANDSCAPE: usize = 12_755;
/// The type of tables, 五号, and of tables with many columns, 小五. Units: twentieths of a point.
const TYPE: usize = 210;
const SMALL_TYPE: usize = 180;
/// Margins of a cell, left and right together, and what a line needs more than its text. Units: twentieths of a point.
const MARGINS: usize = 140;
const SMALL_MARGINS: usize = 90;
const SLACK: usize = 20;
/// Columns from which on a table is set in smaller type.
const MANY_COLUMNS: usize = 7;
/// Rows that are never fewer on a page, at the beginning and at the end of a table.
const FIRST: usize = 2;
const LAST: usize = 3;
/// Rows of a table that is not broken over pages, unless a cell of it is as long as this. Units: rows; characters.
const SMALL_TABLE: usize = 8;
const LONG_TEXT: usize = 160;
/// Lines of tables in half a page: a higher table is broken over pages, however few its rows are.
const HALF_PAGE: usize = 20;
/// Units of the lengths below in the width of a Chinese character.
const EM: usize = 20;
/// A word that is not broken; a line of a column's head; a short text, a figure with its unit: what stands on one line where there is
/// room; what a long text counts.
const WORD: usize = 10 * EM;
const HEAD: usize = 4 * EM;
const SHORT: usize = 4 * EM;
const FIGURE: usize = 9 * EM;
const LONG: usize = 30 * EM;
/// A name, which rather stands on one line.
const NAME: usize = 11 * EM;
/// All that a column would take. Units: thousandths.
const WHOLE: usize = 1_000;

pub(super) struct PrintedTable<'a> {
    pub(super) caption: &'a str,
    pub(super) widths: Vec<usize>,
    pub(super) rows: Vec<PrintedRow<'a>>,
    pub(super) notes: Vec<String>,
    /// Margin of a cell at either side.
    pub(super) margin: usize,
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
        let small_table = all <= SMALL_TABLE && lines(table, small, &widths) <= HALF_PAGE;
        let tall = small_table && table.groups.iter().flatten().any(|row| long(row));
        let mut above = 0;
        for group in &table.groups {
            for (index, row) in group.iter().enumerate() {
                // A small table stands on one page with its notes; of a larger one the first rows and the last, so that none stands alone.
                let (rest, first) = (all - above, above + 1 < FIRST);
                let whole = small_table || ((first || rest <= LAST) && !long(row));
                let joined = if rest > 1 { whole && !tall } else { !table.notes.is_empty() };
                above += 1;
                let cells = row.iter().zip(&table.columns).zip(&widths).map(|((cell, column), width)| PrintedCell {
                    style: text,
                    align: align(column.align),
                    keeps: index + 1 < group.len() || joined,
                    stands_out: matches!(cell.class, "short" | "low"),
                    merge: merge(cell),
                    ..PrintedCell::of(if cell.span == 0 { "" } else { &cell.text }, *width)
                });
                rows.push(PrintedRow { heads: false, cells: cells.collect() });
            }
        }
        let notes = table.notes.iter().map(|note| format!("注：{note}")).collect();
        let margin = if small { SMALL_MARGINS } else { MARGINS } / 2;
        Self { caption: &table.caption, widths, rows, notes, margin }
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

/// Whether a row is so high that it had better not draw others after it onto the next page.
fn long(row: &[Cell]) -> bool {
    row.iter().any(|cell| cell.text.chars().count() > LONG_TEXT)
}

/// How many lines the rows of a table take together.
fn lines(table: &Table, small: bool, widths: &[usize]) -> usize {
    let (size, margins) = if small { (SMALL_TYPE, SMALL_MARGINS) } else { (TYPE, MARGINS) };
    let of_cell = |(cell, width): (&Cell, &usize)| {
        let text = (length(&cell.text) * size / EM).checked_div(cell.span).unwrap_or_default();
        text.div_ceil(width.saturating_sub(margins).max(size)).max(1)
    };
    let of_row = |row: &Vec<Cell>| row.iter().zip(widths).map(of_cell).max().unwrap_or_default();
    table.groups.iter().flatten().map(of_row).sum()
}

/// Gives every column what must and what should stand on one line, and shares the rest by what the texts would take, so that they take
/// as many lines in all columns.
fn widths(table: &Table, small: bool, width: usize) -> Vec<usize> {
    let wide = |units: usize| {
        let (size, margins) = if small { (SMALL_TYPE, SMALL_MARGINS) } else { (TYPE, MARGINS) };
        (units * size).div_ceil(EM) + margins + SLACK
    };
    let asked: Vec<Asked> = (0..table.columns.len()).map(|column| asked(table, column)).collect();
    let of = |part: fn(&Asked) -> usize| asked.iter().map(|asked| wide(part(asked))).collect::<Vec<_>>();
    let (words, lines, wanted) = (of(|asked| asked.word), of(|asked| asked.line), of(|asked| asked.wanted));
    let names = of(|asked| if asked.longest <= NAME { asked.longest } else { asked.line });
    // Names stand on one line where the other texts then take two. More than a page holds: first Chinese texts are broken, then short
    // ones too, then all columns give way alike.
    let on_one_line = filled(&names, &wanted, width).filter(|(_, share)| *share >= WHOLE / 2);
    let broken = || filled(&lines, &wanted, width).or_else(|| filled(&words, &lines, width));
    if let Some((widths, _)) = on_one_line.or_else(broken) {
        return widths;
    }
    let total: usize = words.iter().sum();
    words.iter().map(|word| word * width / total).collect()
}

/// What a column asks for: its longest word or figure, what should stand on one line, its longest text, and what that wants of a row.
struct Asked {
    word: usize,
    line: usize,
    longest: usize,
    wanted: usize,
}

fn asked(table: &Table, column: usize) -> Asked {
    let Some(head) = table.columns.get(column) else { return Asked { word: 0, line: 0, longest: 0, wanted: 0 } };
    // The unit of a head stands on a line of its own.
    let line = head.title.split('（').map(length).max().unwrap_or_default().min(HEAD);
    let mut asked = Asked { word: longest_word(&head.title), line, longest: line, wanted: line };
    let limits = table.limits.get(column).map(|limit| (limit.as_str(), false, 1));
    let cells = table.groups.iter().flatten().filter_map(|row| row.get(column)).filter(|cell| cell.span > 0);
    let cells = cells.map(|cell| (cell.text.as_str(), matches!(cell.class, "short" | "low"), cell.span));
    for (text, bold, rows) in cells.chain(limits) {
        // Bold type is wider.
        let set = |length: usize| if bold { length * 11 / 10 } else { length };
        let (whole, word) = (set(length(text)), set(longest_word(text)));
        let whole_line = whole <= if matches!(head.align, Align::Left) { SHORT } else { FIGURE };
        asked.word = asked.word.max(word);
        asked.line = asked.line.max(if whole_line { whole } else { word });
        asked.longest = asked.longest.max(whole);
        // A text that spans rows has a line in each of them.
        asked.wanted = asked.wanted.max((whole / rows).min(LONG));
    }
    asked.longest = asked.longest.max(asked.line);
    asked.wanted = asked.wanted.max(asked.line);
    asked
}

/// Widths that fill the whole: of each column the same share of `most`, but never less than `least`; and that share in thousandths. What
/// is left when all have all is shared alike. Nothing where the least is too much.
fn filled(least: &[usize], most: &[usize], whole: usize) -> Option<(Vec<usize>, usize)> {
    let at = |share: usize| least.iter().zip(most).map(move |(least, most)| (most * share / WHOLE).max(*least));
    let (mut fits, mut beyond) = (0, WHOLE + 1);
    if at(fits).sum::<usize>() > whole {
        return None;
    }
    while beyond - fits > 1 {
        let share = usize::midpoint(fits, beyond);
        if at(share).sum::<usize>() <= whole { fits = share } else { beyond = share }
    }
    let widths: Vec<usize> = at(fits).collect();
    let rest = (whole - widths.iter().sum::<usize>()) / widths.len().max(1);
    Some((widths.into_iter().map(|width| width + rest).collect(), fits))
}

fn longest_word(text: &str) -> usize {
    let words = text.split(|character: char| !character.is_ascii_graphic());
    words.map(length).max().unwrap_or_default().min(WORD)
}

/// How wide a text is, in the widest of the types that stand in for what is named: a Chinese character is as wide as it is high, and so
/// nearly is a percent sign. Between Chinese and a figure there is a space, as Word and others leave it.
fn length(text: &str) -> usize {
    let wide = |character: char| if character.is_ascii() && character != '%' { 13 } else { EM };
    let spaces = text.chars().zip(text.chars().skip(1)).filter(|(one, next)| one.is_ascii() != next.is_ascii()).count();
    text.chars().map(wide).sum::<usize>() + spaces * EM / 4
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
        assert!(widths[4] >= SMALL_MARGINS + 7 * 13 * SMALL_TYPE / EM, "{widths:?}");
    }

    #[test]
    fn no_page_has_one_row_alone() {
        let mut table = Table::new("", &[("县区", Align::Left)]);
        for name in ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"] {
            table.row(vec![name.into()]);
        }

        let rows = PrintedTable::new(&table, TEXT_WIDTH).rows;
        let keeps: Vec<bool> = rows.iter().skip(1).map(|row| row.cells.iter().all(|cell| cell.keeps)).collect();

        assert_eq!(keeps, [true, false, false, false, false, false, false, true, true, false]);
    }

    #[test]
    fn a_small_table_stands_on_one_page_with_its_notes() {
        let mut table = Table::new("", &[("县区", Align::Left)]);
        for name in ["甲", "乙", "丙", "丁"] {
            table.row(vec![name.into()]);
        }
        let keeps = |table: &Table| -> Vec<bool> {
            let rows = PrintedTable::new(table, TEXT_WIDTH).rows;
            rows.iter().skip(1).map(|row| row.cells.iter().all(|cell| cell.keeps)).collect()
        };

        assert_eq!(keeps(&table), [true, true, true, false]);
        table.notes.push("说明。".to_owned());
        assert_eq!(keeps(&table), [true; 4]);
        table.row(vec!["很长的一段文字".repeat(30).into()]);
        assert_eq!(keeps(&table), [false, false, false, false, true], "high rows may stand on the next page");
    }

    #[test]
    fn a_table_higher_than_half_a_page_is_broken_however_few_its_rows_are() {
        let mut table = Table::new("", &[("项目", Align::Left)]);
        for _ in 0..5 {
            table.row(vec!["很长的一段文字".repeat(22).into()]);
        }
        let keeps = |table: &Table| -> Vec<bool> {
            let rows = PrintedTable::new(table, TEXT_WIDTH).rows;
            rows.iter().skip(1).map(|row| row.cells.iter().all(|cell| cell.keeps)).collect()
        };

        assert_eq!(keeps(&table), [true, true, true, true, false]);
        table.row(vec!["很长的一段文字".repeat(22).into()]);
        assert_eq!(keeps(&table), [true, false, false, true, true, false]);
    }

    #[test]
    fn a_text_that_spans_rows_leaves_room_to_what_stands_beside_it() {
        let columns = [("评估单元", Align::Left), ("指标", Align::Left), ("缺口", Align::Right)];
        let name = "一所名称很长的义务教育学校本部校区";
        let row = |span| vec![Cell { span, ..name.into() }, name.into(), "1047.60平方米".into()];
        let mut table = Table::new("", &columns);
        table.groups.push(vec![row(2), row(0)]);

        let widths = PrintedTable::new(&table, TEXT_WIDTH * 2 / 3).widths;

        assert!(widths[1] > widths[0] * 3 / 2, "{widths:?}");
    }

    #[test]
    fn columns_share_the_width_by_what_stands_in_them() {
        let mut table = Table::new("", &[("编号", Align::Center), ("项目", Align::Left), ("结论", Align::Center)]);
        table.row(vec!["G1".into(), "很长的一段文字".repeat(9).into(), "达标".into()]);

        let widths = PrintedTable::new(&table, TEXT_WIDTH).widths;

        assert!(widths.iter().sum::<usize>() <= TEXT_WIDTH);
        assert!(widths[1] > 5 * widths[0], "{widths:?}");
        assert!(widths[2] > MARGINS + 2 * TYPE, "a verdict stands on one line: {widths:?}");
    }
}
