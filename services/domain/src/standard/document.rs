//! A standard's document as it is written, before anything in it is held against anything else.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::OperandKind;
use crate::{
    criteria::{ratio::WhenEmpty, variation_limit::Weighting},
    quantity::{Exact, Quantity},
    school::Stage,
};

/// A number of the document, taken as the decimal number that is written.
#[derive(Debug, Clone)]
pub(super) struct Number(pub(super) Exact);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Whole(i64),
            // The shortest text that reads back as the double is the text that was written, up to 15 digits.
            Decimal(f64),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Whole(number) => number.to_string(),
            Written::Decimal(number) => number.to_string(),
            Written::Text(text) => text,
        };
        let quantity = Quantity::parse(&text).map_err(|error| D::Error::custom(format!("{text}: {error}")))?;
        if quantity.negative() {
            return Err(D::Error::custom(format!("{text}: is negative")));
        }
        Ok(Self(quantity.exact()))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) act: String,
    pub(super) issued_on: String,
    pub(super) weighting: Weighting,
    pub(super) parts: Vec<Part>,
    pub(super) units: Vec<UnitRule>,
    pub(super) resources: Resources,
    #[serde(default)]
    pub(super) items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitRule {
    pub(super) school_type: String,
    pub(super) stages: Vec<Stage>,
    pub(super) min_pupils: Option<i64>,
    #[serde(default)]
    pub(super) weights: BTreeMap<Stage, Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resources {
    pub(super) part: String,
    pub(super) reach_at_least: usize,
    pub(super) floor: Number,
    pub(super) rule: String,
    pub(super) source: String,
    pub(super) indicators: Vec<Indicator>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Indicator {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) amount: String,
    pub(super) amount_unit: String,
    pub(super) divisor: String,
    pub(super) factor: Number,
    pub(super) split: bool,
    pub(super) threshold: BTreeMap<Stage, Number>,
    pub(super) variation_limit: BTreeMap<Stage, Number>,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) part: String,
    pub(super) title: String,
    pub(super) source: String,
    #[serde(default)]
    pub(super) operands: Vec<Operand>,
    pub(super) tests: Vec<Test>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operand {
    pub(super) id: String,
    pub(super) kind: OperandKind,
    pub(super) title: String,
    pub(super) part_of: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Test {
    Declaration {
        rule: String,
        operand: String,
        #[serde(default = "yes")]
        expected: bool,
    },
    All {
        rule: String,
        part: String,
        whole: String,
    },
    Ratio {
        rule: String,
        amount: String,
        divisor: String,
        at_least: Number,
        #[serde(default)]
        when_empty: WhenEmpty,
    },
    Elapsed {
        rule: String,
        operand: String,
        years: u16,
    },
    Monitoring {
        rule: String,
        level_at_least: Number,
        difference_below: Number,
    },
    Institutions {
        rule: String,
        amounts: Vec<String>,
        divisor: Option<String>,
        at_least: Option<Number>,
        at_most: Option<Number>,
        at_least_ceiling_of: Option<String>,
        per: Option<Number>,
        #[serde(default)]
        school_types: Vec<String>,
        stage: Option<Stage>,
        #[serde(default)]
        below_min_pupils: bool,
    },
}

const fn yes() -> bool {
    true
}
