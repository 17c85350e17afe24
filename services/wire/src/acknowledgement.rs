//! Acknowledgements: `junheng.ingest.v1.Acknowledgement` ↔ [`domain::acknowledgement::Acknowledgement`].

use junheng_domain as domain;
use junheng_proto::ingest::v1 as proto;
use junheng_store::submissions::Given;

use crate::time;

/// Decodes an acknowledgement, without who gave it and when.
#[must_use]
pub fn decode(message: &proto::Acknowledgement) -> domain::acknowledgement::Acknowledgement {
    domain::acknowledgement::Acknowledgement {
        rule: message.rule.clone(),
        school: Some(message.school_code.clone()).filter(|code| !code.is_empty()),
        reason: message.reason.clone(),
    }
}

/// Encodes an acknowledgement that was given.
#[must_use]
pub fn encode(given: &Given) -> proto::Acknowledgement {
    let Given { acknowledgement, by, at } = given;
    proto::Acknowledgement {
        rule: acknowledgement.rule.clone(),
        school_code: acknowledgement.school.clone().unwrap_or_default(),
        reason: acknowledgement.reason.clone(),
        acknowledged_by: by.clone(),
        acknowledged_at: Some(time::encode(*at)),
    }
}
