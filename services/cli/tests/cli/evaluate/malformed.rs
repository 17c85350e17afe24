//! Files with faults: every fault at once on stderr, nothing on stdout, exit code 1.

use super::run::{Made, Run, data, evaluate, junheng};

const HEADER: &str =
    "school_code,name,school_type,pupils_primary,classes_primary,largest_class_primary,teaching_area_m2";
const GOOD: &str = "2199000001,甲,211,100,4,30,500.25";

fn refused(run: &Run, told: &[&str]) {
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    for text in told {
        assert!(run.stderr.contains(text), "{text} in {}", run.stderr);
    }
}

fn of(content: impl AsRef<[u8]>) -> Run {
    let file = Made::new("学校.csv", content);
    let run = evaluate(file.path(), &[]);
    let as_json = evaluate(file.path(), &["--json"]);
    assert_eq!(
        (as_json.code, &as_json.stderr, as_json.stdout.is_empty()),
        (run.code, &run.stderr, run.stdout.is_empty())
    );
    run
}

#[test]
fn the_good_row_that_the_others_differ_from_is_good() {
    assert_eq!(of(format!("{HEADER}\n{GOOD}\n")).code, 0);
}

#[test]
fn each_kind_of_fault_is_refused_and_named() {
    for (fault, rows, told) in [
        ("duplicate school", format!("{GOOD}\n{GOOD}"), ["school_once", "学校.csv:3.school_code"]),
        ("negative", "2199000001,甲,211,-100,4,30,500".into(), ["not_negative", "学校.csv:2.pupils_primary"]),
        (
            "three decimals",
            "2199000001,甲,211,100,4,30,500.255".into(),
            ["amount_decimals", "学校.csv:2.teaching_area_m2"],
        ),
        (
            "fraction of a person",
            "2199000001,甲,211,100.5,4,30,500".into(),
            ["count_whole", "学校.csv:2.pupils_primary"],
        ),
        ("not a number", "2199000001,甲,211,100,4,30,NaN".into(), ["number", "学校.csv:2.teaching_area_m2"]),
        ("infinite", "2199000001,甲,211,100,4,30,inf".into(), ["number", "学校.csv:2.teaching_area_m2"]),
        ("exponent", "2199000001,甲,211,100,4,30,1e3".into(), ["number", "学校.csv:2.teaching_area_m2"]),
        (
            "too large",
            "2199000001,甲,211,100,4,30,1000000000000".into(),
            ["number_range", "学校.csv:2.teaching_area_m2"],
        ),
        ("ragged row", "2199000001,甲,211,100".into(), ["row_length", "学校.csv:2"]),
        ("school type", "2199000001,甲,999,100,4,30,500".into(), ["school_type", "学校.csv:2.school_type"]),
        ("school code", "21990,甲,211,100,4,30,500".into(), ["school_code", "学校.csv:2.school_code"]),
        (
            "class > pupils",
            "2199000001,甲,211,100,4,101,500".into(),
            ["part_within_whole", "学校.csv:2.largest_class_primary"],
        ),
        (
            "class < mean",
            "2199000001,甲,211,100,4,24,500".into(),
            ["largest_class_mean", "学校.csv:2.largest_class_primary"],
        ),
        ("no classes", "2199000001,甲,211,100,0,30,500".into(), ["classes_for_pupils", "学校.csv:2.classes_primary"]),
    ] {
        let run = of(format!("{HEADER}\n{rows}\n"));
        refused(&run, &told);
        assert!(run.stderr.starts_with("发现") && run.stderr.contains("处理办法："), "{fault}: {}", run.stderr);
    }
}

#[test]
fn a_file_that_is_no_table_is_refused() {
    refused(&of(""), &["file_empty"]);
    refused(&of(format!("{HEADER}\n")), &["file_empty"]);
    refused(&of(format!("{HEADER},pupils\n{GOOD},1\n")), &["column_known", "pupils", "学校.csv:1.8"]);
    refused(&of(format!("{HEADER},name\n{GOOD},1\n")), &["column_once"]);
    refused(&of("name\n甲\n"), &["column_required", "school_code"]);
    refused(&of([HEADER.as_bytes(), b"\n2199000001,\xff\xff,211,1,1,1,1\n"].concat()), &["encoding", "学校.csv:2"]);
}

#[test]
fn a_file_in_gbk_is_read_as_what_it_says() {
    let run = of([HEADER.as_bytes(), b"\n2199000001,\xbc\xd7,211,1,1,1,1\n"].concat());

    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("不达标单元1个：甲"), "{}", run.stdout);
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let run = evaluate("no/such/学校.csv", &["--items", "no/such/指标.csv"]);

    refused(&run, &["无法打开文件 no/such/学校.csv：文件不存在", "无法打开文件 no/such/指标.csv：文件不存在"]);
}

#[test]
fn all_faults_of_both_files_are_told_at_once() {
    let schools = Made::new(
        "s.csv",
        format!(
            "{HEADER},pupls\n2199000001,甲,211,-1,4,30,500,1\n2199000001,甲,211,100,4,101,0.125,1\n\
             2199000003,丙,999,100,4,101,500,1\nx,丁,211,1.5,1,1,1,1\n2199000005,戊\n"
        ),
    );
    let items =
        Made::new("i.csv", "item,operand,value\nG1,declared_met,也许\nG99,x,1\nG7,special_education_pupils,-1\n");

    let run = evaluate(schools.path(), &["--items", items.path()]);

    let rules = ["column_known", "not_negative", "school_once", "part_within_whole", "amount_decimals", "school_type"];
    refused(&run, &rules);
    refused(&run, &["school_code", "count_whole", "row_length", "item_value", "item_known", "G7"]);
    // The row of the unknown type is checked as well.
    refused(&run, &["s.csv:4.school_type", "s.csv:4.largest_class_primary"]);
    assert!(!run.stderr.contains("school_registered"), "{}", run.stderr);
}

#[test]
fn warnings_do_not_stop_an_evaluation() {
    let items = Made::new("i.csv", "item,operand,value,declared_on\nG1,declared_met,true,2020-01-01\n");

    let run = evaluate(&data("edge-county/schools.csv"), &["--items", items.path()]);

    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("警告 item_stale"), "{}", run.stderr);
    assert!(run.stdout.contains("县域结论"));
}

#[test]
fn wrong_usage_ends_with_two() {
    for args in [
        &["evaluate"][..],
        &["evaluate", "--county", "210922", "--month", "2024-12"],
        &["evaluate", "--schools", "s.csv", "--county", "2109", "--month", "2024-12"],
        &["evaluate", "--schools", "s.csv", "--county", "210922", "--month", "2024-13"],
        &["push", "--county", "210922"],
    ] {
        assert_eq!(junheng(args).code, 2, "{args:?}");
    }
}
