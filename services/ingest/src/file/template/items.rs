//! The sheet of county items: a row for each operand that the standards ask for.

use std::{borrow::Borrow, collections::BTreeSet};

use junheng_domain::{
    facts::CountyItem,
    standard::{OperandKind, Standard},
};
use rust_xlsxwriter::{DataValidation, DataValidationRule, ExcelDateTime, Format, Worksheet, XlsxError};

use super::{
    A3, FIRST_ROW, Formats, HEADING_ROW, ID_ROW, PAGES, SPARE_ROWS, Value, fit, item_value, put, schools::protect,
};

/// The columns: id, heading, width. Those whose id is not a column of the file of county items are for people.
pub(in super::super) const ITEM_COLUMNS: [(&str, &str, f64); 10] = [
    ("item", "指标项", 8.0),
    ("item_title", "指标项名称", 36.0),
    ("operand", "要素", 26.0),
    ("operand_title", "要素名称", 30.0),
    ("kind", "填写方式", 12.0),
    ("value", "填报值", 14.0),
    ("last_value", "上次填报值", 14.0),
    ("declared_on", "声明日期", 12.0),
    ("declared_by", "声明人（单位）", 20.0),
    ("evidence", "依据（文件、材料）", 36.0),
];
/// The subjects of national monitoring, three of which are monitored in a year: each has its rows, and those that the state told nothing of stay
/// empty. Source: 国家义务教育质量监测方案（2021年修订版）.
const SUBJECTS: [&str; 9] = ["德育", "语文", "数学", "英语", "科学", "体育与健康", "艺术", "劳动", "心理健康"];
/// What stands for the subject in the form of an operand, and what the figures are called.
const SUBJECT: &str = "<subject>";
const FIGURES: [(&str, &str); 2] = [("level", "学业水平等级"), ("difference_rate", "校际差异率")];
/// Rows for subjects of other names: two each.
const OTHER_ROWS: usize = 6;

/// A row of the sheet.
#[derive(Debug, Clone)]
pub(in super::super) struct ItemLine {
    /// Item.
    pub(in super::super) item: String,
    /// Its title.
    pub(in super::super) item_title: String,
    /// Operand; empty where it is to be filled in.
    pub(in super::super) operand: String,
    /// Its title.
    pub(in super::super) operand_title: String,
    /// Its kind; `None`: any.
    pub(in super::super) kind: Option<OperandKind>,
    /// Its value.
    pub(in super::super) value: Value,
    /// What was reported last.
    pub(in super::super) last: Value,
    /// When, by whom and on what evidence it was declared.
    pub(in super::super) declared: [Value; 3],
}

impl ItemLine {
    /// The format of the cell of its value.
    pub(in super::super) fn format<'a>(&self, formats: &'a Formats) -> &'a Format {
        match self.kind {
            Some(OperandKind::Count) => &formats.count,
            Some(OperandKind::Amount | OperandKind::Score) => &formats.amount,
            Some(OperandKind::Rate) => &formats.rate,
            Some(OperandKind::Date) => &formats.date,
            Some(OperandKind::Declaration | OperandKind::Level) | None => &formats.text,
        }
    }
}

/// A row for each operand of the standards, once, with what was reported last; items that are computed from the schools have none.
pub(in super::super) fn items_of<S: Borrow<Standard>>(standards: &[S], last: &[CountyItem]) -> Vec<ItemLine> {
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    for item in standards.iter().flat_map(|standard| &standard.borrow().items) {
        let before = |operand: &str| {
            let found = last.iter().find(|old| old.item == item.id && old.operand == operand);
            found.map_or(Value::Empty, |old| item_value(old.value))
        };
        let line = |operand: &str, title: &str, kind| ItemLine {
            item: item.id.clone(),
            item_title: item.title.clone(),
            operand: operand.to_owned(),
            operand_title: title.to_owned(),
            kind,
            value: Value::Empty,
            last: before(operand),
            declared: [Value::Empty, Value::Empty, Value::Empty],
        };
        for operand in &item.operands {
            if seen.insert((&item.id, operand.id.clone())) {
                lines.push(line(&operand.id, &operand.title, Some(operand.kind)));
            }
        }
        if item.open_operands().next().is_none() || !seen.insert((&item.id, String::new())) {
            continue;
        }
        let known = last.iter().filter(|old| old.item == item.id && item.operand_rule(&old.operand).is_none());
        let of_subjects =
            SUBJECTS.iter().flat_map(|subject| item.open_operands().map(|form| form.replace(SUBJECT, subject)));
        let known = known.map(|old| old.operand.clone());
        for operand in known.chain(of_subjects) {
            if seen.insert((&item.id, operand.clone())) {
                lines.push(line(&operand, &figure(&operand), item.operand(&operand)));
            }
        }
        let forms = item.open_operands().collect::<Vec<_>>().join("、").replace(SUBJECT, "学科");
        lines.extend((0..OTHER_ROWS).map(|_| line("", &format!("其他学科，要素写作 {forms}"), None)));
    }
    lines
}

