//! What becomes of a submission, and how that is told.

use junheng_domain::{
    acknowledgement::{Acknowledgement, unacknowledged},
    finding::{Finding, error_count},
};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionResponse, Held, Receipt, Refusal, SubmitMonthResponse, acknowledge_submission_response,
    submit_month_response,
};
use junheng_seal::key::Signer;
use junheng_wire::{finding, time};

use super::{Kept, Submission};

/// What becomes of a submission with what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It becomes a revision.
    Accept,
    /// It has errors.
    Refuse,
    /// It has warnings that nobody acknowledged.
    Hold,
}

impl Decision {
    pub(crate) fn of(findings: &[Finding], acknowledgements: &[Acknowledgement]) -> Self {
        if error_count(findings) > 0 {
            Self::Refuse
        } else if unacknowledged(findings, acknowledgements).next().is_some() {
            Self::Hold
        } else {
            Self::Accept
        }
    }

    /// How the audit and the log have it.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Refuse => "refused",
            Self::Hold => "held",
        }
    }
}

/// What became of a submission, for its sender.
pub(crate) enum Outcome {
    Receipt(Receipt),
    Refusal(Refusal),
    Held(Held),
}

impl Outcome {
    /// Tells what became of a submission, `None`: what would become of it.
    pub(crate) fn encode(submission: &Submission, findings: &[Finding], kept: Option<&Kept>) -> Self {
        let count = |number: usize| Some(u32::try_from(number).unwrap_or(u32::MAX));
        let name = kept.map(|kept| kept.name(submission)).unwrap_or_default();
        let known_at = kept.map(|kept| time::encode(kept.known_at));
        let (encoded, finding_groups) = finding::encode_all(findings);
        match Decision::of(findings, &submission.acknowledgements) {
            Decision::Refuse => Self::Refusal(Refusal {
                submission: name,
                error_count: count(error_count(findings)),
                findings: encoded,
                finding_groups,
            }),
            Decision::Hold => {
                let waiting: Vec<&Finding> = unacknowledged(findings, &submission.acknowledgements).collect();
                let mut rules: Vec<String> = waiting.iter().map(|finding| finding.rule.clone()).collect();
                rules.sort_unstable();
                rules.dedup();
                Self::Held(Held {
                    submission: name,
                    warning_count: count(waiting.len()),
                    rules,
                    school_count: count(submission.schools.len()),
                    item_count: count(submission.items.len()),
                    content_digest: submission.digest.clone(),
                    held_at: known_at,
                    findings: encoded,
                    finding_groups,
                })
            }
            Decision::Accept => Self::Receipt(Receipt {
                submission: name,
                revision: kept.and_then(|kept| kept.revision),
                school_count: count(submission.schools.len()),
                item_count: count(submission.items.len()),
                content_digest: submission.digest.clone(),
                known_at,
                findings: encoded,
                finding_groups,
                ..Receipt::default()
            }),
        }
    }
}

impl Outcome {
    /// Says on a receipt which request it answers, and signs it where there is a key.
    pub(crate) fn sealed(mut self, request_id: &str, signer: Option<&Signer>) -> Self {
        if let Self::Receipt(receipt) = &mut self {
            junheng_audit::receipt::seal(receipt, request_id, signer);
        }
        self
    }
}

impl From<Outcome> for SubmitMonthResponse {
    fn from(outcome: Outcome) -> Self {
        use submit_month_response::Outcome as Encoded;
        let outcome = match outcome {
            Outcome::Receipt(receipt) => Encoded::Receipt(receipt),
            Outcome::Refusal(refusal) => Encoded::Refusal(refusal),
            Outcome::Held(held) => Encoded::Held(held),
        };
        Self { outcome: Some(outcome) }
    }
}

impl From<Outcome> for AcknowledgeSubmissionResponse {
    fn from(outcome: Outcome) -> Self {
        use acknowledge_submission_response::Outcome as Encoded;
        let outcome = match outcome {
            Outcome::Receipt(receipt) => Encoded::Receipt(receipt),
            Outcome::Refusal(refusal) => Encoded::Refusal(refusal),
            Outcome::Held(held) => Encoded::Held(held),
        };
        Self { outcome: Some(outcome) }
    }
}
