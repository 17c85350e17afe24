//! Every threshold of the quality standard: exactly on it, and one smallest unit beyond it.

#![expect(clippy::unwrap_used, reason = "tests")]

use junheng_domain::{
    element::Element,
    evaluation::{Evaluation, evaluate},
    facts::{CountyFacts, CountyItem, DatedItem, ItemValue, SchoolFacts},
    quantity::Quantity,
    school::{School, Stage},
    standard::{NATIONAL_DEFAULT, Standard},
    verdict::Verdict,
};

/// What is read of the evaluation of a county of one school, given its elements and the county's operands.
fn county<T>(
    school_type: &str,
    elements: &[(&str, &str)],
    operands: &[(&str, &str, &str)],
    read: impl Fn(&Evaluation<'_>) -> T,
) -> T {
    let school = School {
        code: "2121000001".parse().unwrap(),
        name: String::new(),
        school_type: school_type.parse().unwrap(),
        organiser_type: None,
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    };
    let mut facts = SchoolFacts::missing(school.code.clone());
    for (id, value) in elements {
        facts.set(Element::find(id).unwrap(), Some(Quantity::parse(value).unwrap()));
    }
    let month = "2024-12".parse().unwrap();
    let dated = |(item, operand, value): &(&str, &str, &str)| DatedItem {
        item: CountyItem {
            item: (*item).to_owned(),
            operand: (*operand).to_owned(),
            value: value_of(value),
            declared_on: None,
            declared_by: String::new(),
            evidence: String::new(),
        },
        month,
    };
    let items = operands.iter().map(dated).collect();
    let facts = CountyFacts { month, schools: vec![school], school_facts: vec![facts], items, waivers: vec![] };
    read(&evaluate(Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap(), &facts))
}

fn value_of(text: &str) -> ItemValue {
    match text {
        "true" => ItemValue::Declaration(true),
        "false" => ItemValue::Declaration(false),
        _ => Quantity::parse(text).map_or_else(|_| ItemValue::Date(text.parse().unwrap()), ItemValue::Quantity),
    }
}

/// The verdict on an item of a county of one school.
fn item(school_type: &str, elements: &[(&str, &str)], operands: &[(&str, &str, &str)], id: &str) -> Verdict {
    county(school_type, elements, operands, |evaluation| {
        evaluation.items.iter().find(|item| item.rule.id == id).unwrap().verdict
    })
}

/// Operands that meet an item exactly at its limit, and by which of them how far it is missed.
type AtLimit = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);

const ITEMS: [AtLimit; 18] = [
    ("G1", &[("declared_met", "true")], &[("declared_met", "false")]),
    (
        "G2",
        &[
            ("building_standard_unified", "true"),
            ("staffing_standard_unified", "true"),
            ("per_pupil_funds_unified", "true"),
            ("equipment_standard_unified", "true"),
        ],
        &[("per_pupil_funds_unified", "false"), ("equipment_standard_unified", "false")],
    ),
    ("G6", &[("small_schools", "6"), ("small_schools_funded_as_100", "6")], &[("small_schools_funded_as_100", "5")]),
    (
        "G7",
        &[("special_education_pupils", "61"), ("special_education_funds_yuan", "366000")],
        &[("special_education_funds_yuan", "365999.99"), ("special_education_pupils", "62")],
    ),
    (
        "G8",
        &[
            ("teachers_mean_pay_yuan", "86500"),
            ("civil_servants_mean_pay_yuan", "86500"),
            ("performance_pay_granted_in_full", "true"),
        ],
        &[("teachers_mean_pay_yuan", "86499.99"), ("performance_pay_granted_in_full", "false")],
    ),
    (
        "G9",
        &[("teachers_due_training", "2646"), ("teachers_trained_360_hours", "2646")],
        &[("teachers_trained_360_hours", "2645")],
    ),
    (
        "G11",
        &[("rotation_eligible", "700"), ("rotation_actual", "70"), ("rotation_actual_backbone", "14")],
        &[("rotation_actual", "69"), ("rotation_actual_backbone", "13"), ("rotation_actual", "71")],
    ),
    ("G12", &[("teachers", "2646"), ("teachers_certified", "2646")], &[("teachers_certified", "2645")]),
    (
        "G13",
        &[
            ("primary_enrolled", "6775"),
            ("primary_enrolled_nearby", "6775"),
            ("junior_enrolled", "3500"),
            ("junior_enrolled_nearby", "3325"),
        ],
        &[("primary_enrolled_nearby", "6774"), ("junior_enrolled_nearby", "3324")],
    ),
    (
        "G14",
        &[("quota_total", "1500"), ("quota_allocated", "750"), ("tilted_to_rural_schools", "true")],
        &[("quota_allocated", "749"), ("tilted_to_rural_schools", "false")],
    ),
    (
        "G15",
        &[
            ("left_behind_care_in_place", "true"),
            ("migrant_children_eligible", "400"),
            ("migrant_children_in_public_schools", "300"),
            ("migrant_children_in_purchased_places", "40"),
        ],
        &[("migrant_children_in_public_schools", "299"), ("migrant_children_in_purchased_places", "39")],
    ),
    (
        "Q1",
        &[
            ("entrants_three_years_ago", "2001"),
            ("graduates", "1906"),
            ("transferred_in", "35"),
            ("transferred_out", "29"),
            ("deceased", "1"),
        ],
        &[("graduates", "1905"), ("transferred_in", "36"), ("transferred_out", "28"), ("deceased", "0")],
    ),
    (
        "Q2",
        &[("disabled_children", "200"), ("disabled_children_enrolled", "190")],
        &[("disabled_children_enrolled", "189")],
    ),
    (
        "Q9",
        &[("mathematics.level", "3"), ("mathematics.difference_rate", "0.149999")],
        &[("mathematics.level", "2"), ("mathematics.difference_rate", "0.15")],
    ),
    (
        "S1",
        &[
            ("questionnaires_valid", "200"),
            ("questionnaires_satisfied", "170"),
            ("visited", "100"),
            ("visited_satisfied", "85"),
        ],
        &[("questionnaires_satisfied", "169"), ("visited_satisfied", "84")],
    ),
    ("V1", &[("found", "false")], &[("found", "true")]),
    ("P1", &[("basic_recognised_on", "2021-12-31")], &[("basic_recognised_on", "2022-01-01")]),
    ("P2", &[("monitoring_kept", "true")], &[("monitoring_kept", "false")]),
];