/// What a figure of a subject is called: `数学.level` → 数学：学业水平等级; empty where it is none.
fn figure(operand: &str) -> String {
    let named = operand.split_once('.').and_then(|(subject, id)| {
        let (_, title) = FIGURES.iter().find(|(figure, _)| *figure == id)?;
        Some(format!("{subject}：{title}"))
    });
    named.unwrap_or_default()
}

/// Writes the sheet.
pub(in super::super) fn write_items(
    sheet: &mut Worksheet,
    formats: &Formats,
    title: &str,
    lines: &[ItemLine],
) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, title, &formats.title)?;
    for (column, (id, heading, width)) in (0..).zip(ITEM_COLUMNS) {
        sheet.write_string_with_format(HEADING_ROW, column, heading, &formats.heading)?;
        sheet.write_string_with_format(ID_ROW, column, id, &formats.id)?;
        sheet.set_column_width(column, width)?;
    }
    sheet.set_row_hidden(ID_ROW)?;
    let mut row = FIRST_ROW;
    for line in lines {
        let operand = if line.operand.is_empty() { &formats.text } else { &formats.given };
        sheet.write_string_with_format(row, 0, &line.item, &formats.given)?;
        sheet.write_string_with_format(row, 1, &line.item_title, &formats.given)?;
        put(sheet, row, 2, &text(&line.operand), operand)?;
        sheet.write_string_with_format(row, 3, &line.operand_title, &formats.given)?;
        sheet.write_string_with_format(row, 4, line.kind.map_or("", filling), &formats.given)?;
        put(sheet, row, 5, &line.value, line.format(formats))?;
        put(sheet, row, 6, &line.last, &formats.given)?;
        for (column, (value, format)) in
            (7..).zip(line.declared.iter().zip([&formats.date, &formats.text, &formats.text]))
        {
            put(sheet, row, column, value, format)?;
        }
        let texts = [line.item.as_str(), &line.item_title, &line.operand, &line.operand_title];
        fit(sheet, row, texts.into_iter().zip(ITEM_COLUMNS.map(|(.., width)| width)))?;
        if let Some(rule) = line.kind.map(validation).transpose()?.flatten() {
            sheet.add_data_validation(row, 5, row, 5, &rule)?;
        }
        row += 1;
    }
    let last = row + SPARE_ROWS - 1;
    for row in row..=last {
        for (column, (id, ..)) in (0..).zip(ITEM_COLUMNS) {
            sheet.write_blank(row, column, if id == "declared_on" { &formats.date } else { &formats.text })?;
        }
    }
    if let Some(rule) = validation(OperandKind::Date)? {
        sheet.add_data_validation(FIRST_ROW, 7, last, 7, &rule)?;
    }
    sheet
        .set_freeze_panes(FIRST_ROW, 3)?
        .set_landscape()
        .set_paper_size(A3)
        .set_print_fit_to_pages(1, 0)
        .set_footer(PAGES)
        .set_repeat_rows(HEADING_ROW, HEADING_ROW)?;
    protect(sheet);
    Ok(())
}

fn text(text: &str) -> Value {
    if text.is_empty() { Value::Empty } else { Value::Text(text.to_owned()) }
}

/// How an operand of a kind is filled in.
const fn filling(kind: OperandKind) -> &'static str {
    match kind {
        OperandKind::Count => "整数",
        OperandKind::Amount => "金额（元）",
        OperandKind::Rate => "小数，如 0.15",
        OperandKind::Level => "Ⅰ至Ⅳ",
        OperandKind::Declaration => "是或否",
        OperandKind::Date => "日期",
        OperandKind::Score => "得分",
    }
}

fn validation(kind: OperandKind) -> Result<Option<DataValidation>, XlsxError> {
    let rule = DataValidation::new();
    let (rule, text) = match kind {
        OperandKind::Declaration => (rule.allow_list_strings(&["是", "否"])?, "请选择是或否"),
        OperandKind::Level => (rule.allow_list_strings(&["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"])?, "请选择等级"),
        OperandKind::Count => {
            (rule.allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0)), "请填写不小于零的整数")
        }
        OperandKind::Amount | OperandKind::Rate | OperandKind::Score => {
            (rule.allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0)), "请填写不小于零的数")
        }
        OperandKind::Date => {
            let Ok(first) = ExcelDateTime::from_ymd(1986, 1, 1) else { return Ok(None) };
            (rule.allow_date(DataValidationRule::GreaterThanOrEqualTo(first)), "请填写日期，如 2024-12-29")
        }
    };
    rule.set_error_title("数据不符合要求")?.set_error_message(text).map(Some)
}
