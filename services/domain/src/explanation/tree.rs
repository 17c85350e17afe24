//! The tree of an explanation: county → parts → stages, items → units, coefficients, tests → indicators, institutions → figures.

use std::borrow::Cow;

use super::{
    node::{Comparison, Gap, Kind, Limit, Node, Operand},
    sentence,
    text::Text,
};
use crate::{
    code::Month,
    criteria::{InstitutionDetail, OperandValue, TestDetail, institutions::Institutions, threshold},
    element::Element,
    evaluation::{Evaluation, ItemResult, StageIndicator, StageResult, UnitResult},
    facts::ItemValue,
    quantity::Quantity,
    school::Stage,
    standard::OperandKind,
    verdict::Verdict,
};

/// Explains an evaluation from the node at `path` on, so many levels deep; `None` when there is no such node.
///
/// A path is the ids of nodes below the root, parted by `/`: `resources/primary/2121000001/L4`; empty for the root.
#[must_use]
pub fn explain<'a>(evaluation: &'a Evaluation<'a>, path: &str, depth: usize) -> Option<Node<'a>> {
    let mut place = Place::County;
    for step in path.split('/').filter(|step| !step.is_empty()) {
        place = place.children(evaluation).into_iter().find(|(id, _)| id.as_ref() == step)?.1;
    }
    let id = path.rsplit('/').next().unwrap_or_default();
    Some(place.build(evaluation, Cow::Owned(id.to_owned()), depth))
}

/// Where a node stands in the evaluation.
enum Place<'a> {
    County,
    Part(usize),
    Stage(&'a StageResult<'a>),
    Unit(&'a StageResult<'a>, &'a UnitResult<'a>),
    Indicator(&'a StageResult<'a>, &'a UnitResult<'a>, usize),
    Variation(&'a StageResult<'a>, usize),
    Composite(&'a StageResult<'a>),
    Item(&'a ItemResult<'a>),
    // Boxed: the other places are a few words, and there are many of them.
    Test(&'a ItemResult<'a>, usize, Box<TestDetail>),
    Institution(&'a ItemResult<'a>, usize, Box<InstitutionDetail>),
}

impl<'a> Place<'a> {
    fn children(&self, evaluation: &'a Evaluation<'a>) -> Vec<(Cow<'a, str>, Self)> {
        match self {
            Self::County => (0..)
                .zip(&evaluation.parts)
                .map(|(index, part)| (Cow::Borrowed(part.rule.id.as_str()), Self::Part(index)))
                .collect(),
            Self::Part(index) => {
                let Some(part) = evaluation.parts.get(*index) else { return vec![] };
                let of_resources = part.rule.id == evaluation.standard.resources.part;
                let stages = evaluation.resources.iter().filter(|stage| of_resources && stage.verdict.is_some());
                let stages = stages.map(|stage| (Cow::Borrowed(stage.stage.id()), Self::Stage(stage)));
                let items = evaluation.items.iter().filter(|item| item.rule.part == part.rule.id);
                stages.chain(items.map(|item| (Cow::Borrowed(item.rule.id.as_str()), Self::Item(item)))).collect()
            }
            Self::Stage(stage) => {
                let variations = (0..).zip(&stage.indicators).map(|(place, indicator)| {
                    (Cow::Owned(format!("variation-{}", indicator.rule.id)), Self::Variation(stage, place))
                });
                let composite = stage.composite.map(|_| (Cow::Borrowed("composite"), Self::Composite(stage)));
                let units = stage
                    .units
                    .iter()
                    .map(|unit| (Cow::Borrowed(unit.unit.reported.school.code.as_str()), Self::Unit(stage, unit)));
                variations.chain(composite).chain(units).collect()
            }
            Self::Unit(stage, unit) => (0..)
                .zip(&stage.indicators)
                .map(|(place, indicator)| {
                    (Cow::Borrowed(indicator.rule.id.as_str()), Self::Indicator(stage, unit, place))
                })
                .collect(),
            Self::Item(item) => {
                let details = evaluation.details(item);
                (0..)
                    .zip(details)
                    .map(|(index, detail): (usize, _)| {
                        (Cow::Owned((index + 1).to_string()), Self::Test(item, index, Box::new(detail)))
                    })
                    .collect()
            }
            Self::Test(item, index, detail) => {
                let others = detail.institutions.iter().flat_map(|institutions| &institutions.others);
                others
                    .map(|other| {
                        (
                            Cow::Owned(other.school.to_string()),
                            Self::Institution(item, *index, Box::new(without_operands(other))),
                        )
                    })
                    .collect()
            }
            Self::Indicator(..) | Self::Variation(..) | Self::Composite(_) | Self::Institution(..) => vec![],
        }
    }

