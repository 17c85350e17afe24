//! Findings: faults in the data, where they are, what is allowed and how to mend them.
//!
//! What can be found stands in `checks/rules.toml`, with its texts; [`Fault`] is made from it.

mod group;
mod rules;
mod term;

pub use self::{
    group::{Example, FindingGroup, TOLD_AT_MOST, Told, group},
    rules::{Fault, Parameter, ParameterRule, Rule, Text},
    term::Term,
};

use serde::{Deserialize, Serialize};

use crate::code::SchoolCode;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Refuses what it was found in.
    Error,
    /// Does not refuse; worth a look.
    Warning,
}

/// One fault in the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// Stable id of the rule that was broken.
    pub rule: String,
    /// Where it is: a field path, or line and column of a file.
    pub path: String,
    /// The school concerned, as it was written.
    pub school: Option<String>,
    /// The element or operand concerned.
    pub element: Option<String>,
    /// What was found, as it stood.
    pub found: String,
    /// What is wrong, in Chinese.
    pub message: String,
    /// What is allowed, in Chinese; empty where the message says it.
    #[serde(default)]
    pub allowed: String,
    /// How to mend it, in Chinese.
    pub remedy: String,
    /// What is wrong, in English; findings that were kept before it was told have none.
    #[serde(default)]
    pub message_en: String,
    /// What is allowed, in English; empty where the message says it.
    #[serde(default)]
    pub allowed_en: String,
    /// How to mend it, in English; findings that were kept before it was told have none.
    #[serde(default)]
    pub remedy_en: String,
}

impl Finding {
    /// A fault, and where it is.
    #[must_use]
    pub fn of(fault: Fault, path: impl Into<String>) -> Self {
        let told = fault.tell();
        Self {
            severity: told.rule.severity,
            rule: told.rule.id.to_owned(),
            path: path.into(),
            school: None,
            element: None,
            found: String::new(),
            message: told.message.zh,
            allowed: told.allowed.zh,
            remedy: told.remedy.zh,
            message_en: told.message.en,
            allowed_en: told.allowed.en,
            remedy_en: told.remedy.en,
        }
    }

    /// Says which school it concerns.
    #[must_use]
    pub fn of_school(self, school: &SchoolCode) -> Self {
        self.of_school_written(school.as_str())
    }

    /// Says which school it concerns, as it was written; empty: none.
    #[must_use]
    pub fn of_school_written(mut self, school: &str) -> Self {
        self.school = Some(school.to_owned()).filter(|school| !school.is_empty());
        self
    }

    /// Says which element or operand it concerns.
    #[must_use]
    pub fn of_element(mut self, element: &str) -> Self {
        self.element = Some(element.to_owned());
        self
    }

    /// Says what was found.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = found.into();
        self
    }
}

/// How many of the findings are errors.
#[must_use]
pub fn error_count(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.severity == Severity::Error).count()
}
