//! Every kind of change, and the faults that it can have.

use junheng_domain::{
    facts::{CountyFacts, ItemValue, SchoolFacts},
    finding::Finding,
    quantity::Quantity,
    scenario::{Change, Close, Merge, MoveTeachers, Open, PupilGroup, Split},
    school::Stage,
};

use super::{code, element, merge, movement, run, school, whole};

fn facts(number: u32, values: &[(&str, i64)]) -> SchoolFacts {
    let mut facts = SchoolFacts::missing(code(number));
    for (id, value) in values {
        facts.set(element(id), Some(whole(*value)));
    }
    facts
}

/// A primary, a nine-year and a junior school; the last reported no teachers.
fn county() -> CountyFacts {
    CountyFacts {
        month: "2024-12".parse().unwrap(),
        schools: vec![school(1, "211"), school(2, "312"), school(3, "311")],
        school_facts: vec![
            facts(
                1,
                &[
                    ("pupils_primary", 90),
                    ("classes_primary", 3),
                    ("largest_class_primary", 40),
                    ("teachers_primary", 9),
                    ("backbone_teachers_primary", 2),
                    ("teaching_area_m2", 301),
                ],
            ),
            facts(
                2,
                &[
                    ("pupils_primary", 60),
                    ("pupils_junior", 80),
                    ("classes_primary", 2),
                    ("classes_junior", 2),
                    ("largest_class_primary", 45),
                    ("teachers_primary", 6),
                    ("teachers_junior", 8),
                    ("backbone_teachers_primary", 0),
                    ("teaching_area_m2", 700),
                ],
            ),
            facts(3, &[("pupils_junior", 200), ("classes_junior", 5), ("largest_class_junior", 44)]),
        ],
        items: vec![],
        waivers: vec![],
    }
}

fn value(county: &CountyFacts, number: u32, id: &str) -> Option<i64> {
    let facts = county.school_facts.iter().find(|facts| facts.school == code(number)).unwrap();
    facts.get(element(id)).map(|value| value.as_whole().unwrap())
}

/// Rules and paths of the faults.
fn faults(result: Result<CountyFacts, Vec<Finding>>) -> Vec<(String, String)> {
    let findings = result.unwrap_err();
    assert!(findings.iter().all(|finding| !finding.message.is_empty() && !finding.remedy.is_empty()));
    findings.into_iter().map(|finding| (finding.rule, finding.path)).collect()
}

fn told(rule: &str, path: &str) -> (String, String) {
    (rule.to_owned(), path.to_owned())
}

#[test]
fn a_merged_school_has_what_both_had_and_the_largest_class_of_theirs() {
    let merged = run(&county(), vec![Change::Merge(merge(&[1, 2], 1))]).unwrap();

    assert_eq!(merged.schools.len(), 2);
    assert_eq!(merged.schools[0].school_type.to_string(), "312", "it teaches the stages of both");
    assert_eq!(merged.schools[0].name, "第1学校");
    assert_eq!(value(&merged, 1, "pupils_primary"), Some(150));
    assert_eq!(value(&merged, 1, "largest_class_primary"), Some(45));
    assert_eq!(value(&merged, 1, "pupils_junior"), Some(80), "a stage that one does not teach is not missing");
    assert_eq!(value(&merged, 1, "teachers_above_degree_primary"), None);
    assert_eq!(value(&merged, 1, "largest_class_junior"), None);
    assert_eq!(value(&merged, 1, "teaching_area_m2"), Some(1001));
}

#[test]
fn what_one_of_the_merged_did_not_report_is_missing() {
    let merged = run(&county(), vec![Change::Merge(merge(&[2, 3], 3))]).unwrap();

    assert_eq!(value(&merged, 3, "teachers_junior"), None);
    assert_eq!(value(&merged, 3, "teachers_primary"), Some(6));
    assert_eq!(value(&merged, 3, "teaching_area_m2"), None);
}

