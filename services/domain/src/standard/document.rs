//! A standard's document as it is written, before anything in it is held against anything else.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::OperandKind;
use crate::{
    criteria::{ratio::WhenEmpty, variation_limit::Weighting},
    quantity::Quantity,
    school::Stage,
};

/// A number of the document, taken as the decimal number that is written.
#[derive(Debug, Clone)]
pub(super) struct Number(pub(super) Quantity);

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
        Ok(Self(quantity))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) act: String,
    pub(super) issued_on: String,
    pub(super) valid_from: Option<String>,
    pub(super) valid_to: Option<String>,
    pub(super) items_valid_months: u16,
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
    #[serde(default)]
    pub(super) title_en: String,
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
    pub(super) reach_at_least: Option<usize>,
    pub(super) floor: Option<Number>,
    #[serde(default)]
    pub(super) composite_limit: BTreeMap<Stage, Number>,
    pub(super) rule: String,
    #[serde(default)]
    pub(super) rule_en: String,
    pub(super) source: String,
    pub(super) indicators: Vec<Indicator>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Indicator {
    pub(super) id: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) title_en: String,
    pub(super) unit: String,
    pub(super) amount: String,
    pub(super) amount_unit: String,
    pub(super) divisor: String,
    pub(super) factor: Number,
    pub(super) split: bool,
    #[serde(default)]
    pub(super) threshold: BTreeMap<Stage, Number>,
    #[serde(default)]
    pub(super) variation_limit: BTreeMap<Stage, Number>,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) part: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) title_en: String,
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
    #[serde(default)]
    pub(super) title_en: String,
    pub(super) at_most: Option<Number>,
    pub(super) part_of: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Test {
    Declaration {
        rule: String,
        #[serde(default)]
        rule_en: String,
        operand: String,
        #[serde(default = "yes")]
        expected: bool,
    },
    All {
        rule: String,
        #[serde(default)]
        rule_en: String,
        part: String,
        whole: String,
    },
    Ratio {
        rule: String,
        #[serde(default)]
        rule_en: String,
        amount: String,
        divisor: String,
        at_least: Number,
        #[serde(default)]
        when_empty: WhenEmpty,
    },
    Elapsed {
        rule: String,
        #[serde(default)]
        rule_en: String,
        operand: String,
        years: u16,
    },
    Monitoring {
        rule: String,
        #[serde(default)]
        rule_en: String,
        level_at_least: Number,
        difference_below: Number,
    },
    Score {
        rule: String,
        #[serde(default)]
        rule_en: String,
        total: String,
        points: Vec<String>,
        at_least: Number,
    },
    Institutions {
        rule: String,
        #[serde(default)]
        rule_en: String,
        #[serde(flatten)]
        test: Institutions,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Institutions {
    pub(super) amounts: Vec<String>,
    pub(super) divisor: Option<String>,
    pub(super) at_least: Option<Number>,
    pub(super) at_most: Option<Number>,
    pub(super) at_least_ceiling_of: Option<String>,
    pub(super) per: Option<Number>,
    #[serde(default)]
    pub(super) school_types: Vec<String>,
    pub(super) stage: Option<Stage>,
    #[serde(default)]
    pub(super) below_min_pupils: bool,
}

const fn yes() -> bool {
    true
}
