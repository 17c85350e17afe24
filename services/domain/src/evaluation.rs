//! The evaluation of a county's month under a standard, with its explanation.

use std::collections::BTreeMap;

use crate::{
    bounds::Reported,
    code::{Month, SchoolCode},
    criteria::{
        Declared, MissingOperand, TestResult,
        reach::judge_unit,
        threshold::{UnitIndicator, judge_indicator},
        variation_limit::{Member, Variation, Weighting, judge_variation},
    },
    explanation,
    facts::{CountyFacts, SchoolFacts},
    quantity::{Exact, Quantity},
    school::{School, Stage},
    standard::{Indicator, StageRule, Standard},
    unit::{Unit, units},
    verdict::Verdict,
};

/// A county item counts for so many months after the one it was reported or declared for.
///
/// Source: project rule, domain notes 6: the latest accepted value at most 12 months old counts.
pub const ITEM_VALID_MONTHS: i32 = 12;

/// Evaluation of one county's month under one standard.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The month.
    pub month: Month,
    /// Id of the standard.
    pub standard: String,
    /// Title of the standard.
    pub standard_title: String,
    /// The act that the standard follows.
    pub act: String,
    /// Form of the coefficient of variation that decided.
    pub weighting: Weighting,
    /// The verdict on the county.
    pub verdict: Verdict,
    /// The parts in the standard's order.
    pub parts: Vec<PartResult>,
    /// Resources by stage.
    pub resources: Vec<StageResult>,
    /// County items in the standard's order.
    pub items: Vec<ItemResult>,
    /// Missing operands that could decide something undetermined.
    pub missing: Vec<Missing>,
    /// Schools that are not judged.
    pub outside: Vec<OutsideSchool>,
}

/// One part of the standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartResult {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in Chinese.
    pub reasons: Vec<String>,
    /// Clause.
    pub source: String,
}

/// Resources of one stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageResult {
    /// The stage.
    pub stage: Stage,
    /// The verdict; `None` for a stage without units.
    pub verdict: Option<Verdict>,
    /// The indicators between units.
    pub indicators: Vec<StageIndicator>,
    /// The units by school code.
    pub units: Vec<UnitResult>,
    /// Mean of the coefficients; it never decides.
    pub composite: Option<f64>,
}

/// One indicator between the units of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageIndicator {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Unit of its values.
    pub unit: String,
    /// Threshold of a unit.
    pub threshold: Exact,
    /// Limit of the coefficient.
    pub limit: Exact,
    /// Units that certainly reach the threshold.
    pub reached: usize,
    /// The spread and its verdict.
    pub variation: Variation,
    /// The coefficient in the other form, where it would decide otherwise.
    pub other_coefficient: Option<f64>,
    /// Clause.
    pub source: String,
}

/// One evaluation unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitResult {
    /// The school.
    pub school: School,
    /// Pupils of the stage.
    pub pupils: Option<Quantity>,
    /// The verdict.
    pub verdict: Verdict,
    /// The indicators.
    pub indicators: Vec<UnitIndicator>,
}

/// One county item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemResult {
    /// Id.
    pub id: String,
    /// Id of its part.
    pub part: String,
    /// Title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The tests, each with its rule in words.
    pub tests: Vec<(String, TestResult)>,
    /// Clause.
    pub source: String,
}

/// A missing operand that could decide something undetermined.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Indicator or item that waits for it.
    pub rule: String,
    /// Stage of the indicator.
    pub stage: Option<Stage>,
    /// The operand.
    pub operand: MissingOperand,
}

/// A school that is not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideSchool {
    /// The school.
    pub school: School,
    /// Compulsory pupils that it reported.
    pub pupils: Option<Quantity>,
}

