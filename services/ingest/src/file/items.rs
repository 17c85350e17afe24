//! The table of county items: `item,operand,value,declared_on,declared_by,evidence`.

use junheng_domain::{
    checks::{ItemRow, national_operand},
    facts::{CountyItem, ItemValue},
    finding::{Fault, Finding, Term},
    quantity::Quantity,
};

use super::{
    columns, csv,
    table::{Row, Table},
};

/// Reads a CSV table of county items, `file` being its name in findings. A row without a value is missing.
#[must_use]
pub fn read_items(file: &str, bytes: &[u8]) -> (Vec<ItemRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    let table = csv::read(file, bytes, &mut findings).map(|text| text.table(&columns::ITEMS, &mut findings));
    let (rows, of_table) = table.map(|table| of_table(&table)).unwrap_or_default();
    findings.extend(of_table);
    (rows, findings)
}

/// Reads the rows of a table of county items.
pub(super) fn of_table(table: &Table) -> (Vec<ItemRow>, Vec<Finding>) {
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for row in table.rows() {
        let id = format!("{}.{}", row.text("item"), row.text("operand"));
        let mut add = |fault: Fault, column: &str| {
            findings.push(Finding::of(fault, row.at(column)).of_element(&id).found(row.text(column)));
        };
        let text = row.text("value");
        if text.is_empty() {
            continue;
        }
        let sound = row.fault("value", true);
        let value = if sound.is_some() { None } else { value(text) };
        if value.is_none() && sound.is_none() {
            let what = what(&row, &id);
            let fault = match row.text("kind") {
                "" => Fault::ItemValue { what },
                kind => Fault::ItemValueOfKind { what, kind: Term::new(kind, "What the sheet asks for") },
            };
            add(fault, "value");
        }
        let declared_on = row.text("declared_on").parse().ok();
        if declared_on.is_none() && !row.text("declared_on").is_empty() {
            let what = what(&row, &id).part("声明日期", "declaration date");
            add(Fault::Date { what }, "declared_on");
        }
        findings.extend(sound.map(|finding| finding.of_element(&id)));
        let Some(value) = value else { continue };
        let item = CountyItem {
            item: row.text("item").to_owned(),
            operand: row.text("operand").to_owned(),
            value,
            declared_on,
            declared_by: row.text("declared_by").to_owned(),
            evidence: row.text("evidence").to_owned(),
        };
        rows.push(ItemRow { path: row.path(), item });
    }
    (rows, findings)
}

/// What a row is about, as people see it: the template has titles beside the ids, other tables have those of the nation's standards.
fn what(row: &Row<'_>, id: &str) -> Term {
    let titles = ["item_title", "operand_title"].map(|column| row.text(column));
    let told: Vec<&str> = titles.into_iter().filter(|title| !title.is_empty()).collect();
    match told.as_slice() {
        [] => national_operand(row.text("item"), row.text("operand")),
        told => Term::new(format!("“{}”（{id}）", told.join("：")), id),
    }
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
    fn a_row_without_a_value_is_missing() {
        let (rows, findings) =
            read_items("i.csv", "item,operand,value\nG1,declared_met,\nG1,declared_met,是\n".as_bytes());

        assert_eq!((rows.len(), findings.len()), (1, 0));
        assert_eq!(rows[0].path, "i.csv:3");
    }

    #[test]
    fn every_fault_of_a_file_is_found_at_once() {
        let text = "item,operand,value,declared_on\nG1,declared_met,maybe,2024-13-01\nG2,x,,\n";

        let (rows, findings) = read_items("i.csv", text.as_bytes());

        let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["item_value", "date"]);
        assert!(rows.is_empty());
    }
}
