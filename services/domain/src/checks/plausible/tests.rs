use proptest::prelude::*;

use super::*;
use crate::checks::LimitsDocument;

const MONTH: &str = "2024-12";

fn code(school: usize) -> SchoolCode {
    (2_121_000_000 + school).to_string().parse().unwrap()
}

fn row(school: usize, values: &[(&str, &str)]) -> FactsRow {
    let mut facts = SchoolFacts::missing(code(school));
    for (id, value) in values {
        facts.set(Element::find(id).unwrap(), Some(Quantity::parse(value).unwrap()));
    }
    FactsRow { path: format!("schools[{school}]"), facts }
}

fn registry(schools: usize) -> Registry {
    let school = |index| School {
        code: code(index),
        name: "示例学校".into(),
        school_type: "211".parse().unwrap(),
        organiser_type: None,
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    };
    Registry { schools: (0..schools).map(|index| (code(index), school(index))).collect(), ..Registry::default() }
}

fn previous(month: &str, rows: &[FactsRow]) -> Previous {
    Previous { month: month.parse().unwrap(), facts: rows.iter().map(|row| row.facts.clone()).collect() }
}

fn screen(rows: &[FactsRow], before: Option<&Previous>, limits: &Limits) -> Vec<Finding> {
    let national = Standard::national().unwrap();
    check_plausibility(rows, &registry(rows.len()), MONTH.parse().unwrap(), before, national, limits)
}

fn rules(rows: &[FactsRow]) -> Vec<String> {
    screen(rows, None, &Limits::default()).into_iter().map(|finding| finding.rule).collect()
}

