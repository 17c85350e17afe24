//! The sentence of each node: what was found and how far it lies from the line, in Chinese and in English.

use super::{
    node::{Comparison, Gap},
    text::{Sentence, Text, apart, percent, plain},
};
use crate::{
    criteria::{
        InstitutionDetail, TestDetail,
        composite::Composite,
        threshold::UnitIndicator,
        variation_limit::{Variation, Weighting},
    },
    evaluation::{Evaluation, ItemResult, PartResult, StageIndicator, StageResult, UnitResult},
    quantity::Quantity,
    verdict::Verdict,
};

const fn english(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "not met",
        Verdict::Undetermined => "undetermined",
    }
}

/// The verdict, and what of its parts is not met or open.
fn conjunction<'a>(verdict: Verdict, of: &[(Verdict, Text<'_>)]) -> Text<'a> {
    let mut said = Sentence::new(verdict.title().to_owned(), english(verdict).to_owned());
    for wanted in [Verdict::NotMet, Verdict::Undetermined] {
        let with: Vec<_> = of.iter().filter(|(verdict, _)| *verdict == wanted).map(|(_, name)| name).collect();
        if with.is_empty() {
            continue;
        }
        let joined =
            |of: fn(&Text<'_>) -> String, by: &str| with.iter().map(|name| of(name)).collect::<Vec<_>>().join(by);
        said.and(
            format!("；{}：{}", wanted.title(), joined(|name| name.zh.to_string(), "、")),
            format!("; {}: {}", english(wanted), joined(|name| name.en.to_string(), ", ")),
        );
    }
    said.text()
}

pub(super) fn county<'a>(evaluation: &Evaluation<'_>) -> Text<'a> {
    let of: Vec<_> =
        evaluation.parts.iter().map(|part| (part.verdict, Text::of(&part.rule.title, &part.rule.title_en))).collect();
    conjunction(evaluation.verdict, &of)
}

pub(super) fn part<'a>(evaluation: &Evaluation<'_>, part: &PartResult<'_>) -> Text<'a> {
    let items = evaluation.items.iter().filter(|item| item.rule.part == part.rule.id);
    let mut of: Vec<_> = items.map(|item| (item.verdict, Text::of(&item.rule.id, &item.rule.id))).collect();
    if part.rule.id == evaluation.standard.resources.part {
        let stages = evaluation.resources.iter();
        let stages = stages.filter_map(|stage| Some((stage.verdict?, Text::of(stage.stage.title(), stage.stage.id()))));
        of.splice(0..0, stages);
    }
    conjunction(part.verdict, &of)
}

pub(super) fn item<'a>(item: &ItemResult<'_>) -> Text<'a> {
    let number = |index: usize| Text::written((index + 1).to_string(), (index + 1).to_string());
    let of: Vec<_> = item.tests.iter().enumerate().map(|(index, verdict)| (*verdict, number(index))).collect();
    if of.len() > 1 { conjunction(item.verdict, &of) } else { conjunction(item.verdict, &[]) }
}

pub(super) fn stage<'a>(stage: &StageResult<'_>) -> Text<'a> {
    let units = stage.units.len();
    let with = |wanted: Verdict| stage.units.iter().filter(|unit| unit.verdict == Some(wanted)).count();
    let (met, not_met, open) = (with(Verdict::Met), with(Verdict::NotMet), with(Verdict::Undetermined));
    let beyond = stage.indicators.iter().filter(|of| of.variation.verdict == Some(Verdict::NotMet)).count();
    let judged = met + not_met + open > 0;
    let mut said = Sentence::new(format!("{units}个评估单元"), format!("{units} units"));
    if judged {
        said.and(
            format!("，达标{met}个，不达标{not_met}个，待定{open}个"),
            format!(", {met} met, {not_met} not met, {open} undetermined"),
        );
    }
    if beyond > 0 {
        said.and(format!("，{beyond}项差异系数超限"), format!(", {beyond} coefficients beyond their limits"));
    }
    let composite = stage.composite.and_then(|composite| composite.verdict);
    if let Some(verdict) = composite.filter(|verdict| *verdict != Verdict::Met) {
        said.and(format!("，综合差异系数{}", verdict.title()), format!(", composite coefficient {}", english(verdict)));
    }
    said.text()
}

