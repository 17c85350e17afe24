//! Explanations: [`domain::explanation::Node`] → `junheng.evaluation.v1.ExplanationNode`.

use std::collections::BTreeMap;

use junheng_domain::{
    self as domain,
    attribution::UnitContribution,
    code::Month,
    criteria::OperandValue,
    evaluation::{Evaluation, StageResult},
    explanation::{Comparison, Kind, Node, Operand, Text},
    quantity,
};
use junheng_proto::evaluation::v1 as proto;

use crate::evaluation::{operand, stage, stage_indicator, verdict_of};

/// Encodes the node at `path` with all that stands below it. `bases` are the submissions that brought the figures, by month.
#[must_use]
pub fn encode(
    node: Node<'_>,
    path: String,
    month: Month,
    bases: &BTreeMap<Month, proto::Basis>,
) -> proto::ExplanationNode {
    let known = node.low.filter(|low| node.high == Some(*low));
    let bound = |bound: Option<f64>| bound.filter(|_| known.is_none());
    let below = |id: &str| if path.is_empty() { id.to_owned() } else { format!("{path}/{id}") };
    let (gap, gap_unit) = node.gap.map_or((None, None), |gap| (Some(gap.amount), text(gap.unit)));
    proto::ExplanationNode {
        kind: kind(node.kind).into(),
        title: text(node.title),
        verdict: verdict_of(node.verdict),
        rule: text(node.rule),
        formula: text(node.formula),
        value: known,
        value_low: bound(node.low),
        value_high: bound(node.high),
        unit: node.unit.zh.into_owned(),
        limit: node.limit.map(|limit| limit.value),
        comparison: comparison(node.limit.map(|limit| limit.comparison)).into(),
        gap,
        gap_unit,
        reason: text(node.reason),
        rounding_sensitive: node.rounding_sensitive,
        weighting_sensitive: node.weighting_sensitive,
        source: node.source.to_owned(),
        operands: node.operands.into_iter().map(|operand| explained(operand, month, bases)).collect(),
        child_count: u32::try_from(node.child_count).ok(),
        children: node
            .children
            .into_iter()
            .map(|child| {
                let path = below(&child.id);
                encode(child, path, month, bases)
            })
            .collect(),
        path,
    }
}

/// Encodes the attribution of the indicator at `place` of a stage.
#[must_use]
pub fn attribution(
    evaluation: &Evaluation<'_>,
    result: &StageResult<'_>,
    place: usize,
    units: &[UnitContribution<'_, '_>],
) -> proto::VariationAttribution {
    let indicator = result.indicators.get(place);
    proto::VariationAttribution {
        stage: stage(result.stage),
        indicator: indicator.map(|indicator| stage_indicator(result, (place, indicator), evaluation.standard)),
        units: units.iter().map(contribution).collect(),
    }
}

fn contribution(contribution: &UnitContribution<'_, '_>) -> proto::UnitContribution {
    let school = contribution.unit.unit.reported.school;
    proto::UnitContribution {
        school_code: school.code.to_string(),
        school_name: school.name.clone(),
        value: Some(quantity::float(&contribution.value)),
        variance_share: Some(quantity::float(&contribution.variance_share)),
        variation_without: contribution.coefficient_without,
        lift_amount: contribution.lift.map(|lift| lift.amount),
        variation_after_lift: contribution.lift.map(|lift| lift.coefficient),
    }
}

fn explained(explained: Operand<'_>, month: Month, bases: &BTreeMap<Month, proto::Basis>) -> proto::ExplainedOperand {
    let brought = explained.month.and_then(|month| bases.get(&month));
    let domain::explanation::Operand { id, title, unit, value, declared, form, .. } = explained;
    let shown =
        OperandValue { id: id.into_owned(), title: title.zh.into_owned(), value, declared: declared.map(|of| *of) };
    proto::ExplainedOperand {
        operand: Some(operand(&shown, Some(month))),
        title_en: title.en.into_owned(),
        unit: text(unit),
        form: form.to_owned(),
        submission: brought.map(|basis| basis.submission.clone()).unwrap_or_default(),
        revision: brought.and_then(|basis| basis.revision),
    }
}

fn text(text: Text<'_>) -> Option<proto::LocalizedText> {
    let nothing = text.zh.is_empty() && text.en.is_empty();
    (!nothing).then(|| proto::LocalizedText { zh_cn: text.zh.into_owned(), en: text.en.into_owned() })
}

const fn kind(kind: Kind) -> proto::ExplanationKind {
    match kind {
        Kind::County => proto::ExplanationKind::County,
        Kind::Part => proto::ExplanationKind::Part,
        Kind::Stage => proto::ExplanationKind::Stage,
        Kind::Unit => proto::ExplanationKind::Unit,
        Kind::Indicator => proto::ExplanationKind::Indicator,
        Kind::Variation => proto::ExplanationKind::Variation,
        Kind::Composite => proto::ExplanationKind::Composite,
        Kind::Item => proto::ExplanationKind::Item,
        Kind::Test => proto::ExplanationKind::Test,
        Kind::Institution => proto::ExplanationKind::Institution,
    }
}

const fn comparison(comparison: Option<Comparison>) -> proto::Comparison {
    match comparison {
        Some(Comparison::AtLeast) => proto::Comparison::AtLeast,
        Some(Comparison::AtMost) => proto::Comparison::AtMost,
        None => proto::Comparison::Unspecified,
    }
}
