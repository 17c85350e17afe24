//! Why a part has its verdict, in the sentences of an education office.

use num_traits::ToPrimitive as _;

use crate::{
    criteria::InstitutionResult,
    evaluation::{ItemResult, StageResult},
    quantity::{Exact, rounded},
    verdict::Verdict,
};

/// Reasons of the part of resources: units and coefficients of variation, a sentence each for what is not met or open.
#[must_use]
pub fn resources(stages: &[StageResult]) -> Vec<String> {
    let mut reasons = Vec::new();
    if stages.iter().all(|stage| stage.verdict.is_none()) {
        reasons.push("没有可评估的单元，无法判定".to_owned());
    }
    for stage in stages.iter().filter(|stage| stage.verdict.is_some()) {
        let title = stage.stage.title();
        let of = |verdict: Verdict| stage.units.iter().filter(|unit| unit.verdict == verdict).count();
        let (met, not_met, open) = (of(Verdict::Met), of(Verdict::NotMet), of(Verdict::Undetermined));
        let total = stage.units.len();
        let failing = if not_met > 0 { format!("，{not_met}个不达标") } else { String::new() };
        let waiting = if open > 0 { format!("，{open}个因数据缺失待定") } else { String::new() };
        reasons.push(format!("{title}{total}个评估单元中{met}个综合达标（{}）{failing}{waiting}", percent(met, total)));
        let over: Vec<_> =
            stage.indicators.iter().filter(|indicator| indicator.variation.verdict == Verdict::NotMet).collect();
        let open: Vec<_> = stage
            .indicators
            .iter()
            .filter(|indicator| indicator.variation.verdict == Verdict::Undetermined)
            .map(|indicator| indicator.id.as_str())
            .collect();
        if over.is_empty() && open.is_empty() {
            reasons.push(format!("{title}{}项指标差异系数均在限值以内", stage.indicators.len()));
        }
        for indicator in over {
            let limit = decimal(&indicator.limit, 3);
            reasons.push(match (indicator.variation.coefficient, indicator.variation.low) {
                (Some(coefficient), _) if indicator.variation.rounding_sensitive => {
                    format!("{title}{}差异系数{coefficient:.6}超过限值{limit}", indicator.id)
                }
                (Some(coefficient), _) => format!("{title}{}差异系数{coefficient:.3}超过限值{limit}", indicator.id),
                (None, Some(low)) => {
                    format!("{title}{}有数据缺失，但差异系数不会低于{low:.3}，超过限值{limit}", indicator.id)
                }
                (None, None) => format!("{title}{}各单元数值均为零，差异系数无意义，按不达标处理", indicator.id),
            });
        }
        if !open.is_empty() {
            reasons.push(format!("{title}{}差异系数因数据缺失待定", open.join("、")));
        }
    }
    reasons
}

/// Reasons of a part of county items: which are not met, which are undetermined and why.
#[must_use]
pub fn items<'a>(items: impl Iterator<Item = &'a ItemResult>) -> Vec<String> {
    let items: Vec<_> = items.collect();
    if items.is_empty() {
        return vec![];
    }
    let with = |wanted: Verdict| items.iter().filter(|item| item.verdict == wanted).count();
    let mut reasons = vec![];
    if with(Verdict::Undetermined) < items.len() {
        reasons.push(format!("{}项中{}项达标", items.len(), with(Verdict::Met)));
    }
    reasons.extend(items.iter().filter(|item| item.verdict == Verdict::NotMet).map(|item| failing(item)));
    // Who has to act differs: schools that did not report, or the county that reported in part or not at all.
    let open = |wanted: fn(&ItemResult) -> bool| {
        let open = items.iter().filter(|item| item.verdict == Verdict::Undetermined && wanted(item));
        open.map(|item| item.id.as_str()).collect::<Vec<_>>().join("、")
    };
    let waits = [
        (open(by_schools), "因学校数据缺失，待定"),
        (open(|item| !by_schools(item) && said(item)), "报送的数据不全，待定"),
        (open(|item| !by_schools(item) && !said(item)), "尚未报送或声明，待定"),
    ];
    reasons.extend(waits.iter().filter(|(ids, _)| !ids.is_empty()).map(|(ids, why)| format!("{ids}{why}")));
    reasons
}

fn failing(item: &ItemResult) -> String {
    let tests = item.tests.iter().filter(|(_, test)| test.verdict == Verdict::NotMet).map(|(rule, test)| {
        let count =
            |others: &[InstitutionResult]| others.iter().filter(|other| other.verdict == Verdict::NotMet).count();
        match &test.institutions {
            Some(institutions) => format!("{}所学校不符合“{rule}”", count(&institutions.others)),
            None => format!("不符合“{rule}”"),
        }
    });
    format!("{} {}：{}", item.id, item.title, tests.collect::<Vec<_>>().join("，"))
}

fn by_schools(item: &ItemResult) -> bool {
    item.tests.iter().any(|(_, test)| test.institutions.is_some())
}

fn said(item: &ItemResult) -> bool {
    item.tests.iter().flat_map(|(_, test)| &test.operands).any(|operand| operand.value.is_some())
}

fn percent(part: usize, whole: usize) -> String {
    format!("{}%", decimal(&Exact::new((part * 100).into(), whole.max(1).into()), 2))
}

/// A number with so many decimals, rounded half up.
#[must_use]
pub fn decimal(value: &Exact, decimals: usize) -> String {
    let places = i32::try_from(decimals).unwrap_or(0);
    format!("{:.decimals$}", rounded(value, places).to_f64().unwrap_or(f64::NAN))
}
