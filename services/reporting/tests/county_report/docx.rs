//! The Word document: opened again as Word would, and as `LibreOffice` does.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
    path::{Path, PathBuf},
    process::Command,
};

use junheng_proto::evaluation::v1::Evaluation;
use junheng_reporting::report::{CountyReport, Names};
use roxmltree::{Document, Node};

use crate::fixture::{all_met, names};

const W: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// The text parts of a package, and the names of all.
pub(crate) struct Package {
    pub(crate) texts: BTreeMap<String, String>,
    pictures: Vec<String>,
}

pub(crate) fn open(bytes: &[u8]) -> Package {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let (mut texts, mut pictures) = (BTreeMap::new(), vec![]);
    for index in 0..zip.len() {
        let mut part = zip.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        if name.starts_with("word/media/") {
            pictures.push(name);
        } else {
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            texts.insert(name, text);
        }
    }
    Package { texts, pictures }
}

fn named<'a>(node: Node<'a, 'a>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants().filter(move |node| node.tag_name().name() == name)
}

fn value<'a>(node: Node<'a, 'a>, name: &'static str) -> Option<&'a str> {
    named(node, name).next()?.attribute((W, "val"))
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

/// Opens a document and holds it against the main rules of its format.
pub(crate) fn check(bytes: &[u8]) -> Package {
    let package = open(bytes);
    for (name, text) in &package.texts {
        Document::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let body = Document::parse(&package.texts["word/document.xml"]).unwrap();
    let styles = Document::parse(&package.texts["word/styles.xml"]).unwrap();
    let defined: Vec<_> = named(styles.root(), "style").filter_map(|style| style.attribute((W, "styleId"))).collect();
    for name in ["pStyle", "tblStyle"] {
        for used in named(body.root(), name).filter_map(|node| node.attribute((W, "val"))) {
            assert!(defined.contains(&used), "{used}");
        }
    }
    let relations = Document::parse(&package.texts["word/_rels/document.xml.rels"]).unwrap();
    let targets: BTreeMap<_, _> = named(relations.root(), "Relationship")
        .map(|relation| (relation.attribute("Id").unwrap(), relation.attribute("Target").unwrap()))
        .collect();
    let attributes = body.descendants().flat_map(|node| node.attributes());
    for used in
        attributes.filter(|attribute| attribute.namespace().is_some_and(|space| space.ends_with("relationships")))
    {
        let part = format!("word/{}", targets[used.value()]);
        assert!(package.texts.contains_key(&part) || package.pictures.contains(&part), "{part}");
    }
    for table in named(body.root(), "tbl") {
        let columns = named(table, "gridCol").count();
        let rows: Vec<_> = named(table, "tr").collect();
        assert!(named(rows[0], "tblHeader").next().is_some(), "the head repeats on every page");
        for row in rows {
            assert_eq!(named(row, "tc").count(), columns, "{}", text(row));
            assert!(named(row, "tc").all(|cell| named(cell, "p").next().is_some()), "a cell holds a paragraph");
        }
    }
    package
}

pub(crate) fn zhangwu() -> Evaluation {
    serde_json::from_str(include_str!("golden/zhangwu.json")).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Has `LibreOffice` print it, and gives the text of the pages without blanks, which stand wherever the type is spaced.
pub(crate) fn print(bytes: &[u8], name: &str, ending: &str) -> String {
    let folder = folder(name);
    let document = folder.join("report").with_extension(ending);
    fs::write(&document, bytes).unwrap();
    let printed = Command::new("soffice")
        .arg(format!("-env:UserInstallation=file://{}", folder.join("profile").display()))
        .args(["--headless", "--convert-to", "pdf", "--outdir"])
        .args([&folder, &document])
        .output()
        .unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let pages = Command::new("pdftotext").args(["-layout"]).arg(folder.join("report.pdf")).arg("-").output().unwrap();
    assert!(pages.status.success());
    String::from_utf8(pages.stdout).unwrap().split_whitespace().collect()
}

#[test]
fn the_report_is_a_word_document_with_real_headings_tables_and_pictures() {
    let report = CountyReport::new(&zhangwu(), &names("各校数据为重构数据"));
    let package = check(&report.docx().unwrap());
    let body = Document::parse(&package.texts["word/document.xml"]).unwrap();

    let of_style = |style: &'static str| {
        let paragraphs = named(body.root(), "p").filter(move |paragraph| value(*paragraph, "pStyle") == Some(style));
        paragraphs.map(text).collect::<Vec<_>>()
    };
    assert_eq!(of_style("Title"), ["彰武县义务教育优质均衡发展自查报告"]);
    let sections = of_style("Heading1");
    assert_eq!(sections[..3], ["一、基本情况", "二、资源配置", "三、政府保障程度"]);
    assert_eq!(of_style("Heading2")[..2], ["（一）小学", "（二）初中"]);
    assert_eq!(of_style("Annex")[0], "附件1");
    assert_eq!(of_style("AnnexTitle")[0], "各评估单元指标值");
    assert_eq!(of_style("Annexes"), ["附件：1.各评估单元指标值"]);
    assert_eq!(of_style("AnnexesNext")[0], "2.评估依据和计算说明");
    let pictures = named(body.root(), "docPr").map(|picture| picture.attribute("descr").unwrap());
    let described: Vec<&str> = pictures.collect();
    // Of each stage: coefficients, values of units, pupils below the line.
    for (told, count) in [("限值0.", 2), ("最低：", 2), ("未达到标准值的", 2)] {
        assert_eq!(described.iter().filter(|description| description.contains(told)).count(), count, "{told}");
    }
    assert_eq!((described.len(), package.pictures.len()), (6, 6));
    let landscape = named(body.root(), "pgSz").filter(|page| page.attribute((W, "orient")) == Some("landscape"));
    assert_eq!(landscape.count(), 1, "the table of all units lies across");
}

#[test]
fn the_document_is_set_as_an_official_one() {
    let package = check(&CountyReport::new(&all_met(), &names("")).docx().unwrap());
    let styles = Document::parse(&package.texts["word/styles.xml"]).unwrap();
    let style = |id: &str| {
        let style = named(styles.root(), "style").find(|style| style.attribute((W, "styleId")) == Some(id)).unwrap();
        let font = named(style, "rFonts").next().and_then(|fonts| fonts.attribute((W, "eastAsia")));
        (font, value(style, "sz"), named(style, "spacing").next().and_then(|spacing| spacing.attribute((W, "line"))))
    };

    assert_eq!(style("Title"), (Some("方正小标宋简体"), Some("44"), Some("640")));
    assert_eq!(style("Normal"), (Some("仿宋_GB2312"), Some("32"), Some("560")));
    assert_eq!(style("Heading1"), (Some("黑体"), None, Some("560")));
    assert_eq!(style("Heading2"), (Some("楷体_GB2312"), None, Some("560")));
    let body = Document::parse(&package.texts["word/document.xml"]).unwrap();
    let margins = named(body.root(), "pgMar").next().unwrap();
    let sides = ["top", "right", "bottom", "left"].map(|side| margins.attribute((W, side)).unwrap());
    assert_eq!(sides, ["2098", "1474", "1985", "1588"], "37, 26, 35 and 28 mm");
    assert!(package.texts["word/footer1.xml"].contains(" PAGE "));
}

#[test]
fn the_figures_are_those_of_the_other_formats() {
    let report = CountyReport::new(&zhangwu(), &names(""));
    let package = check(&report.docx().unwrap());
    let body = Document::parse(&package.texts["word/document.xml"]).unwrap();
    let cells: Vec<String> = named(body.root(), "tc").map(text).filter(|text| !text.is_empty()).collect();

    let html = report.html().unwrap();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = Document::parse_with_options(&html, options).unwrap();
    let texts = page.descendants().filter(|node| matches!(node.tag_name().name(), "td" | "th")).map(text);
    let shown: Vec<String> = texts.filter(|text| !text.is_empty() && text != "报告信息" && text != "内容").collect();
    let cells: Vec<String> = cells.into_iter().filter(|text| text != "报告信息" && text != "内容").collect();

    assert_eq!(cells, shown);
}

#[test]
fn headings_tables_and_the_signature_never_stand_alone() {
    let county = Names { county_name: "某某满族蒙古族自治县".to_owned(), ..names("") };
    let package = check(&CountyReport::new(&zhangwu(), &county).docx().unwrap());
    let body = Document::parse(&package.texts["word/document.xml"]).unwrap();
    let blocks: Vec<_> = named(body.root(), "body").next().unwrap().children().filter(Node::is_element).collect();
    let style = |node: &Node<'_, '_>| value(*node, "pStyle").unwrap_or_default().to_owned();
    let keeps = |node: Node<'_, '_>| named(node, "keepNext").next().is_some();

    let title = blocks.iter().find(|block| style(block) == "Title").unwrap();
    let lines: Vec<_> = named(*title, "t").map(text).collect();
    assert_eq!(lines, ["某某满族蒙古族自治县义务教育", "优质均衡发展自查报告"], "broken between words");
    let first = blocks.iter().position(|block| style(block) == "Annexes").unwrap();
    assert!(keeps(blocks[first - 1]), "the body's end goes with who sends it: {}", text(blocks[first - 1]));
    let signature = blocks.iter().position(|block| style(block) == "Signature").unwrap();
    assert!(signature > first && text(blocks[signature]).starts_with("报告单位"));
    let mut noted = 0;
    for pair in blocks.windows(2).filter(|pair| pair[0].tag_name().name() == "tbl" && style(&pair[1]) == "TableNote") {
        if !text(pair[1]).is_empty() {
            noted += 1;
            assert!(named(pair[0], "tr").last().is_some_and(keeps), "{}", text(pair[1]));
        }
    }
    assert!(noted >= 3, "{noted}");
    assert!(named(body.root(), "trPr").all(|row| named(row, "cantSplit").next().is_some()));
}

/// How wide a figure is in type that is as wide as any that stands in: 0.64 of its size. Units: twentieths of a point.
fn figure_width(figure: &str, size: f64, bold: bool) -> f64 {
    let width: f64 = figure.chars().map(|character| if character == '%' { 0.95 } else { 0.64 }).sum();
    width * size * if bold { 1.09 } else { 1.0 }
}

#[test]
fn no_cell_is_narrower_than_a_figure_in_it() {
    let evaluations = [zhangwu(), all_met(), crate::fixture::county()];
    for evaluation in evaluations {
        let package = check(&CountyReport::new(&evaluation, &names("")).docx().unwrap());
        let body = Document::parse(&package.texts["word/document.xml"]).unwrap();
        let mut figures = 0;
        for table in named(body.root(), "tbl") {
            let margins: f64 = named(table, "tblCellMar")
                .flat_map(|margins| margins.children())
                .filter_map(|side| side.attribute((W, "w"))?.parse::<f64>().ok())
                .sum();
            for cell in named(table, "tc") {
                let width: f64 = named(cell, "tcW").next().unwrap().attribute((W, "w")).unwrap().parse().unwrap();
                let small = value(cell, "pStyle").is_some_and(|style| style.ends_with("Small"));
                let (size, bold) = (if small { 180.0 } else { 210.0 }, named(cell, "b").next().is_some());
                let told = text(cell);
                let words = told.split(|character: char| !character.is_ascii_digit() && !".%/".contains(character));
                for figure in words.filter(|figure| !figure.is_empty() && figure.len() < 15) {
                    let needed = figure_width(figure, size, bold) + margins;
                    assert!(width >= needed, "{figure} in {told}: {width} < {needed}");
                    figures += 1;
                }
            }
        }
        assert!(figures > 100);
    }
}

#[test]
fn the_same_evaluation_gives_the_same_bytes() {
    let docx = || CountyReport::new(&zhangwu(), &names("")).docx().unwrap();

    assert_eq!(docx(), docx());
}

#[test]
fn no_text_becomes_markup_or_breaks_the_document() {
    let mut evaluation = zhangwu();
    evaluation.resources[0].units[0].school_name = "<w:p/>&\"'\u{0}\u{b}]]><script>".to_owned();

    let package =
        check(&CountyReport::new(&evaluation, &Names { county_name: "<b>县".to_owned(), ..names("") }).docx().unwrap());

    let body = Document::parse(&package.texts["word/document.xml"]).unwrap();
    assert!(named(body.root(), "t").any(|node| text(node).contains("<w:p/>&\"'  ]]><script>")));
}

#[test]
fn libreoffice_prints_every_section() {
    let report = CountyReport::new(&zhangwu(), &names("各校数据为重构数据"));

    let pages = print(&report.docx().unwrap(), "zhangwu", "docx");

    for text in
        ["彰武县义务教育优质均衡发展自查报告", "一、基本情况", "24/28", "0.372", "附件：1.各评估单元指标值", "—2—"]
    {
        assert!(pages.contains(text), "{text}");
    }
}
