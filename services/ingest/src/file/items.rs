//! The table of county items: `item,operand,value,declared_on,declared_by,evidence`.

use junheng_domain::{
    checks::ItemRow,
    facts::{CountyItem, ItemValue},
    finding::{Fault, Finding, Term},
    quantity::Quantity,
};

use super::table::Table;

const COLUMNS: [&str; 6] = ["item", "operand", "value", "declared_on", "declared_by", "evidence"];

/// Whether a file is a table of county items, by the first column of its header.
#[must_use]
pub fn looks_like_items(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b',' || *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(first).trim_start_matches('\u{feff}').trim() == "item"
}

/// Reads a table of county items, `file` being its name in findings. A row without a value is missing.
#[must_use]
pub fn read_items(file: &str, bytes: &[u8]) -> (Vec<ItemRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    let table =
        Table::read(file, bytes, &|column| COLUMNS.contains(&column), &["item", "operand", "value"], &mut findings);
    let mut rows = Vec::new();
    for row in table.rows() {
        let id = format!("{}.{}", row.cell("item"), row.cell("operand"));
        let cell = row.cell("value");
        if cell.is_empty() {
            continue;
        }
        let mut add = |column: &str, fault: Fault| {
            let finding = Finding::of(fault, format!("{}.{column}", row.path));
            findings.push(finding.of_element(&id).found(row.cell(column)));
        };
        let value = value(cell);
        if value.is_none() {
            add("value", Fault::ItemValue { what: (&id).into() });
        }
        let declared_on = row.cell("declared_on").parse().ok();
        if declared_on.is_none() && !row.cell("declared_on").is_empty() {
            let what = Term::new(format!("{id}的声明日期"), format!("The declaration date of {id}"));
            add("declared_on", Fault::Date { what });
        }
        let Some(value) = value else { continue };
        let item = CountyItem {
            item: row.cell("item").to_owned(),
            operand: row.cell("operand").to_owned(),
            value,
            declared_on,
            declared_by: row.cell("declared_by").to_owned(),
            evidence: row.cell("evidence").to_owned(),
        };
        rows.push(ItemRow { path: row.path, item });
    }
    (rows, findings)
}

fn value(text: &str) -> Option<ItemValue> {
    let level = |number| Quantity::whole(number).map(ItemValue::Quantity);
    match text {
        "true" | "TRUE" | "True" | "是" => Some(ItemValue::Declaration(true)),
        "false" | "FALSE" | "False" | "否" => Some(ItemValue::Declaration(false)),
        "Ⅰ" | "I" => level(1),
        "Ⅱ" | "II" => level(2),
        "Ⅲ" | "III" => level(3),
        "Ⅳ" | "IV" => level(4),
        _ => Quantity::parse(text).ok().map(ItemValue::Quantity).or_else(|| text.parse().ok().map(ItemValue::Date)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_is_read() {
        assert_eq!(value("true"), Some(ItemValue::Declaration(true)));
        assert_eq!(value("Ⅲ"), value("3"));
        assert_eq!(value("2015-12-01"), Some(ItemValue::Date("2015-12-01".parse().unwrap())));
        for text in ["yes", "85%", "2015-13-01", "NaN", "1,000"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_of_no_items_says_nothing_and_is_no_fault() {
        let (rows, findings) = read_items("i.csv", b"item,operand,value\n");

        assert!(rows.is_empty() && findings.is_empty());
    }

    #[test]
    fn every_fault_of_a_file_is_found_at_once() {
        let text = "item,operand,value,declared_on\nG1,declared_met,maybe,2024-13-01\nG2,x,,\n";

        let (rows, findings) = read_items("i.csv", text.as_bytes());

        let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["item_value", "date"]);
        assert!(rows.is_empty());
        assert!(looks_like_items(text.as_bytes()) && !looks_like_items(b"school_code,item\n"));
    }
}
