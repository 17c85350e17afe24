//! A workbook that a county fills in: its parts, to put values into cells as Excel does.

use std::io::{Cursor, Read as _, Write as _};

use junheng_proto::ingest::v1::county_item::Value;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{County, county::dated};

/// Part of the sheet of schools in a template.
const SCHOOLS: &str = "xl/worksheets/sheet2.xml";
/// Part of the sheet of county items in a template.
const ITEMS: &str = "xl/worksheets/sheet3.xml";
/// First row of data, from 1.
const FIRST_ROW: usize = 5;

/// A template, to be filled in.
#[derive(Debug, Clone)]
pub struct Workbook(Vec<(String, Vec<u8>)>);

impl Workbook {
    /// Opens one.
    #[must_use]
    pub fn open(bytes: &[u8]) -> Self {
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

    /// Saves it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(vec![]));
        for (name, part) in &self.0 {
            writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
            writer.write_all(part).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// The text of a part: `xl/sharedStrings.xml`.
    #[must_use]
    pub fn part(&self, name: &str) -> String {
        let (_, part) = self.0.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no part {name}"));
        String::from_utf8(part.clone()).unwrap()
    }

    /// Puts a value into a cell of the sheet of schools.
    pub fn school(&mut self, cell: &str, value: &str) {
        self.put(SCHOOLS, cell, value);
    }

    /// Puts a value into a cell of an operand of the sheet of county items; gives the cell.
    pub fn item(&mut self, operand: &str, column: &str, value: &str) -> String {
        let asked = self.items();
        let (row, ..) = asked.iter().find(|(_, _, listed)| listed == operand).unwrap();
        let cell = format!("{column}{row}");
        self.put(ITEMS, &cell, value);
        cell
    }

    /// Changes the text of a part: `xl/workbook.xml`.
    pub fn change(&mut self, name: &str, change: impl FnOnce(String) -> String) {
        let (_, part) = self.0.iter_mut().find(|(found, _)| found == name).unwrap();
        *part = change(String::from_utf8(std::mem::take(part)).unwrap()).into_bytes();
    }

    /// Fills in what a county reports: the template has its schools, by code.
    pub fn fill(&mut self, county: &County) {
        let mut facts = county.facts.clone();
        facts.sort_by(|a, b| a.school_code.cmp(&b.school_code));
        let ids = self.texts(SCHOOLS);
        // Below the Chinese headings stand the ids, hidden. The first three columns are filled in beforehand.
        let named = |column: String| Some((column.clone(), ids(&format!("{column}4"))?));
        let columns: Vec<_> = (3..).map(letters).map_while(named).collect();
        for (row, school) in (FIRST_ROW..).zip(&facts) {
            let values = serde_json::to_value(school).unwrap();
            for (column, id) in &columns {
                // The canonical JSON calls a field by its name in camel case.
                let value = values.get(camel(id)).filter(|value| !value.is_null());
                if let Some(value) = value {
                    self.put(SCHOOLS, &format!("{column}{row}"), &value.to_string());
                }
            }
        }
        let asked = self.items();
        let mut open = asked.iter().filter(|(.., operand)| operand.is_empty());
        for item in county.items.iter().map(|item| dated(item, &county.month)) {
            let listed = asked.iter().find(|(_, of, operand)| *of == item.item && *operand == item.operand);
            let row = listed.or_else(|| open.next()).unwrap().0;
            if listed.is_none() {
                self.put(ITEMS, &format!("C{row}"), &item.operand);
            }
            let value = match item.value.as_ref().unwrap() {
                Value::Quantity(number) => number.to_string(),
                Value::Declaration(value) => if *value { "是" } else { "否" }.to_owned(),
                Value::Date(date) => date.clone(),
            };
            for (column, text) in
                [("F", &value), ("H", &item.declared_on), ("I", &item.declared_by), ("J", &item.evidence)]
            {
                if !text.is_empty() {
                    self.put(ITEMS, &format!("{column}{row}"), text);
                }
            }
        }
    }

    /// The rows of county items: number, item, operand.
    fn items(&self) -> Vec<(usize, String, String)> {
        let text = self.texts(ITEMS);
        let row = |row: usize| Some((row, text(&format!("A{row}"))?, text(&format!("C{row}")).unwrap_or_default()));
        (FIRST_ROW..).map_while(row).collect()
    }

    /// The texts of a sheet, by cell.
    fn texts(&self, part: &str) -> impl Fn(&str) -> Option<String> + use<> {
        let (sheet, strings) = (self.part(part), self.part("xl/sharedStrings.xml"));
        let strings: Vec<_> = strings.split("<si>").skip(1).map(|string| between(string, "<t", "</t>")).collect();
        move |cell| {
            let found = sheet.split(&format!("<c r=\"{cell}\"")).nth(1)?.split("<c r=").next()?;
            let index = found.contains("t=\"s\"").then(|| between(found, "<v", "</v>"))?;
            strings.get(index.parse::<usize>().ok()?).cloned()
        }
    }

    fn put(&mut self, part: &str, cell: &str, value: &str) {
        let (_, part) = self.0.iter_mut().find(|(name, _)| name == part).unwrap();
        let text = String::from_utf8(std::mem::take(part)).unwrap();
        let start = text.find(&format!("<c r=\"{cell}\"")).unwrap_or_else(|| panic!("no cell {cell}"));
        let open = start + text[start..].find('>').unwrap();
        let end = if text[..open].ends_with('/') { open } else { start + text[start..].find("</c>").unwrap() + 3 };
        let style = text[start..open].split("s=\"").nth(1).map_or("0", |rest| rest.split('"').next().unwrap());
        let new = match value.parse::<f64>() {
            Ok(_) => format!("<c r=\"{cell}\" s=\"{style}\"><v>{value}</v></c>"),
            Err(_) => format!("<c r=\"{cell}\" s=\"{style}\" t=\"inlineStr\"><is><t>{value}</t></is></c>"),
        };
        *part = format!("{}{new}{}", &text[..start], &text[end + 1..]).into_bytes();
    }
}

fn between(text: &str, open: &str, close: &str) -> String {
    let inner = text.split(open).nth(1).unwrap().split(close).next().unwrap();
    inner.split_once('>').unwrap().1.to_owned()
}

fn letters(column: usize) -> String {
    let letter = |index: usize| char::from(b'A' + u8::try_from(index).unwrap());
    if column < 26 { letter(column).to_string() } else { format!("{}{}", letter(column / 26 - 1), letter(column % 26)) }
}

fn camel(id: &str) -> String {
    let mut words = id.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| format!("{name}{}{}", word[..1].to_uppercase(), &word[1..]))
}
