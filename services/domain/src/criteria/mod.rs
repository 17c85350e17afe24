//! Kinds of criterion, a file each. A standard says which of them an item takes and with what numbers; no item is named here.
//!
//! Each kind judges fast, and explains itself in detail where somebody asks.

pub mod all;
pub mod composite;
pub mod declaration;
mod declared;
pub mod elapsed;
pub mod institutions;
pub mod monitoring;
pub mod ratio;
pub mod reach;
pub mod score;
pub mod threshold;
mod variation_bounds;
pub mod variation_limit;

use crate::{
    bounds::Reported,
    code::SchoolCode,
    element::Element,
    facts::{DatedItem, ItemValue},
    standard::{OperandKind, Standard},
    verdict::Verdict,
};

pub use declared::Declared;
use institutions::WaivedLimit;

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
    /// A score is at least a number of points.
    Score(score::Score),
    /// National monitoring, subject by subject.
    Monitoring(monitoring::Monitoring),
    /// Every institution by itself.
    Institutions(institutions::Institutions),
}

impl Criterion {
    /// Judges the test; `waived` are the limits that hold for some schools instead of the test's.
    #[must_use]
    pub fn judge(
        &self,
        declared: &Declared<'_>,
        institutions: &[Reported<'_>],
        standard: &Standard,
        waived: &[WaivedLimit<'_>],
    ) -> Verdict {
        match self {
            Self::Declaration(test) => test.judge(declared),
            Self::All(test) => test.judge(declared),
            Self::Ratio(test) => test.judge(declared),
            Self::Elapsed(test) => test.judge(declared),
            Self::Score(test) => test.judge(declared),
            Self::Monitoring(test) => test.judge(declared),
            Self::Institutions(test) => test.judge(institutions, standard, waived),
        }
    }

    /// Judges the test, and says what the verdict follows from.
    #[must_use]
    pub fn explain(
        &self,
        declared: &Declared<'_>,
        institutions: &[Reported<'_>],
        standard: &Standard,
        waived: &[WaivedLimit<'_>],
    ) -> TestDetail {
        match self {
            Self::Declaration(test) => test.explain(declared),
            Self::All(test) => test.explain(declared),
            Self::Ratio(test) => test.explain(declared),
            Self::Elapsed(test) => test.explain(declared),
            Self::Score(test) => test.explain(declared),
            Self::Monitoring(test) => test.explain(declared),
            Self::Institutions(test) => test.explain(institutions, standard, waived),
        }
    }

    /// The test on every institution by itself, if it is one.
    #[must_use]
    pub const fn institutions(&self) -> Option<&institutions::Institutions> {
        match self {
            Self::Institutions(test) => Some(test),
            _ => None,
        }
    }

    /// Whether what is compared must lie at or below its limit; else at or above it.
    #[must_use]
    pub const fn upper_limit(&self) -> bool {
        match self {
            Self::Institutions(test) => matches!(test.limit, institutions::Limit::AtMost(_)),
            _ => false,
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

/// A figure behind a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperandValue {
    /// Element or operand.
    pub id: String,
    /// Its title, in Chinese; empty where the standard gives none.
    pub title: String,
    /// Its value; `None` when it is missing.
    pub value: Option<ItemValue>,
    /// For county items: who declared it, when, on what evidence, and in which month; of one that is too old to count, too.
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
fn element_values(reported: Reported<'_>, elements: impl Iterator<Item = Element>) -> Vec<OperandValue> {
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
#[derive(Debug, Clone, PartialEq)]
pub struct TestDetail {
    /// The verdict.
    pub verdict: Verdict,
    /// The number that was compared, where it is one and known.
    pub value: Option<f64>,
    /// What it was compared with.
    pub limit: Option<f64>,
    /// What of the compared amount is lacking or too much, in the unit of the amount; `None` where the test holds or is no
    /// comparison of amounts.
    pub gap: Option<f64>,
    /// The figures that it follows from.
    pub operands: Vec<OperandValue>,
    /// Where institutions were tested one by one.
    pub institutions: Option<InstitutionsDetail>,
    /// Missing operands that could decide.
    pub missing: Vec<MissingOperand>,
    /// The printed value would decide otherwise.
    pub rounding_sensitive: bool,
}

impl TestDetail {
    /// The detail of a test on some operands, of which those that are not known may decide it.
    fn of_operands<'a>(declared: &Declared<'_>, ids: impl Iterator<Item = &'a str> + Clone, verdict: Verdict) -> Self {
        let missing = match verdict {
            Verdict::Undetermined => {
                ids.clone().filter(|id| declared.value(id).is_none()).map(|id| declared.missing(id)).collect()
            }
            Verdict::Met | Verdict::NotMet => vec![],
        };
        Self {
            verdict,
            value: None,
            limit: None,
            gap: None,
            operands: ids.map(|id| declared.operand(id)).collect(),
            institutions: None,
            missing,
            rounding_sensitive: false,
        }
    }
}

/// What became of institutions that were tested one by one.
#[derive(Debug, Clone, PartialEq)]
pub struct InstitutionsDetail {
    /// How many were tested.
    pub count: usize,
    /// How many are met.
    pub met: usize,
    /// The others, by school code.
    pub others: Vec<InstitutionDetail>,
}

/// What became of one institution that is not met or undetermined.
#[derive(Debug, Clone, PartialEq)]
pub struct InstitutionDetail {
    /// The school.
    pub school: SchoolCode,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The number that was compared; of several the one nearest to failing.
    pub value: Option<f64>,
    /// What it was compared with.
    pub limit: Option<f64>,
    /// What of the compared amount is lacking or too much; `None` where it is not known.
    pub gap: Option<f64>,
    /// The figures that it follows from.
    pub operands: Vec<OperandValue>,
}
