//! The county at the edges: verdicts that turn when a rule is wrong, computed independently in exact fractions.

use serde_json::Value;

use super::run::{Made, by, data, evaluate, json};

fn evaluated() -> Value {
    json(&evaluate(&data("edge-county/schools.csv"), &["--json"]))
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(data("edge-county/expected.json")).unwrap()).unwrap()
}

fn close(found: &Value, expected: &Value, what: &str) {
    match expected.as_f64() {
        Some(expected) => {
            let found = found.as_f64().unwrap_or_else(|| panic!("{what} is missing"));
            assert!((found - expected).abs() < 1e-8, "{what}: {found} is not {expected}");
        }
        None => assert!(found.is_null(), "{what}: {found} should be missing"),
    }
}

#[test]
fn every_unit_and_indicator_is_judged_as_exact_fractions_say() {
    let evaluation = evaluated();

    for (key, stage) in [("primary", "STAGE_PRIMARY"), ("junior", "STAGE_JUNIOR")] {
        let (expected, found) = (&expected()[key], by(&evaluation["resources"], "stage", stage));
        assert_eq!((&found["unitCount"], &found["metUnitCount"]), (&expected["unitCount"], &expected["metUnitCount"]));
        assert_eq!(found["units"].as_array().unwrap().len(), expected["units"].as_object().unwrap().len());
        for (code, verdict) in expected["units"].as_object().unwrap() {
            let unit = by(&found["units"], "schoolCode", code);
            assert_eq!(unit["verdict"], format!("VERDICT_{}", verdict.as_str().unwrap()), "{code}");
        }
        for indicator in expected["indicators"].as_array().unwrap() {
            let id = indicator["id"].as_str().unwrap();
            let found = by(&found["indicators"], "id", id);
            assert_eq!(found["reachedUnitCount"], indicator["reachedUnitCount"], "{key} {id}");
            close(&found["mean"], &indicator["mean"], &format!("{key} {id} mean"));
            close(&found["variation"], &indicator["variation"], &format!("{key} {id} variation"));
            if indicator["mean"].is_number() {
                let verdict = format!("VERDICT_{}", indicator["verdict"].as_str().unwrap());
                assert_eq!(found["verdict"], verdict, "{key} {id}");
            }
        }
    }
}

#[test]
fn a_zero_is_printed_and_what_is_missing_is_left_out() {
    let evaluation = evaluated();
    let value = |stage, school, id| {
        let stage = by(&evaluation["resources"], "stage", stage);
        by(&by(&stage["units"], "schoolCode", school)["indicators"], "id", id)
    };

    // 骨干教师为零初中 reported none; 缺一项数据小学 did not report its equipment.
    let zero = value("STAGE_JUNIOR", "3199000013", "L2").as_object().unwrap();
    let missing = value("STAGE_PRIMARY", "2199000006", "L6").as_object().unwrap();

    assert_eq!(zero["value"], 0.0);
    assert_eq!(zero["verdict"], "VERDICT_NOT_MET");
    assert!(!missing.contains_key("value"));
}

#[test]
fn counts_that_are_zero_are_printed() {
    let file = Made::new(
        "s.csv",
        "school_code,name,school_type,pupils_primary,classes_primary,backbone_teachers_primary\n\
         2199000001,甲,211,100,4,0\n",
    );

    let evaluation = json(&evaluate(file.path(), &["--json"]));

    let stage = by(&evaluation["resources"], "stage", "STAGE_PRIMARY");
    assert_eq!((&stage["unitCount"], &stage["metUnitCount"]), (&1.into(), &0.into()));
    let backbone = by(&stage["indicators"], "id", "L2");
    assert_eq!((&backbone["reachedUnitCount"], &backbone["mean"]), (&0.into(), &0.0.into()));
    assert!(backbone["variation"].is_null(), "undefined, not zero");
    assert_eq!(by(&evaluation["resources"], "stage", "STAGE_JUNIOR")["unitCount"], 0);
}

#[test]
fn an_absent_column_is_missing_for_every_school() {
    let file = Made::new("s.csv", "school_code,name,school_type,pupils_primary\n2199000001,甲,211,100\n");

    let run = evaluate(file.path(), &["--json"]);

    let evaluation = json(&run);
    let unit = &by(&evaluation["resources"], "stage", "STAGE_PRIMARY")["units"][0];
    assert_eq!(unit["verdict"], "VERDICT_UNDETERMINED");
    assert!(unit["indicators"].as_array().unwrap().iter().all(|one| one["value"].is_null()));
}

#[test]
fn a_county_without_any_unit_is_undetermined_whatever_else_is_known() {
    let schools = "school_code,name,school_type,pupils_primary,classes_primary,largest_class_primary\n\
                   2121000001,四十九人教学点,218,49,1,49\n";
    let items = "item,operand,value\nV1,found,true\n";
    let (schools, items) = (Made::new("schools.csv", schools), Made::new("items.csv", items));

    let evaluation = json(&evaluate(schools.path(), &["--items", items.path(), "--json"]));

    assert_eq!(evaluation["verdict"], "VERDICT_UNDETERMINED");
    assert_eq!(by(&evaluation["resources"], "stage", "STAGE_PRIMARY")["unitCount"], 0);
    assert_eq!(
        by(&evaluation["items"], "id", "G5")["verdict"],
        "VERDICT_NOT_MET",
        "teaching points are in for class sizes"
    );
    assert_eq!(by(&evaluation["items"], "id", "G3")["verdict"], "VERDICT_MET", "and for nothing else");
    assert_eq!(by(&evaluation["parts"], "id", "vetoes")["verdict"], "VERDICT_NOT_MET");
}
