//! Evaluations: [`domain::evaluation::Evaluation`] → `junheng.evaluation.v1.Evaluation`.

use junheng_domain::{
    self as domain,
    code::RegionCode,
    criteria::{InstitutionResult, OperandValue, TestResult, threshold::UnitIndicator},
    facts::ItemValue,
    quantity::{Exact, Quantity},
    school::School,
};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1 as proto,
};
use num_traits::ToPrimitive as _;

use crate::name;

/// Encodes the evaluation of a county. `basis` is what it rests on, where it was not evaluated from files; `schools` names the
/// schools of the evaluation.
#[must_use]
pub fn encode(
    evaluation: &domain::evaluation::Evaluation,
    county: &RegionCode,
    schools: &[School],
    basis: Option<proto::Basis>,
) -> proto::Evaluation {
    let names = Names(schools);
    proto::Evaluation {
        name: name::evaluation(county, evaluation.month, &evaluation.standard),
        region: name::region(county),
        month: evaluation.month.to_string(),
        standard: name::standard(&evaluation.standard),
        verdict: verdict(evaluation.verdict),
        parts: evaluation.parts.iter().map(part).collect(),
        resources: evaluation.resources.iter().map(stage_resources).collect(),
        items: evaluation.items.iter().map(|item| self::item(item, evaluation.month, &names)).collect(),
        missing: evaluation.missing.iter().map(|missing| self::missing(missing, &names)).collect(),
        outside_schools: evaluation.outside.iter().map(outside).collect(),
        basis,
        act: evaluation.act.clone(),
        weighting: evaluation.weighting.id().to_owned(),
        standard_title: evaluation.standard_title.clone(),
    }
}

/// Names of schools by code.
struct Names<'a>(&'a [School]);

