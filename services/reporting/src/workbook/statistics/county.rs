//! What the county itself reported, what was found and answered for, and where it all comes from.

use std::sync::Arc;

use junheng_domain::{
    facts::{DatedItem, ItemValue},
    finding::Severity,
    standard::Standard,
};
use rust_xlsxwriter::Worksheet;

use super::{Statistics, WorkbookError};
use crate::{
    report::{labels, words},
    workbook::{
        entry::Entry,
        grid::{Head, Paper},
    },
};

/// Headings and widths of the county items.
const ITEMS: [(&str, f64); 9] = [
    ("指标项", 7.0),
    ("指标项名称", 30.0),
    ("要素", 30.0),
    ("填报值", 14.0),
    ("单位", 7.0),
    ("声明日期", 16.0),
    ("声明人（单位）", 22.0),
    ("依据", 34.0),
    ("报送月份", 13.0),
];
/// Headings and widths of findings and of what was said to them.
const FINDINGS: [(&str, f64); 5] = [("规则", 24.0), ("程度", 13.0), ("个数", 20.0), ("问题", 48.0), ("改法", 40.0)];
const ACKNOWLEDGED: [&str; 5] = ["规则", "学校", "确认时间", "确认理由", "确认人"];

fn head<const N: usize>(columns: [&str; N]) -> Vec<Head> {
    (0..).zip(columns).map(|(column, text)| Head::new((0, 0), (column, column), text)).collect()
}

/// Writes the county items that count in the month.
pub(super) fn write_items(statistics: &Statistics<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let widths = ITEMS.map(|(_, width)| width);
    let mut grid = statistics.begin(sheet, "县级指标", "县级指标填报情况", &widths)?;
    grid.head(&head(ITEMS.map(|(text, _)| text)), Some(3))?;
    let standards = Standard::national().unwrap_or_default();
    for dated in in_order(&statistics.reported.items, standards) {
        let item = standards.iter().find_map(|standard| standard.item(&dated.item.item));
        let title = item.map_or("", |item| item.title.as_str());
        let mut rules = standards.iter().filter_map(|standard| standard.item(&dated.item.item));
        let operand = rules.find_map(|item| item.operand_rule(&dated.item.operand));
        let operand = operand.map_or("", |operand| operand.title.as_str());
        let unit = labels::unit(&dated.item.operand, operand);
        grid.row(&[
            Entry::text(&dated.item.item),
            Entry::left(title),
            Entry::left(labels::label(&dated.item.operand, operand)),
            value(dated),
            if unit.is_empty() { Entry::None } else { Entry::text(unit) },
            dated.item.declared_on.map_or(Entry::None, |day| Entry::text(words::date(&day.to_string()))),
            Entry::left(&dated.item.declared_by),
            Entry::left(&dated.item.evidence),
            Entry::text(words::month(&dated.month.to_string())),
        ])?;
    }
    if statistics.reported.items.is_empty() {
        grid.line("本月没有有效的县级指标数据。")?;
    }
    grid.line("含十二个月内填报、本月仍然有效的数据；“报送月份”为填报该数据的月份。")?;
    Ok(grid.finish(Paper::Across, &statistics.margin())?)
}

/// The items in the order of the standards that have them, a part behind its whole.
fn in_order<'a>(items: &'a [DatedItem], standards: &[Arc<Standard>]) -> Vec<&'a DatedItem> {
    let known: Vec<_> = standards.iter().flat_map(|standard| &standard.items).collect();
    let place = |dated: &DatedItem| known.iter().position(|item| item.id == dated.item.item).unwrap_or(usize::MAX);
    let mut ordered: Vec<&DatedItem> = items.iter().collect();
    ordered.sort_by_key(|dated| place(dated));
    let title = |dated: &DatedItem| {
        let mut operands = known.iter().filter(|item| item.id == dated.item.item);
        operands.find_map(|item| item.operand_rule(&dated.item.operand)).map_or("", |operand| operand.title.as_str())
    };
    let of_one = ordered.chunk_by(|one, next| one.item.item == next.item.item);
    let in_reading_order = |of_item: &[&'a DatedItem]| {
        let titled = of_item.iter().map(|dated| (title(dated), *dated)).collect();
        labels::in_reading_order(titled, |(title, _)| title)
    };
    of_one.flat_map(in_reading_order).map(|(_, dated)| dated).collect()
}

