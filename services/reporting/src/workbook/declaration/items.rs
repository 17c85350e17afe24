//! 表Ⅳ and 表Ⅴ: the items of a part, a row each test: the figure that is judged, what it follows from, and the verdict.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Item, Operand, Part, Test, operand::Value},
};
use rust_xlsxwriter::Worksheet;

use super::{Declaration, Entry, Grid, WorkbookError};
use crate::{
    report::{
        figures::{self, Measure},
        labels, number, words,
    },
    workbook::grid::{Head, Paper},
};

/// Headings and widths of the columns.
const COLUMNS: [(&str, f64); 8] = [
    ("序号", 6.0),
    ("评估项目", 30.0),
    ("判定要求", 28.0),
    ("数值", 14.0),
    ("单位", 7.0),
    ("要求值", 12.0),
    ("完成情况", 52.0),
    ("是否达标", 9.0),
];
/// Columns that the tests of an item share.
const SHARED: [u16; 3] = [0, 1, 7];

/// Writes the table of one part.
pub(super) fn write(
    form: &Declaration<'_>,
    table: &str,
    part: &Part,
    items: &[&Item],
    sheet: &mut Worksheet,
) -> Result<(), WorkbookError> {
    let widths = COLUMNS.map(|(_, width)| width);
    let mut grid = Grid::new(sheet.set_name(table)?, &widths)?;
    form.begin(&mut grid, &format!("{table}　{}", part.title))?;
    grid.head(&head(), Some(2))?;
    write_items(&mut grid, part, items)?;
    write_counts(&mut grid, part, items)?;
    Ok(grid.finish(Paper::Across, &form.margin())?)
}

/// Writes the parts that have no table in the form, one below the other.
pub(super) fn write_others(
    form: &Declaration<'_>,
    parts: &[(&Part, Vec<&Item>)],
    sheet: &mut Worksheet,
) -> Result<(), WorkbookError> {
    let widths = COLUMNS.map(|(_, width)| width);
    let mut grid = Grid::new(sheet.set_name("附表")?, &widths)?;
    let titles: Vec<&str> = parts.iter().map(|(part, _)| part.title.as_str()).collect();
    form.begin(&mut grid, &format!("附表　{}", titles.join("、")))?;
    for (index, (part, items)) in parts.iter().enumerate() {
        grid.lead(&part.title)?;
        grid.head(&head(), (index == 0).then_some(2))?;
        write_items(&mut grid, part, items)?;
    }
    Ok(grid.finish(Paper::Across, &form.margin())?)
}

fn head() -> Vec<Head> {
    (0..).zip(COLUMNS).map(|(column, (text, _))| Head::new((0, 0), (column, column), text)).collect()
}

/// Writes items of a part below a heading.
fn write_items(grid: &mut Grid<'_>, part: &Part, items: &[&Item]) -> Result<(), WorkbookError> {
    for item in items {
        let rows: Vec<Vec<Entry>> = if item.tests.is_empty() {
            vec![row(part, item, None)]
        } else {
            item.tests.iter().map(|test| row(part, item, Some(test))).collect()
        };
        grid.group(&SHARED, &rows)?;
    }
    Ok(())
}

fn write_counts(grid: &mut Grid<'_>, part: &Part, items: &[&Item]) -> Result<(), WorkbookError> {
    let count = |verdict| items.iter().filter(|item| item.verdict() == verdict).count();
    let told = [(Verdict::Met, "达标"), (Verdict::NotMet, "不达标"), (Verdict::Undetermined, "待定")];
    let told: Vec<String> = told
        .into_iter()
        .map(|(verdict, word)| (word, count(verdict)))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{word}{count}项"))
        .collect();
    let verdict = words::verdict(part.verdict());
    Ok(grid.line(&format!("共{}项：{}。本部分结论：{verdict}。", items.len(), told.join("，")))?)
}

fn row(part: &Part, item: &Item, test: Option<&Test>) -> Vec<Entry> {
    let word = if part.id == "vetoes" { words::veto_verdict(item.verdict()) } else { words::verdict(item.verdict()) };
    let (value, unit, limit) = test.map_or((Entry::None, Entry::None, Entry::None), compared);
    vec![
        Entry::text(&item.id),
        Entry::left(&item.title),
        Entry::left(test.map_or("", |test| &test.rule)),
        value,
        unit,
        limit,
        Entry::left(test.map_or_else(String::new, told)),
        Entry::text(word),
    ]
}

/// The figure that is judged, its unit, and what it is held against.
pub(super) fn compared(test: &Test) -> (Entry, Entry, Entry) {
    if test.institution_count.is_some() || (test.value.is_none() && test.limit.is_none()) {
        return (Entry::None, Entry::None, Entry::None);
    }
    match figures::measure(test, &test.operands) {
        Measure::Share => {
            let limit = test.limit.map_or(Entry::None, |limit| Entry::share(limit, Some(limit)));
            (test.value.map_or(Entry::Missing, |value| Entry::share(value, test.limit)), Entry::None, limit)
        }
        Measure::Amount(unit) => {
            let usual = if unit == "元" || test.value.is_some_and(|value| value.fract() == 0.0) { 0 } else { 2 };
            let figure = |value: f64| Entry::figure(value, usual, &[test.limit]);
            let unit = if unit.is_empty() { Entry::None } else { Entry::text(unit) };
            (test.value.map_or(Entry::Missing, figure), unit, test.limit.map_or(Entry::None, figure))
        }
    }
}

/// What a test follows from, in words.
fn told(test: &Test) -> String {
    let mut parts = vec![];
    if let Some(count) = test.institution_count {
        parts.push(figures::institutions(test, count));
    }
    parts.extend(figures::gap_of_test(test));
    if !test.operands.is_empty() {
        let each = figures::each_operand(&test.operands, figures::points(test));
        parts.push(each.join(if each.len() > figures::MOST_IN_ROW { "\n" } else { "，" }));
    }
    if parts.is_empty() && test.verdict() == Verdict::Undetermined {
        return "未报送".to_owned();
    }
    parts.join("；")
}

/// A reported figure as a cell: a number, a word or a date.
pub(super) fn operand(operand: &Operand) -> Entry {
    match &operand.value {
        Some(Value::Quantity(value)) if value.fract() == 0.0 => Entry::count(*value),
        Some(Value::Quantity(value)) => Entry::figure(*value, 2, &[]),
        Some(Value::Declaration(declared)) => Entry::text(if *declared { "是" } else { "否" }),
        Some(Value::Date(date)) => Entry::text(words::date(date)),
        None if operand.stale => Entry::text(words::stale(&operand.month, &operand.declared_on)),
        None => Entry::Missing,
    }
}

/// What an operand is called, and its unit.
pub(super) fn label(operand: &Operand) -> (String, Entry) {
    let unit = labels::unit(&operand.id, &operand.title);
    let unit = if unit.is_empty() { Entry::text(number::MISSING) } else { Entry::text(unit) };
    (labels::label(&operand.id, &operand.title), unit)
}
