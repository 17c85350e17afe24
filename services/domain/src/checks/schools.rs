//! Checks of what schools reported: against the registry, the catalogue, and themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    code::{Month, RegionCode, SchoolCode},
    element::Element,
    facts::SchoolFacts,
    finding::{Fault, Finding},
    quantity::Quantity,
    school::{School, Stage},
};

/// What one school reported, and where it stands.
#[derive(Debug, Clone)]
pub struct FactsRow {
    /// Field path or line of a file.
    pub path: String,
    /// What was reported.
    pub facts: SchoolFacts,
}

/// The schools that may report for a county.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// The county's schools, whether open or not.
    pub schools: BTreeMap<SchoolCode, School>,
    /// Schools that were reported and are registered in another county.
    pub elsewhere: BTreeMap<SchoolCode, RegionCode>,
}

/// Checks what the schools of a county reported for a month, and finds every fault.
#[must_use]
pub fn check_facts(rows: &[FactsRow], registry: &Registry, month: Month) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<&SchoolCode, &str> = BTreeMap::new();
    for row in rows {
        if let Some(first) = seen.insert(&row.facts.school, &row.path) {
            findings.push(at(row, Fault::SchoolOnce { school: (&row.facts.school).into(), first: first.into() }));
        }
        match registry.schools.get(&row.facts.school) {
            None => findings.push(unknown(row, registry)),
            Some(school) if !school.open_in(month) => {
                let (school, name) = ((&school.code).into(), (&school.name).into());
                findings.push(at(row, Fault::SchoolOpen { school, name, month: month.into() }));
            }
            Some(school) => check_row(row, school, &mut findings),
        }
    }
    let reported: BTreeSet<&SchoolCode> = rows.iter().map(|row| &row.facts.school).collect();
    for school in registry.schools.values().filter(|school| school.open_in(month) && !reported.contains(&school.code)) {
        let fault = Fault::SchoolLeftOut { school: (&school.code).into(), name: (&school.name).into() };
        findings.push(Finding::of(fault, "schools").of_school(&school.code));
    }
    findings
}

fn at(row: &FactsRow, fault: Fault) -> Finding {
    Finding::of(fault, format!("{}.school_code", row.path))
        .of_school(&row.facts.school)
        .found(row.facts.school.as_str())
}

fn unknown(row: &FactsRow, registry: &Registry) -> Finding {
    let code = &row.facts.school;
    let fault = match registry.elsewhere.get(code) {
        Some(county) => Fault::SchoolInCounty { school: code.into(), county: county.into() },
        None => Fault::SchoolRegistered { school: code.into() },
    };
    at(row, fault)
}

fn check_row(row: &FactsRow, school: &School, findings: &mut Vec<Finding>) {
    let mut add = |element: Element, fault: Fault| {
        let found = row.facts.get(element).map_or_else(String::new, |value| value.to_string());
        let finding = Finding::of(fault, format!("{}.{}", row.path, element.id()));
        findings.push(finding.of_school(&row.facts.school).of_element(element.id()).found(found));
    };
    for element in Element::all() {
        let Some(value) = row.facts.get(element) else { continue };
        // Pupils and classes of a stage that is not taught would count; what else stands there counts nowhere.
        let counts =
            |stage: Stage| ["pupils", "classes"].iter().any(|id| Element::of_stage(id, stage) == Some(element));
        let untaught = |stage: Stage| !school.school_type.admits(stage);
        if element.definition().stage.is_some_and(|stage| untaught(stage) && counts(stage)) && value > Quantity::ZERO {
            add(element, Fault::StageOfType { kind: school.school_type.into(), element: element.into() });
        }
        if let Some((whole, limit)) = element.whole().and_then(|whole| Some((whole, row.facts.get(whole)?)))
            && value > limit
        {
            let (part, whole) = (element.into(), whole.into());
            add(element, Fault::PartWithinWhole { part, value: value.into(), whole, limit: limit.into() });
        }
        if let Some((total, sum, count)) = mean(row, element)
            && below(value, sum, count)
        {
            let mean = crate::explanation::decimal(&(sum.exact() / count.exact()), 2).into();
            let fault =
                Fault::LargestClassMean { element: element.into(), value: value.into(), mean, total: total.into() };
            add(element, fault);
        }
    }
    for stage in Stage::COMPULSORY {
        let of_stage = |id| Element::of_stage(id, stage);
        let (Some(pupils), Some(classes), Some(largest)) =
            (of_stage("pupils"), of_stage("classes"), of_stage("largest_class"))
        else {
            continue;
        };
        let some = |element: Element| row.facts.get(element).is_some_and(|value| value > Quantity::ZERO);
        if some(pupils) && row.facts.get(classes) == Some(Quantity::ZERO) {
            add(classes, Fault::ClassesForPupils { stage: stage.into() });
        }
        if some(pupils) && row.facts.get(largest) == Some(Quantity::ZERO) {
            add(largest, Fault::LargestClassZero { stage: stage.into() });
        }
    }
}

