//! The facts between two verdicts on a county: what its schools, late corrections and other data each change.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    code::SchoolCode,
    facts::{CountyFacts, SchoolFacts},
};

/// The facts on the way from one month's facts to another's, each step after the one before it.
///
/// Evaluated under one standard, the differences between them add up to the whole difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The facts before.
    pub before: CountyFacts,
    /// With the schools of `after`: those that only it has come with what they report there, those that it no longer has are gone.
    pub schools: CountyFacts,
    /// With what is known of the month of `before` by then: of the schools on both sides, and of the county items.
    pub corrections: CountyFacts,
    /// The facts after.
    pub after: CountyFacts,
}

impl Path {
    /// Finds the way from `before` to `after`.
    ///
    /// `corrected` are the facts of the month of `before` as they were known when `after` is asked; `None`: it had not been reported
    /// by then, and nothing counts as a correction.
    #[must_use]
    pub fn between(before: CountyFacts, corrected: Option<&CountyFacts>, after: CountyFacts) -> Self {
        let schools = with_schools(&before, &before, &after);
        let corrections =
            corrected.map_or_else(|| schools.clone(), |corrected| with_schools(&before, corrected, &after));
        Self { before, schools, corrections, after }
    }
}

/// The schools of `after`: what those reported that `before` has, too, is as `reported` has it.
fn with_schools(before: &CountyFacts, reported: &CountyFacts, after: &CountyFacts) -> CountyFacts {
    let there: BTreeSet<&SchoolCode> = before.schools.iter().map(|school| &school.code).collect();
    let of = |facts: &CountyFacts| -> BTreeMap<SchoolCode, SchoolFacts> {
        facts.school_facts.iter().map(|facts| (facts.school.clone(), facts.clone())).collect()
    };
    let (mut reported_by, mut after_by) = (of(reported), of(after));
    let school_facts = after.schools.iter().filter_map(|school| {
        if there.contains(&school.code) { reported_by.remove(&school.code) } else { after_by.remove(&school.code) }
    });
    CountyFacts {
        month: before.month,
        school_facts: school_facts.collect(),
        schools: after.schools.clone(),
        items: reported.items.clone(),
        waivers: reported.waivers.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{element::Element, quantity::Quantity, school::School};

    fn school(number: u32, name: &str) -> School {
        School {
            code: format!("212100000{number}").parse().unwrap(),
            name: name.into(),
            school_type: "211".parse().unwrap(),
            organiser_type: None,
            urban_rural_code: None,
            group: None,
            opened_on: None,
            closed_on: None,
        }
    }

    /// A county of schools, each with its number of pupils.
    fn county(month: &str, schools: &[(u32, &str, i64)]) -> CountyFacts {
        let facts = |(number, name, pupils): &(u32, &str, i64)| {
            let mut facts = SchoolFacts::missing(school(*number, name).code);
            facts.set(Element::find("pupils_primary").unwrap(), Quantity::whole(*pupils));
            facts
        };
        CountyFacts {
            month: month.parse().unwrap(),
            schools: schools.iter().map(|(number, name, _)| school(*number, name)).collect(),
            school_facts: schools.iter().map(facts).collect(),
            items: vec![],
            waivers: vec![],
        }
    }

    #[test]
    fn each_step_changes_its_own_and_the_last_arrives() {
        let before = county("2024-11", &[(1, "a", 10), (2, "b", 20)]);
        let corrected = county("2024-11", &[(1, "a", 11), (2, "b", 20)]);
        let after = county("2024-12", &[(1, "renamed", 12), (3, "new", 30)]);

        let path = Path::between(before.clone(), Some(&corrected), after.clone());

        assert_eq!(path.before, before);
        assert_eq!(path.schools, county("2024-11", &[(1, "renamed", 10), (3, "new", 30)]));
        assert_eq!(path.corrections, county("2024-11", &[(1, "renamed", 11), (3, "new", 30)]));
        assert_eq!(path.after, after);
    }

    #[test]
    fn the_same_facts_on_both_sides_stay_the_same_all_the_way() {
        let facts = county("2024-11", &[(1, "a", 10), (2, "b", 20)]);

        let path = Path::between(facts.clone(), Some(&facts), facts.clone());

        assert_eq!((&path.schools, &path.corrections, &path.after), (&facts, &facts, &facts));
    }

    #[test]
    fn a_month_that_was_not_reported_by_then_has_no_corrections() {
        let (before, after) = (county("2024-12", &[(1, "a", 10)]), county("2024-11", &[(1, "a", 9)]));

        let path = Path::between(before.clone(), None, after);

        assert_eq!(path.corrections, before);
    }
}
