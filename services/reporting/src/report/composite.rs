//! The composite coefficient of a stage: printed only, or what decides, as the standard has it.

use junheng_proto::{common::v1::Verdict, evaluation::v1::StageResources};

use super::{
    number::{self, MISSING},
    resources::{COMPOSITE, SENSITIVE_MARK},
    words,
};

/// The composite in words: the figure, or the interval in which it must lie.
pub(super) fn composite_text(resources: &StageResources) -> String {
    let sensitive = resources.composite_rounding_sensitive;
    let low = resources.composite_low.filter(|low| *low > 0.0);
    match (resources.composite_variation, low, resources.composite_high) {
        (Some(value), ..) => {
            number::beside(value, resources.composite_limit, 3, sensitive) + if sensitive { SENSITIVE_MARK } else { "" }
        }
        (None, Some(low), Some(high)) => format!("{}至{}", number::rounded(low, 3), number::rounded(high, 3)),
        (None, Some(low), None) => format!("不低于{}", number::rounded(low, 3)),
        (None, None, Some(high)) => format!("不高于{}", number::rounded(high, 3)),
        (None, None, None) => MISSING.to_owned(),
    }
}

/// What is said of it, without a full stop. Nothing where it does not decide and is not known.
pub(super) fn sentence(resources: &StageResources) -> Option<String> {
    let Some(limit) = resources.composite_limit else {
        let value = number::rounded(resources.composite_variation?, 3);
        return Some(format!("{COMPOSITE}（各项差异系数的平均值，仅供参考）为{value}"));
    };
    let (count, limit) = (resources.indicators.len(), number::limit(limit, 2));
    let text = composite_text(resources);
    let told = match (resources.composite_variation, text.contains('至')) {
        _ if text == MISSING => "因数据不完整暂不能计算".to_owned(),
        (Some(_), _) => format!("为{text}"),
        (None, true) => format!("在{text}之间"),
        (None, false) => text.clone(),
    };
    let verdict = match resources.composite_verdict() {
        Verdict::Met => format!("不高于限值{limit}，达标"),
        Verdict::NotMet if text == MISSING => format!("不在限值{limit}以内，不达标"),
        Verdict::NotMet => format!("高于限值{limit}，不达标"),
        Verdict::Undetermined | Verdict::Unspecified => format!("限值为{limit}，因数据不完整待定"),
    };
    Some(format!("{COMPOSITE}（{count}项指标差异系数的平均值）{told}，{verdict}"))
}

/// What stands below the table: what decides, where single coefficients do not.
pub(super) fn note(resources: &StageResources, single_too: bool) -> Option<String> {
    let limit = number::limit(resources.composite_limit?, 2);
    let single = if single_too { "" } else { "；单项指标的差异系数不单独判定" };
    Some(format!(
        "{COMPOSITE}为{}项指标差异系数的平均值，限值{limit}，结论：{}{single}。",
        resources.indicators.len(),
        words::verdict(resources.composite_verdict())
    ))
}