#[test]
fn an_item_exactly_at_its_limit_is_met_and_one_smallest_unit_beyond_it_is_not() {
    for (id, at, beyond) in ITEMS {
        let operands: Vec<_> = at.iter().map(|(operand, value)| (id, *operand, *value)).collect();
        assert_eq!(item("211", &[], &operands, id), Verdict::Met, "{id}");
        for (changed, value) in beyond {
            let missed: Vec<_> = operands
                .iter()
                .map(|(id, operand, at)| (*id, *operand, if operand == changed { *value } else { *at }))
                .collect();
            assert_eq!(item("211", &[], &missed, id), Verdict::NotMet, "{id} {changed} {value}");
        }
    }
}

/// Operands one smallest unit on the other side of the limit; the rest stays on it.
const WITHIN: [(&str, &str, &str); 17] = [
    ("G7", "special_education_funds_yuan", "366000.01"),
    ("G7", "special_education_pupils", "60"),
    ("G8", "teachers_mean_pay_yuan", "86500.01"),
    ("G11", "rotation_eligible", "699"),
    ("G11", "rotation_actual_backbone", "15"),
    ("G13", "junior_enrolled_nearby", "3326"),
    ("G14", "quota_allocated", "751"),
    ("G15", "migrant_children_in_public_schools", "301"),
    ("G15", "migrant_children_in_purchased_places", "41"),
    ("Q1", "graduates", "1907"),
    ("Q1", "transferred_out", "30"),
    ("Q2", "disabled_children_enrolled", "191"),
    ("Q9", "mathematics.level", "4"),
    ("Q9", "mathematics.difference_rate", "0.149998"),
    ("S1", "questionnaires_satisfied", "171"),
    ("S1", "visited_satisfied", "86"),
    ("P1", "basic_recognised_on", "2021-12-30"),
];

#[test]
fn an_item_one_smallest_unit_within_its_limit_is_met() {
    for (id, changed, value) in WITHIN {
        let (_, at, _) = ITEMS.iter().find(|(known, ..)| *known == id).unwrap();
        assert!(at.iter().any(|(operand, _)| *operand == changed), "{id} {changed}");
        let within: Vec<_> =
            at.iter().map(|(operand, at)| (id, *operand, if *operand == changed { value } else { *at })).collect();
        assert_eq!(item("211", &[], &within, id), Verdict::Met, "{id} {changed} {value}");
    }
}

#[test]
fn an_item_with_any_operand_missing_is_undetermined() {
    for (id, at, _) in ITEMS {
        for missing in at {
            let rest: Vec<_> = at
                .iter()
                .filter(|operand| *operand != missing)
                .map(|(operand, value)| (id, *operand, *value))
                .collect();
            assert_eq!(item("211", &[], &rest, id), Verdict::Undetermined, "{id} without {}", missing.0);
        }
    }
}

