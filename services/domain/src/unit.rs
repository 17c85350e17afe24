//! Evaluation units (评估单元): one school's one stage.

use num_traits::{One, Zero};

use crate::{
    bounds::Reported,
    element::Element,
    interval::Interval,
    quantity::{Exact, Quantity},
    school::Stage,
    standard::{Standard, UnitRule},
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
    pub share: Interval,
    weighted: Vec<Stage>,
}

impl Unit<'_> {
    /// The elements that the share of split amounts follows from: the pupils of the stages that share them.
    #[must_use]
    pub fn split_elements(&self) -> Vec<Element> {
        self.weighted.iter().filter_map(|stage| Element::of_stage("pupils", *stage)).collect()
    }
}

/// The units of one school under a standard.
///
/// A stage that reported no pupils is no unit; one whose pupils are missing is a unit that stays undetermined. A stage with fewer
/// pupils than its type needs is no unit.
#[must_use]
pub fn units<'a>(reported: Reported<'a>, standard: &Standard) -> Vec<Unit<'a>> {
    let Some(rule) = standard.unit_rule(reported.school.school_type) else { return vec![] };
    let pupils = |stage: Stage| Element::of_stage("pupils", stage).and_then(|element| reported.value(element));
    let exists = |pupils: &Option<Quantity>| {
        pupils.is_none_or(|pupils| pupils > Quantity::ZERO && rule.min_pupils.is_none_or(|least| pupils >= least))
    };
    let judged = rule.stages.iter().map(|stage| (*stage, pupils(*stage))).filter(|(_, pupils)| exists(pupils));
    judged
        .map(|(stage, pupils)| Unit {
            reported,
            stage,
            pupils,
            share: share(rule, stage, reported),
            weighted: rule.weights.keys().copied().collect(),
        })
        .collect()
}

/// The stage's share of what the school's stages share, in proportion to weighted pupils. With pupils of another stage missing it
/// lies between nothing and what it would be if there were none.
fn share(rule: &UnitRule, stage: Stage, reported: Reported<'_>) -> Interval {
    let Some(weight) = rule.weights.get(&stage) else { return Interval::known(Exact::one()) };
    let pupils = |stage: Stage| {
        Element::of_stage("pupils", stage).and_then(|element| reported.value(element)).map(Quantity::exact)
    };
    let Some(own) = pupils(stage).map(|pupils| weight * pupils) else {
        return Interval { low: Some(Exact::zero()), high: Some(Exact::one()) };
    };
    let weighted: Vec<_> =
        rule.weights.iter().map(|(other, weight)| pupils(*other).map(|pupils| weight * pupils)).collect();
    let known: Exact = weighted.iter().flatten().sum();
    if known.is_zero() {
        return Interval { low: Some(Exact::zero()), high: Some(Exact::one()) };
    }
    let high = own / known;
    let low = if weighted.iter().all(Option::is_some) { high.clone() } else { Exact::zero() };
    Interval { low: Some(low), high: Some(high) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::SchoolFacts, school::School};

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
            facts.set(Element::of_stage("pupils", stage).unwrap(), pupils.and_then(Quantity::whole));
        }
        facts
    }

    fn shares(school: &School, pupils: [Option<i64>; 3]) -> Vec<(Stage, Option<Exact>)> {
        let facts = facts(school, pupils);
        let standard = &Standard::national().unwrap()[0];
        units(Reported { school, facts: &facts }, standard)
            .iter()
            .map(|unit| (unit.stage, unit.share.value().cloned()))
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
        assert_eq!(shares(&school("", "312"), [Some(166), Some(0), None]), [(Stage::Primary, Some(Exact::one()))]);
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
