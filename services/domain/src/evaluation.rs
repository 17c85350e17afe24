//! The evaluation of a county's month under a standard.
//!
//! Judging is fast and keeps only verdicts and numbers; what they follow from stays where it is, in the standard and the facts, and
//! is looked up when somebody asks for the explanation.

use crate::{
    bounds::Reported,
    criteria::{
        Declared, TestDetail,
        composite::{Composite, judge_composite},
        institutions::WaivedLimit,
        reach::judge_unit,
        threshold::{Lines, UnitIndicator, exact_value, judge_indicator},
        variation_limit::{self, ExactMembers, Member, Variation, Weighting, judge_variation},
    },
    element::Element,
    facts::{CountyFacts, DatedItem, SchoolFacts},
    quantity::Quantity,
    school::Stage,
    standard::{Indicator, Item, Part, StageRule, Standard},
    unit::{Unit, units},
    verdict::Verdict,
    waiver::{Applied, Grants},
};

/// Evaluation of one county's month under one standard.
#[derive(Debug, Clone)]
pub struct Evaluation<'a> {
    /// The standard.
    pub standard: &'a Standard,
    /// What was judged.
    pub facts: &'a CountyFacts,
    /// The verdict on the county.
    pub verdict: Verdict,
    /// The parts in the standard's order.
    pub parts: Vec<PartResult<'a>>,
    /// Resources by stage.
    pub resources: Vec<StageResult<'a>>,
    /// County items in the standard's order.
    pub items: Vec<ItemResult<'a>>,
    /// Every school that counts, by code, with what it reported.
    pub institutions: Vec<Reported<'a>>,
    /// The waivers that count, by school.
    pub waivers: Vec<Applied<'a>>,
    grants: Grants<'a>,
    /// The county items by item and operand.
    dated: Vec<&'a DatedItem>,
}

/// One part of the standard.
#[derive(Debug, Clone, Copy)]
pub struct PartResult<'a> {
    /// The part.
    pub rule: &'a Part,
    /// The verdict.
    pub verdict: Verdict,
}

/// Resources of one stage.
#[derive(Debug, Clone)]
pub struct StageResult<'a> {
    /// The stage.
    pub stage: Stage,
    /// The verdict; `None` for a stage without units.
    pub verdict: Option<Verdict>,
    /// The indicators between units.
    pub indicators: Vec<StageIndicator<'a>>,
    /// The units by school code.
    pub units: Vec<UnitResult<'a>>,
    /// Mean of the coefficients; `None` for a stage without units.
    pub composite: Option<Composite>,
}

/// One indicator between the units of a stage.
#[derive(Debug, Clone, Copy)]
pub struct StageIndicator<'a> {
    /// The indicator.
    pub rule: &'a Indicator,
    /// What it takes and must reach in the stage.
    pub limits: &'a StageRule,
    /// Units that certainly reach the threshold.
    pub reached: usize,
    /// The spread and its verdict.
    pub variation: Variation,
}

/// One evaluation unit.
#[derive(Debug, Clone)]
pub struct UnitResult<'a> {
    /// The unit.
    pub unit: Unit<'a>,
    /// The verdict; `None` where the standard judges no unit by itself.
    pub verdict: Option<Verdict>,
    /// The indicators, in the order of the stage's.
    pub indicators: Vec<UnitIndicator>,
}

/// One county item.
#[derive(Debug, Clone)]
pub struct ItemResult<'a> {
    /// The item.
    pub rule: &'a Item,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdicts of its tests, in the item's order.
    pub tests: Vec<Verdict>,
}

/// Evaluates a county's month under a standard.
///
/// Every school that the registry holds as open counts, whether it reported or not. A county is met when every part is, not met when
/// any is not, else undetermined; without any unit it is undetermined.
#[must_use]
pub fn evaluate<'a>(standard: &'a Standard, facts: &'a CountyFacts) -> Evaluation<'a> {
    let institutions = institutions(facts);
    let grants = Grants::of(standard, facts);
    let mut by_stage = Stage::COMPULSORY.map(|_| Vec::with_capacity(institutions.len()));
    for mut unit in institutions.iter().flat_map(|reported| units(*reported, standard)) {
        if !grants.is_empty() {
            unit.granted = grants.amounts(&unit, standard);
        }
        let stage = Stage::COMPULSORY.iter().position(|stage| *stage == unit.stage);
        if let Some(of_stage) = stage.and_then(|stage| by_stage.get_mut(stage)) {
            of_stage.push(unit);
        }
    }
    // While only missing pupils speak for units, there may be none at all.
    let certain = by_stage.iter().flatten().any(|unit| unit.pupils.is_some());
    let resources: Vec<_> = Stage::COMPULSORY
        .into_iter()
        .zip(by_stage)
        .map(|(stage, units)| stage_result(standard, stage, units))
        .collect();
    let mut dated: Vec<&DatedItem> = facts.items.iter().collect();
    dated.sort_by(|a, b| key(a).cmp(&key(b)));
    let items: Vec<_> = standard
        .items
        .iter()
        .map(|rule| {
            let declared = declared(standard, facts, &dated, rule);
            let judge = |(place, test): (usize, &crate::standard::Test)| {
                test.criterion.judge(&declared, &institutions, standard, &grants.limits(rule, place))
            };
            let tests: Vec<_> = rule.tests.iter().enumerate().map(judge).collect();
            ItemResult { rule, verdict: Verdict::all(tests.iter().copied()), tests }
        })
        .collect();
    let parts: Vec<_> = standard
        .parts
        .iter()
        .map(|rule| PartResult { rule, verdict: part_verdict(standard, rule, &resources, &items) })
        .collect();
    let verdict = if certain { Verdict::all(parts.iter().map(|part| part.verdict)) } else { Verdict::Undetermined };
    let judged = resources.iter().flat_map(|stage| stage.units.iter().map(|result| &result.unit));
    let waivers = grants.applied(standard, &institutions, &judged);
    Evaluation { standard, facts, verdict, parts, resources, items, institutions, waivers, grants, dated }
}

