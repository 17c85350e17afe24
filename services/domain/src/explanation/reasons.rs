//! Why a part has its verdict, in the sentences of an education office.

use super::text::decimal;
use crate::{
    criteria::{TestDetail, composite::Composite},
    evaluation::{Evaluation, ItemResult, PartResult, StageIndicator, StageResult},
    quantity::{Exact, Quantity},
    verdict::Verdict,
};

/// The part whose items are facts that bar: they are found or not.
const VETOES: &str = "vetoes";

/// Why a part has its verdict, a sentence each.
#[must_use]
pub fn reasons(evaluation: &Evaluation<'_>, part: &PartResult<'_>) -> Vec<String> {
    let mut reasons = Vec::new();
    if part.rule.id == evaluation.standard.resources.part {
        if evaluation.resources.iter().all(|stage| stage.verdict.is_none()) {
            reasons.push("没有可评估的单元，无法判定".to_owned());
        }
        for stage in evaluation.resources.iter().filter(|stage| stage.verdict.is_some()) {
            reasons.extend(units(stage));
            reasons.extend(variations(stage));
            let limit = evaluation.standard.resources.composite_limit.get(&stage.stage);
            reasons.extend(stage.composite.zip(limit).map(|(of, limit)| composite(stage, &of, *limit)));
        }
    }
    let of_part: Vec<_> = evaluation.items.iter().filter(|item| item.rule.part == part.rule.id).collect();
    reasons.extend(items(evaluation, part.rule.id == VETOES, &of_part));
    reasons
}

/// How many units are met; nothing where units are not judged by themselves.
fn units(stage: &StageResult<'_>) -> Option<String> {
    let of = |verdict: Verdict| stage.units.iter().filter(|unit| unit.verdict == Some(verdict)).count();
    let (met, not_met, open) = (of(Verdict::Met), of(Verdict::NotMet), of(Verdict::Undetermined));
    if met + not_met + open == 0 {
        return None;
    }
    let (title, total) = (stage.stage.title(), stage.units.len());
    if met == total && met > 1 {
        return Some(format!("{title}{total}个评估单元均综合达标"));
    }
    let failing = if not_met > 0 { format!("，{not_met}个不达标") } else { String::new() };
    let waiting = if open > 0 { format!("，{open}个因数据缺失待定") } else { String::new() };
    Some(format!("{title}{total}个评估单元中{met}个综合达标（{}）{failing}{waiting}", percent(met, total)))
}

/// The coefficients that exceed their limits, and those that are open; nothing where single coefficients decide nothing.
fn variations(stage: &StageResult<'_>) -> Vec<String> {
    let title = stage.stage.title();
    let judged: Vec<_> =
        stage.indicators.iter().filter_map(|indicator| Some((indicator, indicator.limits.variation_limit?))).collect();
    let with = |verdict: Verdict| judged.iter().filter(move |(of, _)| of.variation.verdict == Some(verdict));
    let mut reasons: Vec<_> = with(Verdict::NotMet).map(|(of, limit)| exceeding(title, of, *limit)).collect();
    let open: Vec<_> = with(Verdict::Undetermined).map(|(of, _)| of.rule.id.as_str()).collect();
    if reasons.is_empty() && open.is_empty() && !judged.is_empty() {
        reasons.push(format!("{title}{}项指标差异系数均在限值以内", judged.len()));
    }
    if open.len() == judged.len() && open.len() > 1 {
        reasons.push(format!("{title}{}项指标差异系数均因数据缺失待定", open.len()));
    } else if !open.is_empty() {
        reasons.push(format!("{title}{}差异系数因数据缺失待定", open.join("、")));
    }
    reasons
}

fn exceeding(title: &str, indicator: &StageIndicator<'_>, limit: Quantity) -> String {
    let (id, variation) = (&indicator.rule.id, &indicator.variation);
    let limit = decimal(&limit.exact(), 3);
    match (variation.coefficient, variation.low) {
        (Some(coefficient), _) if variation.rounding_sensitive => {
            format!("{title}{id}差异系数{coefficient:.6}超过限值{limit}")
        }
        (Some(coefficient), _) => format!("{title}{id}差异系数{coefficient:.3}超过限值{limit}"),
        (None, Some(low)) => format!("{title}{id}有数据缺失，但差异系数不会低于{low:.3}，超过限值{limit}"),
        (None, None) => format!("{title}{id}各单元数值均为零，差异系数无意义，按不达标处理"),
    }
}

