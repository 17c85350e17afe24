//! Made-up counties for screens of many counties. Seeded, so that they are the same in every run; their names and notes say what they are.

use junheng_ingest::file::read_items;
use junheng_proto::ingest::v1::{
    Acknowledgement, CountyItem, Region, School, SchoolEvent, SchoolFacts, SubmitMonthRequest, county_item::Value,
    school_event::Change,
};
use junheng_wire::item;

use super::made_up::{self, Lack, Plan};

/// The months that they report; the last one is that of the county of the demo.
pub(super) const MONTHS: [&str; 6] = ["2024-07", "2024-08", "2024-09", "2024-10", "2024-11", "2024-12"];
/// What every page and report says of their figures.
pub(super) const NOTE: &str = "合成数据：虚构的县和学校，仅供演示，与任何真实地区无关";
/// When they were registered.
pub(super) const REGISTERED: &str = "2024-07-01T01:00:00Z";

const PROVINCE: &str = "210000";
const CITIES: [(&str, &str); 3] =
    [("219100", "示例甲市（合成数据）"), ("219200", "示例乙市（合成数据）"), ("219300", "示例丙市（合成数据）")];
const ITEMS: &[u8] = include_bytes!("../../demo/synthetic-items.csv");
const SEPTEMBER: usize = 2;
const OCTOBER: usize = 3;
const NOVEMBER: usize = 4;
const DECEMBER: usize = 5;

/// What becomes of a county, so that screens have something of every kind to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    /// Everything is met in every month.
    Met,
    /// One unit short of two indicators until October, none from November on.
    Improving,
    /// Units short of much, and uneven.
    Uneven,
    /// A veto from November on.
    Veto,
    /// Without satisfaction and monitoring: undetermined.
    ItemsMissing,
    /// Two schools never report, a third leaves out its equipment.
    SchoolsMissing,
    /// October is missing.
    MonthMissing,
    /// October and December came after the due day.
    Late,
    /// A small school that is short is merged into another on 1 September.
    Merger,
    /// Met until October, and short from November on.
    Worsening,
    /// December waits for somebody to say why pupils jumped.
    Held,
    /// December was refused, and nothing came since.
    Refused,
}

/// The counties: code, name, what becomes of it, how many schools it has.
const COUNTIES: [(&str, &str, Story, usize); 12] = [
    ("219102", "新城区", Story::Veto, 12),
    ("219121", "青禾县", Story::Met, 10),
    ("219122", "云川县", Story::Improving, 9),
    ("219123", "石桥县", Story::Uneven, 14),
    ("219202", "东湖区", Story::Late, 11),
    ("219221", "临江县", Story::ItemsMissing, 8),
    ("219222", "松岭县", Story::SchoolsMissing, 13),
    ("219223", "白河县", Story::MonthMissing, 9),
    ("219302", "西岭区", Story::Refused, 10),
    ("219321", "柳园县", Story::Merger, 10),
    ("219322", "平川县", Story::Worsening, 12),
    ("219323", "南屏县", Story::Held, 9),
];

/// One made-up county.
#[derive(Clone, Debug)]
pub(super) struct County {
    code: &'static str,
    name: &'static str,
    story: Story,
    plans: Vec<Plan>,
}

/// The cities and counties, without the province, which is registered.
pub(super) fn regions() -> Vec<Region> {
    let region = |code: &str, name: String, parent: String| Region {
        name: format!("regions/{code}"),
        display_name: name,
        parent,
        data_note: NOTE.to_owned(),
        ..Region::default()
    };
    let cities = CITIES.iter().map(|(code, name)| region(code, (*name).to_owned(), format!("regions/{PROVINCE}")));
    let counties = COUNTIES
        .iter()
        .map(|(code, name, ..)| region(code, format!("示例{name}（合成数据）"), format!("regions/{}00", &code[..4])));
    cities.chain(counties).collect()
}

/// The counties.
pub(super) fn counties() -> Vec<County> {
    let county = |&(code, name, story, count)| County { code, name, story, plans: made_up::plans(code, count) };
    COUNTIES.iter().map(county).collect()
}

impl County {
    /// `regions/219121`.
    pub(super) fn region(&self) -> String {
        format!("regions/{}", self.code)
    }

    /// The schools to register.
    pub(super) fn schools(&self) -> Vec<School> {
        self.plans.iter().map(|plan| plan.school(&self.region(), self.name)).collect()
    }

    /// What happened to its schools, and when that was recorded.
    pub(super) fn events(&self) -> Option<(&'static str, SchoolEvent)> {
        if self.story != Story::Merger {
            return None;
        }
        let name = |plan: &Plan| format!("{}/schools/{}", self.region(), plan.code);
        let (small, into) = (self.merged()?, self.plans.first()?);
        let event = SchoolEvent {
            school: name(small),
            date: "2024-09-01".to_owned(),
            document: "示例教发〔2024〕1号（合成数据）".to_owned(),
            change: Some(Change::MergedInto(name(into))),
            ..SchoolEvent::default()
        };
        Some(("2024-09-05T02:00:00Z", event))
    }