fn institutions(facts: &CountyFacts) -> Vec<Reported<'_>> {
    let mut reported: Vec<&SchoolFacts> = facts.school_facts.iter().collect();
    reported.sort_by(|a, b| a.school.cmp(&b.school));
    let of_school = |code| {
        let found = reported.binary_search_by(|facts| facts.school.cmp(code)).ok()?;
        reported.get(found).copied()
    };
    let mut institutions: Vec<_> =
        facts.schools.iter().map(|school| Reported { school, facts: of_school(&school.code) }).collect();
    institutions.sort_by(|a, b| a.school.code.cmp(&b.school.code));
    institutions
}

fn stage_result<'a>(standard: &'a Standard, stage: Stage, units: Vec<Unit<'a>>) -> StageResult<'a> {
    if units.is_empty() {
        return StageResult { stage, verdict: None, indicators: vec![], units: vec![], composite: None };
    }
    let rules: Vec<_> = stage_rules(standard, stage).collect();
    let units: Vec<_> = units.into_iter().map(|unit| unit_result(standard, &rules, unit)).collect();
    let mut members = Vec::with_capacity(units.len());
    let indicators: Vec<_> = rules
        .iter()
        .enumerate()
        .map(|(place, Lines { indicator: rule, rule: limits, .. })| {
            fill_members(&mut members, &units, place, limits);
            let exact = || exact_members(rule, limits, standard.weighting, &units);
            let variation = judge_variation(&members, standard.weighting, limits.variation_limit, exact);
            let reached = |unit: &&UnitResult<'_>| {
                unit.indicators.get(place).is_some_and(|indicator| indicator.verdict == Some(Verdict::Met))
            };
            StageIndicator { rule, limits, reached: units.iter().filter(reached).count(), variation }
        })
        .collect();
    let variations: Vec<_> = indicators.iter().map(|indicator| indicator.variation).collect();
    let squares = || {
        let square = |indicator: &StageIndicator<'_>| {
            variation_limit::square(&exact_members(indicator.rule, indicator.limits, standard.weighting, &units)?)
        };
        indicators.iter().map(square).collect()
    };
    let composite = judge_composite(&variations, standard.resources.composite_limit.get(&stage).copied(), squares);
    let of_units = units.iter().filter_map(|unit| unit.verdict);
    let of_indicators = variations.iter().filter_map(|variation| variation.verdict);
    let verdict = Some(Verdict::all(of_units.chain(of_indicators).chain(composite.verdict)));
    StageResult { stage, verdict, indicators, units, composite: Some(composite) }
}

fn unit_result<'a>(standard: &Standard, rules: &[Lines<'_>], unit: Unit<'a>) -> UnitResult<'a> {
    let attainment = standard.resources.attainment.as_ref();
    let indicators: Vec<_> = rules.iter().map(|lines| judge_indicator(lines, &unit)).collect();
    // A unit whose pupils are missing may not even be one.
    let verdict = attainment.map(|attainment| match unit.pupils {
        Some(_) => judge_unit(&indicators, attainment),
        None => Verdict::Undetermined,
    });
    UnitResult { unit, verdict, indicators }
}

fn stage_rules(standard: &Standard, stage: Stage) -> impl Iterator<Item = Lines<'_>> {
    let floor = standard.resources.attainment.as_ref().map(|attainment| attainment.floor);
    let indicators = standard.resources.indicators.iter();
    indicators.filter_map(move |rule| Some(Lines::new(rule, rule.stages.get(&stage)?, floor)))
}

