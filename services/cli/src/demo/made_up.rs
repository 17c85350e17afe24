//! Made-up schools: what they are, and figures that reach the thresholds of the standard by a little, more or less where it is wanted.

use junheng_proto::ingest::v1::{School, SchoolFacts};

/// An indicator (1 is L1), and how much of the usual a school has of it.
pub(super) type Lack = (usize, f64);

const NAMES: [&str; 14] = [
    "实验小学", "中心小学", "初级中学", "九年一贯制学校", "第二小学", "第二初级中学", "育才小学", "东街小学", "第三初级中学",
    "河西九年制学校", "南关小学", "北山小学", "第四初级中学", "西沟教学点",
];
const TYPES: [&str; 14] =
    ["211", "211", "311", "312", "211", "311", "211", "211", "311", "312", "211", "211", "311", "218"];
const TOWNS: [&str; 3] = ["121", "122", "210"];

/// A school, and what it has of each indicator: 1 reaches the threshold exactly.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) code: String,
    pub(super) name: &'static str,
    pub(super) school_type: &'static str,
    /// Primary and junior.
    pub(super) pupils: [u32; 2],
    has: [f64; 7],
    place: usize,
}

/// The schools of a county.
pub(super) fn plans(county: &str, count: usize) -> Vec<Plan> {
    let mut dice = Dice::of(county);
    let plan = |place: usize| {
        let school_type = TYPES[place % TYPES.len()];
        let pupils = match school_type {
            "218" => [46, 0],
            "311" => [0, 360 + dice.below(600)],
            "312" => [180 + dice.below(260), 160 + dice.below(260)],
            // A school that may be merged is small.
            _ if place + 4 > count => [88 + dice.below(20), 0],
            _ => [420 + dice.below(800), 0],
        };
        Plan {
            code: format!("{}9{}{:04}", &school_type[..1], &county[2..], place + 1),
            name: NAMES[place % NAMES.len()],
            school_type,
            pupils,
            has: std::array::from_fn(|_| 1.05 + f64::from(dice.below(30)) / 100.0),
            place,
        }
    };
    (0..count).map(plan).collect()
}

impl Plan {
    pub(super) fn school(&self, region: &str, county: &str) -> School {
        let place = county.trim_end_matches(['县', '区']);
        School {
            name: format!("{region}/schools/{}", self.code),
            display_name: format!("{place}{}", self.name),
            school_type: self.school_type.to_owned(),
            organiser_type: 7,
            urban_rural_code: TOWNS[self.place % TOWNS.len()].to_owned(),
            ..School::default()
        }
    }

    /// What it reports for a month: pupils come and go by ones, equipment grows.
    pub(super) fn facts(&self, month: usize, lacks: &[Lack]) -> SchoolFacts {
        let drift = u32::try_from((month * 3 + self.place) % 5).unwrap_or_default();
        let [primary, junior] = self.pupils.map(|pupils| if pupils > 0 { pupils + drift } else { 0 });
        let has = |indicator: usize| {
            let other = lacks.iter().find(|(lacking, _)| *lacking == indicator);
            other.map_or(self.has[indicator - 1], |(_, share)| *share)
        };
        // Of what both stages share so much that the one that asks for more has enough: pupils weigh 1 and 1.1.
        let shared = |primary_needs: f64, junior_needs: f64| {
            let of_each = match self.pupils {
                [_, 0] => primary_needs,
                [0, _] => junior_needs / 1.1,
                _ => primary_needs.max(junior_needs / 1.1),
            };
            of_each * (f64::from(self.pupils[0]) + 1.1 * f64::from(self.pupils[1]) + 4.0)
        };
        let persons = |pupils: u32, threshold: f64, share: f64| count(f64::from(pupils) * threshold * share / 100.0);
        let teachers = [count(f64::from(primary) / 13.0), count(f64::from(junior) / 9.0)];
        let [classes_primary, classes_junior] = [primary.div_ceil(38), junior.div_ceil(42)];
        let rooms = (classes_primary + classes_junior).div_ceil(12);
        let teaching = shared(4.5, 5.8) * has(4);
        let pupils = f64::from(primary + junior);
        let mut facts = SchoolFacts {
            school_code: self.code.clone(),
            teaching_area_m2: Some(hundredths(teaching / 0.92)),
            indoor_sports_area_m2: Some(hundredths(teaching / 0.92 * 0.08)),
            sports_ground_area_m2: Some(hundredths(shared(7.5, 10.2) * has(5) - teaching / 0.92 * 0.08)),
            equipment_value_yuan: Some(hundredths(
                shared(2000.0, 2500.0) * has(6) * (1.0 + 0.004 * f64::from(u8::try_from(month).unwrap_or_default())),
            )),
            multimedia_rooms: Some(count(shared(2.3, 2.4) * has(7) / 100.0)),
            computers: Some(count(pupils / 6.0)),
            books: Some(count(pupils * 27.0)),
            music_rooms_qualified: Some(rooms),
            art_rooms_qualified: Some(rooms),
            public_funds_budget_yuan: Some(hundredths(pupils * 861.37)),
            training_budget_yuan: Some(hundredths(pupils * 861.37 * 0.06)),
            ..SchoolFacts::default()
        };
        if primary > 0 {
            facts.pupils_primary = Some(primary);
            facts.classes_primary = Some(classes_primary);
            facts.largest_class_primary = Some(primary.div_ceil(classes_primary) + 2);
            facts.teachers_primary = Some(teachers[0]);
            facts.senior_title_teachers_primary = Some(teachers[0] / 2);
            facts.teachers_above_degree_primary = Some(persons(primary, 4.2, has(1)).min(teachers[0]));
            facts.backbone_teachers_primary = Some(persons(primary, 1.0, has(2)).min(teachers[0]));
            facts.pe_arts_teachers_primary = Some(persons(primary, 0.9, has(3)).min(teachers[0]));
        }
        if junior > 0 {
            facts.pupils_junior = Some(junior);
            facts.classes_junior = Some(classes_junior);
            facts.largest_class_junior = Some(junior.div_ceil(classes_junior) + 2);
            facts.teachers_junior = Some(teachers[1]);
            facts.senior_title_teachers_junior = Some(teachers[1] / 2);
            facts.teachers_above_degree_junior = Some(persons(junior, 5.3, has(1)).min(teachers[1]));
            facts.backbone_teachers_junior = Some(persons(junior, 1.0, has(2)).min(teachers[1]));
            facts.pe_arts_teachers_junior = Some(persons(junior, 0.9, has(3)).min(teachers[1]));
        }
        facts
    }
}

/// Persons and rooms are whole: enough for what is asked.
fn count(number: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands at the most")]
    let whole = number.ceil() as u32;
    whole
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn of(text: &str) -> Self {
        Self(text.bytes().fold(0x9e37_79b9, |seed, byte| (seed << 5) ^ (seed >> 3) ^ u64::from(byte)))
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(bound)).unwrap_or_default()
    }
}
