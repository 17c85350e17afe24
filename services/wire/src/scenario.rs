//! Changes of a county that nobody has made: `junheng.evaluation.v1.Change` → [`ChangeRow`].

use std::str::FromStr;

use junheng_domain::{
    checks::{check_school_rows, double_value},
    code::{RegionCode, SchoolCode},
    element::Element,
    facts::{ItemValue, SchoolFacts},
    finding::{Fault, Finding},
    quantity::Quantity,
    scenario::{Change, ChangeRow, Close, Merge, MoveTeachers, Open, PupilGroup, Split},
    school::{School, SchoolType, Stage},
};
use junheng_proto::{
    common::v1 as common,
    evaluation::v1::{self as proto, change::Kind},
    ingest::v1 as ingest,
};

use crate::{facts, item, school, violations::Violations};

/// Decodes changes, a row each. A change with a value that cannot be read is [`Change::Unreadable`], and its faults are findings, all of
/// them at once; what is malformed is a violation.
#[must_use]
pub fn decode(
    messages: &[proto::Change],
    county: &RegionCode,
    field: &str,
    violations: &mut Violations,
) -> (Vec<ChangeRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    let rows = messages.iter().enumerate().filter_map(|(index, message)| {
        let place = format!("{field}[{index}]");
        let Some(kind) = &message.kind else {
            violations.add(&place, ("is no change: none of its kinds is set", "没有写明改动"));
            return None;
        };
        let path = format!("{place}.{}", field_of(kind));
        let mut reader = Reader { path: &path, county, schools: vec![], findings: &mut findings, violations };
        let before = reader.findings.len();
        let change = reader.change(kind);
        let unreadable = Change::Unreadable { schools: reader.schools };
        let sound = findings.len() == before;
        Some(ChangeRow { change: change.filter(|_| sound).unwrap_or(unreadable), path })
    });
    let rows = rows.collect();
    (rows, findings)
}

const fn field_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::SetElement(_) => "set_element",
        Kind::SetItem(_) => "set_item",
        Kind::MergeSchools(_) => "merge_schools",
        Kind::SplitSchool(_) => "split_school",
        Kind::OpenSchool(_) => "open_school",
        Kind::CloseSchool(_) => "close_school",
        Kind::MoveTeachers(_) => "move_teachers",
        Kind::SetPupils(_) => "set_pupils",
        Kind::MovePupils(_) => "move_pupils",
    }
}

/// Reads one change; every field is read, whatever is wrong with the others.
struct Reader<'a> {
    path: &'a str,
    county: &'a RegionCode,
    /// The schools that the change names.
    schools: Vec<SchoolCode>,
    findings: &'a mut Vec<Finding>,
    violations: &'a mut Violations,
}

