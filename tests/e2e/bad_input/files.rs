//! Bad input as a file.

use std::io::{Cursor, Write as _};

use junheng_e2e::{Database, Workbook, on_both_databases};
use junheng_proto::ingest::v1::{
    Finding, GetTemplateRequest, ImportFileHeader, ImportFileResponse, SubmitMonthRequest,
    submit_month_response::Outcome,
};
use tonic::Status;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Scene, errors};
use crate::errors::assert_fields;

on_both_databases!(
    what_is_wrong_in_a_workbook_is_found_at_its_cell,
    what_is_no_workbook_is_found,
    what_is_wrong_in_a_table_is_found_at_its_line,
    a_file_in_gbk_is_taken_for_what_it_is,
);

const SCHOOLS: &str = "xl/worksheets/sheet2.xml";

/// What is wrong, how it comes into a good workbook, and the rules that tell it with their places.
type Wrong = (&'static str, fn(&mut Workbook), &'static [(&'static str, &'static str)]);

const CELLS: [Wrong; 17] = [
    ("a text", |w| w.school("D5", "许多"), &[("number", "学校数据!D5")]),
    ("a thousands separator", |w| w.school("D5", "1,000"), &[("number", "学校数据!D5")]),
    ("no number", |w| w.school("W5", "NaN"), &[("number", "学校数据!W5")]),
    ("infinity", |w| w.school("W5", "inf"), &[("number", "学校数据!W5")]),
    ("negative", |w| w.school("W5", "-1"), &[("not_negative", "学校数据!W5")]),
    ("three decimals", |w| w.school("U5", "4500.125"), &[("amount_decimals", "学校数据!U5")]),
    ("half a person", |w| w.school("K5", "60.5"), &[("count_whole", "学校数据!K5")]),
    ("a count's overflow", |w| w.school("AA5", "2147483648"), &[("number_range", "学校数据!AA5")]),
    ("an amount's overflow", |w| w.school("X5", "1000000000000"), &[("number_range", "学校数据!X5")]),
    ("a school twice", |w| w.school("A6", "2121000001"), &[("school_once", "学校数据!A6")]),
    ("a school of another county", |w| w.school("A6", "2122000001"), &[("school_in_county", "学校数据!A6")]),
    ("a formula that was not computed", |w| cell(w, "D5", "<f>D6*2</f>"), &[("cell_formula", "学校数据!D5")]),
    ("an error of Excel", |w| cell(w, "D5", "<v>#N/A</v>"), &[("cell_error", "学校数据!D5")]),
    ("merged cells", merge, &[("cell_merged", "学校数据!D5")]),
    ("a renamed heading", |w| w.school("D3", "小学学生数"), &[("column_heading", "学校数据!D3")]),
    ("an unknown element", extra, &[("column_known", "学校数据!AF3")]),
    ("a sheet that is gone", gone, &[("sheet_missing", "a.xlsx")]),
];

/// Puts what a cell has in itself.
fn cell(workbook: &mut Workbook, cell: &str, content: &str) {
    workbook.school(cell, "1");
    let kind = if content.contains("#N/A") { " t=\"e\"" } else { "" };
    workbook.change(SCHOOLS, |text| {
        let start = text.find(&format!("<c r=\"{cell}\"")).unwrap();
        let open = start + text[start..].find('>').unwrap();
        let end = start + text[start..].find("</c>").unwrap();
        format!("{}{kind}>{content}{}", &text[..open], &text[end..])
    });
}

fn merge(workbook: &mut Workbook) {
    let merged = "</sheetData><mergeCells count=\"1\"><mergeCell ref=\"D5:D6\"/></mergeCells>";
    workbook.change(SCHOOLS, |text| text.replacen("</sheetData>", merged, 1));
}

fn extra(workbook: &mut Workbook) {
    for (row, cell) in [(3, "t=\"inlineStr\"><is><t>食堂（个）</t></is>"), (5, "><v>1</v>")] {
        workbook.change(SCHOOLS, |text| {
            let row_at = text.find(&format!("<row r=\"{row}\"")).unwrap();
            let end = row_at + text[row_at..].find("</row>").unwrap();
            format!("{}<c r=\"AF{row}\" {cell}</c>{}", &text[..end], &text[end..])
        });
    }
}

