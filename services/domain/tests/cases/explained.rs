//! What a verdict follows from, what could decide it, and which units a coefficient comes from.

use junheng_domain::{
    attribution::attribute,
    criteria::variation_limit::Weighting,
    explanation::{Comparison, Kind, explain},
    facts::CountyFacts,
    missing::{all, decisive},
    quantity::{Exact, Quantity},
    school::Stage,
    verdict::Verdict,
};

use crate::county::{BASIC, QUALITY, add_item, add_school, empty, judged, stage};

fn whole(number: i64) -> Quantity {
    Quantity::whole(number).unwrap()
}

fn number(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

/// A primary school of 1,000 pupils that reaches every threshold, but for these elements.
fn school_with(changed: &[(&'static str, Option<Quantity>)]) -> CountyFacts {
    let mut county = empty("2024-12");
    let mut elements = vec![
        ("pupils_primary", Some(whole(1000))),
        ("teachers_above_degree_primary", Some(whole(42))),
        ("backbone_teachers_primary", Some(whole(10))),
        ("pe_arts_teachers_primary", Some(whole(9))),
        ("teaching_area_m2", Some(whole(4500))),
        ("indoor_sports_area_m2", Some(whole(0))),
        ("sports_ground_area_m2", Some(whole(7500))),
        ("equipment_value_yuan", Some(whole(2_000_000))),
        ("multimedia_rooms", Some(whole(23))),
    ];
    for (id, value) in changed {
        elements.iter_mut().find(|(known, _)| known == id).unwrap().1 = *value;
    }
    let known: Vec<_> = elements.into_iter().filter_map(|(id, value)| Some((id, value?))).collect();
    add_school(&mut county, "2121000001", "211", &known);
    "中心小学".clone_into(&mut county.schools[0].name);
    county
}

#[test]
fn the_distance_to_the_line_is_told_in_the_unit_of_the_amount() {
    let changed = [("teaching_area_m2", Some(number("3296.5"))), ("backbone_teachers_primary", Some(whole(8)))];
    let county = school_with(&changed);

    judged(QUALITY, &county, |evaluation| {
        let area = explain(evaluation, "resources/primary/2121000001/L4", 0).unwrap();
        assert_eq!((area.kind, area.verdict), (Kind::Indicator, Some(Verdict::NotMet)));
        assert_eq!((area.low, area.high), (Some(3.2965), Some(3.2965)));
        assert_eq!(area.limit.map(|limit| (limit.comparison, limit.value)), Some((Comparison::AtLeast, 4.5)));
        assert_eq!(area.reason.en, "below 4.5, short by 1,203.5 m², below 85.00% of it");
        assert_eq!(area.reason.zh, "低于4.5，还差1203.5平方米，低于标准的85.00%");
        assert_eq!(area.formula.zh, "(教学及辅助用房面积 − 室内体育用房面积) × 分摊比例 ÷ 小学在校生");
        assert!(area.source.contains("第4项"), "{}", area.source);
        let forms: Vec<_> = area.operands.iter().map(|operand| (&*operand.id, operand.form)).collect();
        assert_eq!(forms[0], ("teaching_area_m2", "教基5170"));
        let teachers = explain(evaluation, "resources/primary/2121000001/L2", 0).unwrap();
        assert_eq!(teachers.reason.en, "below 1, short by 2 persons, below 85.00% of it");
    });
}

#[test]
fn persons_that_are_short_are_whole_ones() {
    // 999 pupils ask for 9.99 backbone teachers.
    let changed = [("pupils_primary", Some(whole(999))), ("backbone_teachers_primary", Some(whole(8)))];
    let county = school_with(&changed);

    judged(QUALITY, &county, |evaluation| {
        let teachers = explain(evaluation, "resources/primary/2121000001/L2", 0).unwrap();
        assert_eq!(teachers.gap.map(|gap| gap.amount), Some(2.0));
    });
}

#[test]
fn a_tree_leads_from_the_county_to_the_figures_and_every_node_has_its_clause() {
    let mut county = school_with(&[]);
    add_item(&mut county, "G11", "rotation_eligible", "700");
    add_item(&mut county, "G11", "rotation_actual", "69");
    add_item(&mut county, "G11", "rotation_actual_backbone", "20");

    judged(QUALITY, &county, |evaluation| {
        let root = explain(evaluation, "", 9).unwrap();
        let mut open = vec![&root];
        let mut seen = vec![];
        while let Some(node) = open.pop() {
            assert!(!node.source.is_empty(), "{:?} {} cites nothing", node.kind, node.id);
            assert_eq!(node.child_count, node.children.len(), "{}", node.id);
            assert!(!node.title.zh.is_empty() || node.kind == Kind::Institution, "{:?} {}", node.kind, node.id);
            seen.push(node.kind);
            open.extend(&node.children);
        }
        for kind in [Kind::Part, Kind::Stage, Kind::Unit, Kind::Indicator, Kind::Variation, Kind::Composite, Kind::Test]
        {
            assert!(seen.contains(&kind), "{kind:?}");
        }
        let rotation = explain(evaluation, "government/G11/1", 0).unwrap();
        assert_eq!(rotation.verdict, Some(Verdict::NotMet));
        assert_eq!(rotation.reason.zh, "9.86%，应不低于10.00%，还差1");
        assert_eq!(rotation.operands.len(), 2);
        assert!(explain(evaluation, "government/G11/9", 0).is_none());
        assert_eq!(explain(evaluation, "", 1).unwrap().children[1].children.len(), 0, "no deeper than asked for");
    });
}

#[test]
fn a_missing_amount_that_decides_is_the_whole_list() {
    let county = school_with(&[("equipment_value_yuan", None), ("multimedia_rooms", Some(whole(20)))]);

    judged(QUALITY, &county, |evaluation| {
        let resources = evaluation.parts.iter().find(|part| part.rule.id == "resources").unwrap();
        assert_eq!(resources.verdict, Verdict::Undetermined);
        let found = decisive(evaluation, resources);
        let operands: Vec<_> = found.iter().map(|missing| missing.operand.operand.as_str()).collect();
        assert_eq!(operands, ["equipment_value_yuan"]);
        assert_eq!(found[0].rule, "L6");
    });
}

#[test]
fn one_veto_decides_more_shortly_than_all_declarations_together() {
    let county = school_with(&[]);

    judged(QUALITY, &county, |evaluation| {
        let vetoes = evaluation.parts.iter().find(|part| part.rule.id == "vetoes").unwrap();
        let found = decisive(evaluation, vetoes);
        assert_eq!(found.iter().map(|missing| missing.rule.as_str()).collect::<Vec<_>>(), ["V1"]);
        assert_eq!(all(evaluation).iter().filter(|missing| missing.rule.starts_with('V')).count(), 6);
        let resources = evaluation.parts.iter().find(|part| part.rule.id == "resources").unwrap();
        assert_eq!((resources.verdict, decisive(evaluation, resources)), (Verdict::Met, vec![]));
    });
}

#[test]
fn what_is_named_decides_when_it_arrives_and_nothing_less_does() {
    // Backbone teachers are nowhere known: whether many or none, all seven depend on them and on the two others that are missing.
    let county = school_with(&[("backbone_teachers_primary", None), ("equipment_value_yuan", None)]);
    let (found, part) = judged(QUALITY, &county, |evaluation| {
        let part = evaluation.parts.iter().position(|part| part.rule.id == "resources").unwrap();
        (decisive(evaluation, &evaluation.parts[part]), part)
    });

    assert_eq!(found.len(), 1, "one that is nothing fails its floor: {found:?}");
    let mut arrived = county.clone();
    let element = junheng_domain::element::Element::find(&found[0].operand.operand).unwrap();
    arrived.school_facts[0].set(element, Some(Quantity::ZERO));
    judged(QUALITY, &arrived, |evaluation| assert_eq!(evaluation.parts[part].verdict, Verdict::NotMet));
}

#[test]
fn a_score_is_decided_by_its_total_alone() {
    let county = school_with(&[]);

    judged(BASIC, &county, |evaluation| {
        let government = evaluation.parts.iter().find(|part| part.rule.id == "government").unwrap();
        let found = decisive(evaluation, government);
        assert_eq!(found.iter().map(|missing| missing.operand.operand.as_str()).collect::<Vec<_>>(), ["score_total"]);
    });
}

/// The published worked example: pupils and books, here of equipment.
fn example() -> CountyFacts {
    let mut county = empty("2024-12");
    for (serial, pupils, amount) in [(1, 45, 279), (2, 37, 137), (3, 89, 935), (4, 76, 160), (5, 55, 402)] {
        let elements = [("pupils_primary", whole(pupils)), ("equipment_value_yuan", whole(amount))];
        add_school(&mut county, &format!("212100000{serial}"), "211", &elements);
    }
    county
}

#[test]
fn the_shares_of_the_variance_add_up_to_one_exactly() {
    judged(QUALITY, &example(), |evaluation| {
        let primary = stage(evaluation, Stage::Primary);
        for weighting in [Weighting::PupilWeighted, Weighting::Unweighted] {
            let units = attribute(primary, 5, weighting).unwrap();
            let sum: Exact = units.iter().map(|unit| &unit.variance_share).sum();
            assert_eq!(sum, Exact::from_integer(1.into()));
        }
        assert!(attribute(primary, 0, Weighting::PupilWeighted).is_none(), "teachers are missing");
    });
}

#[test]
fn leaving_a_unit_out_and_lifting_it_are_what_the_evaluation_would_say() {
    let county = example();
    let coefficient = |county: &CountyFacts| {
        judged(QUALITY, county, |evaluation| {
            stage(evaluation, Stage::Primary).indicators[5].variation.coefficient.unwrap()
        })
    };
    judged(QUALITY, &county, |evaluation| {
        let units = attribute(stage(evaluation, Stage::Primary), 5, Weighting::PupilWeighted).unwrap();
        // The largest and poorest school is to be lifted first.
        assert_eq!(units[0].unit.unit.reported.school.code.as_str(), "2121000004");
        assert!(units.windows(2).all(|pair| {
            let after = |place: usize| pair[place].lift.map_or(f64::INFINITY, |lift| lift.coefficient);
            after(0) <= after(1)
        }));
        for unit in &units {
            let index = county.schools.iter().position(|school| *school == *unit.unit.unit.reported.school).unwrap();
            let mut without = county.clone();
            without.schools.remove(index);
            without.school_facts.remove(index);
            assert!((unit.coefficient_without.unwrap() - coefficient(&without)).abs() < 1e-12);
        }
        let lift = units[0].lift.unwrap();
        // To the mean of 1913 / 302 per pupil from 160 / 76.
        assert!((lift.amount - (1913.0 / 302.0 * 76.0 - 160.0)).abs() < 1e-9, "{lift:?}");
        assert!(lift.coefficient < coefficient(&county));
    });
}

#[test]
fn points_that_are_known_are_not_overturned_by_a_total_that_contradicts_them() {
    let mut county = school_with(&[]);
    let standard = junheng_domain::standard::Standard::find_national(BASIC).unwrap().unwrap();
    for operand in standard.item("B2").unwrap().operands.iter().filter(|operand| operand.id != "score_total") {
        add_item(&mut county, "B2", &operand.id, "5.5");
    }
    let verdict = |county: &CountyFacts| judged(BASIC, county, |evaluation| crate::county::item(evaluation, "B2"));
    assert_eq!(verdict(&county), Verdict::Met, "17 × 5.5 = 93.5");

    add_item(&mut county, "B2", "score_total", "80");

    assert_eq!(verdict(&county), Verdict::Met);
}

#[test]
fn fewer_than_nobody_is_no_population() {
    let mut county = school_with(&[]);
    for (operand, value) in [
        ("entrants_three_years_ago", "3"),
        ("deceased", "4"),
        ("graduates", "0"),
        ("transferred_in", "0"),
        ("transferred_out", "0"),
    ] {
        add_item(&mut county, "Q1", operand, value);
    }

    let verdict = judged(QUALITY, &county, |evaluation| crate::county::item(evaluation, "Q1"));

    assert_eq!(verdict, Verdict::Undetermined);
}
