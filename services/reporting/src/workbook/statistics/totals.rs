//! Totals of the elements: by school type and over all, and what of them is not known.

use std::collections::BTreeMap;

use junheng_domain::{
    element::{Element, Kind},
    school::{School, SchoolType},
};
use rust_xlsxwriter::Worksheet;

use super::{Group, Statistics, WorkbookError, is_largest};
use crate::{
    report::number,
    workbook::{
        entry::Entry,
        grid::{Head, Paper},
    },
};

/// Writes the sheet: a row each element, a column each school type.
pub(super) fn write(statistics: &Statistics<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let mut types: BTreeMap<SchoolType, Vec<&School>> = BTreeMap::new();
    for school in statistics.schools() {
        types.entry(school.school_type).or_default().push(school);
    }
    let mut widths = vec![6.0, 34.0, 8.0];
    widths.extend(types.iter().map(|_| 18.0));
    widths.push(18.0);
    let mut grid = statistics.begin(sheet, "分类汇总", "分类汇总表", &widths)?;
    let titles = types.iter().map(|(kind, schools)| format!("{}（{}所）", kind.title(), schools.len()));
    let all = format!("合计（{}所）", statistics.reported.schools.len());
    let head = ["序号", "指标要素", "单位"].map(str::to_owned).into_iter().chain(titles).chain([all]);
    let head: Vec<Head> = (0..).zip(head).map(|(column, text)| Head::new((0, 0), (column, column), text)).collect();
    grid.head(&head, Some(3))?;
    let mut number = 0_u32;
    for (group, title) in Group::ALL {
        grid.lead(title)?;
        for element in group.elements() {
            number += 1;
            let definition = element.definition();
            let title = if is_largest(element) {
                format!("{}（取最大值）", definition.title)
            } else {
                definition.title.to_owned()
            };
            let mut row = vec![Entry::Place(number), Entry::left(title), Entry::text(definition.unit)];
            row.extend(types.values().map(|schools| total(statistics, element, schools)));
            row.push(total(statistics, element, &statistics.schools()));
            grid.row(&row)?;
        }
    }
    grid.line("有学校未报送的，合计栏注明已报送部分之和与未报送的学校数，不作为合计数使用；“—”为该类学校没有的学段。")?;
    Ok(grid.finish(Paper::Across, &statistics.margin())?)
}

/// The total of an element over schools; where one of them did not report it, a text that says so.
pub(super) fn total(statistics: &Statistics<'_>, element: Element, schools: &[&School]) -> Entry {
    let asked: Vec<&&School> = schools.iter().filter(|school| applies(element, school)).collect();
    if asked.is_empty() {
        return Entry::None;
    }
    let value = |school: &&&School| statistics.reported.facts_of(school)?.get(element);
    let known: Vec<_> = asked.iter().filter_map(value).collect();
    let figures = known.iter().map(|value| value.to_f64());
    let sum = if is_largest(element) { figures.fold(0.0, f64::max) } else { figures.sum() };
    let (decimals, pattern) = match element.definition().kind {
        Kind::Count => (0, "#,##0"),
        Kind::Amount => (2, "#,##0.00"),
    };
    match asked.len() - known.len() {
        0 => Entry::Number(sum, pattern.to_owned()),
        _ if known.is_empty() => Entry::Missing,
        open => {
            let sum = number::rounded(sum, decimals);
            Entry::text(format!("已报{sum}，{open}所未报送"))
        }
    }
}

/// Whether schools of the type report the element.
pub(super) fn applies(element: Element, school: &School) -> bool {
    element.definition().stage.is_none_or(|stage| school.school_type.admits(stage))
}
