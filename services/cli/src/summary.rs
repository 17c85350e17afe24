//! An evaluation as a short table for people.

use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, Operand, StageIndicator, StageResources},
};

use crate::{figures, table::Table};

/// Schools that are named of what is missing; of more their number.
const NAMED: usize = 3;

/// Writes an evaluation: the county's verdict, the parts with their reasons, the stages with their indicators and the units not met.
pub(crate) fn text(evaluation: &Evaluation) -> String {
    let county = evaluation.region.rsplit('/').next().unwrap_or_default();
    let mut lines = vec![
        format!("{county}  {}  {}（{}）", evaluation.month, evaluation.standard_title, evaluation.standard),
        format!("依据：{}", evaluation.act),
        format!("县域结论：{}", title(evaluation.verdict())),
        String::new(),
    ];
    for part in &evaluation.parts {
        lines.push(format!("{}：{}", part.title, title(part.verdict())));
        lines.extend(part.reasons.iter().map(|reason| format!("  · {reason}")));
    }
    for stage in &evaluation.resources {
        lines.push(String::new());
        lines.extend(self::stage(stage));
    }
    let outside = evaluation.outside_schools.len();
    if outside > 0 {
        lines.extend([String::new(), format!("另有{outside}所学校不作为评估单元")]);
    }
    if !evaluation.missing.is_empty() {
        let missing = evaluation.missing.len();
        let told = format!("有{missing}项缺失数据可能影响结论，补报后重新评估；逐项清单见自查报告的“待补充数据”：");
        lines.extend([String::new(), told]);
        lines.extend(missing_by_item(evaluation));
    }
    let stale = stale(evaluation);
    if !stale.is_empty() {
        lines.extend([String::new(), format!("下列{}项数据已过期，按缺失处理，须重新报送：", stale.len())]);
        lines.extend(stale);
    }
    lines.join("\n")
}

/// What is missing, counted by what waits for it; of schools which.
fn missing_by_item(evaluation: &Evaluation) -> Vec<String> {
    let mut waiting: Vec<(&str, usize, Vec<&str>)> = vec![];
    for missing in &evaluation.missing {
        let place = waiting.iter().position(|(rule, ..)| *rule == missing.rule).unwrap_or_else(|| {
            waiting.push((&missing.rule, 0, vec![]));
            waiting.len() - 1
        });
        let (_, count, schools) = &mut waiting[place];
        *count += 1;
        let school =
            if missing.school_name.is_empty() { missing.school_code.as_str() } else { missing.school_name.as_str() };
        if !school.is_empty() && !schools.contains(&school) {
            schools.push(school);
        }
    }
    let title = |rule: &str| {
        let item = evaluation.items.iter().find(|item| item.id == rule).map(|item| item.title.as_str());
        let mut indicators = evaluation.resources.iter().flat_map(|stage| &stage.indicators);
        item.or_else(|| indicators.find(|indicator| indicator.id == rule).map(|indicator| indicator.title.as_str()))
            .unwrap_or_default()
    };
    let line = |(rule, count, schools): &(&str, usize, Vec<&str>)| match schools.as_slice() {
        [] => format!("  {rule} {}：缺{count}项", title(rule)),
        few if few.len() <= NAMED => format!("  {rule} {}：缺{count}项（{}）", title(rule), few.join("、")),
        many => format!("  {rule} {}：缺{count}项（{}等{}所学校）", title(rule), many[..NAMED].join("、"), many.len()),
    };
    waiting.iter().map(line).collect()
}

