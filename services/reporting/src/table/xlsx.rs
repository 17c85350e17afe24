//! An Excel workbook.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::{Cell, Shows, Table, TableError, dangerous};

/// Widths of columns that are shorter or longer than this are set to it. Units: characters.
const WIDTHS: (f64, f64) = (8.0, 48.0);
/// Most that a head asks for, and what a page across holds so that it can be read. Units: characters.
const HEAD: u32 = 16;
const PAGE: f64 = 200.0;
const MOST_PAGES: u16 = 10;
/// Rows that a column's width is taken from.
const MEASURED: usize = 200;

pub(super) fn write(tables: &[Table]) -> Result<Vec<u8>, TableError> {
    let mut workbook = Workbook::new();
    // Without a day of its own it would be that of writing, and no two workbooks alike.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    for table in tables {
        sheet(workbook.add_worksheet(), table)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn sheet(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let head =
        Format::new().set_bold().set_align(FormatAlign::Center).set_text_wrap().set_border_bottom(FormatBorder::Thin);
    sheet.set_name(table.title)?;
    for (number, column) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, number, &column.title, &head)?;
        sheet.set_column_width(number, width(table, usize::from(number)))?;
    }
    let formats: Vec<Format> = table.columns.iter().map(|column| format(column.shows)).collect();
    let (plain, text) = (Format::new(), Format::new().set_quote_prefix());
    for (number, row) in (1..).zip(&table.rows) {
        for ((column, cell), format) in (0..).zip(row).zip(&formats) {
            match cell {
                Cell::Empty => continue,
                Cell::Number(value) => sheet.write_number_with_format(number, column, *value, format)?,
                // A string is no formula; marked as text it does not become one when it is edited.
                Cell::Text(value) if dangerous(value) => {
                    sheet.write_string_with_format(number, column, value, &text)?
                }
                Cell::Text(value) => sheet.write_string_with_format(number, column, value, &plain)?,
            };
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    // A table that is too wide for one page goes over several, with what its rows are about on each.
    let across: f64 = (0..table.columns.len()).map(|column| width(table, column)).sum();
    let pages = (1..=MOST_PAGES).find(|pages| f64::from(*pages) * PAGE >= across).unwrap_or(MOST_PAGES);
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(pages, 0);
    if pages > 1 {
        sheet.set_repeat_columns(0, 1)?;
    }
    if let Some(last) = u16::try_from(table.columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        sheet.autofilter(0, 0, u32::try_from(table.rows.len()).unwrap_or(u32::MAX), last)?;
    }
    Ok(())
}

fn format(shows: Shows) -> Format {
    let number = match shows {
        Shows::Text => return Format::new(),
        Shows::Whole => "0",
        Shows::Value => "0.00",
        Shows::Variation => "0.000",
        Shows::Percent => "0.00%",
    };
    Format::new().set_num_format(number)
}

fn width(table: &Table, column: usize) -> f64 {
    let of = |text: &str| text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum::<u32>();
    let cell = |row: &Vec<Cell>| match row.get(column) {
        Some(Cell::Text(text)) => of(text),
        Some(Cell::Number(_)) => 8,
        _ => 0,
    };
    // A long head stands on several lines.
    let head = table.columns.get(column).map_or(0, |column| of(&column.title).min(HEAD));
    let widest = table.rows.iter().take(MEASURED).map(cell).chain([head]).max().unwrap_or_default();
    (f64::from(widest) + 3.0).clamp(WIDTHS.0, WIDTHS.1)
}