    fn build(self, evaluation: &'a Evaluation<'a>, id: Cow<'a, str>, depth: usize) -> Node<'a> {
        let children = self.children(evaluation);
        let mut node = self.describe(evaluation, id);
        node.child_count = children.len();
        if depth > 0 {
            node.children = children.into_iter().map(|(id, place)| place.build(evaluation, id, depth - 1)).collect();
        }
        node
    }

    fn describe(self, evaluation: &'a Evaluation<'a>, id: Cow<'a, str>) -> Node<'a> {
        match self {
            Self::County => Node {
                title: Text::of(&evaluation.standard.title, ""),
                verdict: Some(evaluation.verdict),
                reason: sentence::county(evaluation),
                source: &evaluation.standard.act,
                ..Node::new(id, Kind::County)
            },
            Self::Part(index) => match evaluation.parts.get(index) {
                Some(part) => Node {
                    title: Text::of(&part.rule.title, &part.rule.title_en),
                    verdict: Some(part.verdict),
                    reason: sentence::part(evaluation, part),
                    source: &part.rule.source,
                    ..Node::new(id, Kind::Part)
                },
                None => Node::new(id, Kind::Part),
            },
            Self::Stage(stage) => Node {
                title: Text::of(stage.stage.title(), stage_in_english(stage.stage)),
                verdict: stage.verdict,
                rule: Text::of(&evaluation.standard.resources.rule, &evaluation.standard.resources.rule_en),
                reason: sentence::stage(stage),
                source: &evaluation.standard.resources.source,
                ..Node::new(id, Kind::Stage)
            },
            Self::Unit(stage, unit) => Node {
                title: Text::of(&unit.unit.reported.school.name, &unit.unit.reported.school.name),
                verdict: unit.verdict,
                rule: Text::of(&evaluation.standard.resources.rule, &evaluation.standard.resources.rule_en),
                reason: sentence::unit(stage, unit),
                source: &evaluation.standard.resources.source,
                ..Node::new(id, Kind::Unit)
            },
            Self::Indicator(stage, unit, place) => indicator(evaluation, stage, unit, place, id),
            Self::Variation(stage, place) => variation(evaluation, stage, place, id),
            Self::Composite(stage) => composite(evaluation, stage, id),
            Self::Item(item) => Node {
                title: Text::of(&item.rule.title, &item.rule.title_en),
                verdict: Some(item.verdict),
                reason: sentence::item(item),
                source: &item.rule.source,
                ..Node::new(id, Kind::Item)
            },
            Self::Test(item, index, detail) => test(item, index, *detail, id),
            Self::Institution(item, index, detail) => institution(evaluation, item, index, &detail, id),
        }
    }
}

fn stage_in_english(stage: Stage) -> &'static str {
    match stage {
        Stage::Primary => "Primary",
        Stage::Junior => "Junior secondary",
        Stage::Senior => "Senior secondary",
    }
}

fn indicator<'a>(
    evaluation: &'a Evaluation<'a>,
    stage: &'a StageResult<'a>,
    unit: &'a UnitResult<'a>,
    place: usize,
    id: Cow<'a, str>,
) -> Node<'a> {
    let (Some(of), Some(judged)) = (stage.indicators.get(place), unit.indicators.get(place)) else {
        return Node::new(id, Kind::Indicator);
    };
    let floor = evaluation.standard.resources.attainment.as_ref().map(|attainment| attainment.floor);
    let short = judged.verdict.filter(|verdict| *verdict == Verdict::NotMet);
    let short = short.and_then(|_| threshold::shortfall(of.rule, of.limits, &unit.unit));
    let gap = short.map(|amount| Gap { amount, unit: amount_unit(of) });
    Node {
        title: Text::of(&of.rule.title, &of.rule.title_en),
        verdict: judged.verdict,
        formula: Text::of(&of.limits.formula[0], &of.limits.formula[1]),
        low: Some(judged.low),
        high: Some(judged.high).filter(|high| high.is_finite()),
        unit: Text::of(&of.rule.unit, ""),
        limit: of
            .limits
            .threshold
            .map(|threshold| Limit { comparison: Comparison::AtLeast, value: threshold.to_f64() }),
        reason: sentence::indicator(of, judged, floor, gap.as_ref()),
        gap,
        rounding_sensitive: threshold::rounding_sensitive(of.rule, of.limits, floor, &unit.unit, judged),
        source: &of.rule.source,
        operands: threshold::operands(of.rule, of.limits, &unit.unit)
            .into_iter()
            .map(|element| reported(element, unit.unit.reported.value(element), evaluation.facts.month))
            .collect(),
        ..Node::new(id, Kind::Indicator)
    }
}

