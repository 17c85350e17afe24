//! A workbook to send back: the template's layout, the sender's values as they stood, and the findings in their cells.

use std::collections::BTreeMap;

use junheng_domain::{element::Element, school::SchoolType, standard::OperandKind};
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline, Note, Url, Workbook, XlsxError};

use super::{
    Reading, Template, WorkbookError,
    grid::{Cell, Kind, letters},
    table::{Row, Table},
    template::{
        self, FIRST_ROW, Formats, ITEM_COLUMNS, ItemLine, SCHOOL_COLUMNS, SchoolLine, Value, fit, guide, marked, put,
        write_items, write_schools,
    },
};

/// The format's number of the paper.
const A4: u8 = 9;
/// Findings that are listed; cells that are commented on.
const LISTED: usize = 10_000;
/// Characters of a comment.
const COMMENT: usize = 1_000;
/// The columns of the list of findings, and their widths.
const COLUMNS: [(&str, f64); 9] = [
    ("序号", 6.0),
    ("严重程度", 9.0),
    ("位置", 24.0),
    ("学校", 13.0),
    ("学校名称", 18.0),
    ("问题", 36.0),
    ("填写的内容", 14.0),
    ("允许的内容", 20.0),
    ("处理办法", 36.0),
];

/// A finding, as it is written into a workbook.
#[derive(Debug, Clone, Default)]
pub struct Remark {
    /// Whether it is an error, or a warning.
    pub error: bool,
    /// Where it is, as [`Places`](super::Places) puts it.
    pub path: String,
    /// The school concerned; empty when none is.
    pub school: String,
    /// What was found.
    pub found: String,
    /// What is wrong.
    pub message: String,
    /// What is allowed; empty where the message says it.
    pub allowed: String,
    /// How to mend it.
    pub remedy: String,
}

/// A cell of the workbook.
type Spot = (&'static str, u32, u16);

/// Writes the workbook. It can be corrected and sent again. Texts are never written as formulas, whatever they begin with.
///
/// # Errors
///
/// [`WorkbookError`] when a text or a table is beyond what the format holds.
pub fn annotate(template: &Template, reading: &Reading, remarks: &[Remark]) -> Result<Vec<u8>, WorkbookError> {
    let formats = Formats::new();
    let schools = school_lines(template, reading);
    let items = item_lines(template, reading);
    let spots = spots(reading);
    let place = template.place(template.month);
    let mut book = template::book(template.month);
    let mut names: BTreeMap<&str, &str> =
        reading.registry.iter().map(|row| (row.code.as_str(), row.name.as_str())).collect();
    names.extend(template.schools.iter().map(|school| (school.code.as_str(), school.name.as_str())));
    list(&mut book, &formats, &place, remarks, &spots, &names)?;
    guide::write(book.add_worksheet(), &formats, template)?;
    let title = format!("{place} {}：着色单元格有问题，详见批注", template::SCHOOLS);
    write_schools(book.add_worksheet().set_name(template::SCHOOLS)?, &formats, &title, &schools)?;
    let title = format!("{place} {}：着色单元格有问题，详见批注", template::ITEMS);
    write_items(book.add_worksheet().set_name(template::ITEMS)?, &formats, &title, &items)?;
    let mut by_spot: BTreeMap<Spot, Vec<&Remark>> = BTreeMap::new();
    for remark in remarks {
        if let Some(spot) = spots.get(&remark.path) {
            by_spot.entry(*spot).or_default().push(remark);
        }
    }
    for ((sheet, row, column), of_spot) in by_spot.into_iter().take(LISTED) {
        let index = (row - FIRST_ROW) as usize;
        let cell = if sheet == template::SCHOOLS {
            schools.get(index).and_then(|line| school_cell(line, column, &formats))
        } else {
            items.get(index).and_then(|line| item_cell(line, column, &formats))
        };
        let Some((value, format)) = cell else { continue };
        let error = of_spot.iter().any(|remark| remark.error);
        // What is wrong with a number may be what its format would not show.
        let format =
            if matches!(value, Value::Number(number) if number.fract() != 0.0) { &formats.rate } else { format };
        let sheet = book.worksheet_from_name(sheet)?;
        put(sheet, row, column, &value, &marked(format, error))?;
        let text = of_spot.iter().map(|remark| comment(remark)).collect::<Vec<_>>().join("\n");
        let text: String = text.chars().take(COMMENT).collect();
        let height = note_height(&text);
        let note = Note::new(text).add_author_prefix(false).set_width(280).set_height(height);
        sheet.insert_note(row, column, &note)?;
    }
    Ok(book.save_to_buffer()?)
}

/// A note as high as its text; 20 Chinese characters stand on a line. Units: pixels.
fn note_height(text: &str) -> u32 {
    let lines: usize = text.lines().map(|line| line.chars().count().div_ceil(20).max(1)).sum();
    u32::try_from(lines).unwrap_or(u32::MAX).saturating_mul(18).saturating_add(24).min(600)
}

fn comment(remark: &Remark) -> String {
    let severity = if remark.error { "错误" } else { "警告" };
    let parts = [("", &remark.message), ("允许：", &remark.allowed), ("处理：", &remark.remedy)];
    let told = parts.iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| format!("{label}{text}"));
    format!("【{severity}】{}", told.collect::<Vec<_>>().join("\n"))
}