impl Reader<'_> {
    fn change(&mut self, kind: &Kind) -> Option<Change> {
        match kind {
            Kind::SetElement(message) => self.set_element(message),
            Kind::SetItem(message) => self.set_item(message),
            Kind::MergeSchools(message) => self.merge(message),
            Kind::SplitSchool(message) => self.split(message),
            Kind::OpenSchool(message) => {
                let (school, facts) =
                    self.school_with_facts(("school", message.school.as_ref()), message.facts.as_ref())?;
                Some(Change::Open(Box::new(Open { school, facts })))
            }
            Kind::CloseSchool(message) => self.close(message),
            Kind::MoveTeachers(message) => self.move_teachers(message),
            Kind::SetPupils(message) => {
                let school = self.code(&message.school_code, "school_code");
                let stage = self.stage(message.stage(), "stage");
                Some(Change::SetPupils { school: school?, stage: stage?, pupils: message.pupils.map(whole) })
            }
            Kind::MovePupils(message) => {
                let (from, to) = (self.code(&message.from, "from"), self.code(&message.to, "to"));
                let stage = self.stage(message.stage(), "stage");
                Some(Change::MovePupils { from: from?, to: to?, stage: stage?, pupils: whole(message.pupils) })
            }
        }
    }

    fn set_element(&mut self, message: &proto::SetElement) -> Option<Change> {
        let school = self.code(&message.school_code, "school_code");
        let element = Element::find(&message.element);
        if element.is_none() {
            let fault = Fault::ElementKnown { element: (&message.element).into() };
            self.fault("element", fault, &message.element);
        }
        let path = format!("{}.quantity", self.path);
        let value = message.quantity.map(|number| {
            double_value(element?, number, || path.clone()).map_err(|fault| self.findings.push(*fault)).ok()
        });
        Some(Change::SetElement { school: school?, element: element?, value: value.flatten() })
    }

    fn set_item(&mut self, message: &proto::SetItem) -> Option<Change> {
        use ingest::county_item::Value as Reported;
        use proto::set_item::Value;
        let reported = message.value.as_ref().map(|value| match value {
            Value::Quantity(number) => Reported::Quantity(*number),
            Value::Declaration(declared) => Reported::Declaration(*declared),
            Value::Date(date) => Reported::Date(date.clone()),
        });
        let value: Option<ItemValue> = match reported {
            None => None,
            Some(reported) => {
                let written = ingest::CountyItem {
                    item: message.item.clone(),
                    operand: message.operand.clone(),
                    value: Some(reported),
                    ..ingest::CountyItem::default()
                };
                Some(item::decode_one(&written, self.path, self.findings)?.item.value)
            }
        };
        Some(Change::SetItem { item: message.item.clone(), operand: message.operand.clone(), value })
    }

    fn merge(&mut self, message: &proto::MergeSchools) -> Option<Change> {
        let schools: Vec<_> = message
            .school_codes
            .iter()
            .enumerate()
            .filter_map(|(index, code)| self.code(code, &format!("school_codes[{index}]")))
            .collect();
        let into = self.code(&message.into, "into");
        let name = message.display_name.trim().to_owned();
        let school_type = self.school_type(&message.school_type, "school_type");
        Some(Change::Merge(Merge { schools, into: into?, name, school_type }))
    }

    fn split(&mut self, message: &proto::SplitSchool) -> Option<Change> {
        let school = self.code(&message.school_code, "school_code");
        let new = self.school_with_facts(("new_school", message.new_school.as_ref()), message.facts.as_ref());
        let share = message.share.and_then(|share| {
            let read =
                Quantity::from_f64(share, 6).ok().filter(|read| !read.negative() && Some(*read) <= Quantity::whole(1));
            if read.is_none() {
                self.fault("share", Fault::ShareRange, &share.to_string());
            }
            read
        });
        let remaining_type = self.school_type(&message.remaining_type, "remaining_type");
        let (new, facts) = new?;
        Some(Change::Split(Box::new(Split { school: school?, new, facts, share, remaining_type })))
    }

    fn close(&mut self, message: &proto::CloseSchool) -> Option<Change> {
        let school = self.code(&message.school_code, "school_code");
        let mut pupils = Vec::new();
        for (index, group) in message.pupils.iter().enumerate() {
            let to = if group.school_code.is_empty() {
                None
            } else {
                self.code(&group.school_code, &format!("pupils[{index}].school_code"))
            };
            let stage = self.stage(group.stage(), &format!("pupils[{index}].stage"));
            pupils.extend(stage.map(|stage| PupilGroup { to, stage, pupils: whole(group.pupils) }));
        }
        Some(Change::Close(Close { school: school?, pupils }))
    }

    fn move_teachers(&mut self, message: &proto::MoveTeachers) -> Option<Change> {
        let (from, to) = (self.code(&message.from, "from"), self.code(&message.to, "to"));
        let stage = self.stage(message.stage(), "stage")?;
        let parts = [
            ("teachers_above_degree", message.above_degree),
            ("backbone_teachers", message.backbone),
            ("pe_arts_teachers", message.pe_arts),
            ("senior_title_teachers", message.senior_title),
        ];
        let of_them =
            parts.into_iter().filter_map(|(id, number)| Some((Element::of_stage(id, stage)?, whole(number?))));
        Some(Change::MoveTeachers(MoveTeachers {
            from: from?,
            to: to?,
            stage,
            teachers: whole(message.teachers),
            of_them: of_them.collect(),
        }))
    }

    /// A new school with what it reports.
    fn school_with_facts(
        &mut self,
        (field, message): (&str, Option<&ingest::School>),
        facts: Option<&ingest::SchoolFacts>,
    ) -> Option<(School, SchoolFacts)> {
        let path = format!("{}.{field}", self.path);
        let Some(message) = message else {
            self.violations.add(&path, ("is not set", "没有给出"));
            return None;
        };
        let row = school::decode(message, self.county, &path, self.violations);
        let (schools, faults) = check_school_rows(std::slice::from_ref(&row));
        self.schools.extend(row.code.parse::<SchoolCode>());
        self.findings.extend(faults);
        let mut reported = facts.cloned().unwrap_or_default();
        if !reported.cleared_elements.is_empty() {
            self.violations
                .add(&format!("{}.facts.cleared_elements", self.path), ("stands outside a merge", "只用于合并"));
        }
        if reported.school_code.is_empty() {
            reported.school_code.clone_from(&row.code);
        } else if reported.school_code != row.code {
            let fault = Fault::SchoolCodeSame { given: (&reported.school_code).into(), school: (&row.code).into() };
            self.fault("facts.school_code", fault, &reported.school_code);
        }
        let reported = facts::decode_one(&reported, &format!("{}.facts", self.path), self.findings);
        Some((schools.into_iter().next()?, reported?.facts))
    }

    fn code(&mut self, text: &str, field: &str) -> Option<SchoolCode> {
        let code: Option<SchoolCode> = text.parse().ok();
        if code.is_none() {
            self.fault(field, Fault::SchoolCode, text);
        }
        self.schools.extend(code.clone());
        code
    }

    /// A school type; an empty text is none.
    fn school_type(&mut self, text: &str, field: &str) -> Option<SchoolType> {
        let school_type = SchoolType::from_str(text).ok();
        if school_type.is_none() && !text.is_empty() {
            self.fault(field, Fault::SchoolType, text);
        }
        school_type
    }

    fn stage(&mut self, stage: common::Stage, field: &str) -> Option<Stage> {
        match stage {
            common::Stage::Primary => Some(Stage::Primary),
            common::Stage::Junior => Some(Stage::Junior),
            common::Stage::Unspecified => {
                self.violations
                    .add(&format!("{}.{field}", self.path), ("is neither primary nor junior", "须为小学或初中"));
                None
            }
        }
    }

    fn fault(&mut self, field: &str, fault: Fault, found: &str) {
        self.findings.push(Finding::of(fault, format!("{}.{field}", self.path)).found(found));
    }
}

