//! Choosing a standard: a compiled-in one, a file, or one that is not there.

use super::run::{Made, by, data, evaluate, json, junheng};

const ID: &str = "national-quality-2017";
const BASIC: &str = "national-basic-2012";

fn document() -> String {
    let standard = junheng(&["standards", ID, "--json"]);
    json(&standard)["document"].as_str().unwrap().to_owned()
}

#[test]
fn a_standard_is_shown_with_thresholds_and_citations() {
    let list = junheng(&["standards"]);
    let one = junheng(&["standards", ID]);

    assert_eq!((list.code, one.code), (0, 0));
    assert!(list.stdout.contains(ID), "{}", list.stdout);
    for text in ["≥4.2", "≥10.2", "≤0.45", "教督〔2017〕6号", "G15", "V6", "出处："] {
        assert!(one.stdout.contains(text), "{text}");
    }
}

#[test]
fn both_national_standards_are_listed_and_the_basic_one_is_shown() {
    let list = junheng(&["standards"]);
    let basic = junheng(&["standards", BASIC]);

    assert_eq!((list.code, basic.code), (0, 0));
    let lines: Vec<_> = list.stdout.lines().filter(|line| line.contains("national-")).collect();
    assert_eq!(lines.len(), 2, "{}", list.stdout);
    assert!(lines[0].contains(BASIC) && lines[1].contains(ID), "{}", list.stdout);
    for text in ["小学不高于0.65，初中不高于0.55", "师生比", "得分不低于85分", "B3", "教督〔2012〕3号"]
    {
        assert!(basic.stdout.contains(text), "{text}: {}", basic.stdout);
    }
}

#[test]
fn a_file_is_a_standard_like_the_compiled_in_one() {
    let schools = data("edge-county/schools.csv");
    let file = Made::new("s.toml", document());

    let by_file = evaluate(&schools, &["--json", "--standard", file.path()]);
    let by_id = evaluate(&schools, &["--json", "--standard", ID]);

    assert_eq!(json(&by_file), json(&by_id));
}

#[test]
fn an_unknown_standard_and_every_fault_of_a_file_are_told() {
    let schools = data("edge-county/schools.csv");
    let broken = document().replacen("\"multimedia_rooms\"", "\"multimedia_room\"", 1).replacen(
        "part = \"vetoes\"",
        "part = \"veto\"",
        1,
    );
    let file = Made::new("s.toml", &broken);

    let unknown = evaluate(&schools, &["--standard", "national-quality-2099"]);
    let absent = evaluate(&schools, &["--standard", "no-such.toml"]);
    let faults = evaluate(&schools, &["--standard", file.path()]);

    for run in [&unknown, &absent, &faults] {
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    }
    assert!(unknown.stderr.contains("national-quality-2099") && unknown.stderr.contains(ID), "{}", unknown.stderr);
    assert!(absent.stderr.contains("无法打开文件 no-such.toml"), "{}", absent.stderr);
    for (written, told) in [("amount = \"multimedia_room\"", "indicators/L7"), ("part = \"veto\"", "items/V1")] {
        let line = broken.lines().position(|line| line == written).unwrap() + 1;
        assert!(faults.stderr.contains(&format!("第{line}行 {told}：")), "{}", faults.stderr);
    }
}

const LIAONING: &str = "standards/liaoning-quality-example.toml";

#[test]
fn a_file_is_checked_without_any_service() {
    let good = junheng(&["standards", "check", &data(LIAONING)]);
    let document = std::fs::read_to_string(data(LIAONING)).unwrap().replace("at_least = 8000", "at_last = 8000");
    let broken = Made::new("省标准.toml", &document);

    let both = junheng(&["standards", "check", &data(LIAONING), broken.path()]);

    assert_eq!(good.code, 0, "{}", good.stderr);
    assert!(good.stdout.contains("liaoning-quality-example") && good.stdout.contains("扩展 national-quality-2017"));
    assert_eq!((both.code, both.stdout.as_str()), (1, ""), "{}", both.stderr);
    let line = document.lines().position(|line| line == "at_last = 8000").unwrap() + 1;
    assert!(both.stderr.contains("省标准.toml 有2处错误："), "{}", both.stderr);
    assert!(both.stderr.contains(&format!("第{line}行 items/G7/tests/0：没有“at_last”这个字段")), "{}", both.stderr);
    assert!(both.stderr.contains("items/G7/tests/0：缺少 at_least"), "{}", both.stderr);
}

