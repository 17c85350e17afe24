//! Waivers as a standard defines them.

use crate::quantity::Quantity;

/// A waiver that a standard defines; granting it to a school counts only where the standard allows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRule {
    /// Id.
    pub id: String,
    /// Title, in Chinese.
    pub title: String,
    /// Title, in English; empty where nobody wrote one.
    pub title_en: String,
    /// The rule in words, in Chinese: to whom it may be granted, and what it changes.
    pub rule: String,
    /// The rule in words, in English; empty where nobody wrote one.
    pub rule_en: String,
    /// Clause that it follows.
    pub source: String,
    /// Whether grants of it count.
    pub allowed: bool,
    /// What it does.
    pub effect: WaiverEffect,
}

/// What a waiver does for the school that it is granted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverEffect {
    /// Other limits hold in tests of a county item that is computed from schools.
    Limit {
        /// The item.
        item: String,
        /// The limits by test.
        limits: Vec<TestLimit>,
    },
    /// The grant's quantity is added to the amount of an indicator.
    Amount {
        /// The indicator.
        indicator: String,
        /// Only units with at least so many pupils.
        min_pupils: Option<Quantity>,
        /// Only units with at most so many pupils.
        max_pupils: Option<Quantity>,
        /// Only schools of these urban-rural codes; empty: of all, those without a code too.
        urban_rural_codes: Vec<String>,
    },
    /// What the school reports counts it already: nothing is computed, the grant is the evidence.
    Reported {
        /// The item that it is evidence for.
        item: String,
    },
}

/// The limit that holds in one test for schools with the waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestLimit {
    /// Place of the test in its item, from 0.
    pub test: usize,
    /// The limit.
    pub limit: Quantity,
}

impl WaiverRule {
    /// The item or the indicator that it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match &self.effect {
            WaiverEffect::Limit { item, .. } | WaiverEffect::Reported { item } => item,
            WaiverEffect::Amount { indicator, .. } => indicator,
        }
    }
}
