//! 表Ⅲ: means and coefficients of variation, by stage.

use junheng_proto::evaluation::v1::{StageIndicator, StageResources};
use rust_xlsxwriter::Worksheet;

use super::{CANNOT_BE_CALCULATED, Declaration, Entry, Grid, WorkbookError, decimals};
use crate::{
    report::{number, words},
    workbook::grid::{Head, Paper},
};

/// Decimals of a coefficient.
const DECIMALS: usize = 3;

/// Writes the sheet.
pub(super) fn write(form: &Declaration<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let stages: Vec<&StageResources> =
        form.evaluation.resources.iter().filter(|stage| stage.unit_count.unwrap_or_default() > 0).collect();
    let rules = stages.first().map(|stage| stage.indicators.as_slice()).unwrap_or_default();
    let mut widths = vec![8.0, 16.0];
    widths.extend(rules.iter().map(|_| 14.0));
    widths.push(12.0);
    let mut grid = Grid::new(sheet.set_name("表Ⅲ")?, &widths)?;
    form.begin(&mut grid, "表Ⅲ　义务教育学校校际差异情况")?;
    let mut cells = vec![Head::new((0, 0), (0, 0), "学段"), Head::new((0, 0), (1, 1), "项目")];
    let titles = rules.iter().map(|rule| format!("{} {}（{}）", rule.id, rule.title, rule.unit));
    let titles = (2..).zip(titles.chain(["综合".to_owned()]));
    cells.extend(titles.map(|(column, text)| Head::new((0, 0), (column, column), text)));
    grid.head(&cells, Some(2))?;
    for stage in &stages {
        grid.group(&[0], &rows(stage))?;
    }
    for stage in form.evaluation.resources.iter().filter(|stage| stage.unit_count.unwrap_or_default() == 0) {
        grid.line(&format!("{}：本县无该学段评估单元。", words::stage(stage.stage())))?;
    }
    let form_of = if form.evaluation.weighting == "unweighted" { "各单元等权" } else { "按学生数加权" };
    let composite = if stages.iter().any(|stage| stage.composite_limit.is_some()) {
        "综合差异系数为各项差异系数的平均值。"
    } else {
        "综合差异系数为各项差异系数的平均值，只列示，不参与判定。"
    };
    grid.line(&format!("差异系数{form_of}计算。{composite}因数据未报送而不能确定的，列出其可能的范围。"))?;
    if stages.iter().flat_map(|stage| &stage.indicators).any(|rule| rule.mean.is_none()) {
        grid.line(CANNOT_BE_CALCULATED)?;
    }
    Ok(grid.finish(Paper::Across, &form.margin())?)
}

fn rows(stage: &StageResources) -> Vec<Vec<Entry>> {
    let name = words::stage(stage.stage());
    let line = |what: &str, of_rule: &dyn Fn(&StageIndicator) -> Entry, composite: Entry| {
        let mut row = vec![Entry::text(name), Entry::text(what)];
        row.extend(stage.indicators.iter().map(of_rule));
        row.push(composite);
        row
    };
    let composite = coefficient(
        stage.composite_variation,
        stage.composite_low,
        stage.composite_high,
        stage.composite_limit,
        Entry::Incalculable,
    );
    let mut rows = vec![line("全县平均值", &|rule| mean(rule), Entry::None), line("差异系数", &variation, composite)];
    let limited = stage.indicators.iter().any(|rule| rule.variation_limit.is_some());
    if limited || stage.composite_limit.is_some() {
        let limit = |limit: Option<f64>| limit.map_or(Entry::None, |limit| Entry::figure(limit, 2, &[Some(limit)]));
        rows.push(line("差异系数限值", &|rule| limit(rule.variation_limit), limit(stage.composite_limit)));
        let verdict = Entry::verdict(stage.composite_verdict());
        rows.push(line("是否达标", &|rule| Entry::verdict(rule.verdict()), verdict));
    }
    rows
}

/// The mean over all units, which one unknown value leaves unknown.
fn mean(rule: &StageIndicator) -> Entry {
    rule.mean.map_or(Entry::Incalculable, |mean| Entry::figure(mean, decimals(rule), &[]))
}

fn variation(rule: &StageIndicator) -> Entry {
    let undefined = if rule.mean == Some(0.0) { Entry::text("无定义") } else { Entry::Incalculable };
    coefficient(rule.variation, rule.variation_low, rule.variation_high, rule.variation_limit, undefined)
}

/// A coefficient, the interval in which it must lie, or what else is to be said.
fn coefficient(value: Option<f64>, low: Option<f64>, high: Option<f64>, limit: Option<f64>, else_: Entry) -> Entry {
    let text = |value| number::rounded(value, DECIMALS);
    match (value, low.filter(|low| *low > 0.0), high) {
        (Some(value), ..) => Entry::figure(value, DECIMALS, &[limit]),
        (None, Some(low), Some(high)) => Entry::text(format!("{}至{}", text(low), text(high))),
        (None, Some(low), None) => Entry::text(format!("不低于{}", text(low))),
        (None, None, Some(high)) => Entry::text(format!("不高于{}", text(high))),
        (None, None, None) => else_,
    }
}
