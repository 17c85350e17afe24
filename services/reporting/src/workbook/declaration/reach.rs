//! 表Ⅱ-1: how many units reach each indicator, by stage.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{StageIndicator, StageResources},
};
use rust_xlsxwriter::Worksheet;

use super::{Declaration, Entry, Grid, WorkbookError, decimals};
use crate::{
    report::words,
    workbook::grid::{Head, Paper},
};

/// Columns of a stage.
const OF_STAGE: [&str; 3] = ["标准值", "达标单元数（个）", "达标比例"];

/// Writes the sheet.
pub(super) fn write(form: &Declaration<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let stages = &form.evaluation.resources;
    let mut widths = vec![8.0, 46.0, 12.0];
    widths.extend(stages.iter().flat_map(|_| [11.0, 14.0, 12.0]));
    let mut grid = Grid::new(sheet.set_name("表Ⅱ-1")?, &widths)?;
    form.begin(&mut grid, "表Ⅱ-1　义务教育学校资源配置达标情况")?;
    grid.head(&head(stages), Some(2))?;
    let Some(rules) = stages.iter().map(|stage| &stage.indicators).max_by_key(|rules| rules.len()) else {
        return Ok(grid.finish(Paper::Across, &form.margin())?);
    };
    for rule in rules {
        let mut row = vec![Entry::text(&rule.id), Entry::left(&rule.title), Entry::text(&rule.unit)];
        row.extend(stages.iter().flat_map(|stage| of_indicator(stage, &rule.id)));
        grid.row(&row)?;
    }
    let number = format!("L{}", rules.len() + 1);
    let mut row = vec![Entry::text(number), Entry::left("综合达标"), Entry::None];
    row.extend(stages.iter().flat_map(overall));
    grid.sum(&row)?;
    for line in notes(stages) {
        grid.line(&line)?;
    }
    Ok(grid.finish(Paper::Across, &form.margin())?)
}

fn head(stages: &[StageResources]) -> Vec<Head> {
    let mut cells: Vec<Head> =
        (0..).zip(["序号", "指标", "单位"]).map(|(column, text)| Head::new((0, 1), (column, column), text)).collect();
    for (first, stage) in (3..).step_by(OF_STAGE.len()).zip(stages) {
        let title = format!("{}（评估单元{}个）", words::stage(stage.stage()), stage.unit_count.unwrap_or_default());
        cells.push(Head::new((0, 0), (first, first + 2), title));
        let below = (first..).zip(OF_STAGE).map(|(column, text)| Head::new((1, 1), (column, column), text));
        cells.extend(below);
    }
    cells
}

fn of_indicator(stage: &StageResources, id: &str) -> [Entry; 3] {
    let Some(rule) = stage.indicators.iter().find(|rule| rule.id == id) else {
        return [Entry::None, Entry::None, Entry::None];
    };
    let asked = rule.threshold.map_or(Entry::None, |threshold| limit(threshold, rule));
    let [count, share] = reached(stage, rule.reached_unit_count);
    [asked, count, share]
}

/// A threshold as the standard writes it.
pub(super) fn limit(threshold: f64, rule: &StageIndicator) -> Entry {
    let usual = decimals(rule).min(1);
    Entry::figure(threshold, usual, &[Some(threshold)])
}

fn overall(stage: &StageResources) -> [Entry; 3] {
    let [count, share] = reached(stage, stage.met_unit_count);
    [Entry::None, count, share]
}

fn reached(stage: &StageResources, count: Option<u32>) -> [Entry; 2] {
    match (count, stage.unit_count.unwrap_or_default()) {
        (_, 0) | (None, _) => [Entry::None, Entry::None],
        (Some(count), all) => [Entry::count(count), Entry::share(f64::from(count) / f64::from(all), None)],
    }
}

fn notes(stages: &[StageResources]) -> Vec<String> {
    let mut notes = vec![
        "评估单元为一所学校的一个学段；一贯制学校的小学部、初中部分别计为一个单元，共用的校舍、设备按学生数折算。"
            .to_owned(),
    ];
    for stage in stages {
        let name = words::stage(stage.stage());
        let open = stage.units.iter().filter(|unit| unit.verdict() == Verdict::Undetermined).count();
        if stage.unit_count.unwrap_or_default() == 0 {
            notes.push(format!("{name}：本县无该学段评估单元。"));
        } else if open > 0 {
            notes.push(format!("{name}另有{open}个单元因数据未报送或不完整待定，未计入达标单元。"));
        }
    }
    notes
}
