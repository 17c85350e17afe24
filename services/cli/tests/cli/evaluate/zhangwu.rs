//! The county of Zhangwu: what was published, and the coefficients of its reconstructed amounts.

use serde_json::Value;

use super::run::{by, data, evaluate, json};

struct Expected {
    stage: &'static str,
    units: u64,
    met: u64,
    reached: [u64; 7],
    variations: [&'static str; 7],
    not_met: &'static [&'static str],
}

const EXPECTED: [Expected; 2] = [
    Expected {
        stage: "STAGE_PRIMARY",
        units: 28,
        met: 24,
        reached: [28, 28, 28, 24, 25, 26, 28],
        variations: ["0.093827", "0.166488", "0.131130", "0.332541", "0.371783", "0.242773", "0.107377"],
        not_met: &["(实验小学)", "(第三小学)", "(第二小学)", "(郊区小学)"],
    },
    Expected {
        stage: "STAGE_JUNIOR",
        units: 26,
        met: 23,
        reached: [26, 26, 24, 24, 25, 26, 26],
        variations: ["0.101322", "0.246221", "0.409485", "0.257888", "0.197118", "0.137368", "0.140287"],
        not_met: &["四堡子九年制学校", "第二初级中学", "第三初级中学"],
    },
];

fn evaluated() -> Value {
    let items = data("zhangwu-2024/items.csv");
    json(&evaluate(&data("zhangwu-2024/schools.csv"), &["--items", &items, "--json"]))
}

#[test]
fn units_indicators_and_coefficients_are_as_published() {
    let evaluation = evaluated();

    for expected in EXPECTED {
        let stage = by(&evaluation["resources"], "stage", expected.stage);
        assert_eq!((&stage["unitCount"], &stage["metUnitCount"]), (&expected.units.into(), &expected.met.into()));
        assert_eq!(stage["verdict"], "VERDICT_NOT_MET");
        for (number, (reached, variation)) in (1..).zip(expected.reached.iter().zip(expected.variations)) {
            let indicator = by(&stage["indicators"], "id", &format!("L{number}"));
            assert_eq!(indicator["reachedUnitCount"], *reached, "L{number}");
            assert_eq!(format!("{:.6}", indicator["variation"].as_f64().unwrap()), variation, "L{number}");
            assert_eq!(indicator["verdict"], "VERDICT_MET", "L{number}");
        }
    }
}

#[test]
fn the_units_that_fall_short_are_the_named_ones() {
    let evaluation = evaluated();

    for expected in EXPECTED {
        let stage = by(&evaluation["resources"], "stage", expected.stage);
        let units = stage["units"].as_array().unwrap();
        let short: Vec<_> = units
            .iter()
            .filter(|unit| unit["verdict"] != "VERDICT_MET")
            .map(|unit| unit["schoolName"].as_str().unwrap())
            .collect();
        assert_eq!(short.len(), expected.not_met.len(), "{short:?}");
        for name in expected.not_met {
            assert!(short.iter().any(|one| one.contains(name)), "{name} in {short:?}");
        }
    }
}

#[test]
fn parts_items_and_the_county_are_judged_as_stated() {
    let evaluation = evaluated();

    assert_eq!(evaluation["verdict"], "VERDICT_NOT_MET");
    for (part, verdict) in [
        ("prerequisite", "VERDICT_UNDETERMINED"),
        ("resources", "VERDICT_NOT_MET"),
        ("government", "VERDICT_NOT_MET"),
        ("quality", "VERDICT_NOT_MET"),
        ("recognition", "VERDICT_UNDETERMINED"),
        ("vetoes", "VERDICT_UNDETERMINED"),
    ] {
        assert_eq!(by(&evaluation["parts"], "id", part)["verdict"], verdict, "{part}");
    }
    for item in evaluation["items"].as_array().unwrap() {
        let id = item["id"].as_str().unwrap();
        let verdict = match id {
            "G3" | "Q4" => "VERDICT_NOT_MET",
            "Q9" => "VERDICT_UNDETERMINED",
            _ if id.starts_with(['G', 'Q']) => "VERDICT_MET",
            _ => "VERDICT_UNDETERMINED",
        };
        assert_eq!(item["verdict"], verdict, "{id}");
    }
    for (id, short) in [("G3", 10), ("Q4", 21)] {
        let test = &by(&evaluation["items"], "id", id)["tests"][0];
        assert_eq!(test["institutions"].as_array().unwrap().len(), short, "{id}");
    }
}

#[test]
fn people_get_a_table_with_the_same_figures() {
    let run = evaluate(&data("zhangwu-2024/schools.csv"), &["--items", &data("zhangwu-2024/items.csv")]);

    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for expected in EXPECTED {
        for text in expected.variations.iter().chain(expected.not_met) {
            assert!(run.stdout.contains(text), "{text}");
        }
    }
    assert!(run.stdout.contains("县域结论：不达标") && run.stdout.contains("24(85.71%)"), "{}", run.stdout);
}
