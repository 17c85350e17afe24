//! Every limit of the basic standard: exactly on it, and one smallest unit beyond it.

use junheng_domain::{
    element::Element,
    facts::CountyFacts,
    quantity::Quantity,
    school::Stage,
    standard::Standard,
    verdict::Verdict::{self, Met, NotMet, Undetermined},
};

use crate::county::{BASIC, add_item, add_spread, empty, item, judged, part, stage};

/// The verdict on an item of a county that reported these operands of it.
fn of_item(id: &str, operands: &[(&str, &str)]) -> Verdict {
    let mut county = empty("2024-12");
    for (operand, value) in operands {
        add_item(&mut county, id, operand, value);
    }
    judged(BASIC, &county, |evaluation| item(evaluation, id))
}

#[test]
fn every_school_must_reach_the_provinces_standard() {
    let of = |schools: &str, reached: &str| of_item("B1", &[("schools", schools), ("schools_at_standard", reached)]);

    assert_eq!(of("30", "30"), Met);
    assert_eq!(of("30", "29"), NotMet);
    assert_eq!(of_item("B1", &[("schools", "30")]), Undetermined);
}

#[test]
fn governments_work_passes_at_85_points_and_not_a_hundredth_below() {
    let total = |points: &str| of_item("B2", &[("score_total", points)]);

    assert_eq!(total("85"), Met);
    assert_eq!(total("84.99"), NotMet);
    assert_eq!(of_item("B2", &[]), Undetermined);
}

#[test]
fn points_add_up_to_the_score_and_those_that_are_missing_may_still_reach_100() {
    let standard = Standard::find_national(BASIC).unwrap().unwrap();
    let ids: Vec<_> = standard.item("B2").unwrap().operands.iter().map(|operand| operand.id.as_str()).collect();
    let ids: Vec<_> = ids.into_iter().filter(|id| *id != "score_total").collect();
    let with = |first: Option<&str>, others: &str| {
        let mut points: Vec<_> = ids[1..].iter().map(|id| (*id, others)).collect();
        points.extend(first.map(|points| (ids[0], points)));
        of_item("B2", &points)
    };

    assert_eq!(with(Some("5"), "5"), Met);
    assert_eq!(with(Some("4.99"), "5"), NotMet);
    assert_eq!(with(None, "5"), Undetermined, "80 points, and at most 20 to come");
    assert_eq!(with(None, "5.5"), Met, "88 points without it");
    assert_eq!(with(None, "0"), Undetermined, "no province's points are known");
}

#[test]
fn the_public_is_satisfied_at_85_per_cent_of_valid_questionnaires() {
    let of = |valid: &str, satisfied: &str| {
        of_item("B3", &[("questionnaires_valid", valid), ("questionnaires_satisfied", satisfied)])
    };

    assert_eq!(of("200", "170"), Met);
    assert_eq!(of("200", "169"), NotMet);
    assert_eq!(of("0", "0"), Undetermined, "nobody was asked");
}

/// Elements of the eight indicators, a mean per pupil in millionths, and the smallest unit that is reported of each.
const EIGHT: [(&str, i64, &str); 8] = [
    ("teaching_area_m2", 5_000_000, "0.01"),
    ("sports_ground_area_m2", 8_000_000, "0.01"),
    ("equipment_value_yuan", 2_000_000, "0.01"),
    ("computers", 100_000, "1"),
    ("books", 20_000_000, "1"),
    ("teachers_{stage}", 70_000, "1"),
    ("teachers_above_degree_{stage}", 50_000, "1"),
    ("senior_title_teachers_{stage}", 30_000, "1"),
];

/// Two units of a stage whose eight coefficients, in thousandths, are these.
fn spread(of: Stage, coefficients: [i64; 8]) -> CountyFacts {
    let mut county = empty("2024-12");
    let spreads: Vec<_> = EIGHT.iter().zip(coefficients).map(|((id, mean, _), cv)| (*id, *mean, cv)).collect();
    add_spread(&mut county, of, &spreads);
    county
}

fn balance(county: &CountyFacts, of: Stage) -> (Verdict, Verdict) {
    judged(BASIC, county, |evaluation| (stage(evaluation, of).verdict.unwrap(), part(evaluation, "balance")))
}

#[test]
fn the_mean_of_eight_coefficients_keeps_its_limit_exactly_and_one_smallest_unit_more_breaks_it() {
    for (of, alike, apart) in [
        (Stage::Primary, [650; 8], [900, 400, 650, 1300, 0, 650, 700, 600]),
        (Stage::Junior, [550; 8], [800, 300, 550, 1100, 0, 550, 600, 500]),
    ] {
        for coefficients in [alike, apart] {
            let county = spread(of, coefficients);
            assert_eq!(balance(&county, of), (Met, Met), "{} {coefficients:?}", of.id());
            // More for the unit that has more per pupil already.
            for ((id, _, least), coefficient) in EIGHT.iter().zip(coefficients) {
                let element = Element::find(&id.replace("{stage}", of.id())).unwrap();
                let mut more = county.clone();
                let value = more.school_facts[0].get(element).unwrap().as_millionths();
                let least = Quantity::parse(least).unwrap().as_millionths();
                more.school_facts[0].set(element, Quantity::millionths(value + least));
                assert_eq!(balance(&more, of), (NotMet, NotMet), "{} {id} {coefficient}", of.id());
            }
        }
    }
}

#[test]
fn a_single_coefficient_may_exceed_and_one_stage_beyond_its_limit_is_enough() {
    let within = spread(Stage::Primary, [1500, 1500, 500, 500, 300, 300, 300, 300]);
    assert_eq!(balance(&within, Stage::Primary), (Met, Met), "0.65, two of them 1.5");

    let mut both = spread(Stage::Primary, [100; 8]);
    let junior = spread(Stage::Junior, [551; 8]);
    both.schools.extend(junior.schools);
    both.school_facts.extend(junior.school_facts);
    assert_eq!(balance(&both, Stage::Primary), (Met, NotMet));
    assert_eq!(balance(&both, Stage::Junior), (NotMet, NotMet));
}

#[test]
fn a_coefficient_of_nothing_at_all_leaves_no_mean_and_a_missing_amount_leaves_it_open() {
    let mut county = spread(Stage::Primary, [100; 8]);
    let books = Element::find("books").unwrap();
    for facts in &mut county.school_facts {
        facts.set(books, Some(Quantity::ZERO));
    }
    assert_eq!(balance(&county, Stage::Primary), (NotMet, NotMet));

    county.school_facts[0].set(books, None);
    assert_eq!(balance(&county, Stage::Primary), (Undetermined, Undetermined));
}
