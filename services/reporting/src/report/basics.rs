//! Section 一: units by stage, pupils, and the schools outside the judgement.

use std::collections::BTreeMap;

use junheng_proto::evaluation::v1::{Evaluation, OutsideSchool, StageResources};

use super::{
    document::{Align, Cell, Table},
    number::{self, MISSING},
    units, words,
    writer::Writer,
};

/// Writes the section.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation, county: &str) {
    writer.section("基本情况");
    let stages: Vec<String> = evaluation.resources.iter().map(stage_sentence).collect();
    let month = words::month(&evaluation.month);
    writer.paragraph(format!("{month}，{county}义务教育评估单元情况如下。{}", stages.concat()));
    let judged: Vec<&StageResources> = evaluation.resources.iter().filter(|stage| count(stage) > 0).collect();
    if !judged.is_empty() {
        writer.table(stage_table(&judged));
    }
    write_outside(writer, &evaluation.outside_schools);
}

fn count(resources: &StageResources) -> u32 {
    resources.unit_count.unwrap_or_default()
}

fn stage_sentence(resources: &StageResources) -> String {
    let stage = words::stage(resources.stage());
    if count(resources) == 0 {
        return format!("{stage}：本县无该学段评估单元。");
    }
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for unit in &resources.units {
        *types.entry(&unit.school_type).or_default() += 1;
    }
    let types: Vec<String> =
        types.iter().map(|(code, count)| format!("{}{count}个", words::school_type(code))).collect();
    let by_type =
        if types.len() < 2 { String::new() } else { format!("（按办学类型：{}）", types.join("、")) };
    let pupils = match (pupils(resources), unreported(resources)) {
        (Some(pupils), 0) => format!("在校生{pupils}人"),
        (Some(pupils), open) => format!("已报送在校生{pupils}人，另有{open}个评估单元未报送在校生数"),
        (None, _) => "在校生数均未报送".to_owned(),
    };
    format!("{stage}评估单元{}个{by_type}，{pupils}。", count(resources))
}

/// The pupils that were reported; none where nothing was.
fn pupils(resources: &StageResources) -> Option<u64> {
    resources.units.iter().filter_map(|unit| unit.pupils).map(u64::from).reduce(|sum, pupils| sum + pupils)
}

fn unreported(resources: &StageResources) -> usize {
    resources.units.iter().filter(|unit| unit.pupils.is_none()).count()
}

/// The pupils of a stage in a cell: a sum of which some are missing says so.
fn pupils_text(resources: &StageResources) -> String {
    match (pupils(resources), unreported(resources)) {
        (Some(pupils), 0) => pupils.to_string(),
        (Some(pupils), open) => format!("已报{pupils}，{open}个单元未报送"),
        (None, _) => "未报送".to_owned(),
    }
}

fn stage_table(judged: &[&StageResources]) -> Table {
    let units_judged = judged.iter().any(|resources| units::judges_units(resources));
    let mut columns = vec![("学段", Align::Left), ("评估单元（个）", Align::Right), ("在校生（人）", Align::Right)];
    if units_judged {
        columns.extend([
            ("综合达标（个）", Align::Right),
            ("不达标（个）", Align::Right),
            ("待定（个）", Align::Right),
            ("综合达标比例", Align::Right),
        ]);
    }
    columns.push(("学段结论", Align::Center));
    let mut table = Table::new("评估单元基本情况", &columns);
    for resources in judged {
        let total = count(resources);
        let met = resources.met_unit_count;
        let open = resources.undetermined_unit_count;
        let text = |count: Option<u32>| Cell::from(count.map_or_else(|| MISSING.to_owned(), |count| count.to_string()));
        let mut row =
            vec![Cell::head(words::stage(resources.stage())), total.to_string().into(), pupils_text(resources).into()];
        if units_judged {
            let share = |met| number::percent(f64::from(met) / f64::from(total), 2);
            row.extend([
                text(met),
                text(met.map(|met| total.saturating_sub(met).saturating_sub(open.unwrap_or_default()))),
                text(open.or(met.map(|_| 0))),
                met.map_or_else(|| MISSING.to_owned(), share).into(),
            ]);
        }
        row.push(resources.verdict().into());
        table.row(row);
    }
    table.notes.push(format!(
        "评估单元为一所学校的一个学段，一贯制学校的小学部、初中部分别计为一个单元。学段结论以{}为达标。",
        asked(judged, units_judged)
    ));
    if judged.iter().any(|resources| unreported(resources) > 0) {
        table.notes.push("在校生数有单元未报送的，只是已报送部分之和，不作为全县在校生数使用。".to_owned());
    }
    table
}

/// What the standard asks of a stage.
fn asked(judged: &[&StageResources], units_judged: bool) -> String {
    let limited =
        judged.iter().flat_map(|resources| &resources.indicators).any(|indicator| indicator.variation_limit.is_some());
    let composite = judged.iter().any(|resources| resources.composite_limit.is_some());
    let asked = [
        (units_judged, "各单元均综合达标"),
        (limited, "各项差异系数均在限值以内"),
        (composite, "综合差异系数在限值以内"),
    ];
    asked.into_iter().filter(|(asked, _)| *asked).map(|(_, told)| told).collect::<Vec<_>>().join("且")
}

fn write_outside(writer: &mut Writer, schools: &[OutsideSchool]) {
    if schools.is_empty() {
        return;
    }
    let known: Vec<u32> = schools.iter().filter_map(|school| school.pupils).collect();
    let pupils = if known.is_empty() {
        "在校生数未报送".to_owned()
    } else {
        format!("已报送义务教育阶段在校生{}人", known.iter().copied().map(u64::from).sum::<u64>())
    };
    writer.paragraph(format!("另有{}所学校按评估标准不作为评估单元，{pupils}，仅列示，不参与判定。", schools.len()));
    let mut table = Table::new(
        "不作为评估单元的学校",
        &[("学校", Align::Left), ("标识码", Align::Left), ("办学类型", Align::Left), ("在校生（人）", Align::Right)],
    );
    for school in schools {
        table.row(vec![
            Cell::head(words::school(&school.school_name, &school.school_code)),
            school.school_code.as_str().into(),
            words::school_type(&school.school_type).into(),
            school.pupils.map_or_else(|| "未报送".to_owned(), |pupils| pupils.to_string()).into(),
        ]);
    }
    writer.table(table);
}
