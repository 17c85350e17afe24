//! What no change may do.

use junheng_domain::{
    element::Element,
    facts::{CountyFacts, ItemValue, SchoolFacts},
    quantity::Quantity,
    scenario::{Change, MoveTeachers},
    school::{School, Stage},
};
use proptest::prelude::*;

use super::{code, element, merge, movement, run, school, whole};

/// What the county has of an element; `None` as soon as a school that it applies to did not report it.
fn total(county: &CountyFacts, element: Element) -> Option<i64> {
    let of = |school: &School| {
        let facts = county.school_facts.iter().find(|facts| facts.school == school.code);
        let value = facts.and_then(|facts| facts.get(element));
        let applies = element.definition().stage.is_none_or(|stage| school.school_type.admits(stage));
        if applies || value.is_some() { value.map(Quantity::as_millionths) } else { Some(0) }
    };
    county.schools.iter().map(of).sum()
}

/// The largest class is the only element that is no sum.
fn sums() -> impl Iterator<Item = Element> {
    Element::all().filter(|element| element.definition().mean_of.is_none())
}

prop_compose! {
    /// A school with consistent figures, some of them missing.
    fn reporting(number: u32)(
        school_type in prop::sample::select(vec!["211", "218", "311", "312", "345"]),
        pupils in prop::collection::vec(40_i64..500, 3),
        teachers in prop::collection::vec(40_i64..60, 2),
        parts in prop::collection::vec(1_i64..20, 8),
        shared in prop::collection::vec(1_i64..100_000, Element::COUNT),
        missing in prop::collection::vec(prop::bool::weighted(0.05), Element::COUNT),
    ) -> (School, SchoolFacts) {
        let school = school(number, school_type);
        let mut facts = SchoolFacts::missing(code(number));
        for element in Element::all().filter(|element| !missing[element.index()]) {
            let Some(stage) = element.definition().stage else {
                // A part takes half of its whole at the most.
                let amount = shared[element.whole().map_or(element.index(), Element::index)];
                facts.set(element, Some(whole(if element.whole().is_some() { amount / 2 } else { amount })));
                continue;
            };
            if !school.school_type.admits(stage) {
                continue;
            }
            let index = stage as usize;
            let number = match element.id().rsplit_once('_').unwrap().0 {
                "pupils" => pupils[index],
                "classes" => (pupils[index] + 39) / 40,
                "largest_class" => pupils[index].min(45),
                "teachers" => teachers[index],
                _ => parts[element.index() % parts.len()],
            };
            facts.set(element, Some(whole(number)));
        }
        (school, facts)
    }
}

prop_compose! {
    fn counties()(a in reporting(1), b in reporting(2), c in reporting(3), d in reporting(4)) -> CountyFacts {
        let (schools, school_facts) = [a, b, c, d].into_iter().unzip();
        CountyFacts { month: "2024-12".parse().unwrap(), schools, school_facts, items: vec![], waivers: vec![] }
    }
}

proptest! {
    #[test]
    fn no_change_changes_nothing(county in counties()) {
        prop_assert_eq!(run(&county, vec![]), Ok(county.clone()));
    }

    #[test]
    fn a_merger_keeps_every_total(county in counties(), into in 1_u32..5) {
        let merged = run(&county, vec![Change::Merge(merge(&[1, 2, 3, 4], into))]).unwrap();

        prop_assert_eq!(merged.schools.len(), 1);
        for element in sums() {
            prop_assert_eq!(total(&merged, element), total(&county, element), "{}", element.id());
        }
    }

    #[test]
    fn moving_teachers_and_pupils_keeps_every_total(county in counties(), teachers in 0_i64..20, pupils in 0_i64..40) {
        let mut county = county;
        for school in &mut county.schools {
            school.school_type = "211".parse().unwrap();
        }
        // Only primary stages, and no classes that the pupils who come would have to fit into.
        let out = |element: &Element| {
            element.definition().stage.is_some_and(|stage| stage != Stage::Primary) || element.id().contains("class")
        };
        for facts in &mut county.school_facts {
            for element in Element::all().filter(out) {
                facts.set(element, None);
            }
        }
        let of_them = element("teachers_primary").parts().map(|part| (part, whole(teachers.min(1)))).collect();
        let changes = vec![
            Change::MoveTeachers(MoveTeachers { of_them, ..movement(teachers, None) }),
            Change::MovePupils { from: code(1), to: code(2), stage: Stage::Primary, pupils: whole(pupils) },
        ];

        let after = run(&county, changes).unwrap();

        for element in sums().filter(|element| element.id() != "classes_primary") {
            prop_assert_eq!(total(&after, element), total(&county, element), "{}", element.id());
        }
    }

    #[test]
    fn the_order_of_independent_changes_does_not_matter(county in counties(), books in 0_i64..1000) {
        let independent = [
            Change::Merge(merge(&[1, 2], 1)),
            Change::SetElement { school: code(3), element: element("books"), value: Some(whole(books)) },
            Change::SetItem { item: "G1".into(), operand: "declared_met".into(), value: Some(ItemValue::Declaration(true)) },
            Change::SetElement { school: code(4), element: element("computers"), value: None },
        ];
        let first = run(&county, independent.to_vec()).unwrap();

        for turn in 0..independent.len() {
            let mut turned = independent.to_vec();
            turned.rotate_left(turn);
            turned.swap(0, 1);
            prop_assert_eq!(run(&county, turned).unwrap(), first.clone());
        }
    }
}