fn whole(number: u32) -> Quantity {
    // Any such number is below the limit.
    Quantity::whole(number.into()).unwrap_or(Quantity::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is well-formed, decoded.
    fn decoded(kinds: Vec<Kind>) -> (Vec<ChangeRow>, Vec<Finding>) {
        let messages: Vec<_> = kinds.into_iter().map(|kind| proto::Change { kind: Some(kind) }).collect();
        let mut violations = Violations::default();
        let decoded = decode(&messages, &"210922".parse().unwrap(), "changes", &mut violations);
        violations.finish().unwrap();
        decoded
    }

    #[test]
    fn every_field_that_cannot_be_read_is_told_at_once_and_its_change_is_left_out() {
        let move_teachers = proto::MoveTeachers {
            from: "1".into(),
            to: "2121000002".into(),
            stage: common::Stage::Junior.into(),
            ..Default::default()
        };
        let set_element = proto::SetElement {
            school_code: "2121000001".into(),
            element: "teaching_area_m2".into(),
            quantity: Some(-1.0),
        };
        let school = ingest::School {
            name: "regions/210922/schools/2121000009".into(),
            display_name: "新学校".into(),
            school_type: "999".into(),
            ..Default::default()
        };
        let facts = ingest::SchoolFacts {
            school_code: "2121000008".into(),
            teaching_area_m2: Some(0.001),
            ..Default::default()
        };
        let split = proto::SplitSchool {
            school_code: "2121000001".into(),
            new_school: Some(school),
            facts: Some(facts),
            share: Some(1.5),
            remaining_type: "1".into(),
        };
        let unknown = proto::SetElement { school_code: "2121000001".into(), element: "gold".into(), quantity: None };

        let (rows, findings) = decoded(vec![
            Kind::MoveTeachers(move_teachers),
            Kind::SetElement(set_element),
            Kind::SplitSchool(split),
            Kind::SetElement(unknown),
        ]);

        let told: Vec<_> = findings.iter().map(|finding| (finding.rule.as_str(), finding.path.as_str())).collect();
        assert_eq!(
            told,
            [
                ("school_code", "changes[0].move_teachers.from"),
                ("not_negative", "changes[1].set_element.quantity"),
                ("school_type", "changes[2].split_school.new_school.school_type"),
                ("school_code_same", "changes[2].split_school.facts.school_code"),
                ("amount_decimals", "changes[2].split_school.facts.teaching_area_m2"),
                ("share_range", "changes[2].split_school.share"),
                ("school_type", "changes[2].split_school.remaining_type"),
                ("element_known", "changes[3].set_element.element"),
            ]
        );
        assert!(rows.iter().all(|row| matches!(row.change, Change::Unreadable { .. })));
        let Change::Unreadable { schools } = &rows[2].change else { panic!("{:?}", rows[2]) };
        let schools: Vec<_> = schools.iter().map(SchoolCode::as_str).collect();
        assert_eq!(schools, ["2121000001", "2121000009"]);
    }

    #[test]
    fn what_is_left_out_is_missing_and_zero_is_zero() {
        let set = |quantity| {
            Kind::SetElement(proto::SetElement { school_code: "2121000001".into(), element: "books".into(), quantity })
        };

        let (rows, findings) = decoded(vec![set(None), set(Some(0.0))]);

        assert_eq!(findings, []);
        let values: Vec<_> = rows
            .iter()
            .map(|row| match &row.change {
                Change::SetElement { value, .. } => *value,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(values, [None, Some(Quantity::ZERO)]);
    }

    #[test]
    fn a_change_of_no_kind_and_a_stage_that_is_not_said_are_malformed() {
        let set_pupils = Kind::SetPupils(proto::SetPupils { school_code: "2121000001".into(), ..Default::default() });
        let messages = [proto::Change { kind: None }, proto::Change { kind: Some(set_pupils) }];
        let mut violations = Violations::default();

        let (rows, _) = decode(&messages, &"210922".parse().unwrap(), "changes", &mut violations);

        assert_eq!(rows.len(), 1);
        let text = violations.finish().unwrap_err().public_message();
        assert!(text.contains("changes[0] is no change") && text.contains("changes[1].set_pupils.stage"), "{text}");
    }
}
