//! Acknowledgements: somebody looked at warnings and says why the data stands.

use crate::finding::{Finding, Severity};

/// Acknowledgement (确认) of warnings of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Rule of the warnings.
    pub rule: String,
    /// Only those that concern this school; `None`: all of the rule.
    pub school: Option<String>,
    /// Why the data stands all the same.
    pub reason: String,
}

impl Acknowledgement {
    /// Whether it covers a finding. An error is covered by none.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        finding.severity == Severity::Warning
            && finding.rule == self.rule
            && (self.school.is_none() || self.school == finding.school)
    }
}

/// The warnings that no acknowledgement covers: with one among them a submission is held.
pub fn unacknowledged<'a>(
    findings: &'a [Finding],
    acknowledgements: &'a [Acknowledgement],
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(|finding| {
        finding.severity == Severity::Warning && !acknowledgements.iter().any(|given| given.covers(finding))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Fault, Term};

    fn of(rule: &str, school: Option<&str>) -> Acknowledgement {
        Acknowledgement { rule: rule.into(), school: school.map(Into::into), reason: "核实无误".into() }
    }

    fn left(given: &[Acknowledgement]) -> Vec<(String, Option<String>)> {
        let left_out = |school: &str| {
            let fault = Fault::SchoolLeftOut { school: school.into(), name: Term::from("") };
            Finding::of(fault, "schools").of_school_written(school)
        };
        let withdrawn = Fault::ItemWithdrawn { count: 1_usize.into(), operands: "G1.declared_met".into() };
        let findings = [
            left_out("2121000001"),
            left_out("2121000002"),
            Finding::of(withdrawn, "items"),
            Finding::of(Fault::Number { what: "x".into() }, "schools"),
        ];
        unacknowledged(&findings, given).map(|found| (found.rule.clone(), found.school.clone())).collect()
    }

    #[test]
    fn an_acknowledgement_covers_the_warnings_of_its_rule_and_school() {
        assert_eq!(left(&[]).len(), 3, "errors wait for nobody");
        assert_eq!(left(&[of("school_left_out", None)]), [("item_withdrawn".into(), None)]);
        assert_eq!(
            left(&[of("school_left_out", Some("2121000002")), of("item_withdrawn", None)]),
            [("school_left_out".into(), Some("2121000001".into()))]
        );
    }

    #[test]
    fn what_matches_no_warning_covers_none() {
        assert_eq!(left(&[of("number", None), of("item_withdrawn", Some("2121000001")), of("", None)]).len(), 3);
    }
}
