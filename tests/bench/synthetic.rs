//! A made-up nation: seeded, so that it is the same in every run.

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    element::{Element, Kind},
    facts::{CountyFacts, CountyItem, DatedItem, SchoolFacts},
    history::SchoolHistory,
    quantity::Quantity,
    school::{School, Stage},
};
use junheng_proto::ingest::v1 as message;
use junheng_store::{
    Store, WriteTransaction, clock, county_items, marks,
    regions::{self, Region},
    school_facts, schools,
    submissions::{self, NewSubmission},
};
use serde_json::Map;
use tokio::task::JoinSet;

/// Schools of a county.
pub(crate) const SCHOOLS: u64 = 69;
/// Types of schools, as often as they are found.
const TYPES: [&str; 12] = ["211", "211", "211", "211", "211", "218", "218", "311", "311", "312", "312", "345"];
/// Counties that are written at once.
const AT_ONCE: u64 = 4;

/// The month that everybody reports.
pub(crate) fn month() -> Month {
    "2024-12".parse().unwrap()
}

/// A county of a province, both from 0.
pub(crate) fn county(province: u64, number: u64) -> RegionCode {
    format!("{:02}{:02}{:02}", 11 + province, 1 + number / 50, 1 + number % 50).parse().unwrap()
}

/// Writes provinces with so many counties each as if they had reported, and marks them.
pub(crate) async fn write(store: &Store, provinces: u64, counties: u64) {
    let (read, findings) =
        junheng_ingest::file::read_items("items.csv", include_bytes!("../data/zhangwu-2024/items.csv"));
    assert!(findings.is_empty());
    let items: Vec<CountyItem> = read.into_iter().map(|row| row.item).collect();
    let mut writing = JoinSet::new();
    for lane in 0..AT_ONCE {
        let (store, items) = (store.clone(), items.clone());
        writing.spawn(async move {
            for place in (lane..provinces * counties).step_by(usize::try_from(AT_ONCE).unwrap()) {
                write_county(&store, place / counties, place % counties, &items).await;
            }
        });
    }
    writing.join_all().await;
}

/// What a county of so many schools reported, with the items of Zhangwu.
pub(crate) fn reported(count: u64) -> CountyFacts {
    let (read, findings) =
        junheng_ingest::file::read_items("items.csv", include_bytes!("../data/zhangwu-2024/items.csv"));
    assert!(findings.is_empty());
    let mut dice = Dice(0x9e37_79b9);
    let schools: Vec<School> = (0..count).map(|serial| school(&county(10, 1), serial, &mut dice)).collect();
    let school_facts = schools.iter().map(|school| facts(school, &mut dice)).collect();
    let items = read.into_iter().map(|row| DatedItem { item: row.item, month: month() }).collect();
    CountyFacts { month: month(), schools, school_facts, items, waivers: vec![] }
}

async fn write_county(store: &Store, province: u64, number: u64, items: &[CountyItem]) {
    let code = county(province, number);
    let mut dice = dice_of(province, number);
    let schools: Vec<School> = (0..SCHOOLS).map(|serial| school(&code, serial, &mut dice)).collect();
    let facts: Vec<SchoolFacts> = schools.iter().map(|school| facts(school, &mut dice)).collect();
    let transaction = store.begin_write().await.unwrap();
    let known_at = clock::advance(&transaction, &code, "2025-01-10T00:00:00Z".parse().unwrap()).await.unwrap();
    register(&transaction, &code, known_at, number.is_multiple_of(50), &schools).await;
    let submission = NewSubmission {
        county: code.clone(),
        month: month(),
        request_id: "bench".to_owned(),
        school_count: u32::try_from(schools.len()).unwrap(),
        item_count: u32::try_from(items.len()).unwrap(),
        content_digest: format!("{:064x}", dice.next()),
        known_at,
        caller: "bench".to_owned(),
        trace_parent: String::new(),
        findings: vec![],
        acknowledgements: vec![],
    };
    let (revision, _) = submissions::insert_accepted(&transaction, &submission).await.unwrap();
    school_facts::insert_many(&transaction, &code, month(), revision, &facts).unwrap();
    county_items::insert_many(&transaction, &code, month(), revision, items).unwrap();
    marks::mark(&transaction, &code, &[month()], known_at, "").await.unwrap();
    transaction.commit().await.unwrap();
}

async fn register(transaction: &WriteTransaction, code: &RegionCode, known_at: Timestamp, tree: bool, all: &[School]) {
    let parents = [code.parent().unwrap(), code.parent().unwrap().parent().unwrap()];
    let above = parents.iter().filter(|_| tree);
    let tree: Vec<Region> = above.chain([code]).map(region).collect();
    regions::upsert(transaction, &tree).await.unwrap();
    let histories: Vec<SchoolHistory> = all.iter().map(SchoolHistory::of).collect();
    schools::insert_versions(transaction, code, known_at, &histories).await.unwrap();
}

/// A county that is registered, and makes up what it reports: every month a little else, so that the checks find nothing.
pub(crate) struct Reporter {
    code: RegionCode,
    facts: Vec<SchoolFacts>,
    dice: Dice,
}