fn gone(workbook: &mut Workbook) {
    workbook.change("xl/workbook.xml", |text| {
        let start = text.find("<sheet name=\"学校数据\"").unwrap();
        let end = start + text[start..].find("/>").unwrap() + 2;
        format!("{}{}", &text[..start], &text[end..])
    });
}

async fn filled(scene: &Scene) -> Workbook {
    let request = GetTemplateRequest {
        region: scene.county.region.clone(),
        month: scene.county.month.clone(),
        standard: String::new(),
    };
    let made = scene.suite.files().get_template(request).await.unwrap().into_inner();
    let mut workbook = Workbook::open(&made.content);
    workbook.fill(&scene.county);
    workbook
}

async fn import(scene: &Scene, id: &str, files: &[(&str, &[u8])]) -> Result<ImportFileResponse, Status> {
    let submission = SubmitMonthRequest {
        region: scene.county.region.clone(),
        month: scene.county.month.clone(),
        request_id: id.replace(|letter: char| !letter.is_ascii_alphanumeric(), "."),
        ..SubmitMonthRequest::default()
    };
    scene.suite.import(ImportFileHeader { submission: Some(submission), annotate: true }, files).await
}

/// What checking the files alone finds.
async fn checked(scene: &Scene, files: &[(&str, &[u8])]) -> Vec<Finding> {
    let submission = SubmitMonthRequest {
        region: scene.county.region.clone(),
        month: scene.county.month.clone(),
        validate_only: true,
        ..SubmitMonthRequest::default()
    };
    let header = ImportFileHeader { submission: Some(submission), annotate: false };
    match scene.suite.import(header, files).await.unwrap().submission.unwrap().outcome {
        Some(Outcome::Refusal(refusal)) => refusal.findings,
        other => panic!("{other:?}"),
    }
}

/// Imports what must be refused for exactly these errors, found by checking alone as well, and leaves nothing behind.
async fn refused(scene: &Scene, what: &str, files: &[(&str, &[u8])], told: &[(&str, &str)]) {
    let checked = checked(scene, files).await;
    let response = import(scene, what, files).await.unwrap();
    let Some(Outcome::Refusal(refusal)) = response.submission.unwrap().outcome else {
        panic!("{what} was not refused")
    };
    assert_eq!(errors(&refusal.findings), told, "{what}");
    assert_eq!(refusal.findings, checked, "{what}");
    assert!(!response.annotated.is_empty(), "{what} comes back with its findings");
    scene.assert_nothing_written(what).await;
}

async fn what_is_wrong_in_a_workbook_is_found_at_its_cell(database: Database) {
    let scene = Scene::start(database).await;
    let good = filled(&scene).await;

    for (what, spoil, told) in CELLS {
        let mut workbook = good.clone();
        spoil(&mut workbook);
        refused(&scene, what, &[("a.xlsx", &workbook.bytes())], told).await;
    }

    let mut dated = good.clone();
    let cell = dated.item("basic_recognised_on", "F", "2015年12月1日");
    let place = format!("县级指标!{cell}");
    refused(&scene, "a date as text", &[("a.xlsx", &dated.bytes())], &[("item_value", &place)]).await;
    let mut dated = good;
    let cell = dated.item("monitoring_kept", "H", "去年");
    let place = format!("县级指标!{cell}");
    refused(&scene, "a day as text", &[("a.xlsx", &dated.bytes())], &[("date", &place)]).await;
}

