//! The template (报送模板): a workbook for one county and month, with its schools, the last month beside it, and checks of what is typed in.
//!
//! Titles and notes stand in the first rows, then the Chinese headings, and under them, hidden, the ids by which the workbook is read
//! again: rows may be inserted, deleted and sorted, and the workbook saved by any program. There are no macros and no links to elsewhere.

mod formats;
pub(super) mod guide;
mod items;
mod schools;

use std::sync::Arc;

use junheng_domain::{
    code::{Month, RegionCode},
    element::Element,
    facts::{CountyItem, ItemValue, SchoolFacts},
    school::School,
    standard::Standard,
};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

pub(super) use self::{
    formats::{Formats, marked},
    items::{ITEM_COLUMNS, ItemLine, items_of, write_items},
    schools::{SCHOOL_COLUMNS, SchoolLine, heading, write_schools},
};

/// Version of the layout; the guide of a workbook tells which one it follows.
pub(super) const VERSION: u32 = 1;
/// Sheet of what the schools report.
pub(super) const SCHOOLS: &str = "学校数据";
/// Sheet of what the county reports.
pub(super) const ITEMS: &str = "县级指标";
/// Sheet of what was reported last, for comparison; never read.
pub(super) const LAST: &str = "上月数据";
/// Sheet of how to fill the workbook in, and of what it is for.
pub(super) const GUIDE: &str = "填报说明";
/// Sheet of findings in a workbook that was sent back; never read.
pub(super) const FINDINGS: &str = "问题清单";

/// Row of the Chinese headings, from 0.
pub(super) const HEADING_ROW: u32 = 2;
/// Row of the ids, from 0.
pub(super) const ID_ROW: u32 = 3;
/// First row of data, from 0.
pub(super) const FIRST_ROW: u32 = 4;
/// What stands at the foot of a printed page.
pub(super) const PAGES: &str = "&C&9第&P页，共&N页";
/// The format's number of the paper that sheets of many columns are read on.
const A3: u8 = 8;
/// Height of a line of text, in points, and the lines that a row shows at most.
const LINE_HEIGHT: f64 = 17.0;
const MOST_LINES: f64 = 20.0;
/// Empty rows below the data that are ready to be filled in.
pub(super) const SPARE_ROWS: u32 = 20;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    Empty,
    /// A number.
    Number(f64),
    /// A text, never taken for a formula.
    Text(String),
}

/// Puts a value where a format is.
pub(super) fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: &Value,
    format: &rust_xlsxwriter::Format,
) -> Result<(), XlsxError> {
    match value {
        Value::Empty => sheet.write_blank(row, column, format)?,
        Value::Number(number) => sheet.write_number_with_format(row, column, *number, format)?,
        Value::Text(text) => sheet.write_string_with_format(row, column, text, format)?,
    };
    Ok(())
}

/// Makes a row as high as its texts need in columns of these widths: not every program does so by itself.
pub(super) fn fit<'a>(
    sheet: &mut Worksheet,
    row: u32,
    texts: impl IntoIterator<Item = (&'a str, f64)>,
) -> Result<(), XlsxError> {
    let lines = texts.into_iter().map(|(text, width)| lines_of(text, width)).fold(1.0, f64::max);
    sheet.set_row_height(row, LINE_HEIGHT * lines.min(MOST_LINES)).map(drop)
}

/// Lines that a text takes. A Chinese character takes the room of two digits, by which columns are measured, and none goes to the edge.
fn lines_of(text: &str, width: f64) -> f64 {
    let across: f64 = text.chars().map(|char| if char.is_ascii() { 1.0 } else { 2.0 }).sum();
    (across / (width - 2.0)).ceil().max(1.0)
}

/// What a county reported last.
#[derive(Debug, Clone)]
pub struct Before {
    /// The month.
    pub month: Month,
    /// What its schools reported.
    pub facts: Vec<SchoolFacts>,
    /// What it reported itself.
    pub items: Vec<CountyItem>,
}