/// Evaluates a county's month under a standard.
///
/// Every school that the registry holds as open counts, whether it reported or not. A county is met when every part is, not met when
/// any is not, else undetermined; without any unit it is undetermined.
#[must_use]
pub fn evaluate(standard: &Standard, facts: &CountyFacts) -> Evaluation {
    let reported_by: BTreeMap<&SchoolCode, &SchoolFacts> =
        facts.school_facts.iter().map(|facts| (&facts.school, facts)).collect();
    let mut schools: Vec<&School> = facts.schools.iter().collect();
    schools.sort_by(|a, b| a.code.cmp(&b.code));
    let nothing: Vec<SchoolFacts> = schools.iter().map(|school| SchoolFacts::missing(school.code.clone())).collect();
    let institutions: Vec<Reported<'_>> = schools
        .iter()
        .zip(&nothing)
        .map(|(school, nothing)| Reported { school, facts: reported_by.get(&school.code).copied().unwrap_or(nothing) })
        .collect();
    let units: Vec<Unit<'_>> = institutions.iter().flat_map(|reported| units(*reported, standard)).collect();
    let resources: Vec<_> = Stage::COMPULSORY.into_iter().map(|stage| stage_result(standard, stage, &units)).collect();
    let items = items(standard, facts, &institutions);
    let parts = parts(standard, &resources, &items);
    Evaluation {
        month: facts.month,
        standard: standard.id.clone(),
        standard_title: standard.title.clone(),
        act: standard.act.clone(),
        weighting: standard.weighting,
        verdict: county_verdict(&parts, &units),
        missing: missing(standard, &resources, &items),
        outside: outside(&institutions, &units),
        parts,
        resources,
        items,
    }
}

