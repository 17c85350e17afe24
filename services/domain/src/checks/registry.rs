//! Checks of schools that are to be registered.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    code::SchoolCode,
    finding::Finding,
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
                let finding = Finding::error(
                    "school_once",
                    format!("{}.school_code", row.path),
                    format!("学校{}重复出现，首次出现在{first}", row.code),
                    "请合并或删除重复行",
                );
                findings.push(finding.found(&row.code));
                return None;
            }
            school
        })
        .collect();
    (schools, findings)
}

fn check_row(row: &SchoolRow, findings: &mut Vec<Finding>) -> Option<School> {
    let before = findings.len();
    let mut add = |field: &str, rule: &str, message: &str, remedy: &str, found: &str| {
        let mut finding =
            Finding::error(rule, format!("{}.{field}", row.path), message, remedy).of_element(field).found(found);
        finding.school = Some(row.code.clone()).filter(|code| !code.is_empty());
        findings.push(finding);
    };
    let code: Option<SchoolCode> = row.code.parse().ok();
    if code.is_none() {
        add(
            "school_code",
            "school_code",
            "学校标识码须为十位数字",
            "请填写国家统一编制的学校（机构）标识码",
            &row.code,
        );
    }
    let school_type: Option<SchoolType> = row.school_type.parse().ok();
    if school_type.is_none() {
        add(
            "school_type",
            "school_type",
            "办学类型代码缺失或无法识别",
            "请按 GB/T 33782 填写，如 211 小学、312 九年一贯制学校",
            &row.school_type,
        );
    }
    let organiser_type = row.organiser_type.parse::<u8>().ok().filter(|organiser| (1..=10).contains(organiser));
    if organiser_type.is_none() && !row.organiser_type.is_empty() {
        add(
            "organiser_type",
            "organiser_type",
            "举办者类型须为 1 至 10",
            "请核对举办者类型代码；不清楚时留空",
            &row.organiser_type,
        );
    }
    let urban_rural_code = Some(row.urban_rural_code.clone()).filter(|code| !code.is_empty());
    if urban_rural_code.as_ref().is_some_and(|code| !URBAN_RURAL_CODES.contains(&code.as_str())) {
        add(
            "urban_rural_code",
            "urban_rural_code",
            "城乡分类代码无法识别",
            "请填写 111 112 121 122 123 210 220 之一；不清楚时留空",
            &row.urban_rural_code,
        );
    }
    let role = GroupRole::find(&row.group_role);
    if !row.group_role.is_empty() && (role.is_none() || row.group.is_empty()) {
        add(
            "group_role",
            "group_role",
            "集团内身份须为 head（龙头校）或 branch（成员校），并须填写所属集团",
            "请核对集团内身份；不清楚时留空",
            &row.group_role,
        );
    }
    let mut day = |field: &str, text: &str| -> Option<Date> {
        let date = text.parse().ok();
        if date.is_none() && !text.is_empty() {
            add(field, "date", "日期无法识别", "请按 2019-09-01 的格式填写", text);
        }
        date
    };
    let (opened_on, closed_on) = (day("opened_on", &row.opened_on), day("closed_on", &row.closed_on));
    if opened_on.zip(closed_on).is_some_and(|(opened, closed)| closed <= opened) {
        add("closed_on", "date_order", "撤销日期不晚于开办日期", "请核对两个日期", &row.closed_on);
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
