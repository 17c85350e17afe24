//! Kinds of criterion, a file each. A standard says which of them an item takes and with what numbers; no item is named here.

pub mod all;
pub mod declaration;
pub mod elapsed;
pub mod institutions;
pub mod monitoring;
pub mod ratio;
pub mod reach;
pub mod threshold;
mod variation_bounds;
pub mod variation_limit;

use std::collections::BTreeMap;

use crate::{
    bounds::Reported,
    code::{Month, SchoolCode},
    element::Element,
    facts::{DatedItem, ItemValue},
    interval::Interval,
    quantity::{Exact, Quantity},
    standard::{Item, OperandKind, Standard},
    verdict::Verdict,
};

/// How one test of a county item is judged.
#[derive(Debug, Clone)]
pub enum Criterion {
    /// A declaration is as expected.
    Declaration(declaration::Declaration),
    /// A part equals its whole.
    All(all::All),
    /// An amount is at least a share of another.
    Ratio(ratio::Ratio),
    /// So many years have passed since a date.
    Elapsed(elapsed::Elapsed),
    /// National monitoring, subject by subject.
    Monitoring(monitoring::Monitoring),
    /// Every institution by itself.
    Institutions(institutions::Institutions),
}

impl Criterion {
    /// Judges the test.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>, institutions: &[Reported<'_>], standard: &Standard) -> TestResult {
        match self {
            Self::Declaration(test) => test.judge(declared),
            Self::All(test) => test.judge(declared),
            Self::Ratio(test) => test.judge(declared),
            Self::Elapsed(test) => test.judge(declared),
            Self::Monitoring(test) => test.judge(declared),
            Self::Institutions(test) => test.judge(institutions, standard),
        }
    }

    /// The kind of an operand that the standard does not list but the test takes, such as `mathematics.level`.
    #[must_use]
    pub fn open_operand(&self, id: &str) -> Option<OperandKind> {
        match self {
            Self::Monitoring(_) => monitoring::operand_kind(id),
            _ => None,
        }
    }

    /// The forms of such operands.
    #[must_use]
    pub const fn open_operands(&self) -> &'static [&'static str] {
        match self {
            Self::Monitoring(_) => &monitoring::OPERANDS,
            _ => &[],
        }
    }
}

/// What was declared for one county item and still counts.
#[derive(Debug)]
pub struct Declared<'a> {
    /// The month that is judged.
    pub month: Month,
    /// The item's rule.
    pub item: &'a Item,
    /// Its operands by id.
    pub values: BTreeMap<&'a str, &'a DatedItem>,
}

impl Declared<'_> {
    /// The value of an operand as a number.
    #[must_use]
    pub fn quantity(&self, id: &str) -> Option<Quantity> {
        match self.values.get(id)?.item.value {
            ItemValue::Quantity(quantity) => Some(quantity),
            ItemValue::Declaration(_) | ItemValue::Date(_) => None,
        }
    }

    /// All the values that an operand may have: the reported one, or anything from zero. That one operand is part of another
    /// bounds nothing: they may come with different months, and only those of one submission are held against each other.
    #[must_use]
    pub fn bounds(&self, id: &str) -> Interval {
        self.quantity(id).map_or_else(Interval::missing, |value| Interval::known(value.exact()))
    }

    fn title(&self, id: &str) -> String {
        self.item
            .operands
            .iter()
            .find(|operand| operand.id == id)
            .map(|operand| operand.title.clone())
            .unwrap_or_default()
    }

    /// An operand that is missing.
    #[must_use]
    pub fn missing(&self, id: &str) -> MissingOperand {
        MissingOperand { school: None, operand: id.to_owned(), title: self.title(id) }
    }

    /// An operand as an explanation shows it.
    #[must_use]
    pub fn operand(&self, id: &str) -> OperandValue {
        let declared = self.values.get(id).copied();
        OperandValue {
            id: id.to_owned(),
            title: self.title(id),
            value: declared.map(|dated| dated.item.value),
            declared: declared.cloned(),
        }
    }
}

/// A figure behind a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperandValue {
    /// Element or operand.
    pub id: String,
    /// Its title, in Chinese; empty where the standard gives none.
    pub title: String,
    /// Its value; `None` when it is missing.
    pub value: Option<ItemValue>,
    /// For county items: who declared it, when, on what evidence, and in which month.
    pub declared: Option<DatedItem>,
}

/// An operand that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingOperand {
    /// The school that did not report it; `None`: the county.
    pub school: Option<SchoolCode>,
    /// Element or operand.
    pub operand: String,
    /// Its title, in Chinese; empty where the standard gives none.
    pub title: String,
}

/// The elements among `elements` that the school did not report.
pub(crate) fn missing_elements<'a>(
    reported: Reported<'a>,
    elements: impl Iterator<Item = Element> + 'a,
) -> impl Iterator<Item = MissingOperand> + 'a {
    elements.filter(move |element| reported.value(*element).is_none()).map(move |element| MissingOperand {
        school: Some(reported.school.code.clone()),
        operand: element.id().to_owned(),
        title: element.definition().title.to_owned(),
    })
}

/// The elements as an explanation shows them.
pub(crate) fn element_values(reported: Reported<'_>, elements: impl Iterator<Item = Element>) -> Vec<OperandValue> {
    let value = |element: Element| reported.value(element).map(ItemValue::Quantity);
    elements
        .map(|element| OperandValue {
            id: element.id().to_owned(),
            title: element.definition().title.to_owned(),
            value: value(element),
            declared: None,
        })
        .collect()
}

/// What became of a test, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The verdict.
    pub verdict: Verdict,
    /// The number that was compared, where it is one and known.
    pub value: Option<Exact>,
    /// What it was compared with.
    pub limit: Option<Exact>,
    /// The figures that it follows from.
    pub operands: Vec<OperandValue>,
    /// Where institutions were tested one by one.
    pub institutions: Option<InstitutionsResult>,
    /// Missing operands that could decide.
    pub missing: Vec<MissingOperand>,
    /// The printed value would decide otherwise.
    pub rounding_sensitive: bool,
}

impl TestResult {
    /// The result of a test on one operand that is no number to compare.
    pub(crate) fn on_operand(declared: &Declared<'_>, id: &str, verdict: Verdict) -> Self {
        Self {
            verdict,
            value: None,
            limit: None,
            operands: vec![declared.operand(id)],
            institutions: None,
            missing: if verdict == Verdict::Undetermined { vec![declared.missing(id)] } else { vec![] },
            rounding_sensitive: false,
        }
    }
}

/// What became of institutions that were tested one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstitutionsResult {
    /// How many were tested.
    pub count: usize,
    /// How many are met.
    pub met: usize,
    /// The others, by school code.
    pub others: Vec<InstitutionResult>,
}

/// What became of one institution that is not met or undetermined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstitutionResult {
    /// The school.
    pub school: SchoolCode,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The number that was compared; of several the least.
    pub value: Option<Exact>,
    /// What it was compared with.
    pub limit: Option<Exact>,
    /// The figures that it follows from.
    pub operands: Vec<OperandValue>,
}
