//! What hostile bytes are thrown at, by the fuzz targets of `tests/fuzz` and by an ordinary test over their corpus.

use std::{
    io::{Cursor, Write as _},
    sync::LazyLock,
};

use junheng_domain::{
    checks::{Registry, check_facts, check_items},
    finding::{Finding, Severity},
    standard::Standard,
};
use junheng_proto::ingest::v1::SubmitMonthRequest;
use prost::Message as _;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    file::{self, NamedFile, Reading, Remark, Template},
    submission::{Content, Origin, decode, decode_form},
};

/// The submission message: bytes from the wire are decoded, held against the form of a request, and checked.
///
/// # Panics
///
/// When a finding says nothing of its place or its fault.
pub fn submission(bytes: &[u8]) {
    let Ok(request) = SubmitMonthRequest::decode(bytes) else { return };
    let Ok(form) = decode_form(&request, &Origin::default()) else { return };
    let sent = decode(&request, Origin::default(), &form);
    let standards = Standard::national().unwrap_or_default();
    let (schools, items) = match sent.content {
        Content::Whole { schools, items } => (schools, items),
        Content::Correction(correction) => correction.lay_over(vec![], vec![]),
    };
    let mut findings = sent.findings;
    findings.extend(check_facts(&schools, &Registry::default(), sent.month));
    findings.extend(check_items(&items, standards, sent.month));
    assert_told(&findings);
}

/// The CSV reader, for a table of schools or of county items, whatever the header says.
///
/// # Panics
///
/// When a finding says nothing of its place or its fault, or what was read cannot be sent back.
pub fn csv(bytes: &[u8]) {
    // A workbook is the other target's.
    if !bytes.starts_with(b"PK") {
        read(&NamedFile { name: "a.csv", bytes });
    }
}

/// The workbook reader. What is no archive is taken for the sheet of schools of one: an archive with a random change is refused by
/// its checksums before anything in it is read.
///
/// # Panics
///
/// As [`csv()`].
pub fn workbook(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        read(&NamedFile { name: "a.xlsx", bytes });
    } else if let Some(bytes) = with_sheet(bytes) {
        read(&NamedFile { name: "a.xlsx", bytes: &bytes });
    }
}

fn read(file: &NamedFile<'_>) {
    let reading = file::read(&[*file]);
    let mut findings = reading.findings.clone();
    let (county, month) = (TEMPLATE.county.clone(), TEMPLATE.month);
    findings.extend(reading.check_meant(&county, month));
    findings.extend(reading.unreadable_codes());
    let mut checked = check_facts(&reading.facts, &Registry::default(), month);
    checked.extend(check_items(&reading.items, Standard::national().unwrap_or_default(), month));
    reading.places.locate(&mut checked);
    findings.extend(checked);
    assert_told(&findings);
    // Nothing is lost in silence: a file of which nothing was read has a finding.
    assert!(!findings.is_empty() || !reading.registry.is_empty() || !reading.items.is_empty());
    send_back(&reading, &findings);
}

fn send_back(reading: &Reading, findings: &[Finding]) {
    let remark = |finding: &Finding| Remark {
        error: finding.severity == Severity::Error,
        path: finding.path.clone(),
        school: finding.school.clone().unwrap_or_default(),
        found: finding.found.clone(),
        message: finding.message.clone(),
        allowed: finding.allowed.clone(),
        remedy: finding.remedy.clone(),
    };
    let remarks: Vec<_> = findings.iter().take(100).map(remark).collect();
    let written = file::annotate(&TEMPLATE, reading, &remarks);
    assert!(written.is_ok(), "{written:?}");
}

fn assert_told(findings: &[Finding]) {
    let untold = findings.iter().find(|finding| finding.path.is_empty() || finding.message.is_empty());
    assert!(untold.is_none(), "{untold:?}");
}

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template {
    county: "210922".parse().unwrap_or_else(|_| unreachable!("a code of six digits")),
    county_name: "彰武县".to_owned(),
    month: "2024-12".parse().unwrap_or_else(|_| unreachable!("a month")),
    schools: vec![],
    standards: vec![],
    before: None,
});

/// A workbook of one sheet.
fn with_sheet(sheet: &[u8]) -> Option<Vec<u8>> {
    const PARTS: [(&str, &str); 4] = [
        (
            "_rels/.rels",
            "<Relationships><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
        ),
        (
            "xl/workbook.xml",
            "<workbook xmlns:r=\"r\"><sheets><sheet name=\"学校数据\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
        ),
        (
            "xl/_rels/workbook.xml.rels",
            "<Relationships><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        (
            "xl/styles.xml",
            "<styleSheet><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"9\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>",
        ),
    ];
    let mut writer = ZipWriter::new(Cursor::new(vec![]));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, part) in
        PARTS.map(|(name, part)| (name, part.as_bytes())).into_iter().chain([("xl/worksheets/sheet1.xml", sheet)])
    {
        writer.start_file(name, stored).ok()?;
        writer.write_all(part).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}
