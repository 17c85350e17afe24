//! Limits of the rules: what the catalogue sets, and what the regions above a county set instead.

use std::collections::BTreeMap;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    finding::{Finding, Parameter, ParameterRule, Rule, Severity},
    quantity::Quantity,
    toml_words,
};

/// The limits that a county's data are checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    enabled: Vec<bool>,
    severities: Vec<Severity>,
    parameters: Vec<Quantity>,
}

/// What one region sets: nothing of a rule that it does not name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitsDocument {
    rules: BTreeMap<&'static str, RuleLimits>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct RuleLimits {
    enabled: Option<bool>,
    severity: Option<Severity>,
    parameters: Vec<(Parameter, Quantity)>,
}

/// One fault of a document of limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsFault {
    /// Line, from 1.
    pub line: u32,
    /// What is wrong, in Chinese.
    pub reason: String,
}

impl Default for Limits {
    /// What the catalogue sets.
    fn default() -> Self {
        Self {
            enabled: Rule::all().iter().map(|_| true).collect(),
            severities: Rule::all().iter().map(|rule| rule.severity).collect(),
            parameters: Parameter::all().iter().map(ParameterRule::default).collect(),
        }
    }
}

impl Limits {
    /// The limits of a county from what the regions above it set, nearest first: of each rule the nearest one that names it counts, and
    /// what that one leaves out is as in the catalogue.
    #[must_use]
    pub fn of<'a>(chain: impl IntoIterator<Item = &'a LimitsDocument>) -> Self {
        let mut limits = Self::default();
        let mut set: Vec<&str> = Vec::new();
        for (id, rule) in chain.into_iter().flat_map(|document| &document.rules) {
            let Some(index) = Rule::find(id).map(Rule::index).filter(|_| !set.contains(id)) else { continue };
            set.push(id);
            limits.enabled[index] = rule.enabled.unwrap_or(true);
            limits.severities[index] = rule.severity.unwrap_or(limits.severities[index]);
            for (parameter, value) in &rule.parameters {
                limits.parameters[*parameter as usize] = *value;
            }
        }
        limits
    }

    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, parameter: Parameter) -> Quantity {
        self.parameters[parameter as usize]
    }

    /// Whether a rule is looked at.
    #[must_use]
    pub fn enabled(&self, rule: &Rule) -> bool {
        self.enabled[rule.index()]
    }

    /// How grave it is to break a rule.
    #[must_use]
    pub fn severity(&self, rule: &Rule) -> Severity {
        self.severities[rule.index()]
    }

    /// Gives findings the severity that is set, without those of rules that are not looked at.
    #[must_use]
    pub fn hold(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let held = findings.into_iter().filter_map(|mut finding| {
            let Some(rule) = Rule::find(&finding.rule) else { return Some(finding) };
            finding.severity = self.severity(rule);
            self.enabled(rule).then_some(finding)
        });
        held.collect()
    }
}

impl LimitsDocument {
    /// Whether it sets a rule.
    #[must_use]
    pub fn sets(&self, rule: &Rule) -> bool {
        self.rules.contains_key(rule.id)
    }

    /// Reads a document: a table for each rule that it sets, with `enabled`, `severity` (`"warning"` or `"error"`) and the rule's
    /// parameters, numbers of at most six decimals. Only a rule that is a warning can be set: an error of consistency holds everywhere.
    ///
    /// ```toml
    /// [pupils_jump]
    /// share = 0.3
    /// ```
    ///
    /// # Errors
    ///
    /// Every fault at once, each with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<LimitsFault>> {
        let (document, faults) = Self::read(text);
        if faults.is_empty() { Ok(document) } else { Err(faults) }
    }

    /// Reads a document that was set once. What it says of rules and parameters that are not settable any more says nothing: a
    /// release may drop a rule, and what a region set before must not stop its counties.
    #[must_use]
    pub fn kept(text: &str) -> Self {
        Self::read(text).0
    }

    fn read(text: &str) -> (Self, Vec<LimitsFault>) {
        let mut reader = Reader { ends: text.match_indices('\n').map(|(at, _)| at).collect(), faults: vec![] };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let at = error.span().map_or(text.len(), |span| span.start);
            reader.fault(at, toml_words::told(error, text));
        }
        let mut document = Self::default();
        if errors.is_empty() {
            for (key, value) in root.into_inner() {
                if let Some((rule, limits)) = reader.rule(&key, value) {
                    document.rules.insert(rule.id, limits);
                }
            }
        }
        reader.faults.sort_by_key(|fault| fault.line);
        (document, reader.faults)
    }
}

struct Reader {
    ends: Vec<usize>,
    faults: Vec<LimitsFault>,
}

impl Reader {
    fn fault(&mut self, at: usize, reason: String) {
        let line = u32::try_from(self.ends.partition_point(|end| *end < at) + 1).unwrap_or(u32::MAX);
        self.faults.push(LimitsFault { line, reason });
    }

