//! The nodes of an explanation's tree, and the figures that stand at them.

use std::borrow::Cow;

use super::text::Text;
use crate::{
    code::Month,
    facts::{DatedItem, ItemValue},
    verdict::Verdict,
};

/// What a node is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The county.
    County,
    /// A part of the standard.
    Part,
    /// The resources of a stage.
    Stage,
    /// An evaluation unit.
    Unit,
    /// An indicator of a unit.
    Indicator,
    /// A coefficient of variation between units.
    Variation,
    /// The composite coefficient of a stage.
    Composite,
    /// A county item.
    Item,
    /// A test of an item.
    Test,
    /// A test of one institution.
    Institution,
}

/// How a value is held against its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// At or above it.
    AtLeast,
    /// At or below it.
    AtMost,
}

/// What a value is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// How.
    pub comparison: Comparison,
    /// The limit, in the unit of the value.
    pub value: f64,
}

/// The distance to the line of what does not keep it: what is to be added, or too much.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap<'a> {
    /// The distance, not negative.
    pub amount: f64,
    /// Its unit: of the amount, not of the indicator.
    pub unit: Text<'a>,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// Its step of the path from the root.
    pub id: Cow<'a, str>,
    /// What it is about.
    pub kind: Kind,
    /// Its title.
    pub title: Text<'a>,
    /// The verdict on it; `None` where the standard asks nothing of it by itself.
    pub verdict: Option<Verdict>,
    /// The rule in words.
    pub rule: Text<'a>,
    /// What the value is computed from.
    pub formula: Text<'a>,
    /// The value, or the least that it can be.
    pub low: Option<f64>,
    /// The value, or the most that it can be; `None`: nothing bounds it.
    pub high: Option<f64>,
    /// Unit of the value.
    pub unit: Text<'a>,
    /// What the value is held against.
    pub limit: Option<Limit>,
    /// The distance to the line.
    pub gap: Option<Gap<'a>>,
    /// Why the verdict is what it is.
    pub reason: Text<'a>,
    /// The printed value would decide otherwise.
    pub rounding_sensitive: bool,
    /// The other form of the coefficient of variation would decide otherwise.
    pub weighting_sensitive: bool,
    /// Clause of the act.
    pub source: &'a str,
    /// The figures that it follows from.
    pub operands: Vec<Operand<'a>>,
    /// How many nodes stand below it.
    pub child_count: usize,
    /// The nodes below it, as deep as was asked for.
    pub children: Vec<Node<'a>>,
}

/// One reported figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand<'a> {
    /// Element or operand.
    pub id: Cow<'a, str>,
    /// Its title.
    pub title: Text<'a>,
    /// Its unit; empty for declarations and dates.
    pub unit: Text<'a>,
    /// Its value; `None` when it is missing.
    pub value: Option<ItemValue>,
    /// Month of the submission that brought it; `None` when nothing did.
    pub month: Option<Month>,
    /// For county items: as it was declared, also when that is too long ago to count.
    pub declared: Option<Box<DatedItem>>,
    /// National form that the figure stands in; empty where none is known.
    pub form: &'a str,
}

impl<'a> Node<'a> {
    pub(super) fn new(id: Cow<'a, str>, kind: Kind) -> Self {
        Self {
            id,
            kind,
            title: Text::default(),
            verdict: None,
            rule: Text::default(),
            formula: Text::default(),
            low: None,
            high: None,
            unit: Text::default(),
            limit: None,
            gap: None,
            reason: Text::default(),
            rounding_sensitive: false,
            weighting_sensitive: false,
            source: "",
            operands: vec![],
            child_count: 0,
            children: vec![],
        }
    }
}
