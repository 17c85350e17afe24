//! Acknowledgements as they stand in `acknowledgements_json`.

use jiff::Timestamp;
use junheng_domain::acknowledgement::Acknowledgement;
use serde::{Deserialize, Serialize};

use crate::{
    StoreError,
    encoding::{instant, unix_ms},
};

/// An acknowledgement, who gave it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What was acknowledged, and why.
    pub acknowledgement: Acknowledgement,
    /// Subject of the caller.
    pub by: String,
    /// When, by the county's clock.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    rule: String,
    school: Option<String>,
    reason: String,
    by: String,
    at_unix_ms: i64,
}

pub(super) fn write(given: &[Given]) -> Result<String, StoreError> {
    let stored = given.iter().map(|Given { acknowledgement, by, at }| Stored {
        rule: acknowledgement.rule.clone(),
        school: acknowledgement.school.clone(),
        reason: acknowledgement.reason.clone(),
        by: by.clone(),
        at_unix_ms: unix_ms(*at),
    });
    serde_json::to_string(&stored.collect::<Vec<_>>()).map_err(|error| corrupt(&error))
}

pub(super) fn read(json: &str) -> Result<Vec<Given>, StoreError> {
    let stored: Vec<Stored> = serde_json::from_str(json).map_err(|error| corrupt(&error))?;
    let given = stored.into_iter().map(|Stored { rule, school, reason, by, at_unix_ms }| {
        let at = instant(at_unix_ms, "submissions.acknowledgements_json")?;
        Ok(Given { acknowledgement: Acknowledgement { rule, school, reason }, by, at })
    });
    given.collect()
}

fn corrupt(error: &serde_json::Error) -> StoreError {
    StoreError::corrupt(format!("submissions.acknowledgements_json: {error}"))
}