#[test]
fn a_file_may_extend_one_that_is_checked_before_it() {
    let city = Made::new(
        "市.toml",
        "id = \"city\"\nextends = \"liaoning-quality-example\"\ntitle = \"市\"\nact = \"示例\"\nissued_on = \"2025-01-01\"\n",
    );

    assert_eq!(junheng(&["standards", "check", &data(LIAONING), city.path()]).code, 0);
    let alone = junheng(&["standards", "check", city.path()]);

    assert_eq!(alone.code, 1);
    assert!(
        alone.stderr.contains("第2行 extends：没有编号为“liaoning-quality-example”的标准可以扩展"),
        "{}",
        alone.stderr
    );
}

#[test]
fn two_standards_are_compared_without_any_service() {
    let told = junheng(&["standards", "compare", ID, &data(LIAONING)]);
    let as_json = json(&junheng(&["standards", "compare", ID, &data(LIAONING), "--json"]));
    let same = junheng(&["standards", "compare", ID, ID]);

    assert_eq!(told.code, 0, "{}", told.stderr);
    for text in ["改动 G7 ", "下限：6000", "下限：8000", "新增 V7 校外培训治理不力（items/V7）"] {
        assert!(told.stdout.contains(text), "{text} in {}", told.stdout);
    }
    assert_eq!(by(&as_json["differences"], "path", "items/V7")["change"], "STANDARD_CHANGE_ADDED");
    assert_eq!((same.code, same.stdout.trim()), (0, "两份标准没有不同之处"));
}

#[test]
fn an_overlay_judges_files_as_a_whole() {
    let schools = data("edge-county/schools.csv");

    let judged = json(&evaluate(&schools, &["--json", "--standard", &data(LIAONING)]));

    assert_eq!(judged["standard"], "standards/liaoning-quality-example");
    assert_eq!(by(&judged["items"], "id", "V7")["verdict"], "VERDICT_UNDETERMINED");
    assert_eq!(judged["resources"], json(&evaluate(&schools, &["--json"]))["resources"]);
}

#[test]
fn under_the_basic_standard_the_composite_decides_and_no_unit_is_said_to_be_met() {
    let text = evaluate(&data("zhangwu-2024/schools.csv"), &["--standard", BASIC]).stdout;

    assert!(text.contains("小学：评估单元28个，待定"), "{text}");
    assert!(text.contains("  综合差异系数（8项平均）"), "{text}");
    assert!(text.contains("，限值0.65，待定") && text.contains("，限值0.55，待定"), "{text}");
    let ratio = text.lines().find(|line| line.contains("师生比")).unwrap();
    assert_eq!(ratio.split_whitespace().nth(2).unwrap().len(), "0.1101".len(), "{ratio}");
    for absent in ["综合达标", "达标单元", "不作为判定依据", "7项差异系数", "7项平均", "7项指标", "不适用", "—"]
    {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
}

#[test]
fn under_the_quality_standard_thresholds_and_floors_stand_beside_the_units() {
    let text = evaluate(&data("zhangwu-2024/schools.csv"), &[]).stdout;

    let row = text.lines().find(|line| line.contains("L4 ")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().skip(2).collect();
    assert_eq!(cells, ["4.5", "3.825", "24(85.71%)", "5.72", "0.332541", "0.5", "达标"]);
    assert!(text.contains("7项差异系数的平均值0.206560，不作为判定依据"), "{text}");
}

#[test]
fn a_declaration_that_no_longer_counts_is_told_with_its_month() {
    let items = Made::new(
        "items.csv",
        "item,operand,value,declared_on,declared_by,evidence\nG1,declared_met,true,2023-05-10,县政府,文件\n",
    );

    let text = evaluate(&data("zhangwu-2024/schools.csv"), &["--items", items.path()]).stdout;

    assert!(text.contains("  G1 ") && text.contains("：2023-05 的声明已过期"), "{text}");
}
