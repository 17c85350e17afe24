//! What other systems get wrong, one test each: none of it happens here.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, StageIndicator},
};

use crate::{stage, unit};

on_both_databases!(
    an_indicator_that_is_zero_everywhere_is_never_met_with_a_variation_of_zero,
    a_missing_value_is_never_zero,
    a_zero_is_a_value_and_not_missing,
    a_value_that_only_rounds_up_to_a_floor_does_not_reach_it,
    the_kind_of_a_school_is_never_guessed_from_its_name,
    both_parts_of_a_nine_year_school_count_in_the_variation,
    a_variation_of_exactly_the_limit_is_within_it,
);

async fn judged(database: Database, county: &County) -> Evaluation {
    let suite = Suite::start(database).await;
    suite.register(county).await;
    let receipt = suite.accepted(county.submission("december")).await;
    suite.stored(&county.region, &county.month, &receipt).await
}

fn indicator<'a>(evaluation: &'a Evaluation, of: Stage, id: &str) -> &'a StageIndicator {
    stage(evaluation, of).indicators.iter().find(|indicator| indicator.id == id).unwrap()
}

async fn an_indicator_that_is_zero_everywhere_is_never_met_with_a_variation_of_zero(database: Database) {
    let mut county = County::met();
    for facts in &mut county.facts {
        facts.backbone_teachers_primary = facts.backbone_teachers_primary.map(|_| 0);
    }

    let evaluation = judged(database, &county).await;

    let zero = indicator(&evaluation, Stage::Primary, "L2");
    assert_eq!((zero.variation, zero.verdict()), (None, Verdict::NotMet));
    assert_eq!(zero.reached_unit_count, Some(0));
    assert_eq!(stage(&evaluation, Stage::Primary).composite_variation, None);
}

async fn a_missing_value_is_never_zero(database: Database) {
    let mut county = County::met();
    county.facts[0].equipment_value_yuan = None;
    let code = county.facts[0].school_code.clone();

    let evaluation = judged(database, &county).await;

    let unit = unit(&evaluation, Stage::Primary, &code);
    let missing = unit.indicators.iter().find(|indicator| indicator.id == "L6").unwrap();
    assert_eq!((missing.value, missing.verdict()), (None, Verdict::Undetermined));
    assert_eq!((missing.value_low, missing.value_high), (Some(0.0), None));
    assert_eq!(unit.verdict(), Verdict::Undetermined);
    let between = indicator(&evaluation, Stage::Primary, "L6");
    assert_eq!((between.mean, between.variation, between.verdict()), (None, None, Verdict::Undetermined));
    assert!(between.variation_low.is_some());
    let waited: Vec<_> = evaluation.missing.iter().map(|missing| (&*missing.rule, &*missing.operand)).collect();
    assert_eq!(waited, [("L6", "equipment_value_yuan")]);
}

async fn a_zero_is_a_value_and_not_missing(database: Database) {
    let mut county = County::met();
    county.facts[0].equipment_value_yuan = Some(0.0);
    let code = county.facts[0].school_code.clone();

    let evaluation = judged(database, &county).await;

    let unit = unit(&evaluation, Stage::Primary, &code);
    let zero = unit.indicators.iter().find(|indicator| indicator.id == "L6").unwrap();
    assert_eq!((zero.value, zero.verdict()), (Some(0.0), Verdict::NotMet));
    assert_eq!(unit.verdict(), Verdict::NotMet);
    assert_eq!(evaluation.missing, []);
}

