//! The sheet of sources: what the form was made of, and the clause behind each figure.

use std::collections::BTreeSet;

use rust_xlsxwriter::Worksheet;

use super::{CANNOT_BE_CALCULATED, Declaration, Entry, Grid, SURVEY, TABLES, TO_FILL_IN, WorkbookError};
use crate::{
    report::words,
    workbook::grid::{Head, Paper},
};

/// Widths of the columns.
const WIDTHS: [f64; 4] = [16.0, 10.0, 44.0, 46.0];

/// Writes the sheet.
pub(super) fn write(form: &Declaration<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let evaluation = form.evaluation;
    let mut grid = Grid::new(sheet.set_name("数据来源")?, &WIDTHS)?;
    form.begin(&mut grid, "数据来源和判定依据")?;
    let column = |column, text: &str| Head::new((0, 0), (column, column), text);
    grid.head(&[column(0, "项目"), Head::new((0, 0), (1, 3), "内容")], Some(1))?;
    for (label, text) in facts(form) {
        grid.wide(&label, &text)?;
    }
    grid.gap();
    grid.lead("各项数据的依据条款")?;
    let head = (0..).zip(["表", "编号", "项目", "依据条款"]).map(|(place, text)| column(place, text));
    grid.head(&head.collect::<Vec<_>>(), None)?;
    let mut seen = BTreeSet::new();
    for rule in evaluation.resources.iter().flat_map(|stage| &stage.indicators) {
        if seen.insert(&rule.id) {
            grid.row(&[
                Entry::text("表Ⅱ、表Ⅲ"),
                Entry::text(&rule.id),
                Entry::left(&rule.title),
                Entry::left(&rule.source),
            ])?;
        }
    }
    for item in &evaluation.items {
        let own = TABLES.iter().find(|(part, _)| *part == item.part).map(|(_, table)| *table);
        let table = own.unwrap_or(if item.part == SURVEY { "表Ⅵ" } else { "附表" });
        grid.row(&[Entry::text(table), Entry::text(&item.id), Entry::left(&item.title), Entry::left(&item.source)])?;
    }
    grid.gap();
    for note in [
        "判定一律用精确值；单元格中为完整数值，按申报表的要求显示：指标值和平均值两位小数，差异系数三位小数，百分比一位小数，金额取整元。",
        "个别数值按通常位数显示会与判定相反的，多列小数位。",
        TO_FILL_IN,
        CANNOT_BE_CALCULATED,
    ] {
        grid.line(note)?;
    }
    Ok(grid.finish(Paper::Upright, &form.margin())?)
}

fn facts(form: &Declaration<'_>) -> Vec<(String, String)> {
    let evaluation = form.evaluation;
    let above = [&form.names.province_name, &form.names.city_name].into_iter().flatten().map(String::as_str);
    let place: String = above.chain([form.county()]).collect();
    let region = words::last_segment(&evaluation.region);
    let mut facts = vec![
        ("评估对象", format!("{place}（行政区划代码{region}）")),
        ("评估月份", words::month(&evaluation.month)),
        ("评估标准", format!("{}（{}）", evaluation.standard_title, words::last_segment(&evaluation.standard))),
        ("依据文件", evaluation.act.clone()),
        ("总体结论", words::verdict(evaluation.verdict()).to_owned()),
    ];
    match &evaluation.basis {
        Some(basis) => {
            let revision = basis.revision.map_or_else(String::new, |revision| format!("，第{revision}次报送"));
            facts.push(("报送", format!("{}{revision}", basis.submission)));
            facts.push(("报送数据摘要", basis.content_digest.clone()));
            facts.extend(basis.known_at.as_ref().and_then(words::instant).map(|known| ("数据截止", known)));
        }
        None => facts.push(("报送", "由数据文件离线评估，无报送版本".to_owned())),
    }
    let note = &form.names.data_note;
    if !note.is_empty() {
        facts.push(("数据说明", words::sentence(note)));
    }
    let facts = facts.into_iter().map(|(label, text)| (label.to_owned(), text));
    let standing =
        form.standing.facts().into_iter().chain(form.standing.digest()).map(|(label, text)| (label.to_owned(), text));
    facts.chain(standing).collect()
}