/// What a template is made of.
#[derive(Debug, Clone)]
pub struct Template {
    /// The county.
    pub county: RegionCode,
    /// Its name.
    pub county_name: String,
    /// The month that is to be reported.
    pub month: Month,
    /// The schools that are open in the month, in the order of the rows.
    pub schools: Vec<School>,
    /// The standards whose county items are asked for.
    pub standards: Vec<Arc<Standard>>,
    /// What was reported last; `None`: nothing.
    pub before: Option<Before>,
}

/// A workbook that cannot be written: a text or a table beyond what the format holds.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written")]
pub struct WorkbookError(#[from] XlsxError);

impl Template {
    /// A name for its file: `210922-2024-12-彰武县-报送表.xlsx`.
    #[must_use]
    pub fn file_name(&self) -> String {
        let name: String = self.county_name.chars().filter(|c| c.is_alphanumeric()).collect();
        format!("{}-{}-{name}-报送表.xlsx", self.county, self.month)
    }

    /// Writes the workbook.
    ///
    /// # Errors
    ///
    /// [`WorkbookError`] when a text or a table is beyond what the format holds.
    pub fn write(&self) -> Result<Vec<u8>, WorkbookError> {
        let formats = Formats::new();
        let mut book = book(self.month);
        let place = self.place(self.month);
        guide::write(book.add_worksheet(), &formats, self)?;
        let lines = self.school_lines(None);
        let title = format!("{place} {SCHOOLS}：一行一所学校，填写白色单元格；没有数据的留空，没有的填 0");
        write_schools(book.add_worksheet().set_name(SCHOOLS)?, &formats, &title, &lines)?;
        let last = self.before.as_ref().map(|before| before.items.as_slice()).unwrap_or_default();
        let title = format!("{place} {ITEMS}：填写“填报值”一列；本月没有变化的可以留空，十二个月内报过的继续有效");
        write_items(book.add_worksheet().set_name(ITEMS)?, &formats, &title, &items_of(&self.standards, last))?;
        if let Some(before) = &self.before {
            let title = format!("{} 已接收的学校数据：只供对照，不会被读取", self.place(before.month));
            let sheet = book.add_worksheet().set_name(LAST)?;
            write_schools(sheet, &formats, &title, &self.school_lines(Some(before)))?;
            sheet.protect();
        }
        Ok(book.save_to_buffer()?)
    }

    /// The county and a month, as titles name them: 彰武县（210922）2024-12; a county without a name by its code.
    pub(super) fn place(&self, month: Month) -> String {
        if self.county_name.is_empty() {
            format!("{} {month}", self.county)
        } else {
            format!("{}（{}）{month}", self.county_name, self.county)
        }
    }

    pub(super) fn school_lines(&self, filled: Option<&Before>) -> Vec<SchoolLine> {
        let line = |school: &School| {
            let facts = filled.and_then(|before| before.facts.iter().find(|facts| facts.school == school.code));
            let value = |element| facts.and_then(|facts| facts.get(element));
            SchoolLine {
                code: school.code.to_string(),
                name: school.name.clone(),
                school_type: format!("{} {}", school.school_type, school.school_type.title()),
                taught: Some(school.school_type),
                values: Element::all()
                    .map(|element| value(element).map_or(Value::Empty, |number| Value::Number(number.to_f64())))
                    .collect(),
            }
        };
        self.schools.iter().map(line).collect()
    }
}

/// An empty workbook. It says that it was made on the first day of its month, so that the same content is the same file.
pub(super) fn book(month: Month) -> Workbook {
    let mut book = Workbook::new();
    let day = month.first_day();
    let year = u16::try_from(day.year()).unwrap_or_default();
    let (month, day) = (u8::try_from(day.month()).unwrap_or(1), u8::try_from(day.day()).unwrap_or(1));
    let mut properties = DocProperties::new().set_author("Junheng");
    if let Ok(made) = ExcelDateTime::from_ymd(year, month, day) {
        properties = properties.set_creation_datetime(&made);
    }
    book.set_properties(&properties);
    book
}

/// A value of a county item as a cell holds it.
pub(super) fn item_value(value: ItemValue) -> Value {
    match value {
        ItemValue::Quantity(number) => Value::Number(number.to_f64()),
        ItemValue::Declaration(value) => Value::Text(if value { "是" } else { "否" }.to_owned()),
        ItemValue::Date(date) => Value::Text(date.to_string()),
    }
}
