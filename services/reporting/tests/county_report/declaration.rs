//! The declaration form: read back cell by cell and held against the evaluation, and printed.

use junheng_domain::{element::Element, quantity::Quantity, school::Stage as DomainStage};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::Evaluation,
};
use junheng_reporting::{
    report::{Issued, Standing},
    workbook::{Declaration, Reported},
};

use crate::{
    docx::{open as open_package, print, zhangwu},
    fixture::{all_met, county, names},
    reported::{self, find, number, open, text},
};

fn write(evaluation: &Evaluation, reported: &Reported) -> Vec<u8> {
    Declaration::new(evaluation, &names("各校数据为重构数据"), reported, &Standing::default()).write().unwrap()
}

fn sheet_of(stage: Stage) -> &'static str {
    if stage == Stage::Primary { "表Ⅱ-2（小学）" } else { "表Ⅱ-2（初中）" }
}

#[test]
fn the_form_has_its_tables_in_order() {
    let bytes = write(&zhangwu(), &reported::zhangwu());
    let names: Vec<String> = open(&bytes).into_keys().collect();

    for name in ["表Ⅰ", "表Ⅱ-1", "表Ⅱ-2（小学）", "表Ⅱ-2（初中）", "表Ⅲ", "表Ⅳ", "表Ⅴ", "表Ⅵ", "附表", "数据来源"]
    {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
    assert_eq!(names.len(), 10);
}

#[test]
fn every_value_of_every_unit_is_the_evaluations() {
    let (evaluation, reported) = (zhangwu(), reported::zhangwu());
    let sheets = open(&write(&evaluation, &reported));

    for stage in &evaluation.resources {
        let sheet = &sheets[sheet_of(stage.stage())];
        assert_eq!(stage.units.len(), usize::try_from(stage.unit_count.unwrap()).unwrap());
        for unit in &stage.units {
            let rows = find(sheet, 1, &unit.school_name);
            assert_eq!(rows.len(), 1, "{}", unit.school_name);
            let row = rows[0];
            assert_eq!(number(sheet, row, 3), unit.pupils.map(f64::from));
            for (column, indicator) in (6..).zip(&unit.indicators) {
                assert_eq!(number(sheet, row, column), indicator.value, "{} {}", unit.school_name, indicator.id);
            }
            let verdict = if unit.verdict() == Verdict::Met { "达标" } else { "不达标" };
            assert_eq!(text(sheet, row, 13), verdict);
            let id = if stage.stage() == Stage::Primary { DomainStage::Primary } else { DomainStage::Junior };
            let classes = Element::of_stage("classes", id).unwrap();
            let facts = reported.facts.iter().find(|facts| facts.school.as_str() == unit.school_code).unwrap();
            assert_eq!(number(sheet, row, 5), facts.get(classes).map(Quantity::to_f64));
            assert_eq!(text(sheet, row, 4), "", "nobody reports the years of a school");
        }
    }
    let short = &sheets["表Ⅱ-2（小学）"];
    let row = find(short, 1, "实验小学教育集团主校区(实验小学)")[0];
    assert_eq!(text(short, row, 14), "L1、L2、L3、L6、L7达到标准值；L4达到标准值的85%；L5低于标准值的85%");
    assert_eq!(text(short, row, 2), "县级教育");
}

#[test]
fn shares_means_and_coefficients_are_the_evaluations() {
    let evaluation = zhangwu();
    let sheets = open(&write(&evaluation, &reported::zhangwu()));

    for (index, stage) in (0_u32..).zip(&evaluation.resources) {
        let (reach, even) = (&sheets["表Ⅱ-1"], &sheets["表Ⅲ"]);
        let all = f64::from(stage.unit_count.unwrap());
        let first = find(even, 1, "全县平均值")[usize::try_from(index).unwrap()];
        for (column, rule) in (2..).zip(&stage.indicators) {
            let row = find(reach, 0, &rule.id)[0];
            let count = f64::from(rule.reached_unit_count.unwrap());
            let cells = [0, 1, 2].map(|cell| number(reach, row, 3 + 3 * index + cell));
            assert_eq!(cells, [rule.threshold, Some(count), Some(count / all)]);
            assert_eq!(number(even, first, column), rule.mean);
            assert_eq!(number(even, first + 1, column), rule.variation);
            assert_eq!(number(even, first + 2, column), rule.variation_limit);
            assert_eq!(text(even, first + 3, column), "达标");
        }
        assert_eq!(number(even, first + 1, 9), stage.composite_variation);
        let row = find(reach, 1, "综合达标")[0];
        let met = f64::from(stage.met_unit_count.unwrap());
        assert_eq!([1, 2].map(|cell| number(reach, row, 3 + 3 * index + cell)), [Some(met), Some(met / all)]);
    }
}

#[test]
fn items_have_their_figures_and_verdicts() {
    let evaluation = zhangwu();
    let sheets = open(&write(&evaluation, &reported::zhangwu()));

    for item in &evaluation.items {
        let sheet = match item.part.as_str() {
            "government" => &sheets["表Ⅳ"],
            "quality" => &sheets["表Ⅴ"],
            "recognition" => continue,
            _ => &sheets["附表"],
        };
        let row = find(sheet, 0, &item.id)[0];
        assert_eq!(text(sheet, row, 1), item.title);
        for (row, test) in (row..).zip(&item.tests) {
            assert_eq!(text(sheet, row, 2), test.rule);
            if test.institution_count.is_none() && test.value.is_some() {
                assert_eq!(number(sheet, row, 3), test.value, "{}", item.id);
                assert_eq!(number(sheet, row, 5), test.limit, "{}", item.id);
            }
        }
        let word = match (item.verdict(), item.part.as_str()) {
            (Verdict::Met, _) => "达标",
            (Verdict::NotMet, _) => "不达标",
            _ => "待定",
        };
        assert_eq!(text(sheet, row, 7), word, "{}", item.id);
    }
    // Nobody surveyed anybody.
    let survey = &sheets["表Ⅵ"];
    for title in ["发放问卷数", "有效问卷数", "有效问卷中家长问卷数", "实地走访人数", "问卷调查满意度不低于85%"]
    {
        assert_eq!(text(survey, find(survey, 1, title)[0], 3), "未报送", "{title}");
    }
}

#[test]
fn the_county_is_counted_and_what_nobody_reports_is_left_to_be_filled_in() {
    let reported = reported::zhangwu();
    let sheets = open(&write(&zhangwu(), &reported));
    let sheet = &sheets["表Ⅰ"];
    let value = |title: &str| number(sheet, find(sheet, 1, title)[0], 3);

    assert_eq!(value("小学数"), Some(4.0));
    assert_eq!(value("初级中学数"), Some(2.0));
    assert_eq!(value("九年一贯制学校数"), Some(24.0));
    assert_eq!(value("小学在校学生数"), Some(14_358.0));
    assert_eq!(value("初中在校学生数"), Some(8_125.0));
    assert_eq!(value("小学专任教师数"), Some(1_583.0));
    assert_eq!(value("初中专任教师数"), Some(1_063.0));
    for title in ["常住人口", "人均国内生产总值", "小学教职工数"] {
        let row = find(sheet, 1, title)[0];
        assert_eq!((text(sheet, row, 3).as_str(), text(sheet, row, 4).as_str()), ("", "由县级填写"), "{title}");
    }
    let numbered = (0..40).filter(|row| number(sheet, *row, 0).is_some()).count();
    assert_eq!(numbered, 24);
}

#[test]
fn what_was_not_reported_is_said_and_never_zero() {
    let mut reported = reported::zhangwu();
    reported.facts.pop();
    let mut evaluation = zhangwu();
    for stage in &mut evaluation.resources {
        stage.units[0].pupils = None;
        for indicator in &mut stage.units[0].indicators {
            (indicator.value, indicator.verdict) = (None, Verdict::Undetermined.into());
        }
        stage.units[0].verdict = Verdict::Undetermined.into();
        let rule = &mut stage.indicators[0];
        (rule.mean, rule.variation, rule.variation_low) = (None, None, Some(0.2));
    }
    let sheets = open(&write(&evaluation, &reported));

    let basics = &sheets["表Ⅰ"];
    let row = find(basics, 1, "初中在校学生数")[0];
    assert_eq!(text(basics, row, 3), "未报送");
    assert!(text(basics, row, 4).starts_with("1所学校未报送，其余25所合计"), "{}", text(basics, row, 4));
    let units = &sheets["表Ⅱ-2（小学）"];
    let row = find(units, 1, &evaluation.resources[0].units[0].school_name)[0];
    assert_eq!(text(units, row, 3), "未报送");
    assert!((6..13).all(|column| text(units, row, column) == "未报送"));
    assert_eq!(text(units, row, 13), "待定");
    assert!(text(units, row, 14).ends_with("因数据未报送待定"));
    let even = &sheets["表Ⅲ"];
    let row = find(even, 1, "差异系数")[0];
    assert_eq!((text(even, row - 1, 2).as_str(), text(even, row, 2).as_str()), ("不能计算", "不低于0.200"));
    assert!(find(even, 1, "全县平均值").iter().all(|row| (2..9).all(|column| text(even, *row, column) != "未报送")));
    let sources = &sheets["数据来源"];
    let last = sources.end().unwrap().0;
    assert!((0..=last).any(|row| text(sources, row, 0).starts_with("“不能计算”")), "the legend says what it is");
}

#[test]
fn a_standard_without_thresholds_and_a_county_of_files_have_a_workbook_too() {
    let basic: Evaluation = serde_json::from_str(include_str!("golden/basic_short.json")).unwrap();
    let sheets = open(&write(&basic, &Reported::default()));

    assert!(!sheets.contains_key("表Ⅱ-1"));
    assert!(sheets.contains_key("表Ⅲ") && sheets.contains_key("附表"));
    let work = &sheets["表Ⅳ"];
    let figures = text(work, find(work, 0, "B2")[0], 6);
    assert_eq!(figures.lines().count(), 18, "many figures have a line each: {figures}");
    let basics = &sheets["表Ⅰ"];
    assert_eq!(text(basics, find(basics, 1, "小学数")[0], 3), "未报送", "no registry is not no schools");
    write(&Evaluation::default(), &Reported::default());
    write(&county(), &Reported::default());
}

#[test]
fn the_source_of_everything_is_told() {
    let standing = Standing {
        inputs_digest: "d1".repeat(32),
        issued: Some(Issued {
            name: "regions/210922/reports/7".to_owned(),
            by: "zhang".to_owned(),
            at: "2026-02-06T08:00:00Z".parse().unwrap(),
        }),
    };
    let evaluation = all_met();
    let (names, reported) = (names("虚构的数字"), Reported::default());
    let form = Declaration::new(&evaluation, &names, &reported, &standing);
    let sheets = open(&form.write().unwrap());
    let sheet = &sheets["数据来源"];
    let told = |label: &str| text(sheet, find(sheet, 0, label)[0], 1);

    assert_eq!(form.file_name(), "彰武县-2024-12-优质均衡发展申报表.xlsx");
    assert_eq!(told("签发状态"), "已签发（regions/210922/reports/7）");
    assert_eq!(told("签发人"), "zhang");
    assert_eq!(told("签发时间"), "2026年2月6日16:00（北京时间）");
    assert_eq!(told("内容依据摘要"), "d1".repeat(32));
    assert_eq!(told("数据说明"), "虚构的数字。");
    assert_eq!(told("依据文件"), evaluation.act);
    let basis = evaluation.basis.as_ref().unwrap();
    assert_eq!(told("报送数据摘要"), basis.content_digest);
    assert!(told("报送").contains(&basis.submission));
    for (id, source) in evaluation.items.iter().map(|item| (&item.id, &item.source)) {
        assert_eq!(&text(sheet, find(sheet, 1, id)[0], 3), source);
    }
}

#[test]
fn the_sheets_are_set_to_be_printed_and_nothing_is_a_formula() {
    let package = open_package(&write(&zhangwu(), &reported::zhangwu()));
    let sheets: Vec<_> = package.texts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet")).collect();

    assert_eq!(sheets.len(), 10);
    let on = |paper: &str| sheets.iter().filter(|(_, sheet)| sheet.contains(&format!("paperSize=\"{paper}\""))).count();
    assert_eq!((on("8"), on("9")), (2, 8), "the two tables of units are too wide for A4");
    for (name, sheet) in sheets {
        assert!(sheet.contains("fitToPage"), "{name}");
        assert!(sheet.contains("state=\"frozen\""), "{name}");
        assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{name}");
        assert!(sheet.contains("草稿（未签发）"), "{name}: the margin says so");
    }
    let book = &package.texts["xl/workbook.xml"];
    assert_eq!(book.matches("_xlnm.Print_Area").count(), 10);
    assert_eq!(book.matches("_xlnm.Print_Titles").count(), 10);
    let styles = &package.texts["xl/styles.xml"];
    for format in ["0.0%", "0.000", "#,##0"] {
        assert!(styles.contains(format), "{format}");
    }
}

#[test]
fn the_same_evaluation_gives_the_same_bytes() {
    assert_eq!(write(&zhangwu(), &reported::zhangwu()), write(&zhangwu(), &reported::zhangwu()));
}

#[test]
fn libreoffice_prints_the_form_with_the_rounding_of_the_standard() {
    let pages = print(&write(&zhangwu(), &reported::zhangwu()), "declaration", "xlsx");

    // 24 of 28, the coefficients of L4 and L5, the mean of L6 in whole yuan, and G11's share.
    for text in
        ["表Ⅰ", "85.7%", "0.333", "0.372", "2,621", "13.1%", "未报送", "草稿（未签发）", "数据来源和判定依据", "第1页"]
    {
        assert!(pages.contains(text), "{text}");
    }
    assert!(!pages.contains("###"), "every figure has room");
}
