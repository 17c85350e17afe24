//! The county items of a random county.

use crate::{
    county::{Item, Value},
    items::{SCORED, UNIFIED},
    random::Random,
};

/// Whole, part of it in hundredths that is the limit.
const SHARES: [(&str, &str, &str, i64); 12] = [
    ("G6", "small_schools", "small_schools_funded_as_100", 100),
    ("G9", "teachers_due_training", "teachers_trained_360_hours", 100),
    ("G12", "teachers", "teachers_certified", 100),
    ("G13", "primary_enrolled", "primary_enrolled_nearby", 100),
    ("G13", "junior_enrolled", "junior_enrolled_nearby", 95),
    ("G14", "quota_total", "quota_allocated", 50),
    ("Q2", "disabled_children", "disabled_children_enrolled", 95),
    ("S1", "visited", "visited_satisfied", 85),
    ("B1", "schools", "schools_at_standard", 100),
    ("B3", "questionnaires_valid", "questionnaires_satisfied", 85),
    ("S1", "questionnaires_valid", "questionnaires_satisfied", 85),
    ("G11", "rotation_eligible", "rotation_actual", 10),
];

pub(crate) fn items(random: &mut Random, wild: bool, (year, month): (i16, i8)) -> Vec<Item> {
    let mut items = Vec::new();
    let mut add = |of: &'static str, operand: &str, value: Value| {
        items.push(Item { of, operand: operand.to_owned(), value, months_ago: 0, declared: None });
    };
    // In a good county one thing in very many is not as it should be.
    let bad = |random: &mut Random| random.one_in(if wild { 3 } else { 150 });
    let number = |whole: i64| Value::Number(whole * 1_000_000);
    for (item, operand) in [
        ("P2", "monitoring_kept"),
        ("G1", "declared_met"),
        ("G8", "performance_pay_granted_in_full"),
        ("G10", "declared_met"),
        ("G14", "tilted_to_rural_schools"),
        ("G15", "left_behind_care_in_place"),
        ("Q3", "declared_met"),
        ("Q5", "declared_met"),
        ("Q6", "declared_met"),
        ("Q7", "declared_met"),
        ("Q8", "declared_met"),
    ] {
        add(item, operand, Value::Truth(!bad(random)));
    }
    for operand in UNIFIED {
        add("G2", operand, Value::Truth(!bad(random)));
    }
    for item in ["V1", "V2", "V3", "V4", "V5", "V6"] {
        add(item, "found", Value::Truth(bad(random)));
    }
    let february = month == 2;
    let (end, next) = match month {
        2 => (28, (year - 3, 3, 1)),
        4 => (30, (year - 3, 5, 1)),
        8 => (31, (year - 3, 9, 1)),
        _ => (31, (year - 2, 1, 1)),
    };
    let recognised = if bad(random) {
        random.pick(&[next, (2024, 1, 1), next])
    } else if february && random.one_in(3) {
        (2020, 2, 29)
    } else {
        random.pick(&[(year - 3, month, end), (2015, 12, 1)])
    };
    add("P1", "basic_recognised_on", Value::Day(recognised.0, recognised.1, recognised.2));
    for (item, whole_id, part_id, percent) in SHARES {
        let whole = random.pick(&[0, 7, 20, 100, 200, 1000, 2001, 70]);
        let whole = if item == "S1" || item == "B3" { whole.max(if wild { 0 } else { 7 }) } else { whole };
        let least = (whole * percent + 99) / 100;
        let part =
            if bad(random) { random.pick(&[least - 1, least - 1, 0]) } else { random.pick(&[least, least, whole]) };
        let part = part.clamp(0, whole);
        add(item, whole_id, number(whole));
        add(item, part_id, number(part));
        if part_id == "rotation_actual" {
            let least = (part + 4) / 5;
            let backbone = if bad(random) { least - 1 } else { random.pick(&[least, part]) };
            add("G11", "rotation_actual_backbone", number(backbone.clamp(0, part)));
        }
        if item == "S1" && whole_id == "questionnaires_valid" && random.one_in(2) {
            add("S1", "questionnaires_total", number(whole + random.pick(&[0, 0, 5])));
            add("S1", "questionnaires_parents", number(random.pick(&[0, whole / 2, whole])));
        }
    }
    let pupils = random.pick(&[0, 1, 61, 100]);
    let funds = pupils * 600_000 + if bad(random) { -1 } else { random.pick(&[0, 0, 1]) };
    add("G7", "special_education_pupils", number(pupils));
    add("G7", "special_education_funds_yuan", Value::Number(funds.max(0) * 10_000));
    let pay = random.pick(&[8_650_000, 9_012_345]);
    let teachers = if bad(random) { pay - random.pick(&[1, 100_000]) } else { pay + random.pick(&[0, 0, 1]) };
    add("G8", "civil_servants_mean_pay_yuan", Value::Number(pay * 10_000));
    add("G8", "teachers_mean_pay_yuan", Value::Number(teachers * 10_000));
    let eligible = random.pick(&[0, 20, 400, 10_000, 37]);
    let least = (eligible * 85 + 99) / 100;
    let public = if random.one_in(3) { least } else { random.between(0, least) };
    let bought = least - public - if bad(random) { 1 } else { random.pick(&[0, 0, -1]) };
    add("G15", "migrant_children_eligible", number(eligible));
    add("G15", "migrant_children_in_public_schools", number(public));
    add("G15", "migrant_children_in_purchased_places", number(bought.clamp(0, eligible - public)));
    let entrants = random.pick(&[0, 100, 2001, 1777]);
    let deceased = random.pick(&[0, 0, 1]).min(entrants);
    let (came, went) = (random.between(0, 40), random.between(0, 40));
    let least = ((entrants - deceased) * 95 + 99) / 100;
    let stayed = if bad(random) { least - 1 } else { random.pick(&[least, least, least + 3]) };
    for (operand, value) in [
        ("entrants_three_years_ago", entrants),
        ("deceased", deceased),
        ("transferred_in", came),
        ("transferred_out", went),
        ("graduates", (stayed + came - went).max(0)),
    ] {
        add("Q1", operand, number(value));
    }
    for subject in ["mathematics", "reading", "science"].iter().take(usize::try_from(random.between(1, 3)).unwrap()) {
        let level = if bad(random) { 2 } else { random.pick(&[3, 3, 4]) };
        let difference =
            if bad(random) { random.pick(&[150_000, 150_001]) } else { random.pick(&[149_999, 100_000, 0]) };
        add("Q9", &format!("{subject}.level"), number(level));
        add("Q9", &format!("{subject}.difference_rate"), Value::Number(difference));
    }
    score(random, wild, &mut add);
    items
}

/// 85 points or a hundredth less, as the total, as the points, or as both.
fn score(random: &mut Random, wild: bool, add: &mut impl FnMut(&'static str, &str, Value)) {
    let good = !wild && !random.one_in(20);
    let total = if good { random.pick(&[8500, 8500, 9450]) } else { random.pick(&[8500, 8499, 8499, 0, 10_000, 8501]) };
    let said = random.pick(&[0, 1, 1, 2]);
    if said != 1 {
        add("B2", "score_total", Value::Number(total * 10_000));
    }
    if said != 0 {
        // As many as not short of the total stand in the first, so that what is missing tells.
        let each = random.pick(&[0, 500]).min(total / 17);
        for (index, operand) in SCORED.iter().enumerate() {
            let points = if index == 0 { total - 16 * each } else { each };
            add("B2", operand, Value::Number(points * 10_000));
        }
    }
}
