//! The statistics of a month: read back cell by cell and held against what was reported, and printed.

use junheng_domain::{
    element::Element,
    finding::{Finding, Severity, group},
    quantity::Quantity,
};
use junheng_reporting::workbook::{Acknowledged, Reported, Statistics};

use crate::{
    docx::print,
    fixture::names,
    reported::{self, find, number, open, text},
};

pub(crate) fn write(reported: &Reported) -> Vec<u8> {
    let moved = |code: &str, found: &str| Finding {
        severity: Severity::Warning,
        rule: "value_moved".to_owned(),
        path: "schools[0].books".to_owned(),
        school: Some(code.to_owned()),
        element: Some("books".to_owned()),
        found: found.to_owned(),
        message: "图书比上月增加一倍以上".to_owned(),
        allowed: String::new(),
        remedy: "请核实".to_owned(),
        message_en: String::new(),
        allowed_en: String::new(),
        remedy_en: String::new(),
    };
    // The last school is one that nobody registered.
    let findings = [moved("2121000025", "31500"), moved("2121000026", ""), moved("9999999999", "7")];
    let acknowledged = Acknowledged {
        rule: "value_moved".to_owned(),
        school: "2121000025".to_owned(),
        reason: "=1+1 已逐校核实".to_owned(),
        by: "clerk".to_owned(),
        at: "2025年1月5日10:23（北京时间）".to_owned(),
    };
    let names = names("各校数据为重构数据");
    let statistics = Statistics {
        names: &names,
        region: "210922",
        month: "2024-12".parse().unwrap(),
        submission: "regions/210922/submissions/2024-12.1",
        revision: 1,
        content_digest: &"ab".repeat(32),
        known: "2025年1月5日10:23（北京时间）".to_owned(),
        reported,
        findings: &findings,
        groups: &group(&findings),
        acknowledged: &[acknowledged],
    };
    assert_eq!(statistics.file_name(), "彰武县-2024-12-统计报表.xlsx");
    statistics.write().unwrap()
}

/// The sheet and column of an element: three sheets, in each those of a stage together.
fn place(element: Element) -> (&'static str, u32) {
    let sheet = |element: Element| match element.definition().stage {
        None => "办学条件和经费",
        Some(_) if element.id().contains("teachers") => "教师",
        Some(_) => "学生和班级",
    };
    let mut same: Vec<Element> = Element::all().filter(|other| sheet(*other) == sheet(element)).collect();
    same.sort_by_key(|element| element.definition().stage);
    let index = same.iter().position(|other| *other == element).unwrap();
    (sheet(element), 6 + u32::try_from(index).unwrap())
}

#[test]
fn every_element_of_every_school_is_what_was_reported() {
    let reported = reported::zhangwu();
    let sheets = open(&write(&reported));

    for (school, facts) in reported.schools.iter().zip(&reported.facts) {
        for element in Element::all() {
            let (name, column) = place(element);
            let sheet = &sheets[name];
            let row = find(sheet, 1, school.code.as_str())[0];
            assert_eq!(number(sheet, row, column), facts.get(element).map(Quantity::to_f64), "{}", element.id());
            if facts.get(element).is_none() {
                let taught = element.definition().stage.is_none_or(|stage| school.school_type.admits(stage));
                assert_eq!(text(sheet, row, column), if taught { "未报送" } else { "—" }, "{}", element.id());
            }
        }
    }
}

#[test]
fn totals_stand_by_type_and_over_all() {
    let reported = reported::zhangwu();
    let sheets = open(&write(&reported));
    let totals = &sheets["分类汇总"];
    let row = |title: &str| find(totals, 1, title)[0];

    // 小学, 初级中学, 九年一贯制学校, all.
    let cells = [3, 4, 5, 6].map(|column| number(totals, row("小学在校生"), column));
    assert_eq!((cells[3], cells[1]), (Some(14_358.0), None));
    assert_eq!(cells[0].zip(cells[2]).map(|(one, other)| one + other), Some(14_358.0));
    assert_eq!(text(totals, row("小学在校生"), 4), "—", "a junior school has none");
    let largest = reported.facts.iter().filter_map(|facts| facts.get(Element::find("largest_class_primary").unwrap()));
    let largest = largest.map(Quantity::to_f64).fold(0.0, f64::max);
    assert_eq!(number(totals, row("小学最大班额（取最大值）"), 6), Some(largest));
    assert_eq!(text(totals, row("图书"), 6), "未报送");
    let sheet = &sheets["学生和班级"];
    assert_eq!(number(sheet, find(sheet, 2, "合计（30所）")[0], 6), Some(14_358.0));
}

