//! Both standards, as the domain notes state them: their numbers stand here a second time.

use crate::{
    county::{County, V, Verdicts},
    items::Reported,
    schools::{Fraction, Reading, Seen, Stage, Unit, all, every, largest_class, rooms, size, training, units},
    variation::{Squares, judge, judge_mean, squares},
};

/// L1 to L7: thresholds in hundredths, primary and junior, and so many pupils that they are for.
const QUALITY: [(&str, [i128; 2], i128); 7] = [
    ("L1", [420, 530], 100),
    ("L2", [100, 100], 100),
    ("L3", [90, 90], 100),
    ("L4", [450, 580], 1),
    ("L5", [750, 1020], 1),
    ("L6", [200_000, 250_000], 1),
    ("L7", [230, 240], 100),
];
const BASIC: [&str; 8] = ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"];

const QUALITY_PARTS: [(&str, &[&str]); 5] = [
    ("prerequisite", &["P1", "P2"]),
    ("government", &["G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9", "G10", "G11", "G12", "G13", "G14", "G15"]),
    ("quality", &["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9"]),
    ("recognition", &["S1"]),
    ("vetoes", &["V1", "V2", "V3", "V4", "V5", "V6"]),
];
const BASIC_PARTS: [(&str, &[&str]); 3] =
    [("school-standard", &["B1"]), ("government", &["B2"]), ("satisfaction", &["B3"])];

/// Verdicts under 教督〔2017〕6号.
pub(crate) fn quality(county: &County, reading: Reading) -> Verdicts {
    let mut verdicts = Verdicts::new();
    let stages = Stage::BOTH.map(|stage| {
        let units = units(&county.schools, stage, reading);
        let judged: Vec<_> = units.iter().map(|unit| quality_unit(unit, &mut verdicts)).collect();
        let limit = if stage == Stage::Primary { 50 } else { 45 };
        let variations =
            QUALITY.map(|(id, ..)| spread(&units, id).map_or(V::Open, |squares| judge(&squares, limit, reading)));
        for ((id, ..), verdict) in QUALITY.iter().zip(variations) {
            if !units.is_empty() {
                verdicts.insert(format!("variation {} {id}", stage.id()), verdict);
            }
        }
        let verdict = (!units.is_empty()).then(|| all(judged.into_iter().chain(variations)));
        verdicts.extend(verdict.map(|verdict| (format!("stage {}", stage.id()), verdict)));
        (verdict, units.iter().any(Unit::certain))
    });
    conclude((county, reading), verdicts, "resources", stages, &QUALITY_PARTS)
}

/// Verdicts under 教督〔2012〕3号.
pub(crate) fn basic(county: &County, reading: Reading) -> Verdicts {
    let mut verdicts = Verdicts::new();
    let stages = Stage::BOTH.map(|stage| {
        let units = units(&county.schools, stage, reading);
        let limit = if stage == Stage::Primary { 65 } else { 55 };
        let all: Option<Vec<_>> = BASIC.iter().map(|id| spread(&units, id)).collect();
        let verdict = (!units.is_empty()).then(|| all.map_or(V::Open, |all| judge_mean(&all, limit, reading)));
        verdicts.extend(verdict.map(|verdict| (format!("composite {}", stage.id()), verdict)));
        verdicts.extend(verdict.map(|verdict| (format!("stage {}", stage.id()), verdict)));
        (verdict, units.iter().any(Unit::certain))
    });
    conclude((county, reading), verdicts, "balance", stages, &BASIC_PARTS)
}

/// The parts and the county: all must be met. A county without any unit is open whatever else is known, and one that may turn out to
/// have none is, too.
fn conclude(
    (county, reading): (&County, Reading),
    mut verdicts: Verdicts,
    resources: &str,
    stages: [(Option<V>, bool); 2],
    parts: &[(&str, &[&'static str])],
) -> Verdicts {
    let judged: Vec<V> = stages.iter().filter_map(|(verdict, _)| *verdict).collect();
    let resources_verdict = if judged.is_empty() { V::Open } else { all(judged) };
    verdicts.insert(format!("part {resources}"), resources_verdict);
    let mut together = vec![resources_verdict];
    for (part, ids) in parts {
        let verdict = all(ids.iter().map(|id| {
            let tests = tests(county, id, reading);
            for (index, test) in tests.iter().enumerate() {
                verdicts.insert(format!("test {id} {index}"), *test);
            }
            let item = all(tests);
            verdicts.insert(format!("item {id}"), item);
            item
        }));
        verdicts.insert(format!("part {part}"), verdict);
        together.push(verdict);
    }
    verdicts
        .insert("county".to_owned(), if stages.iter().any(|(_, certain)| *certain) { all(together) } else { V::Open });
    verdicts
}

fn tests(county: &County, id: &'static str, reading: Reading) -> Vec<V> {
    let every = |judge: &dyn Fn(&Seen<'_>) -> V| every(&county.schools, reading, judge);
    match id {
        "G3" => vec![every(&rooms)],
        "G4" => vec![
            every(&|school| size(school, &[211, 218, 311, 341], 2000)),
            every(&|school| size(school, &[312, 345], 2500)),
        ],
        "G5" => vec![
            every(&|school| largest_class(school, Stage::Primary, 45)),
            every(&|school| largest_class(school, Stage::Junior, 50)),
        ],
        "Q4" => vec![every(&training)],
        id => Reported { county, id }.tests(),
    }
}

/// At least six of seven reach, and the remaining one 85 % of its threshold.
fn quality_unit(unit: &Unit<'_>, verdicts: &mut Verdicts) -> V {
    let mut judged = Vec::new();
    for (id, thresholds, per) in QUALITY {
        let threshold = thresholds[usize::from(unit.stage == Stage::Junior)];
        let (reach, floor) = match unit.pupils {
            None => (V::Open, V::Open),
            Some(pupils) => {
                let range = unit.seen.amount(id, unit.stage, pupils);
                let held_to = |percent: i128| {
                    let reaches = |(n, d): Fraction| n * per * 100 >= threshold * percent * pupils * d;
                    match (reaches(range.from), range.to.is_none_or(reaches)) {
                        (true, _) => V::Met,
                        (false, false) => V::NotMet,
                        (false, true) => V::Open,
                    }
                };
                (held_to(100), held_to(85))
            }
        };
        let key = |kind: &str| format!("{kind} {} {id} {}", unit.stage.id(), unit.seen.school.code);
        verdicts.insert(key("reach"), reach);
        verdicts.insert(key("floor"), floor);
        judged.push((reach, floor));
    }
    let count = |wanted: V| judged.iter().filter(|(reach, _)| *reach == wanted).count();
    let six = match (count(V::Met), count(V::NotMet)) {
        (6.., _) => V::Met,
        (_, 2..) => V::NotMet,
        _ => V::Open,
    };
    let verdict = all(judged.iter().map(|(_, floor)| *floor).chain([six]));
    verdicts.insert(format!("unit {} {}", unit.stage.id(), unit.seen.school.code), verdict);
    verdict
}

/// How an indicator may vary between units; `None`: some unit's pupils are missing, so that nothing is known.
fn spread(units: &[Unit<'_>], indicator: &str) -> Option<Squares> {
    let pupils: Vec<i128> = units.iter().map(|unit| unit.pupils).collect::<Option<_>>()?;
    let amount = |(unit, pupils): (&Unit<'_>, &i128)| unit.seen.amount(indicator, unit.stage, *pupils);
    let ranges: Vec<_> = units.iter().zip(&pupils).map(amount).collect();
    Some(squares(&ranges, &pupils))
}
