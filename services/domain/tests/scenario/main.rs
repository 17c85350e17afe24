//! Scenarios: what every change does, the faults that it can have, and what it may never change.
#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

mod changes;
mod properties;

use junheng_domain::{
    code::SchoolCode,
    element::Element,
    facts::CountyFacts,
    finding::Finding,
    quantity::Quantity,
    scenario::{Change, ChangeRow, Merge, MoveTeachers, apply},
    school::{School, Stage},
    standard::Standard,
};

fn code(number: u32) -> SchoolCode {
    format!("21210000{number:02}").parse().unwrap()
}

fn element(id: &str) -> Element {
    Element::find(id).unwrap()
}

fn whole(number: i64) -> Quantity {
    Quantity::whole(number).unwrap()
}

fn school(number: u32, school_type: &str) -> School {
    School {
        code: code(number),
        name: format!("第{number}学校"),
        school_type: school_type.parse().unwrap(),
        organiser_type: Some(7),
        urban_rural_code: Some("210".into()),
        group: None,
        opened_on: None,
        closed_on: None,
    }
}

fn run(county: &CountyFacts, changes: Vec<Change>) -> Result<CountyFacts, Vec<Finding>> {
    let rows: Vec<_> = changes
        .into_iter()
        .enumerate()
        .map(|(index, change)| ChangeRow { path: format!("changes[{index}]"), change })
        .collect();
    apply(county, &rows, Standard::national().unwrap())
}

fn merge(numbers: &[u32], into: u32) -> Merge {
    Merge {
        schools: numbers.iter().map(|number| code(*number)).collect(),
        into: code(into),
        name: String::new(),
        school_type: None,
    }
}

fn movement(teachers: i64, backbone: Option<i64>) -> MoveTeachers {
    MoveTeachers {
        from: code(1),
        to: code(2),
        stage: Stage::Primary,
        teachers: whole(teachers),
        of_them: backbone.map(|number| (element("backbone_teachers_primary"), whole(number))).into_iter().collect(),
    }
}