fn composite(stage: &StageResult<'_>, composite: &Composite, limit: Quantity) -> String {
    let (title, limit) = (stage.stage.title(), decimal(&limit.exact(), 3));
    let decimals = if composite.rounding_sensitive { 6 } else { 3 };
    match (composite.value, composite.verdict) {
        (Some(value), Some(Verdict::Met)) => format!("{title}综合差异系数{value:.decimals$}，在限值{limit}以内"),
        (Some(value), _) => format!("{title}综合差异系数{value:.decimals$}，超过限值{limit}"),
        (None, Some(Verdict::Met)) => format!("{title}有数据缺失，但综合差异系数不会超过限值{limit}"),
        (None, Some(Verdict::NotMet)) => match composite.low {
            Some(low) => format!("{title}有数据缺失，但综合差异系数不会低于{low:.3}，超过限值{limit}"),
            None => format!("{title}有指标各单元数值均为零，综合差异系数无意义，按不达标处理"),
        },
        (None, _) => format!("{title}综合差异系数因数据缺失待定"),
    }
}

/// Which county items are not met, which are undetermined and why.
fn items(evaluation: &Evaluation<'_>, vetoes: bool, items: &[&ItemResult<'_>]) -> Vec<String> {
    if items.is_empty() {
        return vec![];
    }
    let with = |wanted: Verdict| items.iter().filter(move |item| item.verdict == wanted);
    let mut reasons = vec![];
    let (all, met) = (items.len(), with(Verdict::Met).count());
    let word = if vetoes { "未触发" } else { "达标" };
    match (all, met) {
        (1, 1) => reasons.push(format!("共1项，{word}")),
        // What is said of the one item says it.
        (1, _) => {}
        _ if met == all => reasons.push(format!("{all}项均{word}")),
        _ if with(Verdict::Undetermined).count() < all => reasons.push(format!("{all}项中{met}项{word}")),
        _ => {}
    }
    reasons.extend(with(Verdict::NotMet).map(|item| {
        if vetoes {
            format!("触发{}“{}”", item.rule.id, item.rule.title)
        } else {
            failing(item, &evaluation.details(item))
        }
    }));
    // Who has to act differs: schools that did not report, or the county that reported in part or not at all.
    let (mut by_schools, mut in_part, mut nothing) = (vec![], vec![], vec![]);
    for item in with(Verdict::Undetermined) {
        let details = evaluation.details(item);
        let said = details.iter().flat_map(|test| &test.operands).any(|operand| operand.value.is_some());
        let list = match details.iter().any(|test| test.institutions.is_some()) {
            true => &mut by_schools,
            false if said => &mut in_part,
            false => &mut nothing,
        };
        list.push(item.rule.id.as_str());
    }
    let waits =
        [(by_schools, "因学校数据缺失，待定"), (in_part, "报送的数据不全，待定"), (nothing, "尚未报送或声明，待定")];
    reasons
        .extend(waits.iter().filter(|(ids, _)| !ids.is_empty()).map(|(ids, why)| format!("{}{why}", ids.join("、"))));
    reasons
}

fn failing(item: &ItemResult<'_>, details: &[TestDetail]) -> String {
    let failed = item.rule.tests.iter().zip(details).filter(|(_, detail)| detail.verdict == Verdict::NotMet);
    let tests: Vec<_> = failed
        .map(|(test, detail)| match &detail.institutions {
            Some(institutions) => {
                let count = institutions.others.iter().filter(|other| other.verdict == Verdict::NotMet).count();
                format!("{count}所学校不符合“{}”", test.rule)
            }
            None => format!("不符合“{}”", test.rule),
        })
        .collect();
    format!("{} {}：{}", item.rule.id, item.rule.title, tests.join("，"))
}

fn percent(part: usize, whole: usize) -> String {
    format!("{}%", decimal(&Exact::new((part * 100).into(), whole.max(1).into()), 2))
}
