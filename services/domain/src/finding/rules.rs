//! The catalogue of rules, made from `checks/rules.toml` when this is compiled.

use super::{Severity, Term};
use crate::quantity::Quantity;

/// Characters of one thing that a text names: a message stays short whatever a sender wrote.
const NAMED_AT_MOST: usize = 200;

/// A text in Chinese and in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// A rule that data must keep.
#[derive(Debug)]
pub struct Rule {
    /// Stable id.
    pub id: &'static str,
    /// How grave it is to break it.
    pub severity: Severity,
    /// What it asks for, in general words.
    pub title: Text,
    /// What it looks at, where the catalogue says so: elements, or quotients of elements.
    pub over: &'static [&'static str],
}

/// What the catalogue says of a parameter.
#[derive(Debug)]
pub struct ParameterRule {
    /// The parameter.
    pub parameter: Parameter,
    rule: usize,
    /// Its name within the rule.
    pub name: &'static str,
    /// What it is, for people.
    pub title: Text,
    default: i64,
}

impl ParameterRule {
    /// What it is where no province set it.
    #[must_use]
    pub fn default(&self) -> Quantity {
        Quantity::millionths(self.default).unwrap_or(Quantity::ZERO)
    }
}

impl Parameter {
    /// How many there are.
    pub const COUNT: usize = PARAMETERS.len();

    /// All of them, in the order of the catalogue.
    #[must_use]
    pub fn all() -> &'static [ParameterRule] {
        &PARAMETERS
    }

    /// The rule that it belongs to.
    #[must_use]
    pub fn rule(self) -> &'static Rule {
        &RULES[PARAMETERS[self as usize].rule]
    }
}

impl Rule {
    /// Its parameters.
    pub fn parameters(&self) -> impl Iterator<Item = &'static ParameterRule> {
        let id = self.id;
        PARAMETERS.iter().filter(move |parameter| RULES[parameter.rule].id == id)
    }

    /// Place in the catalogue, from 0.
    pub(crate) fn index(&self) -> usize {
        RULES.iter().position(|rule| rule.id == self.id).unwrap_or_default()
    }

    /// All rules, in the order of the catalogue.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &RULES
    }

    /// Finds a rule by its id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }
}

/// One way in which a rule is broken. Texts have their places still open.
struct Case {
    rule: usize,
    message: Text,
    allowed: Text,
    remedy: Text,
}

/// A fault put into words.
pub(super) struct Words {
    pub(super) rule: &'static Rule,
    pub(super) message: Term,
    pub(super) allowed: Term,
    pub(super) remedy: Term,
}

impl Fault {
    /// Puts it into words.
    pub(super) fn tell(self) -> Words {
        let (case, arguments) = self.parts();
        let case = &CASES[case];
        let fill = |text: &Text| {
            let zh = filled(text.zh, |name| value(&arguments, name).map(|term| term.zh.as_str()));
            Term::new(zh, filled(text.en, |name| value(&arguments, name).map(|term| term.en.as_str())))
        };
        Words {
            rule: &RULES[case.rule],
            message: fill(&case.message),
            allowed: fill(&case.allowed),
            remedy: fill(&case.remedy),
        }
    }
}

fn value<'a>(arguments: &'a [(&str, Term)], name: &str) -> Option<&'a Term> {
    arguments.iter().find(|(argument, _)| *argument == name).map(|(_, term)| term)
}

/// Fills every place once: what is put in may have braces of its own.
fn filled<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut parts = text.split('{');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (name, rest) in parts.filter_map(|part| part.split_once('}')) {
        let value = value(name).unwrap_or_default();
        match value.char_indices().nth(NAMED_AT_MOST) {
            Some((end, _)) => filled.extend([&value[..end], "…"]),
            None => filled.push_str(value),
        }
        filled.push_str(rest);
    }
    filled
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    fn chinese(text: &str) -> bool {
        text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
    }

    #[test]
    fn every_text_is_in_its_language() {
        let of_case = |case: &'static Case| [case.message, case.remedy];
        for text in RULES.iter().map(|rule| rule.title).chain(CASES.iter().flat_map(of_case)) {
            assert!(chinese(text.zh) && !chinese(text.en), "{text:?}");
            assert!(!text.zh.contains([',', ';', '"', '(', ')']), "half-width punctuation: {text:?}");
        }
        assert!(CASES.iter().all(|case| !chinese(case.allowed.en)));
    }

    #[test]
    fn a_fault_names_its_rule_and_fills_every_place_in_both_languages() {
        let fault = Fault::PartWithinWhole {
            part: Term::new("分项{whole}", "part"),
            value: "7".into(),
            whole: Term::new("总项", "whole"),
            limit: "6".into(),
        };

        let told = fault.tell();

        assert_eq!((told.rule.id, told.rule.severity), ("part_within_whole", Severity::Error));
        assert_eq!(told.message, Term::new("分项{whole}（7）大于总项（6）", "part (7) exceeds whole (6)"));
        assert_eq!(told.allowed, Term::new("不大于6", "At most 6"));
        assert_eq!(told.remedy, Term::new("请核对两项数据", "Check both values"));
    }

    #[test]
    fn a_text_stays_short_whatever_it_names() {
        let named = |length| Fault::ItemKnown { item: "项".repeat(length).into() }.tell().message.zh;

        assert_eq!(named(200), format!("没有编号为“{}”的指标项", "项".repeat(200)));
        assert_eq!(named(201), format!("没有编号为“{}…”的指标项", "项".repeat(200)));
    }

    #[test]
    fn a_case_has_the_rule_of_its_id() {
        assert_eq!(Fault::FileEmptyHeader.tell().rule.id, "file_empty");
        assert_eq!(Rule::find("file_empty").map(|rule| rule.severity), Some(Severity::Error));
        assert!(Rule::find("file_empty_header").is_none());
    }
}
