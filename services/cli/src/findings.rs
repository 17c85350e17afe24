//! Findings for people: by root cause, errors first, each with examples, and how to mend it.

use std::fmt::Write as _;

use junheng_domain::finding::Finding as DomainFinding;
use junheng_proto::ingest::v1::{Finding, FindingExample, FindingGroup, Severity};

use crate::output;

/// What was found, here or by a service.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    all: Vec<Finding>,
    groups: Vec<FindingGroup>,
}

impl Findings {
    /// Findings of an answer, with their groups.
    pub(crate) fn new(all: &[Finding], groups: &[FindingGroup]) -> Self {
        Self { all: all.to_vec(), groups: groups.to_vec() }
    }

    /// Findings that were made here.
    pub(crate) fn made(findings: &[DomainFinding]) -> Self {
        let (all, groups) = junheng_wire::finding::encode_all(findings);
        Self { all, groups }
    }

    /// Whether any refuses what it was found in.
    pub(crate) fn refuse(&self) -> bool {
        self.groups.iter().any(|group| group.severity() == Severity::Error)
    }

    /// Tells them on stderr; nothing where there are none.
    pub(crate) fn tell(&self) {
        if let Some(text) = self.open() {
            output::tell(&text);
        }
    }

    /// The text that is told.
    pub(crate) fn text(&self) -> String {
        let count = |severity: Severity| -> u32 {
            self.groups.iter().filter(|group| group.severity() == severity).filter_map(|group| group.count).sum()
        };
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let mut text = match (errors, warnings) {
            (_, 0) => format!("发现{errors}处错误："),
            (0, _) => format!("发现{warnings}处警告："),
            _ => format!("发现{errors}处错误、{warnings}处警告："),
        };
        text += &self.list();
        text
    }

    /// What is to be mended or acknowledged; `None` where nothing is.
    pub(crate) fn open(&self) -> Option<String> {
        (!self.groups.is_empty()).then(|| self.text())
    }

    /// Warnings that are all acknowledged; `None` where there are none.
    pub(crate) fn settled(&self) -> Option<String> {
        let count: u32 = self.groups.iter().filter_map(|group| group.count).sum();
        (count > 0).then(|| format!("其中{count}处警告均已确认：{}", self.list()))
    }

    fn list(&self) -> String {
        let mut text = String::new();
        for group in &self.groups {
            let severity = if group.severity() == Severity::Error { "错误" } else { "警告" };
            let count = group.count.unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{severity} {}（{count}处）", group.rule);
            if count > 1 {
                let _ = write!(text, "{}", group.message);
            }
            let allowed: Vec<_> = group.examples.iter().map(|example| self.allowed(group, example)).collect();
            let alike = allowed.windows(2).all(|pair| pair[0] == pair[1]);
            for (example, allowed) in group.examples.iter().zip(&allowed) {
                let _ = write!(text, "\n  {}  {}", example.path, self.message(group, example));
                if !alike && !allowed.is_empty() {
                    let _ = write!(text, "（允许：{allowed}）");
                }
            }
            let told = u32::try_from(group.examples.len()).unwrap_or(u32::MAX);
            if count > told {
                let _ = write!(text, "\n  另有{}处", count - told);
            }
            if let Some(allowed) = allowed.first().filter(|allowed| alike && !allowed.is_empty()) {
                let _ = write!(text, "\n  允许：{allowed}");
            }
            let _ = write!(text, "\n  处理办法：{}", group.remedy);
        }
        text
    }

    /// What is wrong at an example; the group's words where the finding itself was not told.
    fn message(&self, group: &FindingGroup, example: &FindingExample) -> String {
        let message = self.told(group, example).map_or(&group.message, |finding| &finding.message);
        let told = example.found.is_empty() || message.contains(&example.found);
        if told { message.clone() } else { format!("{message}，填写为“{}”", example.found) }
    }

    /// What is allowed at an example; empty where its message says it all.
    fn allowed(&self, group: &FindingGroup, example: &FindingExample) -> &str {
        self.told(group, example).map_or("", |finding| &finding.allowed)
    }

    /// The finding of an example, where it was told one by one.
    fn told(&self, group: &FindingGroup, example: &FindingExample) -> Option<&Finding> {
        let same = |finding: &&Finding| {
            (&finding.rule, &finding.path, &finding.school_code, &finding.element)
                == (&group.rule, &example.path, &example.school_code, &example.element)
        };
        self.all.iter().find(same)
    }

