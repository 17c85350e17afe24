//! Names that would be markup or a formula do no harm in any format that reporting writes.

use junheng_proto::evaluation::v1::Evaluation;
use junheng_reporting::{
    report::{CountyReport, Names, Standing},
    workbook::{Declaration, Reported},
};

use crate::{
    check_html, check_tables,
    docx::{check as check_docx, open as open_package, zhangwu},
    fixture::names,
    reported, statistics,
};

const SCRIPT: &str = "<script>alert(1)</script>";
const FORMULA: &str = "=cmd|'/c calc'!A1";

/// Zhangwu with two schools that are named so, and a county that is, too.
fn evaluation() -> (Evaluation, Names) {
    let mut evaluation = zhangwu();
    for stage in &mut evaluation.resources {
        stage.units[0].school_name = SCRIPT.into();
        stage.units[1].school_name = FORMULA.into();
    }
    for item in &mut evaluation.items {
        for institution in item.tests.iter_mut().flat_map(|test| &mut test.institutions).take(1) {
            institution.school_name = FORMULA.into();
        }
    }
    (evaluation, Names { county_name: format!("{SCRIPT}县"), ..names(FORMULA) })
}

fn reported() -> Reported {
    let mut reported = reported::zhangwu();
    reported.schools[0].name = SCRIPT.into();
    reported.schools[1].name = FORMULA.into();
    reported.items[0].item.evidence = FORMULA.into();
    reported
}

#[test]
fn a_page_has_no_script_of_theirs() {
    let (evaluation, names) = evaluation();

    let html = CountyReport::new(&evaluation, &names).html().unwrap();

    check_html(&html);
    assert!(!html.contains("<script"));
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = roxmltree::Document::parse_with_options(&html, options).unwrap();
    let texts: Vec<&str> = page.descendants().filter_map(|node| node.text()).collect();
    assert!(texts.contains(&SCRIPT) && texts.contains(&FORMULA), "they read as they are");
}

#[test]
fn markdown_shows_them_as_text() {
    let (evaluation, names) = evaluation();

    let markdown = CountyReport::new(&evaluation, &names).markdown().unwrap();

    check_tables(&markdown);
    assert!(!markdown.contains("<script"));
    assert!(markdown.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(markdown.contains(r"=cmd\|'/c calc'!A1"));
}

#[test]
fn a_word_document_holds_them_as_text() {
    let (evaluation, names) = evaluation();

    let package = check_docx(&CountyReport::new(&evaluation, &names).docx().unwrap());

    let body = roxmltree::Document::parse(&package.texts["word/document.xml"]).unwrap();
    let texts: Vec<&str> =
        body.descendants().filter(|node| node.tag_name().name() == "t").filter_map(|t| t.text()).collect();
    for name in [SCRIPT, FORMULA] {
        assert!(texts.iter().any(|text| text.contains(name)), "{name}");
    }
    assert!(body.descendants().all(|node| node.tag_name().name() != "script"));
    let fields = body.descendants().filter(|node| ["instrText", "fldSimple"].contains(&node.tag_name().name()));
    assert!(fields.filter_map(|field| field.text()).all(|field| !field.contains("cmd")), "no field runs anything");
}

#[test]
fn a_workbook_holds_them_as_text_and_no_formula() {
    let (evaluation, names) = evaluation();
    let reported = reported();
    let declaration = Declaration::new(&evaluation, &names, &reported, &Standing::default()).write().unwrap();

    for (bytes, column) in [(declaration, 1), (statistics::write(&reported), 2)] {
        let package = open_package(&bytes);
        for (name, part) in package.texts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/")) {
            assert!(!part.contains("<f>") && !part.contains("<f "), "{name} has a formula");
            roxmltree::Document::parse(part).unwrap();
        }
        assert!(!package.texts.keys().any(|name| name.contains("externalLink") || name.contains("vba")));
        let sheets = reported::open(&bytes);
        for wanted in [SCRIPT, FORMULA] {
            let found = sheets.values().filter(|sheet| sheet.end().is_some());
            let found: usize = found.map(|sheet| reported::find(sheet, column, wanted).len()).sum();
            assert!(found >= 2, "{wanted}: {found}");
        }
    }
}
