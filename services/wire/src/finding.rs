//! Findings: [`domain::finding::Finding`] → `junheng.ingest.v1.Finding`.

use junheng_domain as domain;
use junheng_proto::ingest::v1 as proto;

/// Characters of what was found that are told; a sender knows the rest.
const FOUND_TOLD: usize = 100;

/// Encodes a finding.
#[must_use]
pub fn encode(finding: &domain::finding::Finding) -> proto::Finding {
    let severity = match finding.severity {
        domain::finding::Severity::Error => proto::Severity::Error,
        domain::finding::Severity::Warning => proto::Severity::Warning,
    };
    proto::Finding {
        severity: severity.into(),
        rule: finding.rule.clone(),
        path: finding.path.clone(),
        school_code: finding.school.as_deref().unwrap_or_default().chars().take(FOUND_TOLD).collect(),
        element: finding.element.clone().unwrap_or_default(),
        found: finding.found.chars().take(FOUND_TOLD).collect(),
        message: finding.message.clone(),
        remedy: finding.remedy.clone(),
        allowed: finding.allowed.clone(),
        message_en: finding.message_en.clone(),
        allowed_en: finding.allowed_en.clone(),
        remedy_en: finding.remedy_en.clone(),
    }
}
