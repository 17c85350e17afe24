//! Checks of schools that are to be registered.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    code::{SchoolCode, parse_day},
    finding::{Fault, Finding, Term},
    school::{Group, GroupRole, School, SchoolType, URBAN_RURAL_CODES},
};

/// A school as it is written, and where it stands. Empty texts are missing.
#[derive(Debug, Clone, Default)]
pub struct SchoolRow {
    /// Field path or line of a file.
    pub path: String,
    /// School code.
    pub code: String,
    /// Name.
    pub name: String,
    /// School type code.
    pub school_type: String,
    /// Organiser type, 1 to 10.
    pub organiser_type: String,
    /// Urban-rural code.
    pub urban_rural_code: String,
    /// Education group.
    pub group: String,
    /// What the school is to its group: `head`, `branch`, or nothing.
    pub group_role: String,
    /// First day it is open.
    pub opened_on: String,
    /// First day it is no longer open.
    pub closed_on: String,
}

/// Checks schools, and finds every fault; gives those that have none.
#[must_use]
pub fn check_school_rows(rows: &[SchoolRow]) -> (Vec<School>, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let schools = rows
        .iter()
        .filter_map(|row| {
            let school = check_row(row, &mut findings);
            if let Some(first) = seen.insert(&row.code, &row.path) {
                let fault = Fault::SchoolOnce { school: (&row.code).into(), first: first.into() };
                findings.push(Finding::of(fault, format!("{}.school_code", row.path)).found(&row.code));
                return None;
            }
            school
        })
        .collect();
    (schools, findings)
}

fn check_row(row: &SchoolRow, findings: &mut Vec<Finding>) -> Option<School> {
    let before = findings.len();
    let mut add = |field: &str, fault: Fault, found: &str| {
        let finding = Finding::of(fault, format!("{}.{field}", row.path)).of_element(field).found(found);
        findings.push(finding.of_school_written(&row.code));
    };
    let code: Option<SchoolCode> = row.code.parse().ok();
    if code.is_none() {
        add("school_code", Fault::SchoolCode, &row.code);
    }
    let school_type: Option<SchoolType> = row.school_type.parse().ok();
    if school_type.is_none() {
        add("school_type", Fault::SchoolType, &row.school_type);
    }
    let organiser_type = row.organiser_type.parse::<u8>().ok().filter(|organiser| (1..=10).contains(organiser));
    if organiser_type.is_none() && !row.organiser_type.is_empty() {
        add("organiser_type", Fault::OrganiserType, &row.organiser_type);
    }
    let urban_rural_code = Some(row.urban_rural_code.clone()).filter(|code| !code.is_empty());
    if urban_rural_code.as_ref().is_some_and(|code| !URBAN_RURAL_CODES.contains(&code.as_str())) {
        add("urban_rural_code", Fault::UrbanRuralCode, &row.urban_rural_code);
    }
    let role = GroupRole::find(&row.group_role);
    if !row.group_role.is_empty() && (role.is_none() || row.group.is_empty()) {
        add("group_role", Fault::GroupRole, &row.group_role);
    }
    let mut day = |field: &str, what: Term, text: &str| -> Option<Date> {
        let date = parse_day(text);
        if date.is_none() && !text.is_empty() {
            add(field, Fault::Date { what }, text);
        }
        date
    };
    let opened_on = day("opened_on", Term::new("开办日期", "The opening date"), &row.opened_on);
    let closed_on = day("closed_on", Term::new("撤销日期", "The closing date"), &row.closed_on);
    if opened_on.zip(closed_on).is_some_and(|(opened, closed)| closed <= opened) {
        add("closed_on", Fault::DateOrder, &row.closed_on);
    }
    if findings.len() > before {
        return None;
    }
    Some(School {
        code: code?,
        name: row.name.clone(),
        school_type: school_type?,
        organiser_type,
        urban_rural_code,
        group: Some(row.group.clone()).filter(|group| !group.is_empty()).map(|name| Group { name, role }),
        opened_on,
        closed_on,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_school_is_found_at_once() {
        let row = SchoolRow {
            path: "schools[0]".into(),
            code: "21".into(),
            school_type: "212".into(),
            organiser_type: "11".into(),
            urban_rural_code: "999".into(),
            opened_on: "2020-13-01".into(),
            ..SchoolRow::default()
        };

        let (schools, findings) = check_school_rows(&[row]);

        let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, ["school_code", "school_type", "organiser_type", "urban_rural_code", "date"]);
        assert!(schools.is_empty());
    }
}
