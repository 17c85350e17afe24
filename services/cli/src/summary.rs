//! An evaluation as a short table for people.

use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, StageIndicator, StageResources},
};

use crate::table::Table;

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
        lines.extend([String::new(), format!("有{missing}项缺失数据可能影响结论，用 --json 可看到清单（missing）")]);
    }
    lines.join("\n")
}

fn stage(stage: &StageResources) -> Vec<String> {
    let (units, met) = (stage.unit_count.unwrap_or_default(), stage.met_unit_count.unwrap_or_default());
    let name = stage_title(stage.stage());
    if units == 0 {
        return vec![format!("{name}：没有评估单元")];
    }
    let share = percent(met, units);
    let mut lines = vec![format!("{name}：评估单元{units}个，综合达标{met}个（{share}），{}", title(stage.verdict()))];
    let header = ["指标", "名称", "标准", "达标单元", "县均值", "差异系数", "限值", "差异系数结论"];
    let mut table = Table::new(header, &[2, 3, 4, 5, 6]);
    for indicator in &stage.indicators {
        let reached = indicator.reached_unit_count.unwrap_or_default();
        table.row([
            indicator.id.clone(),
            format!("{}({})", indicator.title, indicator.unit),
            number(indicator.threshold),
            format!("{reached}({})", percent(reached, units)),
            indicator.mean.map_or_else(|| "缺失".to_owned(), |mean| format!("{mean:.2}")),
            variation(indicator),
            number(indicator.variation_limit),
            format!("{}{}", title(indicator.verdict()), if indicator.rounding_sensitive { "（按精确值）" } else { "" }),
        ]);
    }
    lines.extend(table.lines("  "));
    lines.extend(stage.composite_variation.map(|mean| format!("  7项差异系数的平均值{mean:.6}，不作为判定依据")));
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

fn variation(indicator: &StageIndicator) -> String {
    match (indicator.variation, indicator.variation_low, indicator.variation_high) {
        (Some(value), ..) => format!("{value:.6}"),
        (None, Some(low), Some(high)) => format!("{low:.6}至{high:.6}"),
        (None, Some(low), None) => format!("不低于{low:.6}"),
        (None, None, Some(high)) => format!("不高于{high:.6}"),
        (None, None, None) => "无意义".to_owned(),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| value.to_string())
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
