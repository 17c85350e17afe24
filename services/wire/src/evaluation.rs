//! Evaluations: [`domain::evaluation::Evaluation`] → `junheng.evaluation.v1.Evaluation`.

use junheng_domain::{
    self as domain,
    code::{Month, RegionCode},
    criteria::{
        InstitutionDetail, OperandValue, TestDetail,
        threshold::{UnitIndicator, operands, rounding_sensitive, shortfall},
    },
    element::Element,
    evaluation::{Evaluation, ItemResult, StageIndicator, StageResult, UnitResult},
    explanation,
    facts::ItemValue,
    missing::{self, Missing},
    quantity::{self, Quantity},
    standard::Standard,
};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1 as proto,
};

use crate::name;

/// Encodes the evaluation of a county with all that it follows from. `basis` is what it rests on, where it was not evaluated from
/// files.
#[must_use]
pub fn encode(evaluation: &Evaluation<'_>, county: &RegionCode, basis: Option<proto::Basis>) -> proto::Evaluation {
    let (standard, month) = (evaluation.standard, evaluation.facts.month);
    let names = Names(evaluation);
    let part = |part: &domain::evaluation::PartResult<'_>| proto::Part {
        id: part.rule.id.clone(),
        title: part.rule.title.clone(),
        verdict: verdict(part.verdict),
        reasons: explanation::reasons(evaluation, part),
        source: part.rule.source.clone(),
        decisive: missing::decisive(evaluation, part).iter().map(|missing| self::missing(missing, &names)).collect(),
    };
    proto::Evaluation {
        name: name::evaluation(county, month, &standard.id),
        region: name::region(county),
        month: month.to_string(),
        standard: name::standard(&standard.id),
        verdict: verdict(evaluation.verdict),
        parts: evaluation.parts.iter().map(part).collect(),
        resources: evaluation.resources.iter().map(|stage| stage_resources(stage, standard)).collect(),
        items: evaluation.items.iter().map(|item| self::item(item, evaluation, &names)).collect(),
        missing: missing::all(evaluation).iter().map(|missing| self::missing(missing, &names)).collect(),
        outside_schools: evaluation.outside().map(|(reported, pupils)| outside(reported.school, pupils)).collect(),
        basis,
        act: standard.act.clone(),
        weighting: standard.weighting.id().to_owned(),
        standard_title: standard.title.clone(),
        waivers: evaluation.waivers.iter().map(|applied| self::applied(applied, &names)).collect(),
    }
}

fn applied(applied: &domain::waiver::Applied<'_>, names: &Names<'_>) -> proto::AppliedWaiver {
    let domain::waiver::Applied { grant, rule, .. } = applied;
    proto::AppliedWaiver {
        id: rule.id.clone(),
        title: rule.title.clone(),
        school_code: grant.school.to_string(),
        school_name: names.of(&grant.school),
        rule: rule.about().to_owned(),
        stage: applied.stage.map_or(Stage::Unspecified.into(), stage),
        quantity: applied.stage.and(grant.quantity).map(Quantity::to_f64),
        limit: applied.limit.map(Quantity::to_f64),
        from_month: grant.from.to_string(),
        to_month: grant.to.map(|month| month.to_string()).unwrap_or_default(),
        granted_on: grant.granted_on.to_string(),
        granted_by: grant.granted_by.clone(),
        evidence: grant.evidence.clone(),
        source: rule.source.clone(),
    }
}

/// Names of schools by code.
struct Names<'a>(&'a Evaluation<'a>);

impl Names<'_> {
    fn of(&self, code: &domain::code::SchoolCode) -> String {
        let schools = &self.0.institutions;
        let found = schools.binary_search_by(|reported| reported.school.code.cmp(code)).ok();
        found.and_then(|found| schools.get(found)).map(|reported| reported.school.name.clone()).unwrap_or_default()
    }
}

/// Encodes a verdict.
#[must_use]
pub fn verdict(verdict: domain::verdict::Verdict) -> i32 {
    let verdict = match verdict {
        domain::verdict::Verdict::Met => Verdict::Met,
        domain::verdict::Verdict::NotMet => Verdict::NotMet,
        domain::verdict::Verdict::Undetermined => Verdict::Undetermined,
    };
    verdict.into()
}

pub(crate) fn stage(stage: domain::school::Stage) -> i32 {
    let stage = match stage {
        domain::school::Stage::Primary => Stage::Primary,
        domain::school::Stage::Junior => Stage::Junior,
        // Senior stages are never judged.
        domain::school::Stage::Senior => Stage::Unspecified,
    };
    stage.into()
}