    /// Puts the places of a file where a service names fields of the request: `schools[3].name` → `学校.csv:5.name`.
    pub(crate) fn locate(&mut self, field: &str, rows: &[String]) {
        let place = |path: &str| {
            let (index, rest) = path.strip_prefix(field)?.strip_prefix('[')?.split_once(']')?;
            Some(format!("{}{rest}", rows.get(index.parse::<usize>().ok()?)?))
        };
        self.place(|path| place(path).unwrap_or_else(|| path.to_owned()), ToOwned::to_owned);
    }

    /// Leaves out what was found of these schools, as far as it was told one by one.
    pub(crate) fn leave_out_schools(&mut self, schools: &[String]) {
        let of = |code: &String| schools.contains(code);
        for group in &mut self.groups {
            let gone = self.all.iter().filter(|finding| finding.rule == group.rule && of(&finding.school_code)).count();
            group.count = group.count.map(|count| count.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX)));
            group.examples.retain(|example| !of(&example.school_code));
        }
        self.groups.retain(|group| group.count != Some(0));
        self.all.retain(|finding| !of(&finding.school_code));
    }

    /// Puts places of files where paths, and messages that name them, say fields of a request.
    pub(crate) fn place(&mut self, place: impl Fn(&str) -> String, told: impl Fn(&str) -> String) {
        for finding in &mut self.all {
            finding.path = place(&finding.path);
            finding.message = told(&finding.message);
        }
        for example in self.groups.iter_mut().flat_map(|group| &mut group.examples) {
            example.path = place(&example.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use junheng_domain::finding::Fault;

    use super::*;

    fn finding(path: &str, found: &str) -> DomainFinding {
        DomainFinding::of(Fault::ItemKind { what: "G1 x".into() }, path).found(found)
    }

    #[test]
    fn findings_are_grouped_by_root_cause_with_errors_first() {
        let fault = Fault::ItemWithdrawn { count: 1_usize.into(), operands: "G1.y".into() };
        let all = Findings::made(&[DomainFinding::of(fault, "items"), finding("a:2.x", "七"), finding("a:3.x", "八")]);

        assert_eq!(
            all.text(),
            "发现2处错误、1处警告：\n错误 item_kind（2处）县级要素的值须为规定类型\n  a:2.x  G1 x须为数字，填写为“七”\n  \
             a:3.x  G1 x须为数字，填写为“八”\n  允许：数字\n  处理办法：请填写数字\n警告 item_withdrawn（1处）\n  \
             items  本次没有重报上一版的县级要素，共1个，将随之撤回：G1.y\n  处理办法：仍然有效的要素请一并重报"
        );
    }

    #[test]
    fn a_large_group_shows_examples_and_how_many_more_there_are() {
        let all: Vec<_> = (0..4_000).map(|line| finding(&format!("a:{line}.x"), "")).collect();

        let text = Findings::made(&all).text();

        assert_eq!(text.lines().count(), 10, "{text}");
        assert!(text.contains("item_kind（4000处）") && text.contains("另有3995处"), "{text}");
    }

    #[test]
    fn what_is_allowed_stands_at_each_example_where_it_differs() {
        let heading = |heading: &str, path: &str| {
            DomainFinding::of(Fault::ColumnHeading { heading: heading.into() }, path).of_element(heading)
        };
        let all = [heading("books", "a!C3"), heading("name", "a!D3")];

        let (one, both) = (Findings::made(&all[..1]).text(), Findings::made(&all).text());

        assert!(one.contains("\n  允许：books\n  处理办法"), "{one}");
        assert!(both.contains("被改动（允许：books）") && both.contains("被改动（允许：name）"), "{both}");
        assert!(!both.contains("\n  允许："), "{both}");
    }

    #[test]
    fn a_field_of_the_request_becomes_a_place_in_the_file() {
        let mut all = Findings::made(&[finding("schools[1].x", ""), finding("schools[9].x", ""), finding("b", "")]);

        all.locate("schools", &["s.csv:2".into(), "s.csv:3".into()]);

        let paths: Vec<_> = all.groups[0].examples.iter().map(|example| example.path.as_str()).collect();
        assert_eq!(paths, ["s.csv:3.x", "schools[9].x", "b"]);
        assert_eq!(all.all[0].path, "s.csv:3.x");
    }
}
