//! What is determined stays determined: whatever arrives later, within what the plain checks let pass, overturns no verdict.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;

use junheng_domain::{
    checks::{FactsRow, ItemRow, Registry, check_facts, check_items},
    code::Month,
    element::Element,
    evaluation::{Evaluation, evaluate},
    facts::{CountyFacts, CountyItem, DatedItem, ItemValue, SchoolFacts},
    finding::error_count,
    quantity::Quantity,
    school::{School, Stage},
    standard::{NATIONAL_DEFAULT, Standard},
    verdict::Verdict,
    waiver::Waiver,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

const TYPES: [&str; 7] = ["211", "218", "311", "312", "341", "345", "512"];

fn month() -> Month {
    "2024-12".parse().unwrap()
}

fn school(index: usize, school_type: &str) -> School {
    School {
        code: format!("21{index:08}").parse().unwrap(),
        name: String::new(),
        school_type: school_type.parse().unwrap(),
        organiser_type: None,
        urban_rural_code: [Some("220"), Some("111"), None][index % 3].map(ToOwned::to_owned),
        group: None,
        opened_on: None,
        closed_on: None,
    }
}

/// One school and its complete facts, near the thresholds, as the plain checks let them pass.
fn complete(index: usize) -> impl Strategy<Value = (School, SchoolFacts)> {
    (select(&TYPES[..]), vec(0..1000_i64, Element::COUNT)).prop_map(move |(school_type, noise)| {
        let school = school(index, school_type);
        let mut facts = SchoolFacts::missing(school.code.clone());
        let mut set = |id: String, value: i64| facts.set(Element::find(&id).unwrap(), Quantity::whole(value));
        let pick = |slot: usize, low: i64, high: i64| low + noise[slot % noise.len()] * (high - low) / 999;
        for (slot, stage) in [Stage::Primary, Stage::Junior].into_iter().enumerate() {
            let id = stage.id();
            let slot = slot * 8;
            let taught = school.school_type.stages().contains(&stage) || !school.school_type.judged();
            let pupils =
                if taught { [0, 49, 50, 100, 1000, 2100][usize::try_from(pick(slot, 0, 5)).unwrap()] } else { 0 };
            let classes = if pupils == 0 { 0 } else { (pupils + 44) / 45 + pick(slot + 1, 0, 2) };
            let teachers = pupils / 12;
            set(format!("pupils_{id}"), pupils);
            set(format!("classes_{id}"), classes);
            let mean = if classes == 0 { 0 } else { (pupils + classes - 1) / classes };
            set(format!("largest_class_{id}"), (mean + pick(slot + 2, 0, 6)).min(pupils));
            set(format!("teachers_{id}"), teachers);
            set(format!("teachers_above_degree_{id}"), (teachers * pick(slot + 3, 50, 100) / 100).min(teachers));
            set(format!("backbone_teachers_{id}"), teachers * pick(slot + 4, 8, 20) / 100);
            set(format!("pe_arts_teachers_{id}"), teachers * pick(slot + 5, 8, 20) / 100);
        }
        let all = [Stage::Primary, Stage::Junior]
            .map(|stage| facts.pupils(stage).unwrap().as_whole().unwrap())
            .iter()
            .sum::<i64>();
        let mut set = |id: &str, value: i64| facts.set(Element::find(id).unwrap(), Quantity::whole(value));
        let senior = if school.school_type.stages().contains(&Stage::Senior) { pick(16, 0, 900) } else { 0 };
        set("pupils_senior", senior);
        let indoor = pick(17, 0, 300);
        set("indoor_sports_area_m2", indoor);
        set("teaching_area_m2", indoor + (all + senior) * pick(18, 350, 800) / 100);
        set("sports_ground_area_m2", (all + senior) * pick(19, 600, 1300) / 100);
        set("equipment_value_yuan", (all + senior) * pick(20, 1700, 3200));
        set("multimedia_rooms", (all + senior) * pick(21, 18, 35) / 1000);
        set("music_rooms_qualified", pick(22, 0, 5));
        set("art_rooms_qualified", pick(23, 0, 5));
        set("public_funds_budget_yuan", 100_000);
        set("training_budget_yuan", pick(24, 4_000, 7_000));
        (school, facts)
    })
}

fn county() -> impl Strategy<Value = Vec<(School, SchoolFacts)>> {
    (1..7_usize).prop_flat_map(|count| (0..count).map(complete).collect::<Vec<_>>())
}

/// Operands of the county items, complete; a quantity stays within what it is a part of.
fn items() -> impl Strategy<Value = Vec<CountyItem>> {
    let standard = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
    let operands: Vec<_> =
        standard.items.iter().flat_map(|item| item.operands.iter().map(move |operand| (item, operand))).collect();
    vec((0..=100_i64, any::<bool>()), operands.len()).prop_map(move |noise| {
        let value = |(number, declared): (i64, bool), operand: &junheng_domain::standard::Operand| match operand.kind {
            junheng_domain::standard::OperandKind::Declaration => ItemValue::Declaration(declared),
            junheng_domain::standard::OperandKind::Date => ItemValue::Date("2021-12-31".parse().unwrap()),
            _ if operand.part_of.is_some() => ItemValue::Quantity(Quantity::whole(number).unwrap()),
            _ => ItemValue::Quantity(Quantity::whole(if declared { 100 } else { 100 + number }).unwrap()),
        };
        let mut items: Vec<_> = operands
            .iter()
            .zip(noise)
            .map(|((item, operand), noise)| CountyItem {
                item: item.id.clone(),
                operand: operand.id.clone(),
                value: value(noise, operand),
                declared_on: None,
                declared_by: String::new(),
                evidence: String::new(),
            })
            .collect();
        // Parts of parts are cut to their wholes, too.
        for _ in 0..3 {
            for (index, (item, operand)) in operands.iter().enumerate() {
                let Some(whole) = &operand.part_of else { continue };
                let limit = items
                    .iter()
                    .find(|other| other.item == item.id && other.operand == *whole)
                    .map(|other| other.value);
                if let (ItemValue::Quantity(part), Some(ItemValue::Quantity(limit))) = (items[index].value, limit) {
                    items[index].value = ItemValue::Quantity(part.min(limit));
                }
            }
        }
        items
    })
}

fn facts_of(schools: &[School], school_facts: Vec<SchoolFacts>, items: &[CountyItem]) -> CountyFacts {
    let items = items.iter().map(|item| DatedItem { item: item.clone(), month: month() }).collect();
    CountyFacts {
        month: month(),
        schools: schools.to_vec(),
        school_facts,
        items,
        waivers: schools.iter().flat_map(grants).collect(),
    }
}

/// What is granted to a school: of each kind, and where amounts are by stage to both.
fn grants(school: &School) -> Vec<Waiver> {
    let grant = |waiver: &str, stage: Option<Stage>, quantity: Option<i64>| Waiver {
        school: school.code.clone(),
        waiver: waiver.to_owned(),
        stage,
        from: month(),
        to: None,
        quantity: quantity.and_then(Quantity::whole),
        granted_on: "2024-12-01".parse().unwrap(),
        granted_by: String::new(),
        evidence: String::new(),
    };
    vec![
        grant("school-size", None, None),
        grant("rotating-teachers", Some(Stage::Primary), Some(1)),
        grant("rotating-teachers", Some(Stage::Junior), Some(1)),
        grant("leased-venues", None, Some(900)),
    ]
}

/// The nation's standard, which allows no waiver, and one that allows what is granted.
fn standards() -> [&'static Standard; 2] {
    static ALLOWING: LazyLock<Standard> = LazyLock::new(|| {
        Standard::load(include_str!("../../../tests/data/standards/waivers-quality-example.toml")).unwrap()
    });
    [Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap(), &ALLOWING]
}

/// Every verdict of an evaluation, by what it is on. Units come and go with their pupils.
fn verdicts(evaluation: &Evaluation<'_>) -> Vec<(String, Verdict)> {
    let mut all = vec![("county".to_owned(), evaluation.verdict)];
    all.extend(evaluation.parts.iter().map(|part| (part.rule.id.clone(), part.verdict)));
    for item in &evaluation.items {
        all.push((item.rule.id.clone(), item.verdict));
        let tests = item.rule.tests.iter().zip(&item.tests);
        all.extend(tests.map(|(test, verdict)| (format!("{} {}", item.rule.id, test.rule), *verdict)));
    }
    for stage in &evaluation.resources {
        let of_stage = stage.stage.id();
        all.extend(stage.verdict.map(|verdict| (of_stage.to_owned(), verdict)));
        for indicator in &stage.indicators {
            let on = format!("{of_stage} {}", indicator.rule.id);
            all.extend(indicator.variation.verdict.map(|verdict| (on, verdict)));
        }
        for unit in &stage.units {
            let on = format!("{of_stage} {}", unit.unit.reported.school.code);
            all.extend(unit.verdict.map(|verdict| (on.clone(), verdict)));
            for (indicator, judged) in stage.indicators.iter().zip(&unit.indicators) {
                let of = |kind: &str| format!("{on} {} {kind}", indicator.rule.id);
                all.extend(judged.verdict.map(|verdict| (of("threshold"), verdict)));
                all.extend(judged.floor_verdict.map(|verdict| (of("floor"), verdict)));
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_determined_verdict_survives_whatever_arrives_later(
        county in county(),
        items in items(),
        blanks in vec(any::<Index>(), 0..30),
        left_out in proptest::option::of(any::<Index>()),
        unsaid in vec(any::<Index>(), 0..12),
    ) {
        let (schools, complete): (Vec<_>, Vec<_>) = county.into_iter().unzip();
        let rows: Vec<_> = complete.iter().map(|facts| FactsRow { path: String::new(), facts: facts.clone() }).collect();
        let registry = Registry { schools: schools.iter().map(|school| (school.code.clone(), school.clone())).collect(), ..Registry::default() };
        let findings = check_facts(&rows, &registry, month());
        let item_rows: Vec<_> = items.iter().map(|item| ItemRow { path: String::new(), item: item.clone() }).collect();
        prop_assert_eq!(error_count(&check_items(&item_rows, Standard::national().unwrap(), month())), 0);
        prop_assert_eq!(error_count(&findings), 0, "the generator makes what the checks refuse: {:?}", findings);

        let mut partial = complete.clone();
        for blank in &blanks {
            let cell = blank.index(partial.len() * Element::COUNT);
            let element = Element::all().nth(cell % Element::COUNT).unwrap();
            partial[cell / Element::COUNT].set(element, None);
        }
        if let Some(index) = left_out {
            partial.remove(index.index(partial.len()));
        }
        let mut said = items.clone();
        for index in &unsaid {
            said.remove(index.index(said.len()));
        }
        let (partial, complete) = (facts_of(&schools, partial, &said), facts_of(&schools, complete, &items));
        for standard in standards() {
            let before = evaluate(standard, &partial);
            let after = verdicts(&evaluate(standard, &complete));

            for (on, verdict) in verdicts(&before) {
                let later = after.iter().find(|(other, _)| *other == on).map(|(_, verdict)| *verdict);
                prop_assert!(verdict == Verdict::Undetermined || later.is_none_or(|later| later == verdict), "{}: {:?} became {:?}", on, verdict, later);
            }
        }
    }

    #[test]
    fn leaving_a_school_out_never_improves_a_verdict(county in county(), items in items(), left_out in any::<Index>()) {
        let standard = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
        let (schools, complete): (Vec<_>, Vec<_>) = county.into_iter().unzip();
        let mut partial = complete.clone();
        partial.remove(left_out.index(partial.len()));

        let (complete, partial) = (facts_of(&schools, complete, &items), facts_of(&schools, partial, &items));
        let whole = evaluate(standard, &complete);
        let without = evaluate(standard, &partial);

        for (part, other) in whole.parts.iter().zip(&without.parts) {
            prop_assert!(part.verdict == Verdict::Met || other.verdict != Verdict::Met, "{} improved", part.rule.id);
        }
    }

    #[test]
    fn a_waiver_never_makes_a_unit_or_an_item_worse(county in county(), items in items()) {
        let (schools, complete): (Vec<_>, Vec<_>) = county.into_iter().unzip();
        let facts = facts_of(&schools, complete, &items);
        let [national, allowing] = standards().map(|standard| evaluate(standard, &facts));

        for (without, with) in national.items.iter().zip(&allowing.items) {
            prop_assert!(without.verdict != Verdict::Met || with.verdict == Verdict::Met, "{}", with.rule.id);
        }
        let units = |evaluation: &Evaluation<'_>| -> Vec<_> {
            evaluation.resources.iter().flat_map(|stage| &stage.units).map(|unit| unit.verdict).collect()
        };
        for (without, with) in units(&national).into_iter().zip(units(&allowing)) {
            prop_assert!(without != Some(Verdict::Met) || with == Some(Verdict::Met));
        }
        prop_assert!(national.waivers.is_empty());
    }

    #[test]
    fn the_order_of_schools_and_rows_does_not_matter(county in county(), items in items()) {
        let standard = Standard::find_national(NATIONAL_DEFAULT).unwrap().unwrap();
        let (schools, complete): (Vec<_>, Vec<_>) = county.iter().cloned().unzip();
        let (reversed_schools, reversed): (Vec<_>, Vec<_>) = county.into_iter().rev().unzip();
        let reversed_items: Vec<_> = items.iter().rev().cloned().collect();

        let one = facts_of(&schools, complete, &items);
        let other = facts_of(&reversed_schools, reversed, &reversed_items);

        prop_assert_eq!(verdicts(&evaluate(standard, &one)), verdicts(&evaluate(standard, &other)));
    }
}
