//! Findings for people: grouped by rule, errors first, each with its place, and how to mend it.

use std::fmt::Write as _;

use junheng_domain::finding::Finding as DomainFinding;
use junheng_proto::ingest::v1::{Finding, Severity};

use crate::output;

/// Encodes findings that were made here.
pub(crate) fn encode(findings: &[DomainFinding]) -> Vec<Finding> {
    findings.iter().map(junheng_wire::finding::encode).collect()
}

/// Whether any refuses what it was found in.
pub(crate) fn refuse(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity() == Severity::Error)
}

/// Tells all findings on stderr; nothing where there are none.
pub(crate) fn tell(findings: &[Finding]) {
    if !findings.is_empty() {
        output::tell(&text(findings));
    }
}

fn text(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error).count();
    let warnings = findings.len() - errors;
    let mut text = match (errors, warnings) {
        (_, 0) => format!("发现{errors}处错误："),
        (0, _) => format!("发现{warnings}处警告："),
        _ => format!("发现{errors}处错误、{warnings}处警告："),
    };
    for group in groups(findings) {
        let Some(first) = group.first() else { continue };
        let severity = if first.severity() == Severity::Error { "错误" } else { "警告" };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{severity} {}（{}处）", first.rule, group.len());
        for finding in &group {
            let _ = write!(text, "\n  {}  {}{}", finding.path, finding.message, found(finding));
        }
        let _ = write!(text, "\n  处理办法：{}", first.remedy);
    }
    text
}

fn found(finding: &Finding) -> String {
    let told = finding.found.is_empty() || finding.message.contains(&finding.found);
    if told { String::new() } else { format!("，填写为“{}”", finding.found) }
}

/// Findings of one severity, rule and remedy together, in the order of their first.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let same = |group: &&mut Vec<&Finding>| {
            group.first().is_some_and(|first| {
                (first.severity, &first.rule, &first.remedy) == (finding.severity, &finding.rule, &finding.remedy)
            })
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups.sort_by_key(|group| group.first().map(|first| first.severity));
    groups
}

/// Puts the places of a file where a service names fields of the request: `schools[3].name` → `学校.csv:5.name`.
pub(crate) fn locate(findings: &mut [Finding], field: &str, rows: &[String]) {
    for finding in findings {
        let place = finding.path.strip_prefix(field).and_then(|rest| rest.strip_prefix('[')?.split_once(']'));
        if let Some((row, rest)) = place.and_then(|(index, rest)| Some((rows.get(index.parse::<usize>().ok()?)?, rest)))
        {
            finding.path = format!("{row}{rest}");
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
    fn findings_are_grouped_by_rule_with_errors_first() {
        let fault = Fault::ItemWithdrawn { count: 1_usize.into(), operands: "G1.y".into() };
        let all = encode(&[DomainFinding::of(fault, "items"), finding("a:2.x", "七"), finding("a:3.x", "八")]);

        assert_eq!(
            text(&all),
            "发现2处错误、1处警告：\n错误 item_kind（2处）\n  a:2.x  G1 x须为数字，填写为“七”\n  \
             a:3.x  G1 x须为数字，填写为“八”\n  处理办法：请填写数字\n警告 item_withdrawn（1处）\n  \
             items  本次没有重报上一版的县级要素，共1个，将随之撤回：G1.y\n  处理办法：仍然有效的要素请一并重报"
        );
    }

    #[test]
    fn a_field_of_the_request_becomes_a_place_in_the_file() {
        let mut all = encode(&[finding("schools[1].x", ""), finding("schools[9].x", ""), finding("b", "")]);

        locate(&mut all, "schools", &["s.csv:2".into(), "s.csv:3".into()]);

        let paths: Vec<_> = all.iter().map(|finding| finding.path.as_str()).collect();
        assert_eq!(paths, ["s.csv:3.x", "schools[9].x", "b"]);
    }
}
