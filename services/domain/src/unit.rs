//! Evaluation units (评估单元): one school's one stage.

use crate::{
    bounds::Reported,
    element::Element,
    quantity::Quantity,
    school::Stage,
    standard::{Standard, UnitRule},
    waiver::Granted,
};

/// One evaluation unit.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// The school with what it reported.
    pub reported: Reported<'a>,
    /// The stage.
    pub stage: Stage,
    /// Pupils of the stage; missing ones leave open whether there is a unit at all.
    pub pupils: Option<Quantity>,
    /// Share of the school's split amounts that is the unit's.
    pub share: Share,
    /// What waivers add to the school's amounts.
    pub granted: Vec<Granted<'a>>,
    rule: &'a UnitRule,
}

impl Unit<'_> {
    /// The elements that the share of split amounts follows from: the pupils of the stages that share them.
    pub fn split_elements(&self) -> impl Iterator<Item = Element> {
        self.rule.weights.keys().map(|stage| Element::pupils(*stage))
    }

    /// Whether the school's amounts are split at all.
    #[must_use]
    pub fn splits(&self) -> bool {
        !self.rule.weights.is_empty()
    }
}

/// Share of what a school's stages share, in proportion to weighted pupils: `numerator / denominator`, or anything from nothing
/// up to that while pupils are missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Weighted pupils of the stage.
    pub numerator: i128,
    /// Weighted pupils of all stages that are known; never zero.
    pub denominator: i128,
    /// Whether nothing is missing.
    pub known: bool,
    /// The nearest double, for printing, for the wire, and where floating point may decide.
    pub ratio: f64,
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self { numerator: 1, denominator: 1, known: true, ratio: 1.0 };
    const UNKNOWN: Self = Self { known: false, ..Self::WHOLE };

    #[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "rounds three times")]
    fn of(numerator: i128, denominator: i128, known: bool) -> Self {
        Self { numerator, denominator, known, ratio: numerator as f64 / denominator as f64 }
    }
}

/// The units of one school under a standard.
///
/// A stage that reported no pupils is no unit; one whose pupils are missing is a unit that stays undetermined. A stage with fewer
/// pupils than its type needs is no unit.
pub fn units<'a>(reported: Reported<'a>, standard: &'a Standard) -> impl Iterator<Item = Unit<'a>> {
    let rule = standard.unit_rule(reported.school.school_type);
    let stages = rule.into_iter().flat_map(|rule| rule.stages.iter().map(move |stage| (rule, *stage)));
    stages.filter_map(move |(rule, stage)| {
        let pupils = reported.value(Element::pupils(stage));
        let exists =
            pupils.is_none_or(|pupils| pupils > Quantity::ZERO && rule.min_pupils.is_none_or(|least| pupils >= least));
        exists.then(|| Unit { reported, stage, pupils, share: share(rule, stage, reported), granted: vec![], rule })
    })
}

/// The stage's share. With pupils of another stage missing it lies between nothing and what it would be if there were none.
fn share(rule: &UnitRule, stage: Stage, reported: Reported<'_>) -> Share {
    let Some(own) = rule.weights.get(&stage) else { return Share::WHOLE };
    // A weight and a number of pupils are below 1e18 each.
    let weighted = |stage: Stage, weight: &Quantity| {
        let pupils = reported.value(Element::pupils(stage))?;
        Some(i128::from(weight.as_millionths()) * i128::from(pupils.as_millionths()))
    };
    let Some(numerator) = weighted(stage, own) else { return Share::UNKNOWN };
    let (mut denominator, mut known) = (0, true);
    for (other, weight) in &rule.weights {
        match weighted(*other, weight) {
            Some(pupils) => denominator += pupils,
            None => known = false,
        }
    }
    if denominator == 0 { Share::UNKNOWN } else { Share::of(numerator, denominator, known) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::SchoolFacts, quantity::Exact, school::School, standard::NATIONAL_DEFAULT};

    fn school(name: &str, school_type: &str) -> School {
        School {
            code: "3121000001".parse().unwrap(),
            name: name.to_owned(),
            school_type: school_type.parse().unwrap(),
            organiser_type: None,
            urban_rural_code: None,
            group: None,
            opened_on: None,
            closed_on: None,
        }
    }

    fn facts(school: &School, pupils: [Option<i64>; 3]) -> SchoolFacts {
        let mut facts = SchoolFacts::missing(school.code.clone());
        for (stage, pupils) in [Stage::Primary, Stage::Junior, Stage::Senior].into_iter().zip(pupils) {
            facts.set(Element::pupils(stage), pupils.and_then(Quantity::whole));
        }
        facts
    }

    fn shares(school: &School, pupils: [Option<i64>; 3]) -> Vec<(Stage, Option<Exact>)> {
        let facts = facts(school, pupils);
        let standard = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
        units(Reported { school, facts: Some(&facts) }, standard)
            .map(|unit| (unit.stage, unit.share))
            .map(|(stage, share)| {
                (stage, share.known.then(|| Exact::new(share.numerator.into(), share.denominator.into())))
            })
            .collect()
    }

    #[test]
    fn the_published_split_of_a_nine_year_school_holds() {
        let shares = shares(&school("", "312"), [Some(166), Some(210), None]);

        let books = Exact::from_integer(23_226.into());
        let split = |index: usize| crate::quantity::rounded(&(shares[index].1.clone().unwrap() * &books), 1);
        assert_eq!(split(0), Exact::new(97_116.into(), 10.into()));
        assert_eq!(split(1), Exact::new(135_144.into(), 10.into()));
    }

    #[test]
    fn a_campus_with_one_stage_only_is_that_stage() {
        assert_eq!(
            shares(&school("", "312"), [Some(166), Some(0), None]),
            [(Stage::Primary, Some(Exact::from_integer(1.into())))]
        );
    }

    #[test]
    fn a_schools_kind_is_never_guessed_from_its_name() {
        assert_eq!(shares(&school("某某九年一贯制学校", "211"), [Some(100), None, None]).len(), 1);
        assert_eq!(shares(&school("某某小学", "312"), [Some(100), Some(100), None]).len(), 2);
    }

    #[test]
    fn a_teaching_point_is_a_unit_from_fifty_pupils_on() {
        assert_eq!(shares(&school("", "218"), [Some(49), None, None]), []);
        assert_eq!(shares(&school("", "218"), [Some(50), None, None]).len(), 1);
        assert_eq!(shares(&school("", "211"), [Some(1), None, None]).len(), 1);
    }

    #[test]
    fn a_stage_whose_pupils_are_missing_stays_a_unit() {
        assert_eq!(
            shares(&school("", "312"), [Some(166), None, None]),
            [(Stage::Primary, None), (Stage::Junior, None)]
        );
    }
}
