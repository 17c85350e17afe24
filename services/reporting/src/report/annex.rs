//! Annexes: the rules that were applied, where declared figures come from, and the seven values of every unit.

use junheng_proto::{
    common::v1::Verdict,
    evaluation::v1::{Evaluation, StageIndicator, StageResources, Unit, UnitIndicator},
};

use super::{
    document::{Align, Cell, Column, Table},
    number::{self, MISSING},
    resources::{self, SENSITIVE_MARK, SENSITIVE_NOTE},
    standing::Standing,
    units, words,
    writer::Writer,
};

/// Writes the annexes.
pub(super) fn write(writer: &mut Writer, evaluation: &Evaluation, standing: &Standing) {
    let judged: Vec<&StageResources> = evaluation.resources.iter().filter(|stage| !stage.units.is_empty()).collect();
    if !judged.is_empty() {
        writer.annex("各评估单元指标值");
        for resources in judged {
            writer.table(unit_table(resources));
        }
    }
    writer.annex("评估依据和计算说明");
    write_rules(writer, evaluation);
    writer.table(clause_table(evaluation));
    let versions = version_table(evaluation, standing);
    if !versions.groups.is_empty() {
        writer.table(versions);
    }
    if !writer.sources().is_empty() {
        writer.annex("县级项目数据来源");
        let sources = writer.sources().iter().enumerate();
        let sources: Vec<String> =
            sources.map(|(index, source)| format!("〔{}〕{}", index + 1, words::sentence(source))).collect();
        for source in sources {
            writer.paragraph(source);
        }
    }
}

fn write_rules(writer: &mut Writer, evaluation: &Evaluation) {
    let standard = words::last_segment(&evaluation.standard);
    writer.led(
        "评估标准。",
        format!(
            "{}（评估系统中的编号：{standard}），依据{}。各指标、项目所依据的条款见下表。",
            evaluation.standard_title, evaluation.act
        ),
    );
    let weighting = match evaluation.weighting.as_str() {
        "pupil-weighted" => {
            "差异系数按学生数加权计算：以全县总量除以全县在校生数为均值，以各评估单元在校生数占全县的比重为权数计算标准差，标准差除以均值即为差异系数。"
        }
        "unweighted" => {
            "差异系数不加权计算：以各评估单元数值的算术平均值为均值，各单元权数相同，标准差除以均值即为差异系数。"
        }
        _ => "差异系数的计算方式以评估标准为准。",
    };
    writer.led("差异系数。", weighting);
    let mut indicators = evaluation.resources.iter().flat_map(|resources| &resources.indicators);
    let finer = if indicators.any(|indicator| resources::decimals(indicator) > 2) {
        "（每生拥有的教师数保留四位小数）"
    } else {
        ""
    };
    writer.led(
        "数值修约。",
        format!("判定以精确值为准，表中为四舍五入后的显示值：学校数值和全县均值保留两位小数{finer}，差异系数保留三位小数，百分比保留两位小数。"),
    );
    writer.led(
        "待定与缺失。",
        "数据未报送的不按0计算。未报送数据的任何可能取值都不改变结论的，判定为达标或不达标；可能改变结论的，列为待定。“—”和“未报送”表示无数据，“0”表示报送数值为0。",
    );
}

fn clause_table(evaluation: &Evaluation) -> Table {
    let act = act_number(evaluation);
    let caption = if act.is_empty() { String::new() } else { format!("（{act}）") };
    let mut table = Table::new(
        format!("指标和项目依据的条款{caption}"),
        &[("编号", Align::Center), ("指标或项目", Align::Left), ("依据", Align::Left)],
    );
    table.class = "clauses";
    let mut seen: Vec<&str> = Vec::new();
    let indicators = evaluation.resources.iter().flat_map(|stage| &stage.indicators);
    let indicators = indicators.map(|indicator| (&indicator.id, &indicator.title, &indicator.source));
    let items = evaluation.items.iter().map(|item| (&item.id, &item.title, &item.source));
    for (id, title, source) in indicators.chain(items) {
        if seen.contains(&id.as_str()) {
            continue;
        }
        seen.push(id);
        let source = if source.is_empty() { MISSING } else { source };
        let source = source.strip_prefix(act).map_or(source, |clause| clause.trim_start_matches(['，', ',']));
        table.row(vec![id.as_str().into(), Cell::head(title.as_str()), source.into()]);
    }
    table
}

/// The number of the act, 教督〔2017〕6号, where every clause begins with it; else nothing.
fn act_number(evaluation: &Evaluation) -> &str {
    let number = evaluation.act.split('《').next().unwrap_or_default();
    let indicators = evaluation.resources.iter().flat_map(|stage| &stage.indicators);
    let mut sources = indicators.map(|of| &of.source).chain(evaluation.items.iter().map(|of| &of.source));
    let clause = |source: &String| source.strip_prefix(number).is_some_and(|clause| clause.starts_with(['，', ',']));
    if sources.all(clause) { number } else { "" }
}

