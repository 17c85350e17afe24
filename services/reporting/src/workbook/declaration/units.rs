//! 表Ⅱ-2: the units of a stage, a row each.

use junheng_domain::element::Element;
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{StageIndicator, StageResources, Unit},
};
use rust_xlsxwriter::Worksheet;

use super::{Declaration, Entry, Grid, TO_FILL_IN, WorkbookError, figure};
use crate::{
    report::{number, words},
    workbook::grid::{Head, Paper},
};

/// Columns before the indicators.
const FIRST: [(&str, f64); 6] = [
    ("序号", 5.0),
    ("学校（评估单元）名称", 24.0),
    ("举办者类型", 11.0),
    ("在校生数（人）", 10.0),
    ("年级数（个）", 8.5),
    ("班级数（个）", 8.5),
];

/// Writes the sheet.
pub(super) fn write(
    form: &Declaration<'_>,
    resources: &StageResources,
    sheet: &mut Worksheet,
) -> Result<(), WorkbookError> {
    let stage = words::stage(resources.stage());
    let mut widths: Vec<f64> = FIRST.iter().map(|(_, width)| *width).collect();
    widths.extend(resources.indicators.iter().map(|_| 10.0));
    widths.extend([8.0, 30.0]);
    let mut grid = Grid::new(sheet.set_name(format!("表Ⅱ-2（{stage}）"))?, &widths)?;
    form.begin(&mut grid, &format!("表Ⅱ-2　{stage}各评估单元资源配置情况"))?;
    grid.head(&head(resources), Some(2))?;
    for (number, unit) in (1_u32..).zip(&resources.units) {
        grid.row(&row(form, resources, number, unit))?;
    }
    grid.line(TO_FILL_IN)?;
    let floor = share_of_floor(resources)
        .map_or_else(String::new, |share| format!("个别指标未达到标准值、但不低于标准值{share}的，备注中注明。"));
    grid.line(&format!("个别数值按通常位数显示会与判定相反时，多列小数位；判定以精确值为准。{floor}"))?;
    Ok(grid.finish(Paper::Wide, &form.margin())?)
}

fn head(resources: &StageResources) -> Vec<Head> {
    let mut cells: Vec<Head> =
        (0..).zip(FIRST).map(|(column, (text, _))| Head::new((0, 1), (column, column), text)).collect();
    let first = 6;
    let count = u16::try_from(resources.indicators.len()).unwrap_or(u16::MAX);
    if count > 0 {
        cells.push(Head::new((0, 0), (first, first + count - 1), "指标值（单位；标准值）"));
    }
    for (column, rule) in (first..).zip(&resources.indicators) {
        let asked = rule.threshold.map_or_else(String::new, |limit| format!("；≥{}", number::plain(limit)));
        let text = format!("{} {}\n（{}{asked}）", rule.id, rule.title, rule.unit);
        cells.push(Head::new((1, 1), (column, column), text));
    }
    let last = first + count;
    cells.push(Head::new((0, 1), (last, last), "综合是否达标"));
    cells.push(Head::new((0, 1), (last + 1, last + 1), "备注"));
    cells
}

fn row(form: &Declaration<'_>, resources: &StageResources, number: u32, unit: &Unit) -> Vec<Entry> {
    let school = form.reported.schools.iter().find(|school| school.code.as_str() == unit.school_code);
    let organiser = school
        .and_then(|school| school.organiser_type)
        .map_or(Entry::Missing, |organiser| Entry::text(words::organiser(organiser)));
    let id = match resources.stage() {
        Stage::Junior => "classes_junior",
        Stage::Primary | Stage::Unspecified => "classes_primary",
    };
    let facts = form.reported.facts.iter().find(|facts| facts.school.as_str() == unit.school_code);
    let classes = facts.zip(Element::find(id)).and_then(|(facts, element)| facts.get(element));
    let mut row = vec![
        Entry::Place(number),
        Entry::left(words::school(&unit.school_name, &unit.school_code)),
        organiser,
        Entry::count_or_missing(unit.pupils),
        Entry::FillIn,
        Entry::count_or_missing(classes.map(junheng_domain::quantity::Quantity::to_f64)),
    ];
    for rule in &resources.indicators {
        let found = unit.indicators.iter().find(|indicator| indicator.id == rule.id);
        row.push(figure(found.and_then(|found| found.value), rule, &[rule.threshold, rule.floor]));
    }
    row.push(Entry::verdict(unit.verdict()));
    row.push(Entry::left(remark(resources, unit)));
    row
}

/// Which indicators reach their threshold, which only the floor, which neither, and which nobody reported.
fn remark(resources: &StageResources, unit: &Unit) -> String {
    let floor = share_of_floor(resources);
    let mut kinds: [Vec<&str>; 4] = Default::default();
    for indicator in &unit.indicators {
        let kind = match (indicator.verdict(), indicator.floor_verdict()) {
            (Verdict::Met, _) => 0,
            (Verdict::NotMet, Verdict::Met) if floor.is_some() => 1,
            (Verdict::NotMet, _) => 2,
            (Verdict::Undetermined, _) => 3,
            (Verdict::Unspecified, _) => continue,
        };
        kinds[kind].push(&indicator.id);
    }
    let [reached, near, short, open] = kinds.map(|ids| ids.join("、"));
    let floor = floor.unwrap_or_default();
    let below = if floor.is_empty() { "未达到标准值".to_owned() } else { format!("低于标准值的{floor}") };
    let told = [
        (reached, "达到标准值".to_owned()),
        (near, format!("达到标准值的{floor}")),
        (short, below),
        (open, "因数据未报送待定".to_owned()),
    ];
    let all = u32::try_from(unit.indicators.len()).unwrap_or(u32::MAX);
    if unit.reached_count == Some(all) && all > 0 && !told[0].0.is_empty() {
        return format!("{all}项均达到标准值");
    }
    let told: Vec<String> =
        told.into_iter().filter(|(ids, _)| !ids.is_empty()).map(|(ids, what)| format!("{ids}{what}")).collect();
    told.join("；")
}

/// The share of the threshold that the standard leaves to an indicator that is short: 85%.
fn share_of_floor(resources: &StageResources) -> Option<String> {
    let share = |rule: &StageIndicator| Some(rule.floor? / rule.threshold.filter(|limit| *limit > 0.0)?);
    let share = resources.indicators.iter().find_map(share)?;
    Some(format!("{}%", number::plain(share * 100.0)))
}