#[test]
fn a_merger_names_its_result_and_keeps_every_stage() {
    let renamed = Merge { name: "新学校".into(), ..merge(&[1, 2], 9) };
    let merged = run(&county(), vec![Change::Merge(renamed)]).unwrap();
    assert_eq!((merged.schools[1].code.clone(), merged.schools[1].name.as_str()), (code(9), "新学校"));

    let primary = Merge { school_type: Some("211".parse().unwrap()), ..merge(&[1, 2], 9) };
    assert_eq!(
        faults(run(&county(), vec![Change::Merge(primary), Change::Merge(merge(&[3, 3], 3))])),
        [
            told("school_name", "changes[0].display_name"),
            told("stage_of_type", "changes[0].school_type"),
            told("schools_to_merge", "changes[1].school_codes"),
        ]
    );
    let mut special = county();
    special.schools.push(school(4, "514"));
    assert_eq!(
        faults(run(&special, vec![Change::Merge(merge(&[1, 4], 1))])),
        [told("type_derived", "changes[0].school_type")]
    );
}

#[test]
fn a_split_school_gets_what_is_stated_and_its_share_and_the_rest_stays() {
    let split = Split {
        school: code(2),
        new: school(8, "311"),
        facts: facts(
            8,
            &[("pupils_junior", 80), ("classes_junior", 2), ("largest_class_junior", 40), ("teachers_junior", 8)],
        ),
        share: Some(Quantity::parse("0.3").unwrap()),
        remaining_type: Some("211".parse().unwrap()),
    };

    let after = run(&county(), vec![Change::Split(Box::new(split.clone()))]).unwrap();

    assert_eq!((value(&after, 8, "teaching_area_m2"), value(&after, 2, "teaching_area_m2")), (Some(210), Some(490)));
    assert_eq!((value(&after, 8, "pupils_junior"), value(&after, 2, "pupils_junior")), (Some(80), Some(0)));
    assert_eq!((value(&after, 8, "pupils_primary"), value(&after, 2, "pupils_primary")), (None, Some(60)));
    assert_eq!((value(&after, 8, "multimedia_rooms"), value(&after, 2, "multimedia_rooms")), (None, None));
    assert_eq!(after.schools[1].school_type.to_string(), "211");

    let unshared = Split { share: None, ..split.clone() };
    let after = run(&county(), vec![Change::Split(Box::new(unshared))]).unwrap();
    assert_eq!((value(&after, 8, "teaching_area_m2"), value(&after, 2, "teaching_area_m2")), (None, None));

    let greedy = Split { facts: facts(3, &[("pupils_junior", 81)]), new: school(3, "311"), ..split };
    assert_eq!(
        faults(run(&county(), vec![Change::Split(Box::new(greedy))])),
        [
            told("school_once", "changes[0].new_school.name"),
            told("more_than_there_are", "changes[0].facts.pupils_junior")
        ]
    );
}

#[test]
fn a_closed_school_sends_every_pupil_somewhere() {
    let close = |groups: &[(Option<u32>, i64)]| {
        Change::Close(Close {
            school: code(1),
            pupils: groups
                .iter()
                .map(|(to, pupils)| PupilGroup { to: to.map(code), stage: Stage::Primary, pupils: whole(*pupils) })
                .collect(),
        })
    };

    let after = run(&county(), vec![close(&[(Some(2), 20), (None, 70)])]).unwrap();
    assert_eq!((after.schools.len(), after.school_facts.len()), (2, 2));
    assert_eq!(value(&after, 2, "pupils_primary"), Some(80));

    assert_eq!(
        faults(run(&county(), vec![close(&[(Some(3), 20), (Some(1), 69)])])),
        [
            told("stage_of_type", "changes[0].pupils[0].school_code"),
            told("schools_differ", "changes[0].pupils[1].school_code"),
            told("pupils_accounted", "changes[0].pupils"),
        ]
    );
}

#[test]
fn a_part_of_moved_teachers_that_is_not_stated_is_missing_in_both_schools() {
    let stated = run(&county(), vec![Change::MoveTeachers(movement(3, Some(1)))]).unwrap();
    assert_eq!((value(&stated, 1, "teachers_primary"), value(&stated, 2, "teachers_primary")), (Some(6), Some(9)));
    let backbone = |after: &CountyFacts| [1, 2].map(|number| value(after, number, "backbone_teachers_primary"));
    assert_eq!(backbone(&stated), [Some(1), Some(1)]);

    let unstated = run(&county(), vec![Change::MoveTeachers(movement(3, None))]).unwrap();
    assert_eq!(backbone(&unstated), [None, None]);

    let back = MoveTeachers { from: code(2), to: code(1), ..movement(3, None) };
    let none_to_move = run(&county(), vec![Change::MoveTeachers(back)]).unwrap();
    assert_eq!(backbone(&none_to_move), [Some(2), Some(0)]);
}

