//! Standards (评估标准) are data: what is divided by what, what it must reach, and the clause that says so.

mod compare;
mod entry;
mod fault;
mod load;
mod load_item;
mod load_waiver;
mod overlay;
mod tree;
mod waiver;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use jiff::civil::Date;

pub use compare::{Change, Difference};
pub use fault::{StandardFault, StandardFaults};
pub use waiver::{TestLimit, WaiverEffect, WaiverRule};

use crate::{
    criteria::{Criterion, variation_limit::Weighting},
    element::Element,
    formula::Sum,
    quantity::Quantity,
    school::{SchoolType, Stage},
};

/// The national standards that are compiled in, by id.
const NATIONAL: [(&str, &str); 2] = [
    ("national-basic-2012", include_str!("../../standards/national-basic-2012.toml")),
    ("national-quality-2017", include_str!("../../standards/national-quality-2017.toml")),
];

/// The standard that the nation judges by where no region says otherwise (domain rule: 优质均衡).
pub const NATIONAL_DEFAULT: &str = "national-quality-2017";

/// No standard lets a county item count for more months: so many months are evaluated again when one of them changes.
pub const ITEM_VALID_MONTHS_AT_MOST: u16 = 12;

/// A standard: versioned, dated and cited. It never changes; a new version has a new id.
#[derive(Debug, Clone)]
pub struct Standard {
    /// Id: `national-quality-2017`.
    pub id: String,
    /// Title, in Chinese.
    pub title: String,
    /// The act that it follows.
    pub act: String,
    /// Date of the act.
    pub issued_on: Date,
    /// First day on which it may be in force; `None`: no day is too early.
    pub valid_from: Option<Date>,
    /// Last day on which it may be in force; `None`: until further notice.
    pub valid_to: Option<Date>,
    /// A county item counts for so many months after the one it was reported or declared for.
    pub items_valid_months: u16,
    /// Form of the coefficient of variation.
    pub weighting: Weighting,
    /// The parts, all of which a county must meet.
    pub parts: Vec<Part>,
    /// What of each school type is judged.
    pub units: Vec<UnitRule>,
    /// The indicators of resources and how units are judged by them.
    pub resources: Resources,
    /// The county items.
    pub items: Vec<Item>,
    /// The waivers that it defines, allowed or not.
    pub waivers: Vec<WaiverRule>,
    /// Id of the standard that it states its differences from; `None`: it states everything.
    pub extends: Option<String>,
    /// The document that it was read from; of one that extends another only the differences.
    pub document: String,
    /// All that it says, with what it takes from others.
    tree: Arc<tree::Node>,
}

/// Part of a standard.
#[derive(Debug, Clone)]
pub struct Part {
    /// Id: `government`.
    pub id: String,
    /// Title, in Chinese.
    pub title: String,
    /// Title, in English; empty where nobody wrote one.
    pub title_en: String,
    /// Clause that it follows.
    pub source: String,
}

/// What of a school type is judged.
#[derive(Debug, Clone)]
pub struct UnitRule {
    /// The school type.
    pub school_type: SchoolType,
    /// The stages that are evaluation units.
    pub stages: Vec<Stage>,
    /// A stage with fewer pupils is no unit.
    pub min_pupils: Option<Quantity>,
    /// Weights of pupils by stage, by which shared amounts are split; empty: nothing to split.
    pub weights: BTreeMap<Stage, Quantity>,
}

/// How resources are judged.
#[derive(Debug, Clone)]
pub struct Resources {
    /// Id of the part that they are.
    pub part: String,
    /// How units are judged; `None`: only what lies between them is.
    pub attainment: Option<Attainment>,
    /// The mean of a stage's coefficients of variation must be at or below this; a stage that is not here has no such limit.
    pub composite_limit: BTreeMap<Stage, Quantity>,
    /// The rule in words, in Chinese.
    pub rule: String,
    /// The rule in words, in English; empty where nobody wrote one.
    pub rule_en: String,
    /// Clause that it follows.
    pub source: String,
    /// The indicators.
    pub indicators: Vec<Indicator>,
}

/// 综合达标: what of its indicators a unit must reach.
#[derive(Debug, Clone)]
pub struct Attainment {
    /// So many indicators must reach their threshold.
    pub reach_at_least: usize,
    /// Share of the threshold that the others must reach.
    pub floor: Quantity,
}

/// Indicator: amount × factor / divisor, for each unit.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// Official id.
    pub id: String,
    /// Official title.
    pub title: String,
    /// Title, in English; empty where nobody wrote one.
    pub title_en: String,
    /// Unit of its values.
    pub unit: String,
    /// Unit of the amount.
    pub amount_unit: String,
    /// Number that the amount is multiplied with: 100 for "per hundred".
    pub factor: Quantity,
    /// Whether the school's amount is split between its stages.
    pub split: bool,
    /// Clause that it follows.
    pub source: String,
    /// What it takes and must reach, by stage.
    pub stages: BTreeMap<Stage, StageRule>,
}

/// What an indicator takes and must reach in one stage.
#[derive(Debug, Clone)]
pub struct StageRule {
    /// Sum of elements.
    pub amount: Sum<Element>,
    /// What it is divided by; it is the unit's weight in the coefficient of variation too.
    pub divisor: Element,
    /// A unit reaches it at or above this; `None`: nothing is asked of a unit by itself.
    pub threshold: Option<Quantity>,
    /// The coefficient of variation must be at or below this; `None`: a single coefficient decides nothing.
    pub variation_limit: Option<Quantity>,
    /// What the value is computed from, as people read it, in Chinese and in English.
    pub formula: [String; 2],
}

