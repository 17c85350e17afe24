//! 表Ⅰ: the county, its schools, classes, pupils and teachers.

use junheng_domain::{
    element::Element,
    school::{School, Stage},
};
use rust_xlsxwriter::Worksheet;

use super::{super::grid::Head, Declaration, Entry, Grid, Reported, TO_FILL_IN, WorkbookError};
use crate::workbook::grid::Paper;

/// Widths of the columns.
const WIDTHS: [f64; 5] = [6.0, 40.0, 10.0, 18.0, 40.0];
/// Figures that nobody reports here, and their units.
const OF_THE_COUNTY: [(&str, &str); 8] = [
    ("常住人口", "万人"),
    ("其中：农业人口", "万人"),
    ("乡镇（街道）数", "个"),
    ("行政村数", "个"),
    ("人均国内生产总值", "元"),
    ("人均财政收入", "元"),
    ("农民人均纯收入", "元"),
    ("城镇居民人均可支配收入", "元"),
];
/// Kinds of school that are counted.
const KINDS: [(&str, &str); 5] =
    [("211", "小学"), ("311", "初级中学"), ("312", "九年一贯制学校"), ("341", "完全中学"), ("345", "十二年一贯制学校")];
/// A 小学教学点, and the pupils from which on it is an evaluation unit.
const TEACHING_POINT: &str = "218";
const LARGE_POINT: i64 = 50;
/// Category of special-education schools.
const SPECIAL: &str = "51";

/// Writes the sheet.
pub(super) fn write(form: &Declaration<'_>, sheet: &mut Worksheet) -> Result<(), WorkbookError> {
    let mut grid = Grid::new(sheet.set_name("表Ⅰ")?, &WIDTHS)?;
    form.begin(&mut grid, "表Ⅰ　县（市、区）基本情况")?;
    let head = ["序号", "项目", "单位", "数值", "说明"];
    let cells: Vec<Head> = (0..).zip(head).map(|(column, text)| Head::new((0, 0), (column, column), text)).collect();
    grid.head(&cells, Some(2))?;
    let given = OF_THE_COUNTY.map(|(title, unit)| (title.to_owned(), unit, Entry::FillIn, "由县级填写".to_owned()));
    let rows = given.into_iter().chain(schools(form.reported)).chain(stages(form.reported));
    for (number, (title, unit, value, told)) in (1_u32..).zip(rows) {
        grid.row(&[Entry::Place(number), Entry::left(title), Entry::text(unit), value, Entry::left(told)])?;
    }
    grid.line(TO_FILL_IN)?;
    grid.line(
        "学校数按登记的学校计；班级、学生、教师为普通中小学（含教学点）报送数之和，不含特殊教育学校、职业学校。",
    )?;
    Ok(grid.finish(Paper::Upright, &form.margin())?)
}

type Line = (String, &'static str, Entry, String);

/// How many schools there are of each kind, as they are registered.
fn schools(reported: &Reported) -> Vec<Line> {
    let count = |is: &dyn Fn(&str) -> bool| {
        let found = reported.schools.iter().filter(|school| is(&school.school_type.to_string())).count();
        // Whoever has no registry at hand knows of no schools, which is not to know that there are none.
        if reported.schools.is_empty() {
            Entry::Missing
        } else {
            Entry::count(u32::try_from(found).unwrap_or(u32::MAX))
        }
    };
    let registered = || "按登记的学校计".to_owned();
    let mut lines: Vec<Line> = (KINDS.iter())
        .map(|(code, title)| (format!("{title}数"), "所", count(&|kind| kind == *code), registered()))
        .collect();
    lines.push(("特殊教育学校数".to_owned(), "所", count(&|kind| kind.starts_with(SPECIAL)), registered()));
    lines.push(("小学教学点数".to_owned(), "个", count(&|kind| kind == TEACHING_POINT), registered()));
    let points: Vec<&School> =
        reported.schools.iter().filter(|school| school.school_type.to_string() == TEACHING_POINT).collect();
    let (large, told) = large_points(reported, &points);
    lines.push((format!("其中：{LARGE_POINT}人及以上教学点数"), "个", large, told));
    lines
}

fn large_points(reported: &Reported, points: &[&School]) -> (Entry, String) {
    let pupils = |school: &School| reported.facts_of(school)?.pupils(Stage::Primary)?.as_whole();
    let known: Vec<i64> = points.iter().filter_map(|school| pupils(school)).collect();
    let large = known.iter().filter(|pupils| **pupils >= LARGE_POINT).count();
    match points.len() - known.len() {
        _ if reported.schools.is_empty() => (Entry::Missing, String::new()),
        0 => (Entry::count(u32::try_from(large).unwrap_or(u32::MAX)), "按报送的在校生数计".to_owned()),
        open => (Entry::Missing, format!("{open}个教学点未报送在校生数，其余{}个中有{large}个", known.len())),
    }
}

/// Classes, pupils, staff and teachers of each stage.
fn stages(reported: &Reported) -> Vec<Line> {
    let mut lines = vec![];
    for stage in Stage::COMPULSORY {
        let title = stage.title();
        for (id, what, unit) in [("classes", "班级数", "个"), ("pupils", "在校学生数", "人")] {
            let (value, told) = sum(reported, stage, id);
            lines.push((format!("{title}{what}"), unit, value, told));
        }
        lines.push((format!("{title}教职工数"), "人", Entry::FillIn, "由县级填写".to_owned()));
        let (value, told) = sum(reported, stage, "teachers");
        lines.push((format!("{title}专任教师数"), "人", value, told));
    }
    lines
}

/// The sum of an element over the schools that teach a stage; not a number where one of them did not report it.
fn sum(reported: &Reported, stage: Stage, id: &str) -> (Entry, String) {
    let Some(element) = Element::of_stage(id, stage) else { return (Entry::None, String::new()) };
    let teaching: Vec<&School> =
        reported.schools.iter().filter(|school| school.school_type.stages().contains(&stage)).collect();
    let value = |school: &&School| reported.facts_of(school)?.get(element);
    let known: Vec<f64> = teaching.iter().filter_map(value).map(junheng_domain::quantity::Quantity::to_f64).collect();
    let total: f64 = known.iter().sum();
    let form = element.definition().form;
    match teaching.len() - known.len() {
        _ if teaching.is_empty() && !reported.schools.is_empty() => (Entry::count(0), "没有该学段的学校".to_owned()),
        _ if known.is_empty() => (Entry::Missing, String::new()),
        0 => (Entry::count(total), if form.is_empty() { String::new() } else { format!("报送数之和（{form}）") }),
        open => (Entry::Missing, format!("{open}所学校未报送，其余{}所合计{total}", known.len())),
    }
}