fn value(dated: &DatedItem) -> Entry {
    match dated.item.value {
        ItemValue::Quantity(quantity) => match quantity.as_whole() {
            Some(_) => Entry::count(quantity.to_f64()),
            None => Entry::Number(quantity.to_f64(), "#,##0.00####".to_owned()),
        },
        ItemValue::Declaration(declared) => Entry::text(if declared { "是" } else { "否" }),
        ItemValue::Date(date) => Entry::text(words::date(&date.to_string())),
    }
}

/// Writes what the checks found, and what was said to it.
pub(super) fn write_findings(statistics: &Statistics<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let widths = FINDINGS.map(|(_, width)| width);
    let mut grid = statistics.begin(sheet, "问题和确认", "检查发现的问题和确认情况", &widths)?;
    grid.lead("一、发现的问题")?;
    grid.head(&head(FINDINGS.map(|(text, _)| text)), Some(1))?;
    for group in statistics.findings {
        let count = u32::try_from(group.count).unwrap_or(u32::MAX);
        let severity = match group.severity {
            Severity::Error => "错误",
            Severity::Warning => "警告",
        };
        grid.row(&[
            Entry::left(words::check(&group.rule)),
            Entry::text(severity),
            Entry::count(count),
            Entry::left(&group.message),
            Entry::left(&group.remedy),
        ])?;
    }
    if statistics.findings.is_empty() {
        grid.line("没有发现问题。")?;
    }
    grid.gap();
    grid.lead("二、对警告的确认")?;
    grid.head(&head(ACKNOWLEDGED), None)?;
    for given in statistics.acknowledged {
        let school = if given.school.is_empty() { "全部" } else { given.school.as_str() };
        grid.row(&[
            Entry::left(words::check(&given.rule)),
            Entry::text(school),
            Entry::text(&given.at),
            Entry::left(&given.reason),
            Entry::left(words::subject(&given.by)),
        ])?;
    }
    if statistics.acknowledged.is_empty() {
        grid.line("没有需要确认的警告。")?;
    }
    Ok(grid.finish(Paper::Across, &statistics.margin())?)
}

/// Writes what the statistics rest on.
pub(super) fn write_sources(statistics: &Statistics<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let widths = [34.0, 34.0, 34.0];
    let mut grid = statistics.begin(sheet, "数据来源", "数据来源", &widths)?;
    grid.head(&[Head::new((0, 0), (0, 0), "项目"), Head::new((0, 0), (1, 2), "内容")], Some(1))?;
    let revision = statistics.revision;
    let note = words::sentence(&statistics.names.data_note);
    let facts = [
        ("报送", statistics.submission.to_owned()),
        ("版本", format!("第{revision}次报送")),
        ("数据摘要", statistics.content_digest.to_owned()),
        ("接收时间", statistics.known.clone()),
        ("数据说明", note),
    ];
    for (label, text) in facts.into_iter().filter(|(_, text)| !text.is_empty()) {
        grid.wide(label, &text)?;
    }
    grid.gap();
    grid.lead("指标要素与国家统计报表的对应")?;
    grid.head(&head(["数据项编码", "指标要素", "国家统计报表"]), None)?;
    for element in junheng_domain::element::Element::all() {
        let definition = element.definition();
        let form = if definition.form.is_empty() { "—" } else { definition.form }.replace(", ", "、");
        grid.row(&[Entry::text(definition.id), Entry::left(definition.title), Entry::left(form)])?;
    }
    Ok(grid.finish(Paper::Upright, &statistics.margin())?)
}
