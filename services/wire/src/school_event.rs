//! Events of schools: [`SchoolEvent`] ↔ `junheng.ingest.v1.SchoolEvent`.

use jiff::{Timestamp, civil::Date};
use junheng_domain::{
    code::{RegionCode, SchoolCode, parse_day},
    history::{Attributes, Change, Link, LinkKind, SchoolEvent, SchoolRef},
    school::{Group, SchoolType, URBAN_RURAL_CODES},
};
use junheng_proto::ingest::v1::{self as proto, school_event::Change as Message};

use crate::{
    name,
    school::{decode_role, encode_role, parse_name},
    time,
    violations::{EMPTY, MISSING, NO_DATE, OF_ANOTHER_COUNTY, Violations},
};

/// Characters that a name or a document may have.
const MAX_TEXT: usize = 2_000;

/// Decodes an event of a school of the county, or tells every wrong field.
pub fn decode(
    message: &proto::SchoolEvent,
    county: &RegionCode,
    path: &str,
    violations: &mut Violations,
) -> Option<SchoolEvent> {
    let school = own_school(&message.school, county, &format!("{path}.school"), violations);
    let day = violations.take(&format!("{path}.date"), parse_day(&message.date).ok_or(NO_DATE));
    text(&message.document, &format!("{path}.document"), true, violations);
    let change = if let Some(change) = &message.change {
        decode_change(change, county, path, violations)
    } else {
        violations.add(&format!("{path}.change"), MISSING);
        None
    };
    Some(SchoolEvent { school: school?, day: day?, document: message.document.trim().to_owned(), change: change? })
}

fn decode_change(message: &Message, county: &RegionCode, path: &str, violations: &mut Violations) -> Option<Change> {
    match message {
        Message::Opened(school) => opened(school, &format!("{path}.opened"), violations).map(Change::Opened),
        Message::Renamed(name) => text(name, &format!("{path}.renamed"), false, violations).map(Change::Renamed),
        Message::Retyped(code) => school_type(code, &format!("{path}.retyped"), violations).map(Change::Retyped),
        Message::Reclassified(class) => {
            let path = format!("{path}.reclassified");
            let organiser_type = organiser(class.organiser_type, &path, violations);
            let urban_rural_code = urban_rural(&class.urban_rural_code, &path, violations);
            Some(Change::Reclassified { organiser_type, urban_rural_code })
        }
        Message::JoinedGroup(group) => {
            let path = format!("{path}.joined_group");
            let role = decode_role(group.role, &format!("{path}.role"), violations);
            let name = text(&group.name, &format!("{path}.name"), false, violations)?;
            Some(Change::JoinedGroup(Group { name, role }))
        }
        Message::LeftGroup(_) => Some(Change::LeftGroup),
        Message::Split(split) => {
            let part = |(index, part): (usize, &String)| {
                own_school(part, county, &format!("{path}.split.parts[{index}]"), violations)
            };
            Some(Change::Split(split.parts.iter().enumerate().filter_map(part).collect()))
        }
        Message::MergedInto(into) => {
            own_school(into, county, &format!("{path}.merged_into"), violations).map(Change::Merged)
        }
        Message::MovedTo(other) => {
            violations.take(&format!("{path}.moved_to"), name::parse_region(other)).map(Change::MovedTo)
        }
        Message::MovedFrom(_) => {
            violations.add(
                &format!("{path}.moved_from"),
                ("is recorded by moved_to in the county that the school leaves", "迁出由原县以 moved_to 登记"),
            );
            None
        }
        Message::Closed(_) => Some(Change::Closed),
    }
}

/// What a school opens as.
fn opened(message: &proto::School, path: &str, violations: &mut Violations) -> Option<Attributes> {
    for (field, text) in [("name", &message.name), ("opened_on", &message.opened_on), ("closed_on", &message.closed_on)]
    {
        if !text.is_empty() {
            violations.add(
                &format!("{path}.{field}"),
                ("is given, though the event says it", "不能另外给出：事件本身已经写明"),
            );
        }
    }
    let name = text(&message.display_name, &format!("{path}.display_name"), false, violations);
    let group = text(&message.group, &format!("{path}.group"), true, violations).unwrap_or_default();
    let role = decode_role(message.group_role, &format!("{path}.group_role"), violations);
    if role.is_some() && group.is_empty() {
        violations.add(&format!("{path}.group_role"), ("is given without a group", "没有写明集团，不能给出"));
    }
    let organiser_type = organiser(message.organiser_type, path, violations);
    let urban_rural_code = urban_rural(&message.urban_rural_code, path, violations);
    let school_type = school_type(&message.school_type, &format!("{path}.school_type"), violations);
    let group = Some(group).filter(|group| !group.is_empty()).map(|name| Group { name, role });
    Some(Attributes { name: name?, school_type: school_type?, organiser_type, urban_rural_code, group })
}