#[test]
fn institutions_are_held_to_their_limits_exactly() {
    let rooms = |classes: &str, music: &str, art: &str| {
        let elements = [
            ("pupils_primary", "500"),
            ("classes_primary", classes),
            ("music_rooms_qualified", music),
            ("art_rooms_qualified", art),
        ];
        item("211", &elements, &[], "G3")
    };
    assert_eq!(rooms("12", "1", "1"), Verdict::Met);
    assert_eq!(rooms("13", "1", "2"), Verdict::NotMet);
    assert_eq!(rooms("13", "2", "1"), Verdict::NotMet);
    assert_eq!(rooms("24", "2", "2"), Verdict::Met);
    assert_eq!(rooms("11", "1", "1"), Verdict::Met);
    assert_eq!(rooms("25", "2", "3"), Verdict::NotMet);
    let size = |school_type: &str, primary: &str, junior: &str| {
        item(school_type, &[("pupils_primary", primary), ("pupils_junior", junior)], &[], "G4")
    };
    assert_eq!((size("211", "1999", "0"), size("312", "1300", "1199")), (Verdict::Met, Verdict::Met));
    assert_eq!((size("211", "2000", "0"), size("211", "2001", "0")), (Verdict::Met, Verdict::NotMet));
    assert_eq!((size("341", "0", "2000"), size("341", "0", "2001")), (Verdict::Met, Verdict::NotMet));
    assert_eq!((size("312", "1300", "1200"), size("345", "1300", "1201")), (Verdict::Met, Verdict::NotMet));
    let class = |school_type: &str, pupils: &str, largest: &str, size: &str| {
        item(school_type, &[(pupils, "300"), (largest, size)], &[], "G5")
    };
    let (primary, junior) = (("pupils_primary", "largest_class_primary"), ("pupils_junior", "largest_class_junior"));
    assert_eq!(class("211", primary.0, primary.1, "44"), Verdict::Met);
    assert_eq!(class("311", junior.0, junior.1, "49"), Verdict::Met);
    assert_eq!(class("211", primary.0, primary.1, "45"), Verdict::Met);
    assert_eq!(class("211", primary.0, primary.1, "46"), Verdict::NotMet);
    assert_eq!(class("311", junior.0, junior.1, "50"), Verdict::Met);
    assert_eq!(class("311", junior.0, junior.1, "51"), Verdict::NotMet);
    let training = |budget: &str| {
        let elements =
            [("pupils_primary", "500"), ("public_funds_budget_yuan", "900000"), ("training_budget_yuan", budget)];
        item("211", &elements, &[], "Q4")
    };
    assert_eq!(training("45000.01"), Verdict::Met);
    assert_eq!((training("45000"), training("44999.99")), (Verdict::Met, Verdict::NotMet));
}

/// Of each indicator: element, and for each stage what a school of 1,000 pupils must have, and the smallest step.
const INDICATORS: [(&str, &str, [&str; 2], &str); 7] = [
    ("L1", "teachers_above_degree_", ["42", "53"], "1"),
    ("L2", "backbone_teachers_", ["10", "10"], "1"),
    ("L3", "pe_arts_teachers_", ["9", "9"], "1"),
    ("L4", "teaching_area_m2", ["4500", "5800"], "0.01"),
    ("L5", "sports_ground_area_m2", ["7500", "10200"], "0.01"),
    ("L6", "equipment_value_yuan", ["2000000", "2500000"], "0.01"),
    ("L7", "multimedia_rooms", ["23", "24"], "1"),
];

#[test]
fn an_indicator_exactly_at_its_threshold_or_floor_reaches_it_and_one_smallest_unit_less_does_not() {
    let quantity = |text: &str| Quantity::parse(text).unwrap();
    for (place, (stage, school_type)) in [(Stage::Primary, "211"), (Stage::Junior, "311")].into_iter().enumerate() {
        for (id, element, thresholds, step) in INDICATORS {
            let element = if element.ends_with('_') { format!("{element}{}", stage.id()) } else { element.to_owned() };
            let pupils = format!("pupils_{}", stage.id());
            let judged = |millionths: i64, pupils_count: &str| {
                let amount = Quantity::millionths(millionths).unwrap().to_string();
                let elements = [
                    (pupils.as_str(), pupils_count),
                    (element.as_str(), amount.as_str()),
                    ("indoor_sports_area_m2", "0"),
                ];
                county(school_type, &elements, &[], |evaluation| {
                    let stage = &evaluation.resources[place];
                    let found = stage.indicators.iter().position(|indicator| indicator.rule.id == id).unwrap();
                    let indicator = stage.units[0].indicators[found];
                    (indicator.verdict.unwrap(), indicator.floor_verdict.unwrap())
                })
            };
            let (at, step) = (quantity(thresholds[place]).as_millionths(), quantity(step).as_millionths());
            assert_eq!(judged(at, "1000"), (Verdict::Met, Verdict::Met), "{id} {}", stage.id());
            assert_eq!(judged(at + step, "1000"), (Verdict::Met, Verdict::Met), "{id} {}", stage.id());
            assert_eq!(judged(at - step, "1000"), (Verdict::NotMet, Verdict::Met), "{id} {}", stage.id());
            // Of 20,000 pupils 85 % of every threshold is a whole number.
            assert_eq!(judged(at * 17, "20000"), (Verdict::NotMet, Verdict::Met), "{id} {}", stage.id());
            assert_eq!(judged(at * 17 + step, "20000"), (Verdict::NotMet, Verdict::Met), "{id} {}", stage.id());
            assert_eq!(judged(at * 17 - step, "20000"), (Verdict::NotMet, Verdict::NotMet), "{id} {}", stage.id());
        }
    }
}