/// County item: the conjunction of its tests.
#[derive(Debug, Clone)]
pub struct Item {
    /// Official id.
    pub id: String,
    /// Id of its part.
    pub part: String,
    /// Official title.
    pub title: String,
    /// Title, in English; empty where nobody wrote one.
    pub title_en: String,
    /// Clause that it follows.
    pub source: String,
    /// What is reported for it; empty where it is computed from the schools.
    pub operands: Vec<Operand>,
    /// The tests.
    pub tests: Vec<Test>,
}

impl Item {
    /// Finds one of its operands. Those of national monitoring are open: a level and a difference rate for each subject.
    #[must_use]
    pub fn operand(&self, id: &str) -> Option<OperandKind> {
        let listed = self.operand_rule(id).map(|operand| operand.kind);
        listed.or_else(|| self.tests.iter().find_map(|test| test.criterion.open_operand(id)))
    }

    /// Finds the rule of one of its listed operands.
    #[must_use]
    pub fn operand_rule(&self, id: &str) -> Option<&Operand> {
        self.operands.iter().find(|operand| operand.id == id)
    }

    /// The forms of the operands that are open.
    pub fn open_operands(&self) -> impl Iterator<Item = &'static str> {
        self.tests.iter().flat_map(|test| test.criterion.open_operands()).copied()
    }
}

/// Kind of value that an operand of a county item takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperandKind {
    /// A whole number, not negative.
    Count,
    /// An amount of money, not negative, at most two decimals.
    Amount,
    /// A rate, not negative, at most six decimals.
    Rate,
    /// A level, 1 to 4 (Ⅰ to Ⅳ).
    Level,
    /// True or false.
    Declaration,
    /// A date.
    Date,
    /// Points of a score, not negative, at most two decimals.
    Score,
}

/// Operand of a county item.
#[derive(Debug, Clone)]
pub struct Operand {
    /// Id.
    pub id: String,
    /// Kind of value.
    pub kind: OperandKind,
    /// Title, in Chinese.
    pub title: String,
    /// Title, in English; empty where nobody wrote one.
    pub title_en: String,
    /// It cannot exceed this; `None`: nothing but its kind bounds it.
    pub at_most: Option<Quantity>,
    /// Operand of the same item that it is a part of and cannot exceed.
    pub part_of: Option<String>,
}

/// One test of a county item.
#[derive(Debug, Clone)]
pub struct Test {
    /// The rule in words, in Chinese.
    pub rule: String,
    /// The rule in words, in English; empty where nobody wrote one.
    pub rule_en: String,
    /// How it is judged.
    pub criterion: Criterion,
}

/// The document of a national standard.
fn national_document(id: &str) -> Option<&'static str> {
    NATIONAL.iter().find(|(known, _)| *known == id).map(|(_, document)| *document)
}

impl Standard {
    /// Reads a standard's document, which may extend a national one.
    ///
    /// # Errors
    ///
    /// [`StandardFaults`]: every fault of the document, with its line.
    pub fn load(document: &str) -> Result<Self, StandardFaults> {
        Self::load_with(document, &|_| None)
    }

    /// Reads a standard's document, which may extend a national one or one whose document `find` gives by its id.
    ///
    /// # Errors
    ///
    /// [`StandardFaults`]: every fault of the document, with its line; those that stand in a base's document name the base.
    pub fn load_with(document: &str, find: &dyn Fn(&str) -> Option<String>) -> Result<Self, StandardFaults> {
        load::load(document, &|id| national_document(id).map(ToOwned::to_owned).or_else(|| find(id)))
    }

    /// The id of the standard that a document extends, however faulty the rest of it is.
    #[must_use]
    pub fn extended_by(document: &str) -> Option<String> {
        let root = tree::parse(document, None, &fault::Faults::default())?;
        root.text_at("extends").map(ToOwned::to_owned)
    }

    /// The national standards, by id.
    ///
    /// # Errors
    ///
    /// [`StandardFaults`] of a document that is compiled in; a test loads them all.
    pub fn national() -> Result<&'static [Arc<Self>], &'static StandardFaults> {
        static LOADED: OnceLock<Result<Vec<Arc<Standard>>, StandardFaults>> = OnceLock::new();
        let load = || NATIONAL.iter().map(|(_, document)| Self::load(document).map(Arc::new)).collect();
        LOADED.get_or_init(load).as_deref()
    }

    /// What another standard says otherwise, in the order of this one.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Vec<Difference> {
        compare::compare(&self.tree, &other.tree)
    }

    /// Finds a national standard by its id.
    ///
    /// # Errors
    ///
    /// As [`Standard::national`].
    pub fn find_national(id: &str) -> Result<Option<&'static Arc<Self>>, &'static StandardFaults> {
        Ok(Self::national()?.iter().find(|standard| standard.id == id))
    }

    /// What of a school type is judged; `None`: nothing.
    #[must_use]
    pub fn unit_rule(&self, school_type: SchoolType) -> Option<&UnitRule> {
        self.units.iter().find(|rule| rule.school_type == school_type)
    }

    /// Finds a waiver, allowed or not.
    #[must_use]
    pub fn waiver(&self, id: &str) -> Option<&WaiverRule> {
        self.waivers.iter().find(|waiver| waiver.id == id)
    }

    /// Finds a county item.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }
}

#[cfg(test)]
mod tests;