/// What a change of one school's element from one month to the next gives.
fn change(element: &str, before: &str, after: &str) -> Vec<String> {
    let (before, after) = ([row(0, &[(element, before)])], [row(0, &[(element, after)])]);
    let findings = screen(&after, Some(&previous("2024-11", &before)), &Limits::default());
    findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn a_quotient_on_its_limit_is_plausible_and_one_beyond_is_not() {
    let classes = |pupils| rules(&[row(0, &[("pupils_primary", pupils), ("classes_primary", "2")])]);
    assert_eq!(classes("150"), [""; 0]);
    assert_eq!(classes("151"), ["class_size_plausible"]);
    let equipment = |pupils, yuan| rules(&[row(0, &[("pupils_primary", pupils), ("equipment_value_yuan", yuan)])]);
    assert_eq!(equipment("1000", "1000"), [""; 0]);
    assert_eq!(equipment("1000", "999.99"), ["equipment_plausible"], "万元 taken for 元");
    assert_eq!(equipment("49", "1"), [""; 0], "too few pupils");
    assert_eq!(equipment("1000", "0"), [""; 0], "none is none");
    let area = |area| rules(&[row(0, &[("pupils_primary", "50"), ("teaching_area_m2", area)])]);
    assert_eq!((area("15000"), area("15000.01")), (vec![], vec!["area_plausible".to_owned()]));
    let load = |pupils| rules(&[row(0, &[("pupils_primary", pupils), ("teachers_primary", "1")])]);
    assert_eq!((load("60"), load("61")), (vec![], vec!["teacher_load_plausible".to_owned()]));
}

#[test]
fn pupils_jump_beyond_the_share_and_not_where_they_are_few() {
    assert_eq!(change("pupils_primary", "500", "600"), [""; 0]);
    assert_eq!(change("pupils_primary", "500", "601"), ["pupils_jump"]);
    assert_eq!(change("pupils_primary", "500", "399"), ["pupils_jump"]);
    assert_eq!(change("pupils_primary", "100", "149"), [""; 0]);
    assert_eq!(change("pupils_primary", "100", "150"), ["pupils_jump"]);
    assert_eq!(change("pupils_primary", "0", "50"), ["pupils_jump"]);
}

#[test]
fn equipment_that_drops_is_told_once_and_as_a_drop() {
    assert_eq!(change("equipment_value_yuan", "500000", "450000"), [""; 0]);
    assert_eq!(change("equipment_value_yuan", "500000", "449999.99"), ["equipment_drop"]);
    assert_eq!(change("equipment_value_yuan", "500000", "50"), ["equipment_drop"]);
    assert_eq!(change("equipment_value_yuan", "500000", "750000"), [""; 0]);
    assert_eq!(change("equipment_value_yuan", "500000", "750000.01"), ["quantity_change"]);
}

#[test]
fn other_quantities_change_by_half_at_the_most() {
    assert_eq!(change("teaching_area_m2", "4000", "6000"), [""; 0]);
    assert_eq!(change("teaching_area_m2", "4000", "6000.01"), ["quantity_change"]);
    assert_eq!(change("teachers_primary", "20", "39"), [""; 0], "too few");
    assert_eq!(change("teachers_primary", "20", "40"), ["quantity_change"]);
    assert_eq!(change("training_budget_yuan", "1", "900000"), [""; 0], "a budget is set anew");
}

#[test]
fn only_a_month_of_the_year_before_is_compared_with() {
    let (before, after) = ([row(0, &[("pupils_primary", "500")])], [row(0, &[("pupils_primary", "5000")])]);
    let told = |month| screen(&after, Some(&previous(month, &before)), &Limits::default()).len();
    assert_eq!((told("2023-12"), told("2023-11"), told("2024-12"), told("2025-01")), (1, 0, 0, 0));
}

#[test]
fn a_school_that_vanished_is_told_while_it_is_open() {
    let before = [row(0, &[]), row(1, &[]), row(7, &[])];
    let registry = registry(2);
    let findings = check_plausibility(
        &[row(0, &[])],
        &registry,
        MONTH.parse().unwrap(),
        Some(&previous("2024-11", &before)),
        &[],
        &Limits::default(),
    );

    let told: Vec<_> = findings.iter().map(|finding| (finding.rule.as_str(), finding.school.as_deref())).collect();
    assert_eq!(
        told,
        [("school_vanished", Some("2121000001"))],
        "a school that is not registered any more is no warning"
    );
}

#[test]
fn a_value_that_vanished_is_told_unless_the_school_is_empty() {
    let before = [row(0, &[("books", "0"), ("pupils_primary", "40")]), row(1, &[("books", "7")]), row(2, &[])];
    let after = [row(0, &[("pupils_primary", "40")]), row(1, &[]), row(2, &[("books", "7")])];

    let findings = screen(&after, Some(&previous("2024-11", &before)), &Limits::default());

    let told: Vec<_> = findings.iter().map(|finding| (finding.rule.as_str(), finding.path.as_str())).collect();
    assert_eq!(told, [("value_vanished", "schools[0].books")], "zero was a value");
    assert_eq!(findings[0].severity, crate::finding::Severity::Warning);
    assert!(findings[0].message.contains("2024-11"), "{}", findings[0].message);
    assert_eq!(screen(&after, Some(&previous("2023-11", &before)), &Limits::default()), [], "too long ago");
}

#[test]
fn a_month_is_repeated_when_every_digit_of_enough_schools_is() {
    let rows =
        |schools: usize| -> Vec<_> { (0..schools).map(|index| row(index, &[("books", &index.to_string())])).collect() };
    let repeated = |rows: &[FactsRow], before: &[FactsRow]| {
        screen(rows, Some(&previous("2024-11", before)), &Limits::default())
            .iter()
            .any(|finding| finding.rule == "month_repeated")
    };
    assert!(repeated(&rows(20), &rows(20)) && !repeated(&rows(19), &rows(19)));
    assert!(!repeated(&rows(20), &rows(21)) && !repeated(&rows(21), &rows(20)));
    let mut other = rows(20);
    other[3].facts.set(Element::find("books").unwrap(), None);
    assert!(!repeated(&rows(20), &other));
}

/// Schools of 1,000 pupils: so many with as many m² of sports ground as said, the others well above.
fn grounds(schools: usize, bunched: usize, area: &str) -> Vec<FactsRow> {
    let area_of = |index: usize| if index < bunched { area.to_owned() } else { (9_000 + 7 * index + 1).to_string() };
    (0..schools)
        .map(|index| {
            row(
                index,
                &[
                    ("pupils_primary", "1000"),
                    ("sports_ground_area_m2", &area_of(index)),
                    ("indoor_sports_area_m2", "0"),
                ],
            )
        })
        .collect()
}

#[test]
fn values_bunch_from_the_threshold_to_one_percent_above_it() {
    let bunched = |rows: &[FactsRow]| rules(rows).contains(&"threshold_bunching".to_owned());
    for (area, told) in [("7499.99", false), ("7500", true), ("7575", true), ("7575.01", false)] {
        assert_eq!(bunched(&grounds(20, 6, area)), told, "{area}");
    }
    assert!(!bunched(&grounds(20, 5, "7510")), "a quarter is not more than a quarter");
    assert!(!bunched(&grounds(19, 19, "7510")), "too few units");
}

#[test]
fn measured_values_heap_on_round_numbers() {
    let heaped = |schools: usize, round: usize| {
        let value = |index| if index < round { 100 * (index + 1) } else { 100 * index + 1 };
        let rows: Vec<_> = (0..schools).map(|index| row(index, &[("books", &value(index).to_string())])).collect();
        rules(&rows)
    };
    assert_eq!(heaped(20, 16), [""; 0]);
    assert_eq!(heaped(20, 17), ["round_numbers"]);
    assert_eq!(heaped(19, 19), [""; 0]);
}

#[test]
fn a_pattern_that_several_schools_share_is_told_with_them() {
    let elements: Vec<_> = Element::all().take(10).map(Element::id).collect();
    let alike =
        |school, values: usize| row(school, &elements.iter().take(values).map(|id| (*id, "7")).collect::<Vec<_>>());
    let copied = |rows: &[FactsRow]| rules(rows).contains(&"copied_schools".to_owned());
    assert!(copied(&[alike(0, 10), alike(1, 10), alike(2, 10)]));
    assert!(!copied(&[alike(0, 10), alike(1, 10), alike(2, 9)]));
    assert!(!copied(&[alike(0, 9), alike(1, 9), alike(2, 9)]), "too few values to tell");
}

#[test]
fn a_province_sets_its_own_limit() {
    let document = LimitsDocument::parse("[class_size_plausible]\nat_most = 55\nseverity = \"error\"\n").unwrap();
    let limits = Limits::of([&document]);
    let rows = |pupils| [row(0, &[("pupils_primary", pupils), ("classes_primary", "1")])];

    assert_eq!(screen(&rows("55"), None, &limits), []);
    let findings = limits.hold(screen(&rows("56"), None, &limits));
    assert_eq!(findings[0].severity, crate::finding::Severity::Error);
    assert_eq!(findings[0].allowed, "1 至 55");
}

proptest! {
    #[test]
    fn the_order_of_schools_changes_nothing(
        values in prop::collection::vec(prop::collection::vec(prop::option::of(0_u32..9), 12), 20..30),
        before in prop::collection::vec(prop::collection::vec(prop::option::of(0_u32..9), 12), 20..30),
        turn in 0_usize..20,
    ) {
        let rows = |of: &[Vec<Option<u32>>]| -> Vec<FactsRow> {
            let one = |(index, values): (usize, &Vec<Option<u32>>)| {
                let mut row = row(index, &[]);
                for (element, value) in Element::all().zip(values) {
                    row.facts.set(element, value.and_then(|value| Quantity::whole(i64::from(value) * 100)));
                }
                "".clone_into(&mut row.path);
                row
            };
            of.iter().enumerate().map(one).collect()
        };
        let (mut current, before) = (rows(&values), previous("2024-11", &rows(&before)));
        let found = screen(&current, Some(&before), &Limits::default());
        current.rotate_left(turn);
        prop_assert_eq!(screen(&current, Some(&before), &Limits::default()), found);
    }
}
