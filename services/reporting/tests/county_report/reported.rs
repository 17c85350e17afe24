//! What Zhangwu reported, from `tests/data/zhangwu-2024`, as the store would give it; and workbooks, opened again.

use std::{collections::BTreeMap, fs, io::Cursor, path::Path};

use calamine::{Data, Range, Reader as _, Xlsx};
use junheng_domain::{
    element::Element,
    facts::{CountyItem, DatedItem, ItemValue, SchoolFacts},
    quantity::Quantity,
    school::School,
};
use junheng_reporting::workbook::Reported;

fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/zhangwu-2024").join(file);
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| head.iter().map(|name| (*name).to_owned()).zip(line.split(',').map(str::to_owned)).collect();
    lines.map(row).collect()
}

/// What Zhangwu reported for December 2024.
pub(crate) fn zhangwu() -> Reported {
    let (mut schools, mut facts) = (vec![], vec![]);
    for row in rows("schools.csv") {
        let school = School {
            code: row["school_code"].parse().unwrap(),
            name: row["name"].clone(),
            school_type: row["school_type"].parse().unwrap(),
            organiser_type: row["organiser_type"].parse().ok(),
            urban_rural_code: Some(row["urban_rural_code"].clone()),
            group: None,
            opened_on: None,
            closed_on: None,
        };
        let mut values = SchoolFacts::missing(school.code.clone());
        for element in Element::all() {
            let text = row.get(element.id()).filter(|text| !text.is_empty());
            values.set(element, text.map(|text| Quantity::parse(text).unwrap()));
        }
        schools.push(school);
        facts.push(values);
    }
    let items = rows("items.csv").iter().map(item).collect();
    Reported { schools, facts, items }
}

fn item(row: &BTreeMap<String, String>) -> DatedItem {
    let value = match row["value"].as_str() {
        "true" => ItemValue::Declaration(true),
        "false" => ItemValue::Declaration(false),
        number => ItemValue::Quantity(Quantity::parse(number).unwrap()),
    };
    let item = CountyItem {
        item: row["item"].clone(),
        operand: row["operand"].clone(),
        value,
        declared_on: row["declared_on"].parse().ok(),
        declared_by: row["declared_by"].clone(),
        evidence: row["evidence"].clone(),
    };
    DatedItem { item, month: "2024-12".parse().unwrap() }
}

/// The sheets of a workbook by name.
pub(crate) fn open(bytes: &[u8]) -> BTreeMap<String, Range<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    book.worksheets().into_iter().collect()
}

/// The text of a cell; a number as the shortest that reads back to it.
pub(crate) fn text(range: &Range<Data>, row: u32, column: u32) -> String {
    range.get_value((row, column)).map(ToString::to_string).unwrap_or_default()
}

/// The number in a cell; nothing where there is a text.
pub(crate) fn number(range: &Range<Data>, row: u32, column: u32) -> Option<f64> {
    match range.get_value((row, column)) {
        Some(Data::Float(number)) => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "the tests have small numbers")]
        Some(Data::Int(number)) => Some(*number as f64),
        _ => None,
    }
}

/// The rows whose cell in a column is this text.
pub(crate) fn find(range: &Range<Data>, column: u32, wanted: &str) -> Vec<u32> {
    let last = range.end().unwrap().0;
    (0..=last).filter(|row| text(range, *row, column) == wanted).collect()
}