pub(super) fn unit<'a>(stage: &StageResult<'_>, unit: &UnitResult<'_>) -> Text<'a> {
    let (mut reached, mut floors, mut open) = (0, 0, 0);
    for judged in &unit.indicators {
        match (judged.verdict, judged.floor_verdict) {
            (Some(Verdict::Met), _) => reached += 1,
            (Some(Verdict::NotMet), Some(Verdict::Met)) => floors += 1,
            (Some(Verdict::Undetermined), _) => open += 1,
            _ => {}
        }
    }
    let all = stage.indicators.len();
    if unit.verdict.is_none() {
        return Text::default();
    }
    let short = all - reached - floors - open;
    let mut said = Sentence::new(
        format!("{all}项指标中{reached}项达标"),
        format!("{reached} of {all} indicators reach their thresholds"),
    );
    for (count, in_chinese, in_english) in [
        (floors, "项未达标但不低于底线", "are short and keep the floor"),
        (short, "项低于底线", "lie below the floor"),
        (open, "项待定", "are undetermined"),
    ] {
        if count > 0 {
            said.and(format!("，{count}{in_chinese}"), format!(", {count} {in_english}"));
        }
    }
    said.text()
}

pub(super) fn indicator<'a>(
    of: &StageIndicator<'_>,
    judged: &UnitIndicator,
    floor: Option<Quantity>,
    gap: Option<&Gap<'_>>,
) -> Text<'a> {
    let Some((verdict, threshold)) = judged.verdict.zip(of.limits.threshold) else { return Text::default() };
    match verdict {
        Verdict::Met => Text::of("达到标准", "reaches the threshold"),
        Verdict::Undetermined => Text::of("数据缺失，无法判定", "figures are missing that could decide it"),
        Verdict::NotMet => {
            // Each number is written once: that is what takes time here.
            let limit = threshold.to_string();
            let mut said = Sentence::new(format!("低于{limit}"), format!("below {}", apart(&limit)));
            if let Some(gap) = gap {
                let amount = plain(enough(gap.amount), 2);
                said.and(
                    format!("，还差{amount}{}", gap.unit.zh),
                    format!(", short by {} {}", apart(&amount), gap.unit.en),
                );
            }
            let floor = floor.map(|floor| percent(floor.to_f64()));
            match (judged.floor_verdict, floor) {
                (Some(Verdict::Met), Some(floor)) => {
                    said.and(format!("，不低于标准的{floor}"), format!(", at or above {floor} of it"));
                }
                (Some(Verdict::NotMet), Some(floor)) => {
                    said.and(format!("，低于标准的{floor}"), format!(", below {floor} of it"));
                }
                _ => {}
            }
            said.text()
        }
    }
}

/// An amount with two decimals that is enough: rounded up, but for what floating point adds.
#[expect(clippy::float_arithmetic, reason = "printed, never decides")]
fn enough(amount: f64) -> f64 {
    (amount * 100.0 - 1e-6).ceil() / 100.0
}

pub(super) fn coefficient<'a>(weighting: Weighting) -> Text<'a> {
    match weighting {
        Weighting::PupilWeighted => {
            Text::of("按在校生数加权的标准差 ÷ 全县平均值", "pupil-weighted standard deviation ÷ county mean")
        }
        Weighting::Unweighted => {
            Text::of("各单元等权的标准差 ÷ 各单元平均值", "standard deviation of units alike ÷ their mean")
        }
    }
}

pub(super) fn variation<'a>(variation: &Variation, limit: Option<f64>) -> Text<'a> {
    match variation.coefficient {
        Some(coefficient) => against(coefficient, limit, variation.verdict, variation.rounding_sensitive),
        None if variation.undefined == Verdict::Met => Text::of(
            "各单元数值均为零，差异系数无意义，按不达标处理",
            "every value is zero: the coefficient is undefined, which is not met",
        ),
        None => between(variation.low, variation.high),
    }
}