#[test]
fn a_total_of_which_something_is_missing_is_no_number() {
    let mut reported = reported::zhangwu();
    let pupils = Element::find("pupils_primary").unwrap();
    let missing = reported.facts.iter().position(|facts| facts.get(pupils).is_some()).unwrap();
    let left = 14_358.0 - reported.facts[missing].get(pupils).unwrap().to_f64();
    reported.facts[missing].set(pupils, None);
    let sheets = open(&write(&reported));
    let totals = &sheets["分类汇总"];
    let row = find(totals, 1, "小学在校生")[0];

    assert_eq!(number(totals, row, 6), None);
    assert_eq!(text(totals, row, 6), format!("已报{left}，1所未报送"));
}

#[test]
fn a_partial_sum_has_the_decimals_of_its_figures() {
    let mut reported = reported::zhangwu();
    let area = Element::find("teaching_area_m2").unwrap();
    reported.facts[0].set(area, None);
    let known: f64 = reported.facts.iter().filter_map(|facts| facts.get(area)).map(Quantity::to_f64).sum();
    let sheets = open(&write(&reported));
    let totals = &sheets["分类汇总"];

    let told = text(totals, find(totals, 1, "教学及辅助用房面积")[0], 6);

    assert_eq!(told, format!("已报{known:.2}，1所未报送"));
}

#[test]
fn county_items_findings_and_sources_are_told() {
    let reported = reported::zhangwu();
    let sheets = open(&write(&reported));

    let items = &sheets["县级指标"];
    let row = find(items, 2, "特殊教育公用经费")[0];
    assert_eq!((text(items, row, 0).as_str(), number(items, row, 3)), ("G7", Some(488_000.0)));
    assert_eq!((text(items, row, 4).as_str(), text(items, row, 5).as_str()), ("元", "2024年12月29日"));
    let declared = find(items, 0, "G1")[0];
    assert_eq!(text(items, declared, 3), "是");
    let rows = (0..200).filter(|row| text(items, *row, 8) == "2024年12月").count();
    assert_eq!(rows, reported.items.len());
    let findings = &sheets["问题和确认"];
    let rows = find(findings, 0, "value_moved");
    assert_eq!(rows.len(), 2);
    assert_eq!(text(findings, rows[0], 1), "警告3个");
    let name = |code: &str| reported.schools.iter().find(|school| school.code.as_str() == code).unwrap().name.clone();
    let (first, second) = (name("2121000025"), name("2121000026"));
    let told = |row: u32| [2, 3].map(|column| text(findings, rows[0] + row, column));
    assert_eq!(told(0), [format!("{first}（2121000025）"), "图书比上月增加一倍以上（填报值：31500）".to_owned()]);
    assert_eq!(told(1), [format!("{second}（2121000026）"), "图书比上月增加一倍以上".to_owned()]);
    assert_eq!(told(2)[0], "9999999999");
    assert_eq!(text(findings, rows[1], 2), format!("{first}（2121000025）"));
    assert_eq!(text(findings, rows[1], 3), "=1+1 已逐校核实");
    let sources = &sheets["数据来源"];
    assert_eq!(text(sources, find(sources, 0, "报送")[0], 1), "regions/210922/submissions/2024-12.1");
    assert_eq!(text(sources, find(sources, 0, "数据摘要")[0], 1), "ab".repeat(32));
    assert_eq!(text(sources, find(sources, 0, "小学在校生")[0], 1), "人", "elements by their titles, no ids");
}

#[test]
fn libreoffice_prints_every_sheet() {
    let pages = print(&write(&reported::zhangwu()), "statistics", "xlsx");

    for text in [
        "各校学生和班级情况",
        "各校教师情况",
        "各校办学条件和经费情况",
        "分类汇总表",
        "县级指标填报情况",
        "14,358",
        "未报送",
    ] {
        assert!(pages.contains(text), "{text}");
    }
    assert!(!pages.contains("###"), "every figure has room");
}
