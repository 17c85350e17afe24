//! An Excel workbook.

use jiff::{Timestamp, civil, tz::Offset};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::{About, Cell, Shows, Table, TableError, dangerous};

/// Widths of columns that are shorter or longer than this are set to it. Units: characters.
const WIDTHS: (f64, f64) = (8.0, 60.0);
/// Most that a head asks for, and what a page of A4 and of A3 across holds so that it can be read. Units: characters.
const HEAD: u32 = 16;
const PAGE: f64 = 160.0;
const WIDE_PAGE: f64 = 226.0;
/// The format's numbers of papers.
const A3: u8 = 8;
const A4: u8 = 9;
const MOST_PAGES: u16 = 10;
/// Rows that a column's width is taken from.
const MEASURED: usize = 200;
/// Height of a line. Units: points.
const LINE: f64 = 15.0;
/// Characters of a margin; the format holds 255 of all together.
const MARGIN: usize = 60;
const HEAD_COLOUR: Color = Color::RGB(0x00E7_ECF2);

pub(super) fn write(tables: &[Table], about: &About) -> Result<Vec<u8>, TableError> {
    let mut workbook = Workbook::new();
    // Without a day of its own it would be that of writing, and no two workbooks alike.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_title(&about.title).set_creation_datetime(&created));
    for table in tables {
        sheet(workbook.add_worksheet(), table, about)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn sheet(sheet: &mut Worksheet, table: &Table, about: &About) -> Result<(), XlsxError> {
    sheet.set_name(table.title)?;
    for column in 0..table.columns.len() {
        sheet.set_column_width(place(column), width(table, column))?;
    }
    let head = above(sheet, table, about)?;
    heads(sheet, table, head)?;
    for (row, cells) in (head + 1..).zip(&table.rows) {
        body(sheet, table, row, cells)?;
    }
    sheet.set_freeze_panes(head + 1, 0)?;
    sheet.set_repeat_rows(head, head)?;
    // A table that is too wide for one page of A4 takes A3, and goes over several of them with what its rows are about on each.
    let across: f64 = (0..table.columns.len()).map(|column| width(table, column)).sum();
    let (paper, room) = paper(table);
    let pages = (1..=MOST_PAGES).find(|pages| f64::from(*pages) * room >= across).unwrap_or(MOST_PAGES);
    sheet.set_landscape().set_paper_size(paper).set_print_fit_to_pages(pages, 0);
    sheet
        .set_margins(0.5, 0.5, 0.7, 0.7, 0.3, 0.3)
        .set_header(format!("&L&9{}&R&9{}", in_margin(&about.title), in_margin(table.title)))
        .set_footer("&C&9第&P页，共&N页");
    if pages > 1 {
        sheet.set_repeat_columns(0, 1)?;
    }
    if let Some(last) = table.columns.len().checked_sub(1) {
        let rows = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
        sheet.autofilter(head, 0, head.saturating_add(rows), place(last))?;
        sheet.set_print_area(0, 0, head.saturating_add(rows), place(last))?;
    }
    Ok(())
}

/// Writes what the table is about over the columns of the first page, and gives the row of its heads.
fn above(sheet: &mut Worksheet, table: &Table, about: &About) -> Result<u32, XlsxError> {
    let set = |font, size| {
        let format = Format::new().set_font_name(font).set_font_size(size).set_text_wrap();
        format.set_align(FormatAlign::Left).set_align(FormatAlign::VerticalCenter)
    };
    let (title, plain) = (set("黑体", 14.0), set("宋体", 10.0));
    let columns = first_page(table);
    let room: f64 = (0..columns).map(|column| width(table, column)).sum();
    let unit = (!table.unit.is_empty()).then(|| format!("单位：{}", table.unit));
    let facts: Vec<String> = about.facts.iter().cloned().chain(unit).collect();
    let lines = [
        (format!("{}　{}", about.title, table.title), &title, 1.5),
        (facts.join("　"), &plain, 1.0),
        (about.note.clone(), &plain, 1.0),
    ];
    let mut row = 0;
    for (line, format, size) in lines.into_iter().filter(|(line, ..)| !line.trim().is_empty()) {
        match columns {
            0 | 1 => sheet.write_string_with_format(row, 0, &line, format)?,
            columns => sheet.merge_range(row, 0, row, place(columns - 1), &line, format)?,
        };
        sheet.set_row_height(row, lines_of(&line, room / size) * LINE * size)?;
        row += 1;
    }
    Ok(row)
}

/// The paper of a table, and how many characters a page of it holds.
fn paper(table: &Table) -> (u8, f64) {
    let across: f64 = (0..table.columns.len()).map(|column| width(table, column)).sum();
    if across > PAGE { (A3, WIDE_PAGE) } else { (A4, PAGE) }
}

/// How many columns the first page holds.
fn first_page(table: &Table) -> usize {
    let (_, room) = paper(table);
    let mut across = 0.0;
    let fits = |column: &usize| {
        across += width(table, *column);
        across <= room
    };
    (0..table.columns.len()).take_while(fits).count()
}

fn heads(sheet: &mut Worksheet, table: &Table, row: u32) -> Result<(), XlsxError> {
    let format = cell().set_bold().set_align(FormatAlign::Center).set_text_wrap().set_background_color(HEAD_COLOUR);
    let mut lines = 1.0_f64;
    for (column, head) in table.columns.iter().enumerate() {
        sheet.write_string_with_format(row, place(column), &head.title, &format)?;
        lines = lines.max(lines_of(&head.title, width(table, column)));
    }
    sheet.set_row_height(row, lines * LINE + 3.0)?;
    Ok(())
}

fn body(sheet: &mut Worksheet, table: &Table, row: u32, cells: &[Cell]) -> Result<(), XlsxError> {
    let mut lines = 1.0_f64;
    for (column, (entry, head)) in cells.iter().zip(&table.columns).enumerate() {
        let (at, plain) = (place(column), cell().set_text_wrap().set_align(FormatAlign::Left).set_indent(1));
        let date = |pattern: &str| cell().set_align(FormatAlign::Center).set_num_format(pattern);
        match entry {
            Cell::Empty => sheet.write_blank(row, at, &plain)?,
            Cell::Number(value) => sheet.write_number_with_format(row, at, *value, &format(head.shows))?,
            Cell::Date(day) => sheet.write_datetime_with_format(row, at, excel(*day, None)?, &date("yyyy-mm-dd"))?,
            Cell::Month(month) => {
                sheet.write_datetime_with_format(row, at, excel(month.first_day(), None)?, &date("yyyy-mm"))?
            }
            Cell::Instant(instant) => {
                let day = there(*instant).date();
                sheet.write_datetime_with_format(row, at, excel(day, Some(*instant))?, &date("yyyy-mm-dd hh:mm"))?
            }
            Cell::Text(value) => {
                lines = lines.max(lines_of(value, width(table, column)));
                // A string is no formula; marked as text it does not become one when it is edited.
                let format = if dangerous(value) { plain.set_quote_prefix() } else { plain };
                sheet.write_string_with_format(row, at, value, &format)?
            }
        };
    }
    if lines > 1.0 {
        sheet.set_row_height(row, lines * LINE)?;
    }
    Ok(())
}

/// Asia/Shanghai has kept eight hours since 1991.
fn there(instant: Timestamp) -> civil::DateTime {
    Offset::constant(8).to_datetime(instant)
}

fn excel(day: civil::Date, at: Option<Timestamp>) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(day.year()).unwrap_or_default();
    let date = ExcelDateTime::from_ymd(year, part(day.month()), part(day.day()))?;
    match at.map(there) {
        Some(at) => date.and_hms(u16::from(part(at.hour())), part(at.minute()), 0),
        None => Ok(date),
    }
}

fn place(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

/// A text that the margin does not read as a field.
fn in_margin(text: &str) -> String {
    text.chars().take(MARGIN).filter(|character| !character.is_control()).collect::<String>().replace('&', "&&")
}

fn cell() -> Format {
    Format::new()
        .set_font_name("宋体")
        .set_font_size(10.0)
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
}

fn format(shows: Shows) -> Format {
    let number = match shows {
        Shows::Text => return cell(),
        Shows::Whole => "0",
        Shows::Value => "0.00",
        Shows::Variation => "0.000",
        Shows::Percent => "0.00%",
    };
    cell().set_num_format(number)
}

/// How wide a text is. Units: characters, of which a Chinese one is two.
fn text_width(text: &str) -> u32 {
    text.chars().map(|character| if character.is_ascii() { 1 } else { 2 }).sum()
}

fn lines_of(text: &str, width: f64) -> f64 {
    (f64::from(text_width(text)) / (width - 2.0).max(1.0)).ceil().max(1.0)
}

fn width(table: &Table, column: usize) -> f64 {
    let cell = |row: &Vec<Cell>| match row.get(column) {
        Some(Cell::Text(text)) => text_width(text),
        Some(Cell::Number(_) | Cell::Month(_)) => 8,
        Some(Cell::Date(_)) => 10,
        Some(Cell::Instant(_)) => 16,
        Some(Cell::Empty) | None => 0,
    };
    // A long head stands on several lines.
    let head = table.columns.get(column).map_or(0, |column| text_width(&column.title).min(HEAD));
    let widest = table.rows.iter().take(MEASURED).map(cell).chain([head]).max().unwrap_or_default();
    (f64::from(widest) + 3.0).clamp(WIDTHS.0, WIDTHS.1)
}