/// The sheet of all findings, with links to their cells.
fn list(
    book: &mut Workbook,
    formats: &Formats,
    place: &str,
    remarks: &[Remark],
    spots: &BTreeMap<String, Spot>,
    names: &BTreeMap<&str, &str>,
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(template::FINDINGS)?;
    let errors = remarks.iter().filter(|remark| remark.error).count();
    let title = format!("{place} {}：错误{errors}处，警告{}处", template::FINDINGS, remarks.len() - errors);
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    for (column, (heading, width)) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(2, column, heading, &formats.heading)?;
        sheet.set_column_width(column, width)?;
    }
    let plain = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
    let text = plain.clone().set_text_wrap();
    let linked = text.clone().set_font_color(Color::RGB(0x0005_63C1)).set_underline(FormatUnderline::Single);
    for ((row, number), remark) in (3..).zip(1_u32..).zip(remarks).take(LISTED) {
        sheet.write_number_with_format(row, 0, number, &plain)?;
        sheet.write_string_with_format(row, 1, if remark.error { "错误" } else { "警告" }, &plain)?;
        match spots.get(&remark.path) {
            Some((of, below, column)) => {
                let target = format!("internal:'{of}'!{}{}", letters(usize::from(*column)), below + 1);
                sheet.write_url_with_format(row, 2, Url::new(target).set_text(&remark.path), &linked)?;
            }
            None => _ = sheet.write_string_with_format(row, 2, &remark.path, &text)?,
        }
        let name = names.get(remark.school.as_str()).copied().unwrap_or_default();
        let texts = [remark.school.as_str(), name, &remark.message, &remark.found, &remark.allowed, &remark.remedy];
        for (column, told) in (3..).zip(texts) {
            sheet.write_string_with_format(row, column, told, &text)?;
        }
        let widths = COLUMNS[2..].iter().map(|(_, width)| *width);
        fit(sheet, row, [remark.path.as_str()].into_iter().chain(texts).zip(widths))?;
    }
    sheet
        .set_freeze_panes(3, 0)?
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.6, 0.6, 0.3, 0.3)
        .set_footer(template::PAGES)
        .set_repeat_rows(2, 2)?;
    Ok(())
}

/// Where each cell that was read stands in the workbook.
fn spots(reading: &Reading) -> BTreeMap<String, Spot> {
    let mut spots = BTreeMap::new();
    for (row, line) in (FIRST_ROW..).zip(reading.schools_table.iter().flat_map(Table::rows)) {
        let first = SCHOOL_COLUMNS.iter().map(|(id, ..)| *id);
        let ids = first.chain(Element::all().map(Element::id));
        spots.insert(line.path(), (template::SCHOOLS, row, 0));
        spots.extend((0..).zip(ids).map(|(column, id)| (line.at(id), (template::SCHOOLS, row, column))));
    }
    for (row, line) in (FIRST_ROW..).zip(reading.items_table.iter().flat_map(Table::rows)) {
        spots.insert(line.path(), (template::ITEMS, row, 0));
        spots.extend((0..).zip(ITEM_COLUMNS).map(|(column, (id, ..))| (line.at(id), (template::ITEMS, row, column))));
    }
    spots
}