async fn a_value_that_only_rounds_up_to_a_floor_does_not_reach_it(database: Database) {
    // 72 of 2,019 pupils are 3.566 of a hundred, printed 3.57; the floor is 85 % of 4.2, that is 3.57.
    let mut county = County::met();
    let facts = &mut county.facts[0];
    facts.pupils_primary = Some(2019);
    facts.classes_primary = Some(51);
    facts.teachers_primary = Some(150);
    facts.teachers_above_degree_primary = Some(72);
    facts.teaching_area_m2 = Some(9100.0);
    facts.sports_ground_area_m2 = Some(15_200.0);
    facts.equipment_value_yuan = Some(4_100_000.0);
    facts.multimedia_rooms = Some(47);
    facts.backbone_teachers_primary = Some(21);
    facts.pe_arts_teachers_primary = Some(19);
    let code = facts.school_code.clone();

    let evaluation = judged(database, &county).await;

    let unit = unit(&evaluation, Stage::Primary, &code);
    let short = &unit.indicators[0];
    assert_eq!(format!("{:.2}", short.value.unwrap()), "3.57");
    assert_eq!((short.floor_verdict(), short.rounding_sensitive), (Verdict::NotMet, true));
    assert_eq!((unit.verdict(), unit.reached_count), (Verdict::NotMet, Some(6)));
}

async fn the_kind_of_a_school_is_never_guessed_from_its_name(database: Database) {
    let mut county = County::met();
    county.schools[0].display_name = "第一初级中学".to_owned();
    county.schools[2].display_name = "中心小学".to_owned();
    county.schools[3].display_name = "九年一贯制学校小学部".to_owned();
    let codes: Vec<_> = county.facts.iter().map(|facts| facts.school_code.as_str()).collect();

    let evaluation = judged(database, &county).await;

    let units =
        |of| -> Vec<&str> { stage(&evaluation, of).units.iter().map(|unit| unit.school_code.as_str()).collect() };
    assert_eq!(units(Stage::Primary), [codes[0], codes[1], codes[2]]);
    assert_eq!(units(Stage::Junior), [codes[2], codes[3]]);
    assert_eq!(evaluation.verdict(), Verdict::Met);
}

async fn both_parts_of_a_nine_year_school_count_in_the_variation(database: Database) {
    let county = County::met();

    let evaluation = judged(database, &county).await;

    // L4: 4,000 m² split 300 : 330 beside 4.5 and 5.8 m² a pupil.
    let (primary, junior) = (4000.0 * 300.0 / 630.0, 4000.0 * 330.0 / 630.0);
    let primary = [(1000.0, 4500.0), (500.0, 2250.0), (300.0, primary)];
    let junior = [(1000.0, 5800.0), (300.0, junior)];
    for (of, members) in [(Stage::Primary, &primary[..]), (Stage::Junior, &junior[..])] {
        let found = indicator(&evaluation, of, "L4");
        let (mean, variation) = weighted(members);
        assert!((found.mean.unwrap() - mean).abs() < 1e-9, "{of:?}");
        assert!((found.variation.unwrap() - variation).abs() < 1e-9, "{of:?}");
        assert!(variation > 0.01, "without the nine-year school there is no variation");
    }
}

/// Mean and variation, weighted by pupils, of (pupils, amount).
fn weighted(members: &[(f64, f64)]) -> (f64, f64) {
    let pupils: f64 = members.iter().map(|(pupils, _)| pupils).sum();
    let mean = members.iter().map(|(_, amount)| amount).sum::<f64>() / pupils;
    let squares: f64 = members.iter().map(|(own, amount)| own / pupils * (amount / own - mean).powi(2)).sum();
    (mean, squares.sqrt() / mean)
}

async fn a_variation_of_exactly_the_limit_is_within_it(database: Database) {
    let mut county = County::met();
    county.schools.remove(2);
    county.facts.remove(2);
    let mut second = county.facts[2].clone();
    second.school_code = "3121000009".to_owned();
    // Equal pupils, 1.45 and 0.55 times the mean: S / X̄ is 0.45 exactly.
    county.facts[2].equipment_value_yuan = Some(14_500_000.0);
    second.equipment_value_yuan = Some(5_500_000.0);
    county.add("311", "第二初级中学", second);

    let evaluation = judged(database, &county).await;

    let at_limit = indicator(&evaluation, Stage::Junior, "L6");
    assert_eq!((at_limit.variation_limit, at_limit.verdict()), (Some(0.45), Verdict::Met));
    assert!((at_limit.variation.unwrap() - 0.45).abs() < 1e-12);
}
