//! Findings: [`domain::finding::Finding`] → `junheng.ingest.v1.Finding`, and their groups.

use junheng_domain::{
    self as domain,
    finding::{Example, FindingGroup, Severity, Told},
};
use junheng_proto::ingest::v1 as proto;

/// Characters of what was found that are told; a sender knows the rest.
const FOUND_TOLD: usize = 100;

/// Encodes a finding.
#[must_use]
pub fn encode(finding: &domain::finding::Finding) -> proto::Finding {
    proto::Finding {
        severity: severity(finding.severity).into(),
        rule: finding.rule.clone(),
        path: finding.path.clone(),
        school_code: short(finding.school.as_deref()),
        element: short(finding.element.as_deref()),
        found: short(Some(&finding.found)),
        message: finding.message.clone(),
        remedy: finding.remedy.clone(),
        allowed: finding.allowed.clone(),
        message_en: finding.message_en.clone(),
        allowed_en: finding.allowed_en.clone(),
        remedy_en: finding.remedy_en.clone(),
    }
}

/// Encodes what is told of findings: the first 2,000 of them, and the groups of all.
#[must_use]
pub fn encode_all(findings: &[domain::finding::Finding]) -> (Vec<proto::Finding>, Vec<proto::FindingGroup>) {
    let told = Told::of(findings);
    (told.findings.iter().map(encode).collect(), told.groups.iter().map(encode_group).collect())
}

/// Encodes a group of findings.
#[must_use]
pub fn encode_group(group: &FindingGroup) -> proto::FindingGroup {
    let example = |example: &Example| proto::FindingExample {
        path: example.path.clone(),
        school_code: short(example.school.as_deref()),
        element: short(example.element.as_deref()),
        found: short(Some(&example.found)),
    };
    proto::FindingGroup {
        severity: severity(group.severity).into(),
        rule: group.rule.clone(),
        element: short(group.element.as_deref()),
        school_code: short(group.school.as_deref()),
        count: Some(u32::try_from(group.count).unwrap_or(u32::MAX)),
        message: group.message.clone(),
        remedy: group.remedy.clone(),
        message_en: group.message_en.clone(),
        remedy_en: group.remedy_en.clone(),
        examples: group.examples.iter().map(example).collect(),
    }
}

/// Encodes a severity.
#[must_use]
pub const fn severity(severity: Severity) -> proto::Severity {
    match severity {
        Severity::Error => proto::Severity::Error,
        Severity::Warning => proto::Severity::Warning,
    }
}

fn short(text: Option<&str>) -> String {
    text.unwrap_or_default().chars().take(FOUND_TOLD).collect()
}
