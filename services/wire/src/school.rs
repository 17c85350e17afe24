//! The registry: regions and schools.

use jiff::civil::Date;
use junheng_domain::{
    checks::SchoolRow,
    code::{RegionCode, RegionLevel, SchoolCode},
    history::{Period, SchoolHistory},
    school::{GroupRole, School},
};
use junheng_proto::ingest::v1 as proto;
use junheng_store::regions::Region;

use crate::{
    name,
    violations::{EMPTY, OF_ANOTHER_COUNTY, Violations},
};

/// Decodes a region, or tells every wrong field.
pub fn decode_region(message: &proto::Region, path: &str, violations: &mut Violations) -> Option<Region> {
    let code = violations.take(&format!("{path}.name"), name::parse_region(&message.name));
    if message.display_name.trim().is_empty() {
        violations.add(&format!("{path}.display_name"), EMPTY);
    }
    let parent = if message.parent.is_empty() {
        code.as_ref().and_then(RegionCode::parent)
    } else {
        violations.take(&format!("{path}.parent"), name::parse_region(&message.parent))
    };
    let code = code?;
    Some(Region {
        level: code.level(),
        code,
        name: message.display_name.trim().to_owned(),
        parent,
        data_note: message.data_note.clone(),
    })
}

/// Encodes a region.
#[must_use]
pub fn encode_region(region: &Region) -> proto::Region {
    let level = match region.level {
        RegionLevel::Province => proto::RegionLevel::Province,
        RegionLevel::City => proto::RegionLevel::City,
        RegionLevel::County => proto::RegionLevel::County,
    };
    proto::Region {
        name: name::region(&region.code),
        display_name: region.name.clone(),
        level: level.into(),
        parent: region.parent.as_ref().map(name::region).unwrap_or_default(),
        data_note: region.data_note.clone(),
    }
}

/// Decodes a school of a county as it is written, for the checks to read.
pub fn decode(message: &proto::School, county: &RegionCode, path: &str, violations: &mut Violations) -> SchoolRow {
    let code = match name::parse_school(&message.name) {
        Ok((region, code)) if region == *county => code,
        Ok(_) => {
            violations.add(&format!("{path}.name"), OF_ANOTHER_COUNTY);
            String::new()
        }
        Err(error) => {
            violations.add(&format!("{path}.name"), error);
            String::new()
        }
    };
    if message.display_name.trim().is_empty() {
        violations.add(&format!("{path}.display_name"), EMPTY);
    }
    let role = decode_role(message.group_role, &format!("{path}.group_role"), violations);
    SchoolRow {
        path: path.to_owned(),
        code,
        name: message.display_name.trim().to_owned(),
        school_type: message.school_type.clone(),
        organiser_type: if message.organiser_type == 0 { String::new() } else { message.organiser_type.to_string() },
        urban_rural_code: message.urban_rural_code.clone(),
        group: message.group.clone(),
        group_role: role.map(|role| role.id().to_owned()).unwrap_or_default(),
        opened_on: message.opened_on.clone(),
        closed_on: message.closed_on.clone(),
    }
}

/// Encodes a school of a county.
#[must_use]
pub fn encode(school: &School, county: &RegionCode) -> proto::School {
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    proto::School {
        name: name::school(county, &school.code),
        display_name: school.name.clone(),
        school_type: school.school_type.to_string(),
        organiser_type: school.organiser_type.unwrap_or_default().into(),
        urban_rural_code: school.urban_rural_code.clone().unwrap_or_default(),
        group: school.group.as_ref().map(|group| group.name.clone()).unwrap_or_default(),
        group_role: encode_role(school.group.as_ref().and_then(|group| group.role)).into(),
        opened_on: date(school.opened_on),
        closed_on: date(school.closed_on),
    }
}

/// Decodes what a school is to its group.
pub(crate) fn decode_role(role: i32, field: &str, violations: &mut Violations) -> Option<GroupRole> {
    match proto::GroupRole::try_from(role) {
        Ok(proto::GroupRole::Head) => Some(GroupRole::Head),
        Ok(proto::GroupRole::Branch) => Some(GroupRole::Branch),
        Ok(proto::GroupRole::Unspecified) => None,
        Err(_) => {
            violations.add(field, ("is no known role", "不是已有的角色"));
            None
        }
    }
}

/// Encodes what a school is to its group.
pub(crate) const fn encode_role(role: Option<GroupRole>) -> proto::GroupRole {
    match role {
        Some(GroupRole::Head) => proto::GroupRole::Head,
        Some(GroupRole::Branch) => proto::GroupRole::Branch,
        None => proto::GroupRole::Unspecified,
    }
}

/// Encodes the periods of a school of a county.
#[must_use]
pub fn encode_periods(history: &SchoolHistory, county: &RegionCode) -> Vec<proto::SchoolPeriod> {
    let date = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let encode = |period: &Period| proto::SchoolPeriod {
        from_date: date(period.from),
        to_date: date(period.to),
        school: Some(encode(&history.at(period.from.unwrap_or(Date::MIN)), county)),
    };
    history.periods().iter().map(encode).collect()
}

/// Reads the name of a school of any county, in full.
///
/// # Errors
///
/// [`name::NameError`] when it is none, or the code is none.
pub fn parse_name(text: &str) -> Result<(RegionCode, SchoolCode), name::NameError> {
    let (county, code) = name::parse_school(text)?;
    Ok((county, code.parse().map_err(|_| name::NameError::of_school())?))
}
