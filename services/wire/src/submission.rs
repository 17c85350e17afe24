//! Submissions: [`junheng_store::submissions::Submission`] → `junheng.ingest.v1.Submission`.

use junheng_proto::ingest::v1 as proto;
use junheng_store::submissions::{State, Submission};

use crate::{acknowledgement, finding, name, time};

/// Encodes a submission without its facts.
#[must_use]
pub fn encode(submission: &Submission) -> proto::Submission {
    let content = &submission.content;
    let finding_groups = submission.finding_groups.iter().map(finding::encode_group).collect();
    let state = match submission.state {
        State::Accepted { .. } => proto::SubmissionState::Accepted,
        State::Refused => proto::SubmissionState::Refused,
        State::Held => proto::SubmissionState::Held,
        State::Superseded => proto::SubmissionState::Superseded,
        State::Withdrawn { .. } => proto::SubmissionState::Withdrawn,
    };
    proto::Submission {
        name: name::submission(&content.county, content.month, submission.number),
        month: content.month.to_string(),
        state: state.into(),
        revision: submission.state.revision(),
        request_id: content.request_id.clone(),
        school_count: Some(content.school_count),
        item_count: Some(content.item_count),
        content_digest: content.content_digest.clone(),
        known_at: Some(time::encode(content.known_at)),
        findings: content.findings.iter().map(finding::encode).collect(),
        finding_groups,
        schools: vec![],
        items: vec![],
        acknowledgements: content.acknowledgements.iter().map(acknowledgement::encode).collect(),
        held_at: submission.held_at.map(time::encode),
        withdrawal_reason: submission.withdrawal_reason.clone(),
    }
}