impl Names<'_> {
    fn of(&self, code: &domain::code::SchoolCode) -> String {
        self.0.iter().find(|school| school.code == *code).map(|school| school.name.clone()).unwrap_or_default()
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

pub(crate) fn float(value: &Exact) -> Option<f64> {
    value.to_f64()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn pupils(pupils: Option<Quantity>) -> Option<u32> {
    pupils.and_then(Quantity::as_whole).and_then(|pupils| u32::try_from(pupils).ok())
}

fn part(part: &domain::evaluation::PartResult) -> proto::Part {
    proto::Part {
        id: part.id.clone(),
        title: part.title.clone(),
        verdict: verdict(part.verdict),
        reasons: part.reasons.clone(),
        source: part.source.clone(),
    }
}

fn stage_resources(result: &domain::evaluation::StageResult) -> proto::StageResources {
    let with = |wanted| Some(count(result.units.iter().filter(|unit| unit.verdict == wanted).count()));
    proto::StageResources {
        stage: stage(result.stage),
        unit_count: Some(count(result.units.len())),
        met_unit_count: with(domain::verdict::Verdict::Met),
        undetermined_unit_count: with(domain::verdict::Verdict::Undetermined),
        verdict: result.verdict.map_or(Verdict::Unspecified.into(), verdict),
        indicators: result.indicators.iter().map(stage_indicator).collect(),
        units: result.units.iter().map(unit).collect(),
        composite_variation: result.composite,
    }
}

fn stage_indicator(indicator: &domain::evaluation::StageIndicator) -> proto::StageIndicator {
    let variation = &indicator.variation;
    proto::StageIndicator {
        id: indicator.id.clone(),
        title: indicator.title.clone(),
        unit: indicator.unit.clone(),
        mean: variation.mean,
        variation: variation.coefficient,
        variation_low: variation.low,
        variation_high: variation.high,
        variation_limit: float(&indicator.limit),
        reached_unit_count: Some(count(indicator.reached)),
        threshold: float(&indicator.threshold),
        verdict: verdict(variation.verdict),
        rounding_sensitive: variation.rounding_sensitive,
        other_variation: indicator.other_coefficient,
        source: indicator.source.clone(),
    }
}

fn unit(unit: &domain::evaluation::UnitResult) -> proto::Unit {
    let reached = unit.indicators.iter().filter(|indicator| indicator.verdict == domain::verdict::Verdict::Met).count();
    proto::Unit {
        school_code: unit.school.code.to_string(),
        school_name: unit.school.name.clone(),
        school_type: unit.school.school_type.to_string(),
        pupils: pupils(unit.pupils),
        verdict: verdict(unit.verdict),
        reached_count: Some(count(reached)),
        indicators: unit.indicators.iter().map(unit_indicator).collect(),
    }
}

fn unit_indicator(indicator: &UnitIndicator) -> proto::UnitIndicator {
    let value = indicator.value.value().and_then(float);
    let bound = |bound: &Option<Exact>| bound.as_ref().filter(|_| value.is_none()).and_then(float);
    proto::UnitIndicator {
        id: indicator.id.clone(),
        value,
        verdict: verdict(indicator.verdict),
        floor_verdict: verdict(indicator.floor_verdict),
        value_low: bound(&indicator.value.low),
        value_high: bound(&indicator.value.high),
        shortfall: indicator.shortfall.as_ref().and_then(float),
        rounding_sensitive: indicator.rounding_sensitive,
        share: indicator.share.as_ref().and_then(float),
        operands: indicator.operands.iter().map(|value| operand(value, None)).collect(),
    }
}

fn operand(operand: &OperandValue, month: Option<domain::code::Month>) -> proto::Operand {
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
    }
}

fn item(item: &domain::evaluation::ItemResult, month: domain::code::Month, names: &Names<'_>) -> proto::Item {
    proto::Item {
        id: item.id.clone(),
        part: item.part.clone(),
        title: item.title.clone(),
        verdict: verdict(item.verdict),
        tests: item.tests.iter().map(|(rule, result)| test(rule, result, month, names)).collect(),
        source: item.source.clone(),
    }
}

fn test(rule: &str, result: &TestResult, month: domain::code::Month, names: &Names<'_>) -> proto::Test {
    let institutions = result.institutions.as_ref();
    proto::Test {
        rule: rule.to_owned(),
        verdict: verdict(result.verdict),
        value: result.value.as_ref().and_then(float),
        limit: result.limit.as_ref().and_then(float),
        operands: result.operands.iter().map(|value| operand(value, Some(month))).collect(),
        institution_count: institutions.map(|institutions| count(institutions.count)),
        met_institution_count: institutions.map(|institutions| count(institutions.met)),
        institutions: institutions
            .map(|institutions| institutions.others.iter().map(|other| institution(other, names)).collect())
            .unwrap_or_default(),
        rounding_sensitive: result.rounding_sensitive,
    }
}

fn institution(result: &InstitutionResult, names: &Names<'_>) -> proto::InstitutionTest {
    proto::InstitutionTest {
        school_code: result.school.to_string(),
        school_name: names.of(&result.school),
        verdict: verdict(result.verdict),
        value: result.value.as_ref().and_then(float),
        limit: result.limit.as_ref().and_then(float),
        operands: result.operands.iter().map(|value| operand(value, None)).collect(),
    }
}

fn missing(missing: &domain::evaluation::Missing, names: &Names<'_>) -> proto::MissingOperand {
    proto::MissingOperand {
        rule: missing.rule.clone(),
        stage: missing.stage.map_or(Stage::Unspecified.into(), stage),
        school_code: missing.operand.school.as_ref().map(ToString::to_string).unwrap_or_default(),
        school_name: missing.operand.school.as_ref().map(|code| names.of(code)).unwrap_or_default(),
        operand: missing.operand.operand.clone(),
        title: missing.operand.title.clone(),
    }
}

fn outside(outside: &domain::evaluation::OutsideSchool) -> proto::OutsideSchool {
    proto::OutsideSchool {
        school_code: outside.school.code.to_string(),
        school_name: outside.school.name.clone(),
        school_type: outside.school.school_type.to_string(),
        pupils: pupils(outside.pupils),
    }
}