/// The unit of the amount, in English that of its elements.
fn amount_unit<'a>(of: &StageIndicator<'a>) -> Text<'a> {
    let element = of.limits.amount.operands().next();
    Text::of(&of.rule.amount_unit, element.map_or("", |element| element.definition().unit_en))
}

fn reported<'a>(element: Element, value: Option<Quantity>, month: Month) -> Operand<'a> {
    let definition = element.definition();
    Operand {
        id: Cow::Borrowed(element.id()),
        title: Text::of(definition.title, definition.title_en),
        unit: Text::of(definition.unit, definition.unit_en),
        value: value.map(ItemValue::Quantity),
        month: value.map(|_| month),
        declared: None,
        form: definition.form,
    }
}

fn variation<'a>(
    evaluation: &'a Evaluation<'a>,
    stage: &'a StageResult<'a>,
    place: usize,
    id: Cow<'a, str>,
) -> Node<'a> {
    let Some(of) = stage.indicators.get(place) else { return Node::new(id, Kind::Variation) };
    let variation = &of.variation;
    let limit = of.limits.variation_limit.map(Quantity::to_f64);
    Node {
        title: Text::of(&of.rule.title, &of.rule.title_en),
        verdict: variation.verdict,
        formula: sentence::coefficient(evaluation.standard.weighting),
        low: variation.coefficient.or(variation.low),
        high: variation.coefficient.or(variation.high),
        limit: limit.map(|value| Limit { comparison: Comparison::AtMost, value }),
        gap: excess(variation.coefficient, limit),
        reason: sentence::variation(variation, limit),
        rounding_sensitive: variation.rounding_sensitive,
        weighting_sensitive: stage.other_variation(place, evaluation.standard.weighting).is_some(),
        source: &of.rule.source,
        ..Node::new(id, Kind::Variation)
    }
}

fn composite<'a>(evaluation: &'a Evaluation<'a>, stage: &'a StageResult<'a>, id: Cow<'a, str>) -> Node<'a> {
    let Some(composite) = &stage.composite else { return Node::new(id, Kind::Composite) };
    let limit = evaluation.standard.resources.composite_limit.get(&stage.stage).map(|limit| limit.to_f64());
    Node {
        title: Text::of("综合差异系数", "Composite coefficient of variation"),
        verdict: composite.verdict,
        formula: Text::of("各项差异系数的平均值", "mean of the coefficients of variation"),
        low: composite.value.or(composite.low),
        high: composite.value.or(composite.high),
        limit: limit.map(|value| Limit { comparison: Comparison::AtMost, value }),
        gap: excess(composite.value, limit),
        reason: sentence::composite(composite, limit),
        rounding_sensitive: composite.rounding_sensitive,
        source: &evaluation.standard.resources.source,
        ..Node::new(id, Kind::Composite)
    }
}

