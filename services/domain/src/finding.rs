//! Findings: faults in the data, where they are and how to mend them.

use crate::code::SchoolCode;

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Refuses what it was found in.
    Error,
    /// Does not refuse; worth a look.
    Warning,
}

/// One fault in the data.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// How to mend it, in Chinese.
    pub remedy: String,
}

impl Finding {
    /// Makes an error.
    #[must_use]
    pub fn error(rule: &str, path: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            rule: rule.to_owned(),
            path: path.into(),
            school: None,
            element: None,
            found: String::new(),
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// Makes a warning.
    #[must_use]
    pub fn warning(rule: &str, path: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, path, message, remedy) }
    }

    /// Says which school it concerns.
    #[must_use]
    pub fn of_school(mut self, school: &SchoolCode) -> Self {
        self.school = Some(school.to_string());
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