/// The verdict of a rule that the standard may not have.
pub(crate) fn verdict_of(rule: Option<domain::verdict::Verdict>) -> i32 {
    rule.map_or(Verdict::Unspecified.into(), verdict)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn pupils(pupils: Option<Quantity>) -> Option<u32> {
    pupils.and_then(Quantity::as_whole).and_then(|pupils| u32::try_from(pupils).ok())
}

fn stage_resources(result: &StageResult<'_>, standard: &Standard) -> proto::StageResources {
    let judged = standard.resources.attainment.is_some();
    let with = |wanted| judged.then(|| count(result.units.iter().filter(|unit| unit.verdict == Some(wanted)).count()));
    let composite = result.composite.as_ref();
    let limit = standard.resources.composite_limit.get(&result.stage).filter(|_| composite.is_some());
    proto::StageResources {
        stage: stage(result.stage),
        unit_count: Some(count(result.units.len())),
        met_unit_count: with(domain::verdict::Verdict::Met),
        undetermined_unit_count: with(domain::verdict::Verdict::Undetermined),
        verdict: verdict_of(result.verdict),
        indicators: (0..).zip(&result.indicators).map(|of| stage_indicator(result, of, standard)).collect(),
        units: result.units.iter().map(|unit| self::unit(unit, result, standard)).collect(),
        composite_variation: composite.and_then(|composite| composite.value),
        composite_low: composite.and_then(|composite| composite.low),
        composite_high: composite.and_then(|composite| composite.high),
        composite_limit: limit.map(|limit| limit.to_f64()),
        composite_verdict: verdict_of(composite.and_then(|composite| composite.verdict)),
        composite_rounding_sensitive: composite.is_some_and(|composite| composite.rounding_sensitive),
    }
}

pub(crate) fn stage_indicator(
    stage: &StageResult<'_>,
    (place, indicator): (usize, &StageIndicator<'_>),
    standard: &Standard,
) -> proto::StageIndicator {
    let StageIndicator { rule, limits, reached, variation } = indicator;
    let floor = standard.resources.attainment.as_ref().map(|attainment| attainment.floor.exact());
    let floor = floor.zip(limits.threshold).map(|(floor, threshold)| floor * threshold.exact());
    proto::StageIndicator {
        id: rule.id.clone(),
        title: rule.title.clone(),
        unit: rule.unit.clone(),
        mean: variation.mean,
        variation: variation.coefficient,
        variation_low: variation.low,
        variation_high: variation.high,
        variation_limit: limits.variation_limit.map(Quantity::to_f64),
        reached_unit_count: limits.threshold.map(|_| count(*reached)),
        threshold: limits.threshold.map(Quantity::to_f64),
        verdict: verdict_of(variation.verdict),
        rounding_sensitive: variation.rounding_sensitive,
        other_variation: stage.other_variation(place, standard.weighting).and_then(|other| other.coefficient),
        source: rule.source.clone(),
        floor: floor.as_ref().map(quantity::float),
        amount_unit: rule.amount_unit.clone(),
    }
}

fn unit(result: &UnitResult<'_>, stage: &StageResult<'_>, standard: &Standard) -> proto::Unit {
    let school = result.unit.reported.school;
    let reached =
        result.indicators.iter().filter(|indicator| indicator.verdict == Some(domain::verdict::Verdict::Met)).count();
    let judged = stage.indicators.iter().any(|indicator| indicator.limits.threshold.is_some());
    let indicators = stage.indicators.iter().zip(&result.indicators);
    proto::Unit {
        school_code: school.code.to_string(),
        school_name: school.name.clone(),
        school_type: school.school_type.to_string(),
        pupils: pupils(result.unit.pupils),
        verdict: verdict_of(result.verdict),
        reached_count: judged.then(|| count(reached)),
        indicators: indicators.map(|(of, indicator)| unit_indicator(of, indicator, result, standard)).collect(),
    }
}

fn unit_indicator(
    of: &StageIndicator<'_>,
    indicator: &UnitIndicator,
    result: &UnitResult<'_>,
    standard: &Standard,
) -> proto::UnitIndicator {
    let unit = &result.unit;
    let floor = standard.resources.attainment.as_ref().map(|attainment| attainment.floor);
    let short =
        (indicator.verdict == Some(domain::verdict::Verdict::NotMet)).then(|| shortfall(of.rule, of.limits, unit));
    let share = unit.share.known && of.rule.split && unit.splits();
    proto::UnitIndicator {
        id: of.rule.id.clone(),
        value: indicator.value(),
        verdict: verdict_of(indicator.verdict),
        floor_verdict: verdict_of(indicator.floor_verdict),
        value_low: Some(indicator.low).filter(|_| !indicator.known),
        value_high: Some(indicator.high).filter(|high| !indicator.known && high.is_finite()),
        shortfall: short.flatten(),
        rounding_sensitive: rounding_sensitive(of.rule, of.limits, floor, unit, indicator),
        share: share.then_some(unit.share.ratio),
        operands: operands(of.rule, of.limits, unit)
            .into_iter()
            .map(|id| element(id, unit.reported.value(id)))
            .collect(),
    }
}

/// An element of a school.
fn element(element: Element, value: Option<Quantity>) -> proto::Operand {
    proto::Operand {
        id: element.id().to_owned(),
        title: element.definition().title.to_owned(),
        value: value.map(|value| proto::operand::Value::Quantity(value.to_f64())),
        ..proto::Operand::default()
    }
}

pub(crate) fn operand(operand: &OperandValue, month: Option<Month>) -> proto::Operand {
    let dated = operand.declared.as_ref();
    let value = operand.value.map(|value| match value {
        ItemValue::Quantity(number) => proto::operand::Value::Quantity(number.to_f64()),
        ItemValue::Declaration(value) => proto::operand::Value::Declaration(value),
        ItemValue::Date(date) => proto::operand::Value::Date(date.to_string()),
    });
    proto::Operand {
        id: operand.id.clone(),
        title: operand.title.clone(),
        value,
        month: dated
            .map(|dated| dated.month)
            .filter(|from| Some(*from) != month)
            .map(|from| from.to_string())
            .unwrap_or_default(),
        declared_on: dated.and_then(|dated| dated.item.declared_on).map(|date| date.to_string()).unwrap_or_default(),
        declared_by: dated.map(|dated| dated.item.declared_by.clone()).unwrap_or_default(),
        evidence: dated.map(|dated| dated.item.evidence.clone()).unwrap_or_default(),
        stale: operand.value.is_none() && dated.is_some(),
    }
}

fn item(item: &ItemResult<'_>, evaluation: &Evaluation<'_>, names: &Names<'_>) -> proto::Item {
    let details = evaluation.details(item);
    let tests = item.rule.tests.iter().zip(&details);
    proto::Item {
        id: item.rule.id.clone(),
        part: item.rule.part.clone(),
        title: item.rule.title.clone(),
        verdict: verdict(item.verdict),
        tests: tests.map(|(test, detail)| self::test(&test.rule, detail, evaluation.facts.month, names)).collect(),
        source: item.rule.source.clone(),
    }
}

fn test(rule: &str, detail: &TestDetail, month: Month, names: &Names<'_>) -> proto::Test {
    let institutions = detail.institutions.as_ref();
    proto::Test {
        rule: rule.to_owned(),
        verdict: verdict(detail.verdict),
        value: detail.value,
        limit: detail.limit,
        operands: detail.operands.iter().map(|value| operand(value, Some(month))).collect(),
        institution_count: institutions.map(|institutions| count(institutions.count)),
        met_institution_count: institutions.map(|institutions| count(institutions.met)),
        institutions: institutions
            .map(|institutions| institutions.others.iter().map(|other| institution(other, names)).collect())
            .unwrap_or_default(),
        rounding_sensitive: detail.rounding_sensitive,
        gap: detail.gap,
    }
}

fn institution(detail: &InstitutionDetail, names: &Names<'_>) -> proto::InstitutionTest {
    proto::InstitutionTest {
        school_code: detail.school.to_string(),
        school_name: names.of(&detail.school),
        verdict: verdict(detail.verdict),
        value: detail.value,
        limit: detail.limit,
        operands: detail.operands.iter().map(|value| operand(value, None)).collect(),
        gap: detail.gap,
    }
}

fn missing(missing: &Missing, names: &Names<'_>) -> proto::MissingOperand {
    proto::MissingOperand {
        rule: missing.rule.clone(),
        stage: missing.stage.map_or(Stage::Unspecified.into(), stage),
        school_code: missing.operand.school.as_ref().map(ToString::to_string).unwrap_or_default(),
        school_name: missing.operand.school.as_ref().map(|code| names.of(code)).unwrap_or_default(),
        operand: missing.operand.operand.clone(),
        title: missing.operand.title.clone(),
    }
}

fn outside(school: &domain::school::School, compulsory: Option<Quantity>) -> proto::OutsideSchool {
    proto::OutsideSchool {
        school_code: school.code.to_string(),
        school_name: school.name.clone(),
        school_type: school.school_type.to_string(),
        pupils: pupils(compulsory),
    }
}
