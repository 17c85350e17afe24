//! Counties to register and report: a real one, one at the edges of the rules, and a small one that meets everything.

use std::{collections::BTreeMap, fs, path::PathBuf};

use junheng_proto::ingest::v1::{
    Acknowledgement, CountyItem, Region, School, SchoolFacts, SubmitMonthRequest, county_item::Value,
};
use serde_json::Map;

/// What a school's row says besides its figures.
const ATTRIBUTES: [&str; 6] = ["school_code", "name", "school_type", "organiser_type", "urban_rural_code", "group"];

/// What the figures of Zhangwu are; every report says it.
pub const DATA_NOTE: &str = "县级数据为公开数据，各校数据为演示用的重构数据，不是该县的报送数据";

/// A county, what is registered for it and what it reports for one month.
#[derive(Debug, Clone)]
pub struct County {
    /// Resource name.
    pub region: String,
    /// The month that it reports.
    pub month: String,
    /// The county itself and the regions above it.
    pub regions: Vec<Region>,
    /// Its schools.
    pub schools: Vec<School>,
    /// What the schools report.
    pub facts: Vec<SchoolFacts>,
    /// What the county reports.
    pub items: Vec<CountyItem>,
    /// What it says to the warnings that its data has.
    pub acknowledgements: Vec<Acknowledgement>,
}

impl County {
    /// Zhangwu in December 2024, from `data/zhangwu-2024`.
    #[must_use]
    pub fn zhangwu() -> Self {
        let mut county = Self::empty("210922", "2024-12", ["辽宁省", "阜新市", "彰武县"]);
        DATA_NOTE.clone_into(&mut county.regions[2].data_note);
        county.read_schools("zhangwu-2024/schools.csv");
        county.items = read("zhangwu-2024/items.csv").iter().map(item_of).collect();
        county
    }

    /// The county whose verdicts turn when a rule is wrong, from `data/edge-county`. It has no county items.
    #[must_use]
    pub fn edge() -> Self {
        let mut county = Self::empty("219901", "2024-12", ["示例省", "示例市", "边界县"]);
        county.read_schools("edge-county/schools.csv");
        county
    }

    /// A small county that meets the standard in everything: two primary schools, a nine-year school, a junior school.
    #[must_use]
    pub fn met() -> Self {
        Self::met_at("219902", "21")
    }

    /// The same in another place: a county code, and two digits that set its schools' codes apart from another county's.
    #[must_use]
    pub fn met_at(code: &str, serial: &str) -> Self {
        let mut county = Self::empty(code, "2024-12", ["示例省", "示例市", "达标县"]);
        county.add("211", "第一小学", primary(serial, 1, 1000));
        county.add("211", "第二小学", primary(serial, 2, 500));
        county.add("312", "九年一贯制学校", nine_year(serial));
        county.add("311", "初级中学", junior(serial));
        county.items = met_items();
        county
    }

    /// A county without schools and items, with the regions above it.
    #[must_use]
    pub fn empty(code: &str, month: &str, names: [&str; 3]) -> Self {
        let codes = [format!("{}0000", &code[..2]), format!("{}00", &code[..4]), code.to_owned()];
        let region = |(code, name): (&String, &str)| Region {
            name: format!("regions/{code}"),
            display_name: name.to_owned(),
            ..Region::default()
        };
        Self {
            region: format!("regions/{code}"),
            month: month.to_owned(),
            regions: codes.iter().zip(names).map(region).collect(),
            schools: vec![],
            facts: vec![],
            items: vec![],
            acknowledgements: vec![],
        }
    }

    /// Adds a school of a type with what it reports.
    pub fn add(&mut self, school_type: &str, name: &str, facts: SchoolFacts) {
        self.schools.push(School {
            name: format!("{}/schools/{}", self.region, facts.school_code),
            display_name: name.to_owned(),
            school_type: school_type.to_owned(),
            organiser_type: 7,
            urban_rural_code: "210".to_owned(),
            ..School::default()
        });
        self.facts.push(facts);
    }

    /// The request that reports the month. What was declared without a day was declared on the first of it.
    #[must_use]
    pub fn submission(&self, request_id: &str) -> SubmitMonthRequest {
        self.submission_for(&self.month, request_id)
    }

    /// The request that reports the same for another month.
    #[must_use]
    pub fn submission_for(&self, month: &str, request_id: &str) -> SubmitMonthRequest {
        SubmitMonthRequest {
            region: self.region.clone(),
            month: month.to_owned(),
            request_id: request_id.to_owned(),
            schools: self.facts.clone(),
            items: self.items.iter().map(|item| dated(item, month)).collect(),
            acknowledgements: self.acknowledgements.clone(),
            ..SubmitMonthRequest::default()
        }
    }

    /// The same county, saying that it knows of all warnings of some rules.
    #[must_use]
    pub fn acknowledging(mut self, rules: &[&str]) -> Self {
        self.acknowledgements.extend(rules.iter().map(|rule| acknowledgement(rule)));
        self
    }

    /// What a school reports, to change it.
    pub fn school_mut(&mut self, school_code: &str) -> &mut SchoolFacts {
        self.facts.iter_mut().find(|facts| facts.school_code == school_code).unwrap()
    }