pub(super) fn composite<'a>(composite: &Composite, limit: Option<f64>) -> Text<'a> {
    match composite.value {
        Some(value) => against(value, limit, composite.verdict, composite.rounding_sensitive),
        None if composite.low.is_none() => Text::of(
            "有指标各单元数值均为零，综合差异系数无意义，按不达标处理",
            "an indicator is zero everywhere: the composite is undefined, which is not met",
        ),
        None => between(composite.low, composite.high),
    }
}

/// A coefficient and its limit; with more decimals where three would decide otherwise.
#[expect(clippy::float_arithmetic, reason = "printed, never decides")]
fn against<'a>(value: f64, limit: Option<f64>, verdict: Option<Verdict>, sensitive: bool) -> Text<'a> {
    let decimals = if sensitive { 9 } else { 3 };
    let Some(limit) = limit else {
        return Text::written(format!("{value:.decimals$}"), format!("{value:.decimals$}"));
    };
    let apart = (value - limit).abs();
    if verdict == Some(Verdict::Met) {
        Text::written(
            format!("{value:.decimals$}，在限值{limit}以内，余{apart:.decimals$}"),
            format!("{value:.decimals$}, within the limit of {limit} by {apart:.decimals$}"),
        )
    } else {
        Text::written(
            format!("{value:.decimals$}，超过限值{limit}，超出{apart:.decimals$}"),
            format!("{value:.decimals$}, beyond the limit of {limit} by {apart:.decimals$}"),
        )
    }
}

fn between<'a>(low: Option<f64>, high: Option<f64>) -> Text<'a> {
    let low = low.unwrap_or(0.0);
    match high {
        Some(high) => Text::written(
            format!("数据缺失，介于{low:.3}与{high:.3}之间"),
            format!("figures are missing: between {low:.3} and {high:.3}"),
        ),
        None => Text::written(
            format!("数据缺失，不低于{low:.3}，无上界"),
            format!("figures are missing: at least {low:.3}, unbounded above"),
        ),
    }
}

pub(super) fn test<'a>(detail: &TestDetail, comparison: Comparison) -> Text<'a> {
    if let Some(institutions) = &detail.institutions {
        let with = |wanted: Verdict| institutions.others.iter().filter(|other| other.verdict == wanted).count();
        let (count, met, not_met, open) =
            (institutions.count, institutions.met, with(Verdict::NotMet), with(Verdict::Undetermined));
        return Text::written(
            format!("{count}所学校，符合{met}所，不符合{not_met}所，待定{open}所"),
            format!("{count} schools: {met} comply, {not_met} do not, {open} undetermined"),
        );
    }
    match (detail.value, detail.limit) {
        (Some(value), Some(limit)) => held(value, limit, detail.gap, comparison),
        _ => conjunction(detail.verdict, &[]),
    }
}

pub(super) fn institution<'a>(detail: &InstitutionDetail, comparison: Comparison) -> Text<'a> {
    match (detail.value, detail.limit) {
        (Some(value), Some(limit)) => held(value, limit, detail.gap, comparison),
        _ => conjunction(detail.verdict, &[]),
    }
}

/// A value and its limit; both as percentages where the limit is a share.
fn held<'a>(value: f64, limit: f64, gap: Option<f64>, comparison: Comparison) -> Text<'a> {
    let share = limit <= 1.0 && limit > 0.0 && value.fract() != 0.0 || limit < 1.0;
    let [value, limit] = [value, limit].map(|number| if share { percent(number) } else { plain(number, 2) });
    let (zh_rule, en_rule, zh_gap, en_gap) = match comparison {
        Comparison::AtLeast => ("应不低于", "at least", "还差", "short by"),
        Comparison::AtMost => ("应不超过", "at most", "超出", "too many by"),
    };
    let mut said = Sentence::new(
        format!("{value}，{zh_rule}{limit}"),
        format!("{}, {en_rule} {} is asked for", apart(&value), apart(&limit)),
    );
    if let Some(gap) = gap {
        let gap = plain(gap, 2);
        said.and(format!("，{zh_gap}{gap}"), format!(", {en_gap} {}", apart(&gap)));
    }
    said.text()
}