fn own_school(name: &str, county: &RegionCode, field: &str, violations: &mut Violations) -> Option<SchoolCode> {
    let (region, code) = violations.take(field, parse_name(name))?;
    if region != *county {
        violations.add(field, OF_ANOTHER_COUNTY);
        return None;
    }
    Some(code)
}

fn school_type(code: &str, field: &str, violations: &mut Violations) -> Option<SchoolType> {
    violations.take(field, code.parse())
}

fn organiser(number: u32, path: &str, violations: &mut Violations) -> Option<u8> {
    let organiser = u8::try_from(number).ok().filter(|number| (1..=10).contains(number));
    if organiser.is_none() && number != 0 {
        violations.add(&format!("{path}.organiser_type"), ("is not 1 to 10", "须为1至10"));
    }
    organiser
}

fn urban_rural(code: &str, path: &str, violations: &mut Violations) -> Option<String> {
    if !code.is_empty() && !URBAN_RURAL_CODES.contains(&code) {
        violations.add(&format!("{path}.urban_rural_code"), ("is no known code", "不是已有的代码"));
    }
    Some(code.to_owned()).filter(|code| !code.is_empty())
}

/// A text without blanks around it that every database stores.
fn text(text: &str, field: &str, may_be_empty: bool, violations: &mut Violations) -> Option<String> {
    let trimmed = text.trim();
    if text.contains('\0') || text.chars().count() > MAX_TEXT {
        violations.add(
            field,
            (
                format!("holds a NUL character or more than {MAX_TEXT} characters"),
                format!("含有空字符（NUL）或超过{MAX_TEXT}个字"),
            ),
        );
    } else if trimmed.is_empty() && !may_be_empty {
        violations.add(field, EMPTY);
        return None;
    }
    Some(trimmed.to_owned())
}

/// Encodes an event of a school of the county, with the instant since when it is known.
#[must_use]
pub fn encode(event: &SchoolEvent, county: &RegionCode, known_at: Option<Timestamp>) -> proto::SchoolEvent {
    let school = |code: &SchoolCode| name::school(county, code);
    let group = |group: &Group| (group.name.clone(), encode_role(group.role).into());
    let change = match &event.change {
        Change::Opened(attributes) => {
            let (group, group_role) = attributes.group.as_ref().map(group).unwrap_or_default();
            Message::Opened(proto::School {
                display_name: attributes.name.clone(),
                school_type: attributes.school_type.to_string(),
                organiser_type: attributes.organiser_type.unwrap_or_default().into(),
                urban_rural_code: attributes.urban_rural_code.clone().unwrap_or_default(),
                group,
                group_role,
                ..proto::School::default()
            })
        }
        Change::Renamed(name) => Message::Renamed(name.clone()),
        Change::Retyped(school_type) => Message::Retyped(school_type.to_string()),
        Change::Reclassified { organiser_type, urban_rural_code } => Message::Reclassified(proto::SchoolClass {
            organiser_type: organiser_type.unwrap_or_default().into(),
            urban_rural_code: urban_rural_code.clone().unwrap_or_default(),
        }),
        Change::JoinedGroup(joined) => {
            let (name, role) = group(joined);
            Message::JoinedGroup(proto::SchoolGroup { name, role })
        }
        Change::LeftGroup => Message::LeftGroup(proto::SchoolLeftGroup {}),
        Change::Split(parts) => Message::Split(proto::SchoolSplit { parts: parts.iter().map(school).collect() }),
        Change::Merged(into) => Message::MergedInto(school(into)),
        Change::MovedTo(other) => Message::MovedTo(name::region(other)),
        Change::MovedFrom(other) => Message::MovedFrom(name::region(other)),
        Change::Closed => Message::Closed(proto::SchoolClosed {}),
    };
    proto::SchoolEvent {
        school: school(&event.school),
        date: event.day.to_string(),
        document: event.document.clone(),
        change: Some(change),
        known_at: known_at.map(time::encode),
    }
}

/// Encodes a link; `title` gives a school's name for people on a day.
pub fn encode_link(link: &Link, title: impl Fn(&SchoolRef, Date) -> String) -> proto::SchoolLink {
    let kind = match link.kind {
        LinkKind::Moved => proto::SchoolLinkKind::Moved,
        LinkKind::Split => proto::SchoolLinkKind::Split,
        LinkKind::Merged => proto::SchoolLinkKind::Merged,
    };
    proto::SchoolLink {
        date: link.day.to_string(),
        kind: kind.into(),
        from_school: name::school(&link.from.county, &link.from.school),
        to_school: name::school(&link.to.county, &link.to.school),
        from_display_name: title(&link.from, link.day.yesterday().unwrap_or(link.day)),
        to_display_name: title(&link.to, link.day),
    }
}