impl Reporter {
    /// Registers a county with so many schools; `tree`: the regions above it, too.
    pub(crate) async fn register(store: &Store, [province, number]: [u64; 2], tree: bool, count: u64) -> Self {
        let code = county(province, number);
        let mut dice = dice_of(province, number);
        let schools: Vec<School> = (0..count).map(|serial| school(&code, serial, &mut dice)).collect();
        let transaction = store.begin_write().await.unwrap();
        let known_at = clock::advance(&transaction, &code, "2000-01-10T00:00:00Z".parse().unwrap()).await.unwrap();
        register(&transaction, &code, known_at, tree, &schools).await;
        transaction.commit().await.unwrap();
        let facts = schools.iter().map(|school| facts(school, &mut dice)).collect();
        Self { code, facts, dice }
    }

    /// All elements of all schools for a month, and the county items of Zhangwu.
    pub(crate) fn report(&mut self, month: &str, items: &[message::CountyItem]) -> message::SubmitMonthRequest {
        let schools = self.facts.iter().map(|facts| encode(&consistent(varied(facts, &mut self.dice)))).collect();
        message::SubmitMonthRequest {
            region: format!("regions/{}", self.code),
            month: month.to_owned(),
            request_id: format!("bench-{month}"),
            schools,
            items: items.to_vec(),
            ..message::SubmitMonthRequest::default()
        }
    }
}

/// The figures, each up to two hundredths more or less.
fn varied(facts: &SchoolFacts, dice: &mut Dice) -> SchoolFacts {
    let mut varied = facts.clone();
    for element in Element::all() {
        let Some(value) = facts.get(element) else { continue };
        let part = i64::try_from(98 + dice.below(5)).unwrap();
        let value = match element.definition().kind {
            Kind::Count => Quantity::whole((value.as_whole().unwrap() * part / 100).max(1)),
            Kind::Amount => Quantity::hundredths(value.as_hundredths().unwrap() * part / 100),
        };
        varied.set(element, value);
    }
    varied
}

/// Makes figures agree with each other, as the checks want them: no part above its whole, no largest class below the mean.
fn consistent(mut facts: SchoolFacts) -> SchoolFacts {
    for element in Element::all() {
        let whole = element.whole().and_then(|whole| facts.get(whole));
        if let (Some(value), Some(whole)) = (facts.get(element), whole) {
            facts.set(element, Some(value.min(whole)));
        }
    }
    for stage in Stage::COMPULSORY {
        let of_stage = |id| Element::of_stage(id, stage).unwrap();
        let number = |id| facts.get(of_stage(id)).and_then(Quantity::as_whole);
        if let (Some(pupils), Some(classes)) = (number("pupils"), number("classes")) {
            facts.set(of_stage("largest_class"), Quantity::whole(pupils / classes + 1));
        }
    }
    facts
}

/// The fields are named as the elements, so the canonical JSON of the message does the rest.
fn encode(facts: &SchoolFacts) -> message::SchoolFacts {
    let mut json = Map::new();
    json.insert("school_code".to_owned(), facts.school.as_str().into());
    for element in Element::all() {
        let Some(value) = facts.get(element) else { continue };
        let value = value.as_whole().map_or_else(|| value.to_f64().into(), Into::into);
        json.insert(element.id().to_owned(), value);
    }
    serde_json::from_value(json.into()).unwrap()
}

fn dice_of(province: u64, number: u64) -> Dice {
    Dice(province << 32 | number << 8 | 0x9e37_79b9)
}

fn region(code: &RegionCode) -> Region {
    Region {
        code: code.clone(),
        name: format!("区域{code}"),
        level: code.level(),
        parent: code.parent(),
        data_note: String::new(),
    }
}

fn school(county: &RegionCode, serial: u64, dice: &mut Dice) -> School {
    let school_type = TYPES[usize::try_from(dice.below(12)).unwrap()];
    School {
        code: format!("{}1{}{serial:03}", if school_type < "300" { 2 } else { 3 }, &county.as_str()[..5])
            .parse()
            .unwrap(),
        name: format!("第{serial}学校"),
        school_type: school_type.parse().unwrap(),
        organiser_type: Some(7),
        urban_rural_code: Some("210".to_owned()),
        group: None,
        opened_on: None,
        closed_on: None,
    }
}

/// Every element of the stages that the school teaches, in proportion to its pupils.
fn facts(school: &School, dice: &mut Dice) -> SchoolFacts {
    let mut facts = SchoolFacts::missing(school.code.clone());
    let pupils = 200 + dice.below(1500);
    for element in Element::all() {
        let definition = element.definition();
        if definition.stage.is_some_and(|stage| !school.school_type.stages().contains(&stage)) {
            continue;
        }
        let per_hundred = match definition.id.trim_end_matches("_primary").trim_end_matches("_junior") {
            "pupils" | "pupils_senior" => 100,
            "classes" | "multimedia_rooms" | "computers" => 3,
            "largest_class" => 0,
            "teachers" => 8,
            "teachers_above_degree" | "senior_title_teachers" => 5,
            "backbone_teachers" | "pe_arts_teachers" | "music_rooms_qualified" | "art_rooms_qualified" => 1,
            "teaching_area_m2" | "sports_ground_area_m2" => 600,
            "equipment_value_yuan" | "public_funds_budget_yuan" => 200_000,
            _ => 10,
        };
        let spread = 75 + dice.below(50);
        let number = i64::try_from(1 + pupils * per_hundred * spread / 10_000).unwrap();
        facts.set(
            element,
            match definition.kind {
                Kind::Count if per_hundred == 0 => Quantity::whole(40),
                Kind::Count => Quantity::whole(number),
                Kind::Amount => Quantity::hundredths(number * 100 + i64::try_from(dice.below(100)).unwrap()),
            },
        );
    }
    facts
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