/// What exactly was judged, for who checks it.
fn version_table(evaluation: &Evaluation, standing: &Standing) -> Table {
    let mut table = Table::new("数据版本和摘要（SHA-256）", &[("项目", Align::Left), ("内容", Align::Left)]);
    if let Some(basis) = &evaluation.basis {
        table.row(vec![Cell::head("报送数据"), basis.submission.as_str().into()]);
        table.row(vec![Cell::head("报送数据摘要"), basis.content_digest.as_str().into()]);
    }
    if let Some((label, digest)) = standing.digest() {
        table.row(vec![Cell::head(label), digest.into()]);
    }
    table
}

fn unit_table(resources: &StageResources) -> Table {
    let stage = words::stage(resources.stage());
    let mut table = Table::new(
        format!("{stage}各评估单元指标值"),
        &[("序号", Align::Center), ("学校", Align::Left), ("在校生（人）", Align::Right)],
    );
    table.class = "wide";
    for indicator in &resources.indicators {
        table.columns.push(Column { title: indicator.id.clone(), align: Align::Right });
    }
    let judged = units::judges_units(resources);
    if judged {
        for (title, align) in [("达标项数", Align::Center), ("结论", Align::Center)] {
            table.columns.push(Column { title: title.to_owned(), align });
        }
        table.limits = limits(resources);
    }
    for (index, unit) in resources.units.iter().enumerate() {
        table.row(unit_row(index, unit, resources, judged));
    }
    let legend: Vec<String> = resources
        .indicators
        .iter()
        .map(|indicator| format!("{} {}({})", indicator.id, indicator.title, indicator.unit))
        .collect();
    table.notes.push(format!("{}。", legend.join("；")));
    let marks = match (judged, units::has_floor(resources)) {
        (true, true) => "▽ 未达到标准值但不低于单项底线；▼ 未达到标准值且低于单项底线；",
        (true, false) => "▽ 未达到标准值；",
        (false, _) => "",
    };
    table.notes.push(format!("{marks}— 未报送或不能计算。"));
    if resources.units.iter().flat_map(|unit| &unit.indicators).any(|indicator| indicator.rounding_sensitive) {
        table.notes.push(SENSITIVE_NOTE.to_owned());
    }
    table
}

/// The thresholds stand with the heads, with their sign: they are the standard's and no school's.
fn limits(resources: &StageResources) -> Vec<String> {
    let thresholds = resources.indicators.iter().map(|indicator| {
        indicator.threshold.map_or_else(String::new, |threshold| format!("≥{}", number::plain(threshold)))
    });
    let head = ["", "（标准值）", ""].map(str::to_owned);
    head.into_iter().chain(thresholds).chain([String::new(), String::new()]).collect()
}

fn unit_row(index: usize, unit: &Unit, resources: &StageResources, judged: bool) -> Vec<Cell> {
    let values = resources.indicators.iter().map(|rule| {
        let found = unit.indicators.iter().find(|indicator| indicator.id == rule.id);
        found.map_or_else(|| MISSING.into(), |indicator| value_cell(indicator, rule))
    });
    let head = [
        Cell::from((index + 1).to_string()),
        Cell::head(words::school(&unit.school_name, &unit.school_code)),
        unit.pupils.map_or_else(|| "未报送".to_owned(), |pupils| pupils.to_string()).into(),
    ];
    // Of whom nothing is known nobody can say that he reaches nothing.
    let known = unit.indicators.iter().any(|indicator| indicator.verdict() != Verdict::Undetermined);
    let reached = unit.reached_count.filter(|_| known).map_or_else(|| MISSING.to_owned(), |count| count.to_string());
    let verdict = judged.then(|| [Cell::from(reached), unit.verdict().into()]);
    head.into_iter().chain(values).chain(verdict.into_iter().flatten()).collect()
}

fn value_cell(indicator: &UnitIndicator, rule: &StageIndicator) -> Cell {
    let Some(value) = indicator.value else {
        return MISSING.into();
    };
    let sensitive = if indicator.rounding_sensitive { SENSITIVE_MARK } else { "" };
    let printed = units::value_beside(value, indicator, Some(rule));
    let mark = match (indicator.verdict(), indicator.floor_verdict()) {
        (Verdict::NotMet, Verdict::NotMet) => "▼",
        (Verdict::NotMet, _) => "▽",
        _ => "",
    };
    Cell { class: if mark.is_empty() { "" } else { "low" }, ..format!("{printed}{sensitive}{mark}").into() }
}