    /// An operand of a county item, to change it.
    pub fn item_mut(&mut self, item: &str, operand: &str) -> &mut CountyItem {
        self.items.iter_mut().find(|found| found.item == item && found.operand == operand).unwrap()
    }

    fn read_schools(&mut self, file: &str) {
        for row in read(file) {
            self.facts.push(facts_of(&row));
            self.schools.push(School {
                name: format!("{}/schools/{}", self.region, row["school_code"]),
                display_name: row["name"].clone(),
                school_type: row["school_type"].clone(),
                organiser_type: row["organiser_type"].parse().unwrap(),
                urban_rural_code: row["urban_rural_code"].clone(),
                group: row["group"].clone(),
                ..School::default()
            });
        }
    }
}

/// The folder of the test data.
#[must_use]
pub fn data_folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
}

/// Reads a table of the test data: a map by column for each row.
#[must_use]
pub fn read(file: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(data_folder().join(file)).unwrap();
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// An acknowledgement of all warnings of a rule.
#[must_use]
pub fn acknowledgement(rule: &str) -> Acknowledgement {
    Acknowledgement {
        rule: rule.to_owned(), reason: "已核实，数据无误".to_owned(), ..Acknowledgement::default()
    }
}

/// A declaration of a county.
#[must_use]
pub fn declaration(item: &str, operand: &str, value: bool) -> CountyItem {
    county_item(item, operand, Value::Declaration(value))
}

/// A count, an amount or a rate of a county.
#[must_use]
pub fn quantity(item: &str, operand: &str, value: f64) -> CountyItem {
    county_item(item, operand, Value::Quantity(value))
}

/// The item with the day of its declaration; one that says none was declared on the first of the month.
#[must_use]
pub fn dated(item: &CountyItem, month: &str) -> CountyItem {
    let undated = item.declared_on.is_empty() && !matches!(item.value, Some(Value::Quantity(_)) | None);
    let declared_on = if undated { format!("{month}-01") } else { item.declared_on.clone() };
    CountyItem { declared_on, ..item.clone() }
}

fn county_item(item: &str, operand: &str, value: Value) -> CountyItem {
    CountyItem {
        item: item.to_owned(),
        operand: operand.to_owned(),
        value: Some(value),
        declared_by: "县人民政府教育督导室".to_owned(),
        evidence: "自查报告".to_owned(),
        ..CountyItem::default()
    }
}

/// The columns are named as the fields, so the canonical JSON of the message does the rest; an empty cell is missing.
fn facts_of(row: &BTreeMap<String, String>) -> SchoolFacts {
    let mut json = Map::new();
    json.insert("school_code".to_owned(), row["school_code"].clone().into());
    for (column, cell) in row.iter().filter(|(column, cell)| !ATTRIBUTES.contains(&column.as_str()) && !cell.is_empty())
    {
        json.insert(column.clone(), serde_json::from_str(cell).unwrap());
    }
    serde_json::from_value(json.into()).unwrap()
}

fn item_of(row: &BTreeMap<String, String>) -> CountyItem {
    let value = match row["value"].as_str() {
        "true" => Value::Declaration(true),
        "false" => Value::Declaration(false),
        number => Value::Quantity(number.parse().unwrap()),
    };
    CountyItem {
        item: row["item"].clone(),
        operand: row["operand"].clone(),
        value: Some(value),
        declared_on: row["declared_on"].clone(),
        declared_by: row["declared_by"].clone(),
        evidence: row["evidence"].clone(),
    }
}

/// A primary school that just reaches every threshold; `pupils` are hundreds.
fn primary(serial: &str, number: u32, pupils: u32) -> SchoolFacts {
    let classes = pupils / 40;
    SchoolFacts {
        school_code: format!("21{serial}00000{number}"),
        pupils_primary: Some(pupils),
        classes_primary: Some(classes),
        largest_class_primary: Some(42),
        teachers_primary: Some(pupils / 20),
        teachers_above_degree_primary: Some((pupils * 42).div_ceil(1000)),
        backbone_teachers_primary: Some(pupils.div_ceil(100)),
        pe_arts_teachers_primary: Some((pupils * 9).div_ceil(1000)),
        teaching_area_m2: Some(4.5 * f64::from(pupils)),
        indoor_sports_area_m2: Some(0.0),
        sports_ground_area_m2: Some(7.5 * f64::from(pupils)),
        equipment_value_yuan: Some(2000.0 * f64::from(pupils)),
        multimedia_rooms: Some((pupils * 23).div_ceil(1000)),
        ..institution(classes, pupils)
    }
}

/// A nine-year school whose both parts reach every threshold by the split 1 : 1.1.
fn nine_year(serial: &str) -> SchoolFacts {
    SchoolFacts {
        school_code: format!("31{serial}000003"),
        pupils_primary: Some(300),
        pupils_junior: Some(300),
        classes_primary: Some(8),
        classes_junior: Some(8),
        largest_class_primary: Some(41),
        largest_class_junior: Some(41),
        teachers_primary: Some(20),
        teachers_junior: Some(22),
        teachers_above_degree_primary: Some(15),
        teachers_above_degree_junior: Some(18),
        backbone_teachers_primary: Some(4),
        backbone_teachers_junior: Some(4),
        pe_arts_teachers_primary: Some(4),
        pe_arts_teachers_junior: Some(4),
        teaching_area_m2: Some(4000.0),
        indoor_sports_area_m2: Some(0.0),
        sports_ground_area_m2: Some(7000.0),
        equipment_value_yuan: Some(1_800_000.0),
        multimedia_rooms: Some(16),
        ..institution(16, 600)
    }
}

/// A junior school that just reaches every threshold.
fn junior(serial: &str) -> SchoolFacts {
    SchoolFacts {
        school_code: format!("31{serial}000004"),
        pupils_junior: Some(1000),
        classes_junior: Some(25),
        largest_class_junior: Some(42),
        teachers_junior: Some(57),
        teachers_above_degree_junior: Some(53),
        backbone_teachers_junior: Some(10),
        pe_arts_teachers_junior: Some(9),
        teaching_area_m2: Some(5800.0),
        indoor_sports_area_m2: Some(0.0),
        sports_ground_area_m2: Some(10_200.0),
        equipment_value_yuan: Some(2_500_000.0),
        multimedia_rooms: Some(24),
        ..institution(25, 1000)
    }
}

/// What is asked of an institution as a whole: rooms for music and arts, and five per cent for training.
fn institution(classes: u32, pupils: u32) -> SchoolFacts {
    let budget = 900.0 * f64::from(pupils);
    SchoolFacts {
        music_rooms_qualified: Some(classes.div_ceil(12)),
        art_rooms_qualified: Some(classes.div_ceil(12)),
        public_funds_budget_yuan: Some(budget),
        training_budget_yuan: Some(budget * 0.05),
        ..SchoolFacts::default()
    }
}

fn met_items() -> Vec<CountyItem> {
    const DECLARED: [(&str, &str); 15] = [
        ("P2", "monitoring_kept"),
        ("G1", "declared_met"),
        ("G2", "building_standard_unified"),
        ("G2", "staffing_standard_unified"),
        ("G2", "per_pupil_funds_unified"),
        ("G2", "equipment_standard_unified"),
        ("G8", "performance_pay_granted_in_full"),
        ("G10", "declared_met"),
        ("G14", "tilted_to_rural_schools"),
        ("G15", "left_behind_care_in_place"),
        ("Q3", "declared_met"),
        ("Q5", "declared_met"),
        ("Q6", "declared_met"),
        ("Q7", "declared_met"),
        ("Q8", "declared_met"),
    ];
    const COUNTED: [(&str, &str, f64); 35] = [
        ("G6", "small_schools", 2.0),
        ("G6", "small_schools_funded_as_100", 2.0),
        ("G7", "special_education_pupils", 10.0),
        ("G7", "special_education_funds_yuan", 80_000.0),
        ("G8", "teachers_mean_pay_yuan", 90_000.0),
        ("G8", "civil_servants_mean_pay_yuan", 90_000.0),
        ("G9", "teachers_due_training", 200.0),
        ("G9", "teachers_trained_360_hours", 200.0),
        ("G11", "rotation_eligible", 100.0),
        ("G11", "rotation_actual", 10.0),
        ("G11", "rotation_actual_backbone", 2.0),
        ("G12", "teachers", 200.0),
        ("G12", "teachers_certified", 200.0),
        ("G13", "primary_enrolled", 300.0),
        ("G13", "primary_enrolled_nearby", 300.0),
        ("G13", "junior_enrolled", 400.0),
        ("G13", "junior_enrolled_nearby", 380.0),
        ("G14", "quota_total", 100.0),
        ("G14", "quota_allocated", 50.0),
        ("G15", "migrant_children_eligible", 100.0),
        ("G15", "migrant_children_in_public_schools", 85.0),
        ("G15", "migrant_children_in_purchased_places", 0.0),
        ("Q1", "entrants_three_years_ago", 400.0),
        ("Q1", "graduates", 380.0),
        ("Q1", "transferred_in", 0.0),
        ("Q1", "transferred_out", 0.0),
        ("Q1", "deceased", 0.0),
        ("Q2", "disabled_children", 20.0),
        ("Q2", "disabled_children_enrolled", 19.0),
        ("Q9", "mathematics.level", 3.0),
        ("Q9", "mathematics.difference_rate", 0.1),
        ("S1", "questionnaires_valid", 100.0),
        ("S1", "questionnaires_satisfied", 85.0),
        ("S1", "visited", 20.0),
        ("S1", "visited_satisfied", 17.0),
    ];
    let mut items: Vec<CountyItem> = DECLARED.iter().map(|(item, operand)| declaration(item, operand, true)).collect();
    items.extend(["V1", "V2", "V3", "V4", "V5", "V6"].map(|item| declaration(item, "found", false)));
    items.extend(COUNTED.map(|(item, operand, value)| quantity(item, operand, value)));
    items.push(county_item("P1", "basic_recognised_on", Value::Date("2015-12-01".to_owned())));
    items
}
