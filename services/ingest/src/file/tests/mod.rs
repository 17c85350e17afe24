//! Workbooks that were filled in, well or badly, and what is read of them.

mod annotated;
mod bad_files;
mod bad_workbooks;
mod round_trip;

use std::io::{Cursor, Read as _, Write as _};

use junheng_domain::{facts::SchoolFacts, school::School, standard::Standard};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{Before, NamedFile, Reading, Template, read};

/// Sheets of a template, by the number of their part; the guide is the first.
const SCHOOLS: usize = 2;
const ITEMS: usize = 3;

/// A workbook whose parts can be changed.
struct Book(Vec<(String, Vec<u8>)>);

impl Book {
    fn open(bytes: &[u8]) -> Self {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut parts = Vec::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let mut part = Vec::new();
            entry.read_to_end(&mut part).unwrap();
            parts.push((entry.name().unwrap().into_owned(), part));
        }
        Self(parts)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(vec![]));
        for (name, part) in &self.0 {
            writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
            writer.write_all(part).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn part(&self, name: &str) -> String {
        let (_, part) = self.0.iter().find(|(found, _)| found == name).unwrap();
        String::from_utf8(part.clone()).unwrap()
    }

    /// Changes a part.
    fn change(&mut self, name: &str, change: impl FnOnce(String) -> String) {
        let (_, part) = self.0.iter_mut().find(|(found, _)| found == name).unwrap();
        let text = String::from_utf8(std::mem::take(part)).unwrap();
        *part = change(text).into_bytes();
    }

    /// Puts a value into a cell, with the attributes of its kind; its format stays.
    fn put(&mut self, sheet: usize, cell: &str, attributes: &str, value: &str) {
        self.change(&format!("xl/worksheets/sheet{sheet}.xml"), |text| {
            let start = text.find(&format!("<c r=\"{cell}\"")).unwrap_or_else(|| panic!("no cell {cell}"));
            let open = start + text[start..].find('>').unwrap();
            let end = if text[..open].ends_with('/') { open } else { start + text[start..].find("</c>").unwrap() + 3 };
            let style = text[start..open].split("s=\"").nth(1).map_or("0", |rest| rest.split('"').next().unwrap());
            let new = format!("<c r=\"{cell}\" s=\"{style}\" {attributes}>{value}</c>");
            format!("{}{new}{}", &text[..start], &text[end + 1..])
        });
    }

    fn number(&mut self, sheet: usize, cell: &str, number: &str) {
        self.put(sheet, cell, "", &format!("<v>{number}</v>"));
    }

    fn text(&mut self, sheet: usize, cell: &str, text: &str) {
        self.put(sheet, cell, "t=\"inlineStr\"", &format!("<is><t xml:space=\"preserve\">{text}</t></is>"));
    }

    /// What is read of it.
    fn read(&self) -> Reading {
        read_bytes(&self.bytes())
    }

    /// The rules that are broken, each with its place.
    fn findings(&self) -> Vec<(String, String)> {
        rules(&self.read())
    }
}

fn read_bytes(bytes: &[u8]) -> Reading {
    read(&[NamedFile { name: "a.xlsx", bytes }])
}

fn rules(reading: &Reading) -> Vec<(String, String)> {
    reading.findings.iter().map(|finding| (finding.rule.clone(), finding.path.clone())).collect()
}

fn one(rule: &str, path: &str) -> (String, String) {
    (rule.to_owned(), path.to_owned())
}

/// Two schools: a primary one and a nine-year one.
fn template() -> Template {
    let school = |code: &str, kind: &str, name: &str| School {
        code: code.parse().unwrap(),
        name: name.into(),
        school_type: kind.parse().unwrap(),
        organiser_type: None,
        urban_rural_code: None,
        group: None,
        opened_on: None,
        closed_on: None,
    };
    Template {
        county: "210922".parse().unwrap(),
        county_name: "彰武县".into(),
        month: "2024-12".parse().unwrap(),
        schools: vec![school("2121000001", "211", "第一小学"), school("3121000002", "312", "=cmd|' /C calc'!A0")],
        standards: vec![Standard::find_national("national-quality-2017").unwrap().unwrap().clone()],
        before: Some(Before {
            month: "2024-11".parse().unwrap(),
            facts: vec![SchoolFacts::missing("2121000001".parse().unwrap())],
            items: vec![],
        }),
    }
}

/// A template with one school filled in and one county item declared.
fn filled() -> Book {
    let mut book = Book::open(&template().write().unwrap());
    book.number(SCHOOLS, "D5", "40");
    book.number(SCHOOLS, "U5", "320.5");
    book
}