/// What was declared too long ago to count, by item.
fn stale(evaluation: &Evaluation) -> Vec<String> {
    let operands = evaluation.items.iter().flat_map(|item| {
        let of_tests = item.tests.iter().flat_map(|test| &test.operands);
        of_tests.filter(|operand| operand.stale).map(move |operand| (item, operand))
    });
    let mut lines: Vec<String> = vec![];
    for (item, operand) in operands {
        let line = format!("  {} {}：{}", item.id, operand_title(operand), stale_since(operand));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// An operand's title; its id where it has none.
pub(crate) fn operand_title(operand: &Operand) -> &str {
    if operand.title.is_empty() { &operand.id } else { &operand.title }
}

/// `2023-05 的声明已过期`: by the earlier of the month that brought it and the one that it was made in.
pub(crate) fn stale_since(operand: &Operand) -> String {
    let declared = operand.declared_on.get(..7).unwrap_or(&operand.declared_on);
    let since = [operand.month.as_str(), declared].into_iter().filter(|month| !month.is_empty()).min();
    format!("{} 的声明已过期", since.unwrap_or_default())
}

fn stage(stage: &StageResources) -> Vec<String> {
    let (units, met) = (stage.unit_count.unwrap_or_default(), stage.met_unit_count.unwrap_or_default());
    let name = stage_title(stage.stage());
    if units == 0 {
        return vec![format!("{name}：没有评估单元")];
    }
    let judged = stage.units.iter().any(|unit| unit.verdict() != Verdict::Unspecified);
    let of_units = if judged { format!("，综合达标{met}个（{}）", percent(met, units)) } else { String::new() };
    let mut lines = vec![format!("{name}：评估单元{units}个{of_units}，{}", title(stage.verdict()))];
    lines.extend(indicators(stage, units).lines("  "));
    lines.extend(composite(stage));
    for (verdict, label) in [(Verdict::NotMet, "不达标"), (Verdict::Undetermined, "待定")] {
        let names: Vec<_> = stage
            .units
            .iter()
            .filter(|unit| unit.verdict() == verdict)
            .map(|unit| if unit.school_name.is_empty() { unit.school_code.as_str() } else { unit.school_name.as_str() })
            .collect();
        if !names.is_empty() {
            lines.push(format!("  {label}单元{}个：{}", names.len(), names.join("、")));
        }
    }
    lines
}

/// The indicators, with the columns that the standard has something for.
fn indicators(stage: &StageResources, units: u32) -> Table {
    let of_units = stage.indicators.iter().any(|indicator| indicator.threshold.is_some());
    let limited = stage.indicators.iter().any(|indicator| indicator.variation_limit.is_some());
    let floors = stage.indicators.iter().any(|indicator| indicator.floor.is_some());
    let columns = [
        ("指标", true),
        ("名称", true),
        ("标准", of_units),
        ("单项底线", floors),
        ("达标单元", of_units),
        ("县均值", true),
        ("差异系数", true),
        ("限值", limited),
        ("差异系数结论", limited),
    ];
    let right: &[usize] = match (of_units, floors) {
        (true, true) => &[2, 3, 4, 5, 6, 7],
        (true, false) => &[2, 3, 4, 5, 6],
        (false, _) => &[2, 3, 4],
    };
    let shown =
        |cells: [String; 9]| cells.into_iter().zip(columns).filter(|(_, (_, shown))| *shown).map(|(cell, _)| cell);
    let mut table = Table::new(columns.into_iter().filter(|(_, shown)| *shown).map(|(heading, _)| heading), right);
    for indicator in &stage.indicators {
        let decimals = decimals(indicator);
        table.row(shown([
            indicator.id.clone(),
            format!("{}({})", indicator.title, indicator.unit),
            number(indicator.threshold),
            number(indicator.floor),
            indicator
                .reached_unit_count
                .map_or_else(|| number(None), |reached| format!("{reached}({})", percent(reached, units))),
            indicator.mean.map_or_else(|| "缺失".to_owned(), |mean| format!("{mean:.decimals$}")),
            coefficient(indicator.variation, indicator.variation_low, indicator.variation_high),
            number(indicator.variation_limit),
            format!("{}{}", title(indicator.verdict()), exact(indicator.rounding_sensitive)),
        ]));
    }
    table
}

/// Decimals of an indicator's values: two, and four for persons per one pupil, which are small fractions.
pub(crate) fn decimals(indicator: &StageIndicator) -> usize {
    if indicator.unit == "人/生" { 4 } else { 2 }
}

/// The composite coefficient: what decides, or a figure for reading.
fn composite(stage: &StageResources) -> Option<String> {
    let count = stage.indicators.len();
    let Some(limit) = stage.composite_limit else {
        return stage.composite_variation.map(|mean| format!("  {count}项差异系数的平均值{mean:.6}，不作为判定依据"));
    };
    Some(format!(
        "  综合差异系数（{count}项平均）{}，限值{limit}，{}{}",
        coefficient(stage.composite_variation, stage.composite_low, stage.composite_high),
        title(stage.composite_verdict()),
        exact(stage.composite_rounding_sensitive)
    ))
}

const fn exact(rounding_sensitive: bool) -> &'static str {
    if rounding_sensitive { "（按精确值）" } else { "" }
}

/// A coefficient, or the interval in which it must lie.
pub(crate) fn coefficient(value: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    // That it is not below zero is no news.
    let low = low.filter(|low| *low > 0.0 || high.is_none());
    match (value, low, high) {
        (Some(value), ..) => format!("{value:.6}"),
        (None, Some(low), Some(high)) => format!("{low:.6}至{high:.6}"),
        (None, Some(low), None) => format!("不低于{low:.6}"),
        (None, None, Some(high)) => format!("不高于{high:.6}"),
        (None, None, None) => "无意义".to_owned(),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), figures::short)
}

/// A share with two decimals.
pub(crate) fn percent(part: u32, whole: u32) -> String {
    format!("{:.2}%", 100.0 * f64::from(part) / f64::from(whole))
}

/// A stage's name.
pub(crate) const fn stage_title(stage: Stage) -> &'static str {
    match stage {
        Stage::Primary => "小学",
        Stage::Junior => "初中",
        Stage::Unspecified => "其他学段",
    }
}

/// A verdict as people read it.
pub(crate) const fn title(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "达标",
        Verdict::NotMet => "不达标",
        Verdict::Undetermined => "待定",
        Verdict::Unspecified => "不适用",
    }
}