/// The mean that an element cannot lie below: the element of its total, the total, and what it is divided by, which is not zero.
fn mean(row: &FactsRow, element: Element) -> Option<(Element, Quantity, Quantity)> {
    let (total, count) = element.definition().mean_of?;
    let (total, count) = (Element::find(total)?, Element::find(count)?);
    let divisor = row.facts.get(count).filter(|count| *count != Quantity::ZERO)?;
    Some((total, row.facts.get(total)?, divisor))
}

/// Whether a value lies below a mean, exactly and without fractions: each product of two quantities is below 1e36.
fn below(value: Quantity, sum: Quantity, count: Quantity) -> bool {
    let [value, sum, count] = [value, sum, count].map(|quantity| i128::from(quantity.as_millionths()));
    (value * count.abs()) < sum * count.signum() * 1_000_000
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn school(school_type: &str) -> School {
        School {
            code: "2121000001".parse().unwrap(),
            name: "示例学校".into(),
            school_type: school_type.parse().unwrap(),
            organiser_type: None,
            urban_rural_code: None,
            group: None,
            opened_on: None,
            closed_on: None,
        }
    }

    fn rules(school_type: &str, values: &[(&str, i64)]) -> Vec<String> {
        let school = school(school_type);
        let mut facts = SchoolFacts::missing(school.code.clone());
        for (id, value) in values {
            facts.set(Element::find(id).unwrap(), Quantity::whole(*value));
        }
        let registry = Registry { schools: [(school.code.clone(), school)].into(), ..Registry::default() };
        let rows = [FactsRow { path: "schools[0]".into(), facts }];
        check_facts(&rows, &registry, "2024-12".parse().unwrap()).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn every_fault_of_a_row_is_found_at_once() {
        let values = [
            ("pupils_primary", 100),
            ("classes_primary", 2),
            ("largest_class_primary", 49),
            ("pupils_junior", 3),
            ("teachers_primary", 5),
            ("backbone_teachers_primary", 6),
            ("teachers_above_degree_primary", 7),
            ("teaching_area_m2", 10),
            ("indoor_sports_area_m2", 11),
        ];

        let mut found = rules("211", &values);
        found.sort();

        assert_eq!(
            found,
            ["largest_class_mean", "part_within_whole", "part_within_whole", "part_within_whole", "stage_of_type"]
        );
    }

    proptest! {
        #[test]
        fn a_value_is_held_against_a_mean_as_fractions_would(
            values in prop::array::uniform3(-999_999_999_999_999_999_i64..999_999_999_999_999_999),
            small in prop::array::uniform3(-9_i64..9),
        ) {
            for millionths in [values, small] {
                let [value, sum, count] = millionths.map(|number| Quantity::millionths(number).unwrap());
                prop_assume!(count != Quantity::ZERO);
                prop_assert_eq!(below(value, sum, count), value.exact() < sum.exact() / count.exact());
            }
        }
    }

    #[test]
    fn what_is_missing_breaks_no_rule() {
        assert_eq!(
            rules("312", &[("pupils_primary", 100), ("backbone_teachers_primary", 6), ("indoor_sports_area_m2", 11)]),
            [""; 0]
        );
    }

    #[test]
    fn pupils_need_classes() {
        assert_eq!(rules("211", &[("pupils_primary", 100), ("classes_primary", 0)]), ["classes_for_pupils"]);
        assert_eq!(rules("211", &[("pupils_primary", 0), ("classes_primary", 0)]), [""; 0]);
        assert_eq!(rules("211", &[("pupils_primary", 9), ("largest_class_primary", 0)]), ["largest_class_zero"]);
    }

    #[test]
    fn a_school_of_a_type_outside_has_compulsory_pupils_only_where_they_belong() {
        assert_eq!(rules("512", &[("pupils_primary", 30)]), [""; 0]);
        assert_eq!(rules("342", &[("pupils_junior", 300)]), ["stage_of_type"]);
        assert_eq!(rules("111", &[("pupils_primary", 300)]), ["stage_of_type"]);
    }

    #[test]
    fn an_unknown_a_foreign_a_closed_and_a_repeated_school_are_errors() {
        let month: Month = "2024-12".parse().unwrap();
        let mut closed = school("211");
        closed.closed_on = Some("2024-12-01".parse().unwrap());
        let foreign: SchoolCode = "2121000002".parse().unwrap();
        let unknown: SchoolCode = "2121000003".parse().unwrap();
        let registry = Registry {
            schools: [(closed.code.clone(), closed.clone())].into(),
            elsewhere: [(foreign.clone(), "210921".parse().unwrap())].into(),
        };
        let row = |code: &SchoolCode| FactsRow { path: String::new(), facts: SchoolFacts::missing(code.clone()) };

        let findings = check_facts(&[row(&closed.code), row(&foreign), row(&unknown), row(&unknown)], &registry, month);

        let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["school_open", "school_in_county", "school_registered", "school_once", "school_registered"]);
    }

    #[test]
    fn a_school_that_is_left_out_is_pointed_out() {
        let school = school("211");
        let registry = Registry { schools: [(school.code.clone(), school)].into(), ..Registry::default() };

        let findings = check_facts(&[], &registry, "2024-12".parse().unwrap());

        assert_eq!(findings[0].rule, "school_left_out");
        assert_eq!(findings[0].severity, crate::finding::Severity::Warning);
    }
}