#[expect(clippy::float_arithmetic, reason = "printed, never decides")]
fn excess<'a>(value: Option<f64>, limit: Option<f64>) -> Option<Gap<'a>> {
    let (value, limit) = value.zip(limit).filter(|(value, limit)| value > limit)?;
    Some(Gap { amount: value - limit, unit: Text::default() })
}

fn test<'a>(item: &'a ItemResult<'a>, index: usize, detail: TestDetail, id: Cow<'a, str>) -> Node<'a> {
    let Some(rule) = item.rule.tests.get(index) else { return Node::new(id, Kind::Test) };
    let comparison = if rule.criterion.upper_limit() { Comparison::AtMost } else { Comparison::AtLeast };
    Node {
        title: Text::of(&rule.rule, &rule.rule_en),
        verdict: Some(detail.verdict),
        rule: Text::of(&rule.rule, &rule.rule_en),
        low: detail.value,
        high: detail.value,
        limit: detail.limit.map(|value| Limit { comparison, value }),
        gap: detail.gap.map(|amount| Gap { amount, unit: Text::default() }),
        reason: sentence::test(&detail, comparison),
        rounding_sensitive: detail.rounding_sensitive,
        source: &item.rule.source,
        operands: detail.operands.into_iter().map(|operand| declared(item, operand)).collect(),
        ..Node::new(id, Kind::Test)
    }
}

/// What a node of it needs: its figures are looked up where they were reported.
fn without_operands(detail: &InstitutionDetail) -> InstitutionDetail {
    let InstitutionDetail { school, verdict, value, limit, gap, operands: _ } = detail;
    InstitutionDetail {
        school: school.clone(),
        verdict: *verdict,
        value: *value,
        limit: *limit,
        gap: *gap,
        operands: vec![],
    }
}

fn institution<'a>(
    evaluation: &'a Evaluation<'a>,
    item: &'a ItemResult<'a>,
    index: usize,
    detail: &InstitutionDetail,
    id: Cow<'a, str>,
) -> Node<'a> {
    let upper = item.rule.tests.get(index).is_some_and(|test| test.criterion.upper_limit());
    let comparison = if upper { Comparison::AtMost } else { Comparison::AtLeast };
    let institutions = &evaluation.institutions;
    let found = institutions.binary_search_by(|reported| reported.school.code.cmp(&detail.school)).ok();
    let school = found.and_then(|found| institutions.get(found));
    let name = school.map_or("", |reported| reported.school.name.as_str());
    let month = evaluation.facts.month;
    let value = |element: Element| school.and_then(|reported| reported.value(element));
    let tested = item.rule.tests.get(index).and_then(|test| test.criterion.institutions());
    let elements = tested.into_iter().flat_map(Institutions::tested).copied();
    Node {
        title: Text::of(name, name),
        verdict: Some(detail.verdict),
        low: detail.value,
        high: detail.value,
        limit: detail.limit.map(|value| Limit { comparison, value }),
        gap: detail.gap.map(|amount| Gap { amount, unit: Text::default() }),
        reason: sentence::institution(detail, comparison),
        source: &item.rule.source,
        operands: elements.map(|element| reported(element, value(element), month)).collect(),
        ..Node::new(id, Kind::Institution)
    }
}

fn declared<'a>(item: &'a ItemResult<'a>, operand: OperandValue) -> Operand<'a> {
    let rule = item.rule.operand_rule(&operand.id);
    let unit = match rule.map(|rule| rule.kind) {
        Some(OperandKind::Amount) => Text::of("元", "yuan"),
        Some(OperandKind::Score) => Text::of("分", "points"),
        _ => Text::default(),
    };
    Operand {
        id: Cow::Owned(operand.id),
        title: rule.map_or_else(Text::default, |rule| Text::of(&rule.title, &rule.title_en)),
        unit,
        value: operand.value,
        month: operand.declared.as_ref().map(|dated| dated.month),
        declared: operand.declared.map(Box::new),
        form: "",
    }
}