    /// The school that is merged: the last primary one.
    fn merged(&self) -> Option<&Plan> {
        self.plans.iter().rfind(|plan| plan.school_type == "211")
    }

    /// When a month is sent, and what; nothing where it is not.
    pub(super) fn submission(&self, month: usize) -> Option<(String, SubmitMonthRequest)> {
        if self.story == Story::MonthMissing && month == OCTOBER {
            return None;
        }
        let late = self.story == Story::Late && matches!(month, OCTOBER | DECEMBER);
        let seed: usize = self.code.bytes().map(usize::from).sum();
        let day = if late { 19 } else { 4 + (seed + month) % 9 };
        let (year, next) = if month == DECEMBER { (2025, 1) } else { (2024, 8 + month) };
        let request = SubmitMonthRequest {
            region: self.region(),
            month: MONTHS[month].to_owned(),
            request_id: format!("demo-{}", MONTHS[month]),
            schools: self.facts(month),
            items: self.items(month),
            acknowledgements: self.acknowledgements(),
            ..SubmitMonthRequest::default()
        };
        Some((format!("{year}-{next:02}-{day:02}T0{}:{:02}:00Z", 1 + month % 6, seed % 60), request))
    }

    fn facts(&self, month: usize) -> Vec<SchoolFacts> {
        let merged = self.merged().map(|plan| plan.code.clone());
        let after_merger = self.story == Story::Merger && month >= SEPTEMBER;
        let reporting = self.plans.iter().enumerate().filter(|(index, plan)| {
            let gone = after_merger && Some(&plan.code) == merged.as_ref();
            let silent = self.story == Story::SchoolsMissing && matches!(index, 3 | 4);
            !gone && !silent
        });
        let facts = reporting.map(|(index, plan)| {
            let mut grown = plan.clone();
            if after_merger && index == 0 {
                grown.pupils[0] += self.merged().map_or(0, |merged| merged.pupils[0]);
            }
            let mut facts = grown.facts(month, &self.lacks(index, plan, month));
            match (self.story, index, month) {
                (Story::SchoolsMissing, 1, _) => facts.equipment_value_yuan = None,
                (Story::SchoolsMissing, 6, _) => facts.multimedia_rooms = None,
                // More by half, and nobody says why.
                (Story::Held, 0, DECEMBER) => {
                    facts.pupils_primary = facts.pupils_primary.map(|pupils| pupils * 3 / 2);
                    facts.classes_primary = facts.classes_primary.map(|classes| classes * 3 / 2 + 1);
                }
                // A part above its whole: an error.
                (Story::Refused, 0, DECEMBER) => {
                    facts.backbone_teachers_primary = facts.teachers_primary.map(|teachers| teachers + 5);
                }
                _ => {}
            }
            facts
        });
        facts.collect()
    }

    /// What a school has too little or much of in a month.
    fn lacks(&self, index: usize, plan: &Plan, month: usize) -> Vec<Lack> {
        let small = self.merged().is_some_and(|merged| merged.code == plan.code);
        match (self.story, index) {
            (Story::Improving, 1) if month < NOVEMBER => vec![(5, 0.90), (6, 0.80)],
            (Story::Improving, 1) => vec![(5, 1.1), (6, 1.1)],
            (Story::Uneven, 0) => vec![(4, 0.70), (5, 0.55), (6, 0.80), (2, 0.6)],
            (Story::Uneven, 1) => vec![(4, 0.92), (5, 0.66), (3, 0.7)],
            (Story::Uneven, 2) => vec![(5, 0.95)],
            (Story::Uneven, 5) => vec![(5, 0.50), (2, 0.5), (7, 0.9)],
            (Story::Uneven, 3 | 4) => vec![(5, 3.4), (6, 3.0), (4, 2.2)],
            (Story::Uneven, 9) => vec![(5, 2.8), (6, 2.4)],
            (Story::SchoolsMissing, 2) => vec![(5, 0.80)],
            (Story::Merger, _) if small => vec![(4, 0.75), (5, 0.60), (2, 0.4)],
            (Story::Worsening, 0) if month >= NOVEMBER => vec![(5, 0.81), (7, 0.86)],
            (Story::Worsening, 2) if month >= DECEMBER => vec![(3, 0.5)],
            (Story::Late, 1) => vec![(7, 0.90)],
            _ => vec![],
        }
    }

