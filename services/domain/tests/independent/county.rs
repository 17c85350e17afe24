//! A county in the check's own words, and the one place that puts it into the words of the code under test and reads verdicts out of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use junheng_domain::{
    code::Month,
    element::Element,
    evaluation::Evaluation,
    facts::{CountyFacts, CountyItem, DatedItem, ItemValue, SchoolFacts},
    quantity::Quantity,
    school::School as DomainSchool,
    verdict::Verdict,
};

/// A verdict: it holds for every completion of what is missing, for none, or that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum V {
    Met,
    NotMet,
    Open,
}

/// Verdicts by what they are on; where nothing is to judge, nothing stands.
pub(crate) type Verdicts = BTreeMap<String, V>;

/// Value of an operand. Numbers are millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    Number(i64),
    Truth(bool),
    Day(i16, i8, i8),
}

/// An operand of a county item, reported so many months ago, perhaps declared on an earlier day.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) of: &'static str,
    pub(crate) operand: String,
    pub(crate) value: Value,
    pub(crate) months_ago: i32,
    pub(crate) declared: Option<(i16, i8)>,
}

/// A school: its type, and its figures in hundredths. What is not there is missing.
#[derive(Debug, Clone)]
pub(crate) struct School {
    pub(crate) code: String,
    pub(crate) kind: u16,
    pub(crate) figures: BTreeMap<String, i64>,
}

/// A county in a month.
#[derive(Debug, Clone)]
pub(crate) struct County {
    pub(crate) year: i16,
    pub(crate) month: i8,
    pub(crate) schools: Vec<School>,
    pub(crate) items: Vec<Item>,
}

impl County {
    /// What the code under test takes. A school without any figure is left out of what was reported.
    pub(crate) fn facts(&self) -> CountyFacts {
        let month = Month::new(i32::from(self.year), i32::from(self.month)).unwrap();
        let school = |school: &School| DomainSchool {
            code: school.code.parse().unwrap(),
            name: String::new(),
            school_type: school.kind.to_string().parse().unwrap(),
            organiser_type: None,
            urban_rural_code: None,
            group: None,
            opened_on: None,
            closed_on: None,
        };
        let reported = |school: &School| {
            let mut facts = SchoolFacts::missing(school.code.parse().unwrap());
            for (id, hundredths) in &school.figures {
                facts.set(Element::find(id).unwrap(), Quantity::hundredths(*hundredths));
            }
            facts
        };
        let dated = |item: &Item| DatedItem {
            item: CountyItem {
                item: item.of.to_owned(),
                operand: item.operand.clone(),
                value: match item.value {
                    Value::Number(millionths) => ItemValue::Quantity(Quantity::millionths(millionths).unwrap()),
                    Value::Truth(truth) => ItemValue::Declaration(truth),
                    Value::Day(year, month, day) => ItemValue::Date(Date::new(year, month, day).unwrap()),
                },
                declared_on: item.declared.map(|(year, month)| Date::new(year, month, 28).unwrap()),
                declared_by: String::new(),
                evidence: String::new(),
            },
            month: Month::from_ordinal(month.ordinal() - item.months_ago).unwrap(),
        };
        CountyFacts {
            month,
            schools: self.schools.iter().map(school).collect(),
            school_facts: self.schools.iter().filter(|school| !school.figures.is_empty()).map(reported).collect(),
            items: self.items.iter().map(dated).collect(),
            waivers: vec![],
        }
    }
}

/// Every verdict of an evaluation.
pub(crate) fn read(evaluation: &Evaluation<'_>) -> Verdicts {
    let mut all = Verdicts::new();
    let mut on = |name: String, verdict: Option<Verdict>| {
        let verdict = verdict.map(|verdict| match verdict {
            Verdict::Met => V::Met,
            Verdict::NotMet => V::NotMet,
            Verdict::Undetermined => V::Open,
        });
        all.extend(verdict.map(|verdict| (name, verdict)));
    };
    on("county".to_owned(), Some(evaluation.verdict));
    for part in &evaluation.parts {
        on(format!("part {}", part.rule.id), Some(part.verdict));
    }
    for item in &evaluation.items {
        on(format!("item {}", item.rule.id), Some(item.verdict));
        for (index, test) in item.tests.iter().enumerate() {
            on(format!("test {} {index}", item.rule.id), Some(*test));
        }
    }
    for resources in &evaluation.resources {
        let stage = resources.stage.id();
        on(format!("stage {stage}"), resources.verdict);
        on(format!("composite {stage}"), resources.composite.as_ref().and_then(|composite| composite.verdict));
        for one in &resources.indicators {
            on(format!("variation {stage} {}", one.rule.id), one.variation.verdict);
        }
        for unit in &resources.units {
            let code = &unit.unit.reported.school.code;
            on(format!("unit {stage} {code}"), unit.verdict);
            for (of, one) in resources.indicators.iter().zip(&unit.indicators) {
                on(format!("reach {stage} {} {code}", of.rule.id), one.verdict);
                on(format!("floor {stage} {} {code}", of.rule.id), one.floor_verdict);
            }
        }
    }
    all
}
