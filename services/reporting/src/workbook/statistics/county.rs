//! What the county itself reported, what was found and answered for, and where it all comes from.

use std::sync::Arc;

use junheng_domain::{
    facts::{DatedItem, ItemValue},
    finding::{Finding, FindingGroup, Severity},
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
const FINDINGS: [(&str, f64); 5] =
    [("规则", 24.0), ("程度和个数", 16.0), ("学校（标识码）", 30.0), ("问题", 48.0), ("改法", 40.0)];
const ACKNOWLEDGED: [&str; 5] = ["规则", "确认时间", "学校（标识码）", "确认理由", "确认人"];
/// Columns that the findings of one cause share.
const SHARED: [u16; 2] = [0, 1];
/// Findings of one cause that are told one by one; of more their number is.
const TOLD: usize = 100;

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
    for group in statistics.groups {
        grid.group(&SHARED, &of_cause(statistics, group))?;
    }
    if statistics.groups.is_empty() {
        grid.line("没有发现问题。")?;
    }
    grid.gap();
    grid.lead("二、对警告的确认")?;
    grid.head(&head(ACKNOWLEDGED), None)?;
    for given in statistics.acknowledged {
        let school = if given.school.is_empty() { "全部".to_owned() } else { school(statistics, &given.school) };
        grid.row(&[
            Entry::left(words::check(&given.rule)),
            Entry::text(&given.at),
            Entry::left(school),
            Entry::left(&given.reason),
            Entry::left(words::subject(&given.by)),
        ])?;
    }
    if statistics.acknowledged.is_empty() {
        grid.line("没有需要确认的警告。")?;
    }
    Ok(grid.finish(Paper::Across, &statistics.margin())?)
}

/// A row each finding of a cause: whose data it is, what was found there, how to mend it.
fn of_cause(statistics: &Statistics<'_>, group: &FindingGroup) -> Vec<Vec<Entry>> {
    let severity = match group.severity {
        Severity::Error => "错误",
        Severity::Warning => "警告",
    };
    let row = |school: String, problem: String, remedy: &str| {
        let school = if school.is_empty() { Entry::None } else { Entry::left(school) };
        let head = [Entry::left(words::check(&group.rule)), Entry::text(format!("{severity}{}个", group.count))];
        head.into_iter().chain([school, Entry::left(problem), Entry::left(remedy)]).collect()
    };
    let shared = |shared: &Option<String>, own: &Option<String>| shared.is_none() || shared == own;
    let own: Vec<&Finding> = (statistics.findings.iter())
        .filter(|finding| finding.severity == group.severity && finding.rule == group.rule)
        .filter(|finding| shared(&group.element, &finding.element) && shared(&group.school, &finding.school))
        .take(TOLD)
        .collect();
    let mut rows: Vec<Vec<Entry>> = own
        .iter()
        .map(|finding| {
            let whose = finding.school.as_deref().map(|code| school(statistics, code)).unwrap_or_default();
            row(whose, problem(finding), &finding.remedy)
        })
        .collect();
    if own.len() < group.count {
        let more = group.count - own.len();
        let problem =
            if own.is_empty() { group.message.clone() } else { format!("另有{more}个，不再逐个列出。") };
        rows.push(row(String::new(), problem, &group.remedy));
    }
    rows
}

/// What was found, with what stood there where the text does not say it.
fn problem(finding: &Finding) -> String {
    let stood = finding.found.trim();
    if stood.is_empty() || finding.message.contains(stood) {
        finding.message.clone()
    } else {
        format!("{}（填报值：{stood}）", finding.message.trim_end_matches('。'))
    }
}

/// A school's name with its code; the code alone of one that nobody registered.
fn school(statistics: &Statistics<'_>, code: &str) -> String {
    let known = statistics.reported.schools.iter().find(|school| school.code.as_str() == code);
    match known.map(|school| school.name.as_str()).filter(|name| !name.is_empty()) {
        Some(name) => format!("{name}（{code}）"),
        None => code.to_owned(),
    }
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
    grid.head(&head(["指标要素", "单位", "国家统计报表"]), None)?;
    for element in junheng_domain::element::Element::all() {
        let definition = element.definition();
        let form = if definition.form.is_empty() { "—" } else { definition.form }.replace(", ", "、");
        grid.row(&[Entry::left(definition.title), Entry::text(definition.unit), Entry::left(form)])?;
    }
    Ok(grid.finish(Paper::Upright, &statistics.margin())?)
}
