//! The registry: regions and schools.

use jiff::civil::Date;
use junheng_domain::{
    checks::SchoolRow,
    code::{RegionCode, RegionLevel},
    school::School,
};
use junheng_proto::ingest::v1 as proto;
use junheng_store::regions::Region;

use crate::{name, violations::Violations};

/// Decodes a region, or tells every wrong field.
pub fn decode_region(message: &proto::Region, path: &str, violations: &mut Violations) -> Option<Region> {
    let code = violations.take(&format!("{path}.name"), name::parse_region(&message.name));
    if message.display_name.trim().is_empty() {
        violations.add(&format!("{path}.display_name"), "is empty");
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
            violations.add(&format!("{path}.name"), "lies in another county than parent");
            String::new()
        }
        Err(error) => {
            violations.add(&format!("{path}.name"), format!("is {error}"));
            String::new()
        }
    };
    if message.display_name.trim().is_empty() {
        violations.add(&format!("{path}.display_name"), "is empty");
    }
    SchoolRow {
        path: path.to_owned(),
        code,
        name: message.display_name.trim().to_owned(),
        school_type: message.school_type.clone(),
        organiser_type: if message.organiser_type == 0 { String::new() } else { message.organiser_type.to_string() },
        urban_rural_code: message.urban_rural_code.clone(),
        group: message.group.clone(),
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
        group: school.group.clone().unwrap_or_default(),
        opened_on: date(school.opened_on),
        closed_on: date(school.closed_on),
    }
}