    fn items(&self, month: usize) -> Vec<CountyItem> {
        let (rows, _) = read_items("items.csv", ITEMS);
        let items = rows.iter().map(|row| item::encode(&row.item));
        let missing =
            |item: &CountyItem| self.story == Story::ItemsMissing && matches!(item.item.as_str(), "S1" | "Q9");
        let mut items: Vec<CountyItem> = items.filter(|item| !missing(item)).collect();
        if self.story == Story::Veto && month >= NOVEMBER {
            for item in items.iter_mut().filter(|item| item.item == "V2") {
                item.value = Some(Value::Declaration(true));
                "2024-11-20".clone_into(&mut item.declared_on);
            }
        }
        items
    }

    fn acknowledgements(&self) -> Vec<Acknowledgement> {
        if self.story != Story::SchoolsMissing {
            return vec![];
        }
        vec![Acknowledgement {
            rule: "school_left_out".to_owned(),
            reason: "合成数据：两所学校暂无数据".to_owned(),
            ..Acknowledgement::default()
        }]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use junheng_domain::{
        checks::{Limits, LimitsDocument, Registry, check_plausibility, check_school_rows},
        standard::Standard,
    };
    use junheng_wire::{facts, name, school, violations::Violations};

    use super::*;

    #[test]
    fn everything_that_is_made_up_says_so() {
        for region in regions() {
            assert!(region.display_name.starts_with("示例") && region.display_name.contains("合成数据"), "{region:?}");
            assert!(region.data_note.contains("合成数据"), "{region:?}");
        }
        let items = counties()[0].items(0);
        assert_eq!(items.len(), 57);
        assert!(items.iter().all(|item| item.declared_by.contains("合成数据") && item.evidence.contains("合成数据")));
    }

    #[test]
    fn schools_have_codes_of_their_own_in_ten_digits() {
        let schools: Vec<School> = counties().iter().flat_map(County::schools).collect();
        let codes: BTreeSet<&str> = schools.iter().filter_map(|school| school.name.rsplit('/').next()).collect();

        assert_eq!(codes.len(), schools.len());
        assert!(codes.iter().all(|code| code.len() == 10 && code.bytes().all(|byte| byte.is_ascii_digit())));
    }

    #[test]
    fn a_month_follows_the_month_before_and_every_run_is_the_same() {
        for county in counties() {
            let sent: Vec<(String, SubmitMonthRequest)> =
                (0..MONTHS.len()).filter_map(|month| county.submission(month)).collect();
            assert!(sent.windows(2).all(|pair| pair[0].0 < pair[1].0), "{}", county.name);
            assert!(sent.iter().all(|(at, _)| at.as_str() > REGISTERED));
            let again: Vec<_> = (0..MONTHS.len()).filter_map(|month| county.submission(month)).collect();
            assert_eq!(sent, again);
        }
    }

    #[test]
    fn what_is_made_up_looks_measured_even_where_few_schools_are_looked_at() {
        let few = "[threshold_bunching]\nmin_units = 5\n\n[round_numbers]\nmin_schools = 5\n";
        let limits = Limits::of([&LimitsDocument::parse(few).unwrap()]);
        for county in counties() {
            let region = name::parse_region(&county.region()).unwrap();
            let schools = county.schools();
            let rows = schools.iter().map(|one| school::decode(one, &region, "", &mut Violations::default()));
            let (schools, _) = check_school_rows(&rows.collect::<Vec<_>>());
            let schools = schools.into_iter().map(|school| (school.code.clone(), school)).collect();
            let registry = Registry { schools, ..Registry::default() };
            for (_, request) in (0..MONTHS.len()).filter_map(|month| county.submission(month)) {
                let (rows, month) = (facts::decode(&request.schools, "schools").0, request.month.parse().unwrap());
                let national = Standard::national().unwrap();
                let mut found = check_plausibility(&rows, &registry, month, None, national, &limits);
                found.retain(|finding| {
                    ["threshold_bunching", "round_numbers", "copied_schools"].contains(&finding.rule.as_str())
                });
                assert_eq!(found, [], "{} {month}", county.name);
            }
        }
    }

    #[test]
    fn the_story_of_a_county_shows_in_what_it_sends() {
        let sent = |story, month: usize| {
            let county = counties().into_iter().find(|county| county.story == story).unwrap();
            county.submission(month)
        };

        assert!(sent(Story::MonthMissing, OCTOBER).is_none());
        let (late, _) = sent(Story::Late, DECEMBER).unwrap();
        assert!(late.as_str() > "2025-01-16", "{late}");
        let (_, before) = sent(Story::Merger, SEPTEMBER - 1).unwrap();
        let (_, after) = sent(Story::Merger, SEPTEMBER).unwrap();
        assert_eq!(before.schools.len(), after.schools.len() + 1);
        let veto = |(_, request): (String, SubmitMonthRequest)| {
            request.items.iter().any(|item| item.item == "V2" && item.value == Some(Value::Declaration(true)))
        };
        assert_eq!([OCTOBER, NOVEMBER].map(|month| sent(Story::Veto, month).is_some_and(veto)), [false, true]);
    }
}