fn stage_result(standard: &Standard, stage: Stage, units: &[Unit<'_>]) -> StageResult {
    let judged: Vec<(&Unit<'_>, UnitResult)> =
        units.iter().filter(|unit| unit.stage == stage).map(|unit| (unit, unit_result(standard, unit))).collect();
    if judged.is_empty() {
        return StageResult { stage, verdict: None, indicators: vec![], units: vec![], composite: None };
    }
    let indicators: Vec<_> = standard
        .resources
        .indicators
        .iter()
        .filter_map(|rule| Some(stage_indicator(rule, rule.stages.get(&stage)?, standard.weighting, &judged)))
        .collect();
    let of_units = judged.iter().map(|(_, unit)| unit.verdict);
    let of_indicators = indicators.iter().map(|indicator| indicator.variation.verdict);
    let coefficients: Option<Vec<f64>> = indicators.iter().map(|indicator| indicator.variation.coefficient).collect();
    StageResult {
        stage,
        verdict: Some(Verdict::all(of_units.chain(of_indicators))),
        composite: coefficients.and_then(|coefficients| mean(&coefficients)),
        indicators,
        units: judged.into_iter().map(|(_, unit)| unit).collect(),
    }
}

/// Met when every part is, not met when any is not, else undetermined; undetermined while no unit is certain to be there: missing
/// pupils may turn out to be none.
fn county_verdict(parts: &[PartResult], units: &[Unit<'_>]) -> Verdict {
    if units.iter().any(|unit| unit.pupils.is_some()) {
        Verdict::all(parts.iter().map(|part| part.verdict))
    } else {
        Verdict::Undetermined
    }
}

fn unit_result(standard: &Standard, unit: &Unit<'_>) -> UnitResult {
    let rules = &standard.resources;
    let judge = |indicator| judge_indicator(indicator, &rules.floor, unit);
    let indicators: Vec<_> = rules.indicators.iter().filter_map(judge).collect();
    // A unit whose pupils are missing may not even be one.
    let verdict = match unit.pupils {
        Some(_) => judge_unit(&indicators, rules.reach_at_least),
        None => Verdict::Undetermined,
    };
    UnitResult { school: unit.reported.school.clone(), pupils: unit.pupils, verdict, indicators }
}

fn stage_indicator(
    rule: &Indicator,
    limits: &StageRule,
    weighting: Weighting,
    judged: &[(&Unit<'_>, UnitResult)],
) -> StageIndicator {
    let of_rule: Vec<_> = judged
        .iter()
        .filter_map(|(unit, result)| Some((unit, result.indicators.iter().find(|indicator| indicator.id == rule.id)?)))
        .collect();
    let members: Vec<_> = of_rule
        .iter()
        .map(|(unit, indicator)| Member {
            divisor: unit.reported.value(limits.divisor).map(Quantity::exact),
            value: indicator.value.clone(),
        })
        .collect();
    let variation = judge_variation(&members, weighting, &limits.variation_limit);
    let other = judge_variation(&members, weighting.other(), &limits.variation_limit);
    let reached = of_rule.iter().filter(|(_, indicator)| indicator.verdict == Verdict::Met).count();
    StageIndicator {
        id: rule.id.clone(),
        title: rule.title.clone(),
        unit: rule.unit.clone(),
        threshold: limits.threshold.clone(),
        limit: limits.variation_limit.clone(),
        reached,
        other_coefficient: other.coefficient.filter(|_| other.verdict != variation.verdict),
        variation,
        source: rule.source.clone(),
    }
}

#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "printed, never decides")]
fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

fn items(standard: &Standard, facts: &CountyFacts, institutions: &[Reported<'_>]) -> Vec<ItemResult> {
    standard
        .items
        .iter()
        .map(|rule| {
            let current = facts.items.iter().filter(|dated| {
                dated.item.item == rule.id && (..=ITEM_VALID_MONTHS).contains(&dated.age_months(facts.month))
            });
            let declared = Declared {
                month: facts.month,
                item: rule,
                values: current.map(|dated| (dated.item.operand.as_str(), dated)).collect(),
            };
            let tests: Vec<_> = rule
                .tests
                .iter()
                .map(|test| (test.rule.clone(), test.criterion.judge(&declared, institutions, standard)))
                .collect();
            ItemResult {
                id: rule.id.clone(),
                part: rule.part.clone(),
                title: rule.title.clone(),
                verdict: Verdict::all(tests.iter().map(|(_, test)| test.verdict)),
                tests,
                source: rule.source.clone(),
            }
        })
        .collect()
}

fn parts(standard: &Standard, resources: &[StageResult], items: &[ItemResult]) -> Vec<PartResult> {
    standard
        .parts
        .iter()
        .map(|part| {
            let of_resources = part.id == standard.resources.part;
            let mut verdicts: Vec<_> =
                items.iter().filter(|item| item.part == part.id).map(|item| item.verdict).collect();
            if of_resources {
                verdicts.extend(resources.iter().filter_map(|stage| stage.verdict));
                if resources.iter().all(|stage| stage.verdict.is_none()) {
                    verdicts.push(Verdict::Undetermined);
                }
            }
            let mut reasons = if of_resources { explanation::resources(resources) } else { vec![] };
            reasons.extend(explanation::items(items.iter().filter(|item| item.part == part.id)));
            PartResult {
                id: part.id.clone(),
                title: part.title.clone(),
                verdict: Verdict::all(verdicts),
                reasons,
                source: part.source.clone(),
            }
        })
        .collect()
}

fn missing(standard: &Standard, resources: &[StageResult], items: &[ItemResult]) -> Vec<Missing> {
    let mut all = Vec::new();
    for stage in resources {
        for rule in &standard.resources.indicators {
            let spread_open = stage
                .indicators
                .iter()
                .any(|indicator| indicator.id == rule.id && indicator.variation.verdict == Verdict::Undetermined);
            for unit in &stage.units {
                let open = |indicator: &&UnitIndicator| {
                    indicator.id == rule.id && (spread_open || unit.verdict == Verdict::Undetermined)
                };
                let operands = unit.indicators.iter().filter(open).flat_map(|indicator| &indicator.missing);
                all.extend(operands.map(|operand| Missing {
                    rule: rule.id.clone(),
                    stage: Some(stage.stage),
                    operand: operand.clone(),
                }));
            }
        }
    }
    for item in items.iter().filter(|item| item.verdict == Verdict::Undetermined) {
        let operands = item.tests.iter().flat_map(|(_, test)| &test.missing);
        all.extend(operands.map(|operand| Missing { rule: item.id.clone(), stage: None, operand: operand.clone() }));
    }
    let mut once = Vec::with_capacity(all.len());
    let mut seen = std::collections::BTreeSet::new();
    for one in all {
        if seen.insert(one.clone()) {
            once.push(one);
        }
    }
    once
}

fn outside(institutions: &[Reported<'_>], units: &[Unit<'_>]) -> Vec<OutsideSchool> {
    let judged = |school: &School| units.iter().any(|unit| unit.reported.school.code == school.code);
    institutions
        .iter()
        .filter(|institution| !judged(institution.school))
        .map(|reported| {
            let pupils: Option<Vec<_>> = Stage::COMPULSORY
                .into_iter()
                .filter(|stage| reported.school.school_type.admits(*stage))
                .map(|stage| reported.facts.pupils(stage))
                .collect();
            let total = pupils.map(|pupils| pupils.iter().map(|pupils| pupils.as_millionths()).sum());
            OutsideSchool { school: reported.school.clone(), pupils: total.and_then(Quantity::millionths) }
        })
        .collect()
}