fn fill_members(members: &mut Vec<Member>, units: &[UnitResult<'_>], place: usize, limits: &StageRule) {
    members.clear();
    members.extend(units.iter().filter_map(|unit| {
        let UnitIndicator { low, high, known, .. } = *unit.indicators.get(place)?;
        Some(Member { divisor: unit.unit.reported.value(limits.divisor).map(Quantity::to_f64), low, high, known })
    }));
}

fn exact_members(
    rule: &Indicator,
    limits: &StageRule,
    weighting: Weighting,
    units: &[UnitResult<'_>],
) -> Option<ExactMembers> {
    let member = |unit: &UnitResult<'_>| {
        let weight = match weighting {
            Weighting::PupilWeighted => unit.unit.reported.value(limits.divisor)?.exact(),
            Weighting::Unweighted => Quantity::ONE.exact(),
        };
        Some((weight, exact_value(rule, limits, &unit.unit)?))
    };
    units.iter().map(member).collect()
}

fn key(dated: &DatedItem) -> (&str, &str) {
    (&dated.item.item, &dated.item.operand)
}

fn declared<'a>(standard: &Standard, facts: &CountyFacts, dated: &'a [&'a DatedItem], rule: &'a Item) -> Declared<'a> {
    let first = dated.partition_point(|dated| dated.item.item < rule.id);
    let of_item = dated.get(first..).unwrap_or_default();
    let of_item = of_item.get(..of_item.partition_point(|dated| dated.item.item == rule.id)).unwrap_or_default();
    Declared::new(facts.month, rule, standard.items_valid_months, of_item)
}

fn part_verdict(standard: &Standard, part: &Part, resources: &[StageResult<'_>], items: &[ItemResult<'_>]) -> Verdict {
    let of_items = Verdict::all(items.iter().filter(|item| item.rule.part == part.id).map(|item| item.verdict));
    if part.id != standard.resources.part {
        return of_items;
    }
    if resources.iter().all(|stage| stage.verdict.is_none()) {
        return of_items.and(Verdict::Undetermined);
    }
    of_items.and(Verdict::all(resources.iter().filter_map(|stage| stage.verdict)))
}

impl<'a> Evaluation<'a> {
    /// The verdict on one school's stage, were it reported so; `None`: it is no unit, or the standard judges none by itself.
    pub(crate) fn unit_verdict(&self, stage: Stage, reported: Reported<'_>) -> Option<Verdict> {
        let rules: Vec<_> = stage_rules(self.standard, stage).collect();
        let mut unit = units(reported, self.standard).find(|unit| unit.stage == stage)?;
        unit.granted = self.grants.amounts(&unit, self.standard);
        unit_result(self.standard, &rules, unit).verdict
    }

    /// The limits that hold for some schools instead of that of one test of an item.
    pub(crate) fn waived_limits(&self, item: &Item, place: usize) -> Vec<WaivedLimit<'a>> {
        self.grants.limits(item, place)
    }

    /// What was declared for an item of the standard.
    #[must_use]
    pub(crate) fn declared<'b>(&'b self, rule: &'b Item) -> Declared<'b> {
        declared(self.standard, self.facts, &self.dated, rule)
    }

    /// What the tests of an item follow from, in the item's order.
    #[must_use]
    pub fn details(&self, item: &ItemResult<'_>) -> Vec<TestDetail> {
        let declared = self.declared(item.rule);
        let explain = |(place, test): (usize, &crate::standard::Test)| {
            let waived = self.waived_limits(item.rule, place);
            test.criterion.explain(&declared, &self.institutions, self.standard, &waived)
        };
        item.rule.tests.iter().enumerate().map(explain).collect()
    }

    /// The schools that are not judged, with their compulsory pupils where all of them are known.
    pub fn outside(&self) -> impl Iterator<Item = (Reported<'a>, Option<Quantity>)> {
        let unjudged = |reported: &&Reported<'a>| units(**reported, self.standard).next().is_none();
        self.institutions.iter().filter(unjudged).map(|reported| {
            let taught = Stage::COMPULSORY.into_iter().filter(|stage| reported.school.school_type.admits(*stage));
            let pupils: Option<Vec<Quantity>> = taught.map(|stage| reported.value(Element::pupils(stage))).collect();
            let total = pupils.map(|pupils| pupils.iter().map(|pupils| pupils.as_millionths()).sum());
            (*reported, total.and_then(Quantity::millionths))
        })
    }
}

impl StageResult<'_> {
    /// The spread of the indicator at `place` in the other form of the coefficient, where that would decide otherwise.
    #[must_use]
    pub fn other_variation(&self, place: usize, weighting: Weighting) -> Option<Variation> {
        let indicator = self.indicators.get(place)?;
        let mut members = Vec::with_capacity(self.units.len());
        fill_members(&mut members, &self.units, place, indicator.limits);
        let other = weighting.other();
        let exact = || exact_members(indicator.rule, indicator.limits, other, &self.units);
        let variation = judge_variation(&members, other, indicator.limits.variation_limit, exact);
        (variation.verdict != indicator.variation.verdict).then_some(variation)
    }

    /// Weights and values of the indicator at `place` without rounding; `None` when any is missing.
    #[must_use]
    pub fn exact_members(&self, place: usize, weighting: Weighting) -> Option<ExactMembers> {
        let indicator = self.indicators.get(place)?;
        exact_members(indicator.rule, indicator.limits, weighting, &self.units)
    }
}