#[test]
fn adding_to_what_is_missing_leaves_it_missing() {
    let junior = MoveTeachers { from: code(2), to: code(3), stage: Stage::Junior, ..movement(2, None) };

    let after = run(&county(), vec![Change::MoveTeachers(junior)]).unwrap();

    assert_eq!((value(&after, 2, "teachers_junior"), value(&after, 3, "teachers_junior")), (Some(6), None));
}

#[test]
fn pupils_are_set_and_moved_and_an_empty_stage_has_no_class() {
    let set = Change::SetPupils { school: code(1), stage: Stage::Primary, pupils: Some(whole(80)) };
    let moved = Change::MovePupils { from: code(2), to: code(1), stage: Stage::Primary, pupils: whole(60) };
    let classes = Change::SetElement { school: code(1), element: element("classes_primary"), value: Some(whole(4)) };

    let after = run(&county(), vec![set, moved, classes]).unwrap();

    assert_eq!((value(&after, 1, "pupils_primary"), value(&after, 2, "pupils_primary")), (Some(140), Some(0)));
    assert_eq!((value(&after, 2, "classes_primary"), value(&after, 2, "largest_class_primary")), (Some(0), Some(0)));
}

#[test]
fn every_fault_of_every_change_is_told_at_once_and_none_that_follows_from_another() {
    let changes = vec![
        Change::MoveTeachers(movement(10, Some(11))),
        Change::SetElement { school: code(7), element: element("books"), value: None },
        Change::Merge(merge(&[7, 1], 20)),
        // Both rest on the merger, which was left out.
        Change::SetPupils { school: code(20), stage: Stage::Primary, pupils: None },
        Change::Merge(Merge { name: "再合并".into(), ..merge(&[20, 2], 21) }),
        Change::SetElement { school: code(3), element: element("largest_class_junior"), value: Some(whole(201)) },
        Change::SetItem { item: "G12".into(), operand: "teachers".into(), value: Some(ItemValue::Declaration(true)) },
        Change::SetItem { item: "G1".into(), operand: "declared".into(), value: None },
        Change::SetPupils { school: code(3), stage: Stage::Primary, pupils: Some(whole(1)) },
    ];

    let found = faults(run(&county(), changes[..8].to_vec()));

    assert_eq!(
        found,
        [
            told("more_than_there_are", "changes[0].teachers"),
            told("part_within_whole", "changes[0].backbone"),
            told("school_known", "changes[1].school_code"),
            told("school_known", "changes[2].school_codes[0]"),
            told("school_name", "changes[2].display_name"),
            told("part_within_whole", "changes[5].largest_class_junior"),
            told("item_kind", "changes[6].value"),
            told("operand_known", "changes[7].operand"),
        ]
    );
    assert_eq!(faults(run(&county(), changes[8..].to_vec())), [told("stage_of_type", "changes[0].stage")]);
}

#[test]
fn a_change_that_could_not_be_read_keeps_its_schools_out_of_later_faults() {
    let changes = vec![
        Change::Unreadable { schools: vec![code(9)] },
        Change::SetPupils { school: code(9), stage: Stage::Primary, pupils: None },
    ];

    assert_eq!(run(&county(), changes), Ok(county()));
}

#[test]
fn an_opened_school_is_held_against_the_plain_checks() {
    let open = Open {
        school: school(5, "211"),
        facts: facts(5, &[("pupils_primary", 10), ("pupils_junior", 1), ("classes_primary", 0)]),
    };

    let found = faults(run(&county(), vec![Change::Open(Box::new(open))]));

    assert_eq!(
        found,
        [told("stage_of_type", "changes[0].pupils_junior"), told("classes_for_pupils", "changes[0].classes_primary")]
    );
}

#[test]
fn an_item_is_set_as_declared_for_the_month() {
    let changes = vec![
        Change::SetItem { item: "G12".into(), operand: "teachers".into(), value: Some(ItemValue::Quantity(whole(9))) },
        Change::SetItem {
            item: "G1".into(),
            operand: "declared_met".into(),
            value: Some(ItemValue::Declaration(true)),
        },
        Change::SetItem { item: "G1".into(), operand: "declared_met".into(), value: None },
    ];

    let after = run(&county(), changes).unwrap();

    assert_eq!(after.items.len(), 1);
    assert_eq!((after.items[0].item.operand.as_str(), after.items[0].month), ("teachers", county().month));
}