fn school_lines(template: &Template, reading: &Reading) -> Vec<SchoolLine> {
    let Some(table) = &reading.schools_table else { return template.school_lines(None) };
    let line = |row: Row<'_>| {
        let school_type = row.text("school_type");
        let code = school_type.split(char::is_whitespace).next().unwrap_or_default();
        let registered = template.schools.iter().find(|school| school.code.as_str() == row.text("school_code"));
        SchoolLine {
            code: row.text("school_code").to_owned(),
            name: row.text("name").to_owned(),
            school_type: school_type.to_owned(),
            taught: registered.map(|school| school.school_type).or_else(|| code.parse::<SchoolType>().ok()),
            values: Element::all().map(|element| value(row.find(element.id()))).collect(),
        }
    };
    table.rows().map(line).collect()
}

fn item_lines(template: &Template, reading: &Reading) -> Vec<ItemLine> {
    let Some(table) = &reading.items_table else { return template::items_of(&template.standards, &[]) };
    let rules = |item: &str| template.standards.iter().find_map(|standard| standard.item(item));
    let line = |row: Row<'_>| {
        let rule = rules(row.text("item"));
        let kind: Option<OperandKind> = rule.and_then(|rule| rule.operand(row.text("operand")));
        let title = |column: &str, of: Option<&String>| {
            let told = row.text(column);
            if told.is_empty() { of.cloned().unwrap_or_default() } else { told.to_owned() }
        };
        let operand = rule.and_then(|rule| rule.operand_rule(row.text("operand")));
        ItemLine {
            item: row.text("item").to_owned(),
            item_title: title("item_title", rule.map(|rule| &rule.title)),
            operand: row.text("operand").to_owned(),
            operand_title: title("operand_title", operand.map(|operand| &operand.title)),
            kind,
            value: value(row.find("value")),
            last: value(row.find("last_value")),
            declared: ["declared_on", "declared_by", "evidence"].map(|column| value(row.find(column))),
        }
    };
    table.rows().map(line).collect()
}

/// A cell as it stood: a number as a number, everything else as the text that people saw.
fn value(cell: Option<&Cell>) -> Value {
    let Some(cell) = cell else { return Value::Empty };
    match (cell.kind, cell.text.parse::<f64>()) {
        (Kind::Number, Ok(number)) if number.is_finite() => Value::Number(number),
        _ => Value::Text(cell.text.clone()),
    }
}

fn school_cell<'a>(line: &SchoolLine, column: u16, formats: &'a Formats) -> Option<(Value, &'a Format)> {
    let column = usize::from(column);
    if let Some(text) = [&line.code, &line.name, &line.school_type].get(column) {
        return Some((Value::Text((*text).clone()), &formats.given));
    }
    let element = Element::all().nth(column - SCHOOL_COLUMNS.len())?;
    Some((line.values.get(element.index())?.clone(), line.format(formats, element)))
}

fn item_cell<'a>(line: &ItemLine, column: u16, formats: &'a Formats) -> Option<(Value, &'a Format)> {
    let text = |text: &String| Value::Text(text.clone());
    let cell = match column {
        0 => (text(&line.item), &formats.given),
        1 => (text(&line.item_title), &formats.given),
        2 => (text(&line.operand), &formats.given),
        3 => (text(&line.operand_title), &formats.given),
        5 => (line.value.clone(), line.format(formats)),
        7 => (line.declared[0].clone(), &formats.date),
        8 => (line.declared[1].clone(), &formats.text),
        9 => (line.declared[2].clone(), &formats.text),
        _ => return None,
    };
    Some(cell)
}