/// An archive whose one entry expands to far more than it has.
fn bomb() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(vec![]));
    writer.start_file(SCHOOLS, SimpleFileOptions::default()).unwrap();
    for _ in 0..100 {
        writer.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

async fn what_is_no_workbook_is_found(database: Database) {
    let scene = Scene::start(database).await;
    let whole = filled(&scene).await.bytes();
    let old = [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600]].concat();
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bomb = bomb();
    assert!(bomb.len() < 1 << 20);

    for (what, bytes) in [
        ("broken", b"PK\x03\x04".as_slice()),
        ("cut off", &whole[..whole.len() / 2]),
        ("a workbook of Excel 97", &old),
        ("protected by a password", &[old.as_slice(), &name].concat()),
        ("a zip bomb", &bomb),
    ] {
        refused(&scene, what, &[("a.xlsx", bytes)], &[("workbook", "a.xlsx")]).await;
        assert_eq!(checked(&scene, &[("a.xlsx", bytes)]).await.len(), 1, "{what}: no school was left out by it");
    }
}

async fn what_is_wrong_in_a_table_is_found_at_its_line(database: Database) {
    let scene = Scene::start(database).await;
    let (utf16, header) = (b"\xff\xfea\0,\0b\0\n\0".as_slice(), "school_code,books\n");
    let of = |rows: &str| format!("{header}{rows}").into_bytes();

    for (what, bytes, told) in [
        ("a header only", of(""), ("file_empty", "s.csv")),
        ("UTF-16", utf16.to_vec(), ("encoding", "s.csv:1")),
        ("a document", b"%PDF-1.7\n".to_vec(), ("workbook", "s.csv")),
        ("neither UTF-8 nor GBK", [&of("2121000001,1\n"), b"\xff\xff\n".as_slice()].concat(), ("encoding", "s.csv:3")),
        ("an unknown column", b"school_code,canteens\n2121000001,1\n".to_vec(), ("column_known", "s.csv:1.2")),
        ("a column twice", b"school_code,books,books\n2121000001,1,1\n".to_vec(), ("column_once", "s.csv:1.3")),
        ("a notice", "关于报送数据的通知\n各县，各校：\n".into(), ("sheet_header", "s.csv:1")),
        ("no code", b"books\n1\n".to_vec(), ("column_required", "s.csv:1")),
        ("a cell too many", of("2121000001,1,2\n"), ("row_length", "s.csv:2")),
        ("a text", of("2121000001,many\n"), ("number", "s.csv:2.books")),
        ("no number", of("2121000001,NaN\n"), ("number", "s.csv:2.books")),
        ("negative", of("2121000001,-1\n"), ("not_negative", "s.csv:2.books")),
        ("overflow", of("2121000001,99999999999999999999\n"), ("number_range", "s.csv:2.books")),
        ("a school twice", of("2121000001,1\n2121000001,1\n"), ("school_once", "s.csv:3.school_code")),
        ("an unknown school", of("2199999999,1\n"), ("school_registered", "s.csv:2.school_code")),
    ] {
        refused(&scene, what, &[("s.csv", &bytes)], &[told]).await;
    }

    let rows: Vec<_> = (0..10_000).map(|number| format!("{},1\n", 2_199_000_000_u64 + number)).collect();
    let rows = of(&rows.concat());
    let told = checked(&scene, &[("s.csv", &rows)]).await;
    assert_eq!((told[0].rule.as_str(), told[0].path.as_str()), ("sheet_size", "s.csv"), "before those of each school");
    let status = import(&scene, "no file", &[]).await.unwrap_err();
    assert_fields(&status, &["chunk"]);
    scene.assert_nothing_written("10,000 schools").await;
}

async fn a_file_in_gbk_is_taken_for_what_it_is(database: Database) {
    let scene = Scene::start(database).await;
    // 学校 in GBK reads as ѧУ in UTF-8; what is found stands under its Chinese name all the same.
    let (gbk, ..) = encoding_rs::GBK.encode("学校标识码,学校名称,图书\n2121000001,第一小学,一千册\n");
    let told = [("number", "s.csv:2.books")];
    refused(&scene, "GBK", &[("s.csv", &gbk)], &told).await;
    // Of a file that says UTF-8 and is GBK, too.
    let marked = [b"\xef\xbb\xbf".as_slice(), &gbk].concat();
    refused(&scene, "GBK marked as UTF-8", &[("s.csv", &marked)], &told).await;
}
