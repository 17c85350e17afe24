//! The sheet of schools: a row for each, a column for each element.

use junheng_domain::{
    element::{Element, Kind},
    school::SchoolType,
};
use rust_xlsxwriter::{DataValidation, DataValidationRule, Format, Note, ProtectionOptions, Worksheet, XlsxError};

use super::{A3, FIRST_ROW, Formats, HEADING_ROW, ID_ROW, PAGES, SPARE_ROWS, Value, fit, put};

/// The columns before the elements: id, heading, width.
pub(in super::super) const SCHOOL_COLUMNS: [(&str, &str, f64); 3] =
    [("school_code", "学校标识码", 13.0), ("name", "学校名称", 24.0), ("school_type", "办学类型", 15.0)];

/// A row of the sheet.
#[derive(Debug, Clone)]
pub(in super::super) struct SchoolLine {
    /// Code, as it stands.
    pub(in super::super) code: String,
    /// Name.
    pub(in super::super) name: String,
    /// Code and title of the type.
    pub(in super::super) school_type: String,
    /// The type, where it is known: stages that it does not teach are closed.
    pub(in super::super) taught: Option<SchoolType>,
    /// A value for each element, in catalogue order.
    pub(in super::super) values: Vec<Value>,
}

impl SchoolLine {
    /// The format of the cell of an element.
    pub(in super::super) fn format<'a>(&self, formats: &'a Formats, element: Element) -> &'a Format {
        let stage = element.definition().stage;
        if stage.zip(self.taught).is_some_and(|(stage, taught)| !taught.admits(stage)) {
            return &formats.closed;
        }
        match element.definition().kind {
            Kind::Count => &formats.count,
            Kind::Amount => &formats.amount,
        }
    }
}

/// The heading of an element, with its unit: 小学在校生（人）.
#[must_use]
pub(in super::super) fn heading(element: Element) -> String {
    let definition = element.definition();
    format!("{}（{}）", definition.title, definition.unit)
}

/// What a person should know of an element: the national form that it stands in, and what is often taken otherwise.
#[must_use]
pub(super) fn element_note(element: Element) -> String {
    let definition = element.definition();
    let hint = match definition.id {
        "teachers_above_degree_primary" => "专科及以上学历",
        "teachers_above_degree_junior" => "本科及以上学历",
        "pe_arts_teachers_primary" | "pe_arts_teachers_junior" => "体育与健康、音乐、美术、艺术",
        "teaching_area_m2" => "全部面积，含室内体育用房",
        "equipment_value_yuan" => "填元；国家表为万元",
        "music_rooms_qualified" | "art_rooms_qualified" => "只计面积达标的",
        "public_funds_budget_yuan" => "当年预算",
        "training_budget_yuan" => "公用经费中的教师培训费",
        _ => "",
    };
    [definition.form, hint].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("；")
}

/// Column of an element, from 0.
pub(super) fn column(element: Element) -> u16 {
    u16::try_from(SCHOOL_COLUMNS.len() + element.index()).unwrap_or(u16::MAX)
}

/// Writes the sheet.
pub(in super::super) fn write_schools(
    sheet: &mut Worksheet,
    formats: &Formats,
    title: &str,
    lines: &[SchoolLine],
) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    for (column, (id, heading, width)) in (0..).zip(SCHOOL_COLUMNS) {
        sheet.write_string_with_format(HEADING_ROW, column, heading, &formats.heading)?;
        sheet.write_string_with_format(ID_ROW, column, id, &formats.id)?;
        sheet.set_column_width(column, width)?;
    }
    sheet.write_string_with_format(1, 2, "国家表号及口径", &formats.note)?;
    for element in Element::all() {
        let column = column(element);
        sheet.write_string_with_format(1, column, element_note(element), &formats.note)?;
        sheet.write_string_with_format(HEADING_ROW, column, heading(element), &formats.heading)?;
        sheet.write_string_with_format(ID_ROW, column, element.id(), &formats.id)?;
        sheet.set_column_width(column, 12)?;
    }
    let note = Note::new("以此列识别学校，请勿改动；新设学校请先登记，再重新取模板。").add_author_prefix(false);
    sheet.insert_note(HEADING_ROW, 0, &note)?;
    sheet.set_row_height(1, 36)?.set_row_height(HEADING_ROW, 48)?.set_row_hidden(ID_ROW)?;
    let mut row = FIRST_ROW;
    for line in lines {
        for (column, text) in (0..).zip([&line.code, &line.name, &line.school_type]) {
            sheet.write_string_with_format(row, column, text, &formats.given)?;
        }
        for (element, value) in Element::all().zip(&line.values) {
            put(sheet, row, column(element), value, line.format(formats, element))?;
        }
        let texts = [line.code.as_str(), &line.name, &line.school_type];
        fit(sheet, row, texts.into_iter().zip(SCHOOL_COLUMNS.map(|(.., width)| width)))?;
        row += 1;
    }
    let last = row + SPARE_ROWS - 1;
    for row in row..=last {
        for column in 0..3 {
            sheet.write_blank(row, column, &formats.text)?;
        }
        for element in Element::all() {
            let format = if element.definition().kind == Kind::Count { &formats.count } else { &formats.amount };
            sheet.write_blank(row, column(element), format)?;
        }
    }
    for element in Element::all() {
        sheet.add_data_validation(FIRST_ROW, column(element), last, column(element), &validation(element)?)?;
    }
    sheet
        .set_freeze_panes(FIRST_ROW, 3)?
        .set_landscape()
        .set_paper_size(A3)
        .set_print_fit_to_pages(2, 0)
        .set_footer(PAGES)
        .set_repeat_columns(0, 1)?
        .set_repeat_rows(HEADING_ROW, HEADING_ROW)?;
    protect(sheet);
    Ok(())
}

/// Protects headings, without a password: whoever means to change them can.
pub(super) fn protect(sheet: &mut Worksheet) {
    sheet.protect_with_options(&ProtectionOptions {
        format_cells: true,
        format_columns: true,
        format_rows: true,
        insert_rows: true,
        delete_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::new()
    });
}

fn validation(element: Element) -> Result<DataValidation, XlsxError> {
    let (rule, text) = match element.definition().kind {
        Kind::Count => (
            DataValidation::new().allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0)),
            "请填写不小于零的整数；没有数据时留空",
        ),
        Kind::Amount => (
            DataValidation::new().allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0)),
            "请填写不小于零的数，最多两位小数；没有数据时留空",
        ),
    };
    rule.set_error_title("数据不符合要求")?.set_error_message(text)
}
