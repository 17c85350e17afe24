//! Checks that declarations can be held against somebody and something.

use std::borrow::Borrow;

use jiff::civil::Date;

use super::{ItemRow, operands::operand_term};
use crate::{
    facts::ItemValue,
    finding::{Fault, Finding, Term},
    standard::Standard,
};

/// Checks that every declaration says who declared it, when, and on what evidence; one finding for each that does not.
#[must_use]
pub fn check_evidence<S: Borrow<Standard>>(rows: &[ItemRow], standards: &[S]) -> Vec<Finding> {
    let declared = rows.iter().filter(|row| !matches!(row.item.value, ItemValue::Quantity(_)));
    declared.filter_map(|row| check_row(row, standards)).collect()
}

/// Checks that nothing was declared on a day that has not come, `today` being that of whoever checks.
#[must_use]
pub fn check_declaration_days<S: Borrow<Standard>>(rows: &[ItemRow], standards: &[S], today: Date) -> Vec<Finding> {
    let early = rows.iter().filter_map(|row| row.item.declared_on.filter(|day| *day > today).map(|day| (row, day)));
    let finding = |(row, day): (&ItemRow, Date)| {
        let (item, operand, path) = (&row.item.item, &row.item.operand, format!("{}.declared_on", row.path));
        let what = operand_term(standards, item, operand).part("声明日期", "declaration date");
        Finding::of(Fault::DateFuture { what }, path).of_element(&format!("{item}.{operand}")).found(day.to_string())
    };
    early.map(finding).collect()
}

fn check_row<S: Borrow<Standard>>(row: &ItemRow, standards: &[S]) -> Option<Finding> {
    let item = &row.item;
    let parts = [
        (item.declared_by.trim().is_empty(), "declared_by", "声明人", "who declared it"),
        (item.declared_on.is_none(), "declared_on", "声明日期", "when it was declared"),
        (item.evidence.trim().is_empty(), "evidence", "依据", "on what evidence"),
    ];
    let missing: Vec<_> = parts.into_iter().filter(|(missing, ..)| *missing).collect();
    let (_, field, ..) = missing.first()?;
    let [zh, en]: [Vec<&str>; 2] =
        [missing.iter().map(|(.., zh, _)| *zh).collect(), missing.iter().map(|(.., en)| *en).collect()];
    let id = format!("{}.{}", item.item, item.operand);
    let what = operand_term(standards, &item.item, &item.operand);
    let fault = Fault::DeclarationEvidence { what, missing: Term::new(zh.join("、"), en.join(", ")) };
    Some(Finding::of(fault, format!("{}.{field}", row.path)).of_element(&id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::CountyItem, quantity::Quantity};

    fn found(value: ItemValue, declared_on: &str, declared_by: &str, evidence: &str) -> Vec<(String, String)> {
        let item = CountyItem {
            item: "G1".into(),
            operand: "declared_met".into(),
            value,
            declared_on: declared_on.parse().ok(),
            declared_by: declared_by.into(),
            evidence: evidence.into(),
        };
        let findings = check_evidence(&[ItemRow { path: "items[0]".into(), item }], Standard::national().unwrap());
        findings.into_iter().map(|finding| (finding.path, finding.message)).collect()
    }

    #[test]
    fn nothing_is_declared_on_a_day_that_has_not_come() {
        let on = |day: &str| {
            let item = CountyItem {
                item: "G1".into(),
                operand: "declared_met".into(),
                value: ItemValue::Declaration(true),
                declared_on: day.parse().ok(),
                declared_by: String::new(),
                evidence: String::new(),
            };
            let found = check_declaration_days(
                &[ItemRow { path: "items[0]".into(), item }],
                Standard::national().unwrap(),
                "2024-12-29".parse().unwrap(),
            );
            found.into_iter().map(|finding| (finding.rule, finding.path)).collect::<Vec<_>>()
        };

        assert_eq!((on(""), on("2024-12-29")), (vec![], vec![]));
        assert_eq!(on("2024-12-30"), [("date".to_owned(), "items[0].declared_on".to_owned())]);
    }

    #[test]
    fn a_declaration_says_by_whom_when_and_on_what_evidence() {
        let declared = ItemValue::Declaration(false);
        let date = ItemValue::Date("2015-12-01".parse().unwrap());

        assert_eq!(found(declared, "2024-12-29", "督导室", "报告"), []);
        assert_eq!(
            found(declared, "", " ", ""),
            [(
                "items[0].declared_by".into(),
                "规划布局合理（G1.declared_met）是声明，没有写明声明人、声明日期、依据".into()
            )]
        );
        assert_eq!(
            found(date, "2024-12-29", "督导室", ""),
            [("items[0].evidence".into(), "规划布局合理（G1.declared_met）是声明，没有写明依据".into())]
        );
        assert_eq!(found(ItemValue::Quantity(Quantity::ZERO), "", "", ""), []);
    }
}