    fn rule(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: Spanned<DeValue<'_>>,
    ) -> Option<(&'static Rule, RuleLimits)> {
        let (id, at) = (key.get_ref(), key.span().start);
        let rule = Rule::find(id);
        let Some(rule) = rule else {
            self.fault(at, format!("没有规则“{id}”"));
            return None;
        };
        if rule.severity == Severity::Error {
            self.fault(at, format!("规则 {id} 是错误级的一致性规则，不能调整"));
            return None;
        }
        let DeValue::Table(entries) = value.into_inner() else {
            self.fault(at, format!("{id} 须为表，如 [{id}]"));
            return None;
        };
        let mut limits = RuleLimits::default();
        for (key, value) in entries {
            self.entry(rule, &key, value.into_inner(), &mut limits);
        }
        let of = |name: &str| {
            let set = limits.parameters.iter().find(|(parameter, _)| named(rule, *parameter) == Some(name));
            let default = || rule.parameters().find(|parameter| parameter.name == name).map(ParameterRule::default);
            set.map(|(_, value)| *value).or_else(default)
        };
        if of("at_least").zip(of("at_most")).is_some_and(|(least, most)| least > most) {
            self.fault(at, format!("{id} 的 at_least 大于 at_most"));
        }
        Some((rule, limits))
    }

    fn entry(
        &mut self,
        rule: &Rule,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: DeValue<'_>,
        limits: &mut RuleLimits,
    ) {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let parameter = rule.parameters().find(|parameter| parameter.name == name);
        match (name, value, parameter) {
            ("enabled", DeValue::Boolean(flag), _) => limits.enabled = Some(flag),
            ("enabled", ..) => self.fault(at, "enabled 须为 true 或 false".to_owned()),
            ("severity", DeValue::String(text), _) if text == "warning" => limits.severity = Some(Severity::Warning),
            ("severity", DeValue::String(text), _) if text == "error" => limits.severity = Some(Severity::Error),
            ("severity", ..) => self.fault(at, "severity 须为 \"warning\" 或 \"error\"".to_owned()),
            (_, value, Some(parameter)) => match quantity(&value) {
                Some(value) => limits.parameters.push((parameter.parameter, value)),
                None => self.fault(at, format!("{name} 须为不小于零、最多六位小数的数")),
            },
            (_, _, None) => {
                let mut names = vec!["enabled", "severity"];
                names.extend(rule.parameters().map(|parameter| parameter.name));
                self.fault(at, format!("规则 {} 没有“{name}”，可以是：{}", rule.id, names.join("、")));
            }
        }
    }
}

fn named(rule: &Rule, parameter: Parameter) -> Option<&'static str> {
    rule.parameters().find(|found| found.parameter == parameter).map(|found| found.name)
}

fn quantity(value: &DeValue<'_>) -> Option<Quantity> {
    let text = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => return None,
    };
    Quantity::parse(text).ok().filter(|value| !value.negative())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Fault;

    fn document(text: &str) -> LimitsDocument {
        LimitsDocument::parse(text).unwrap()
    }

    #[test]
    fn what_was_set_once_and_is_no_longer_settable_says_nothing() {
        let text = "[gone]\nshare = 1\n[pupils_jump]\nshare = 0.3\ndropped = 1\n";

        assert!(LimitsDocument::parse(text).is_err());
        assert_eq!(LimitsDocument::kept(text), LimitsDocument::parse("[pupils_jump]\nshare = 0.3\n").unwrap());
    }

    #[test]
    fn every_fault_of_a_document_is_told_with_its_line() {
        let text = "[school_registered]\nenabled = false\n[pupils_jump]\nshare = -0.1\nshares = 1\nseverity = \"fatal\"\nenabled = 1\n\
                    [jump]\n[class_size_plausible]\nat_least = 80\n";

        let faults = LimitsDocument::parse(text).unwrap_err();

        let lines: Vec<_> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [1, 4, 5, 6, 7, 8, 9], "{faults:?}");
        assert!(faults[0].reason.contains("不能调整") && faults[2].reason.contains("min_change"), "{faults:?}");
        let unclosed = LimitsDocument::parse("# 限值\n[x").unwrap_err();
        assert_eq!(unclosed[0].line, 2);
        assert!(unclosed[0].reason.starts_with("不是有效的 TOML：第3列，表头没有写完"), "{unclosed:?}");
    }

    #[test]
    fn of_each_rule_the_nearest_region_that_names_it_counts() {
        let county = document("[pupils_jump]\nshare = 0.3\n");
        let province = document(
            "[pupils_jump]\nmin_change = 5\n[round_numbers]\nenabled = false\n[school_left_out]\nseverity = \"error\"\n",
        );

        let limits = Limits::of([&county, &province]);

        assert_eq!(limits.get(Parameter::PupilsJumpShare), Quantity::parse("0.3").unwrap());
        assert_eq!(limits.get(Parameter::PupilsJumpMinChange), Quantity::parse("50").unwrap());
        assert!(!limits.enabled(Parameter::RoundNumbersShare.rule()));
        let left_out = Finding::of(Fault::SchoolLeftOut { school: "".into(), name: "".into() }, "");
        let error = Finding::of(Fault::SchoolCode, "");
        let held = limits.hold(vec![left_out, error.clone()]);
        assert_eq!((held[0].severity, &held[1]), (Severity::Error, &error));
        assert_eq!(Limits::of([]), Limits::default());
    }

    #[test]
    fn every_rule_looks_at_what_the_catalogue_of_elements_has() {
        for rule in Rule::all() {
            for operand in rule.over.iter().flat_map(|over| over.split(" / ")) {
                assert!(
                    operand == "pupils" || crate::element::Element::find(operand).is_some(),
                    "{}: {operand}",
                    rule.id
                );
            }
        }
    }
}
