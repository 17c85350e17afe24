//! What became of a submission, and how that is stored.

use super::decode_number;
use crate::StoreError;

pub(super) const ACCEPTED: &str = "accepted";
pub(super) const REFUSED: &str = "refused";
pub(super) const HELD: &str = "held";
pub(super) const WITHDRAWN: &str = "withdrawn";

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Accepted (已接收): its facts are stored.
    Accepted {
        /// 1 for the first accepted submission of the county and month.
        revision: u32,
    },
    /// Refused (已退回): nothing of it counts.
    Refused,
    /// Held (待确认): its facts are stored and do not count until its warnings are acknowledged.
    Held,
    /// Superseded (已被取代): it was held, and another one of the month was sent or withdrawn since; it counts never.
    Superseded,
    /// Withdrawal (撤回) of the month: a revision without facts, from which on the month counts as not reported.
    Withdrawn {
        /// Its number among the revisions of the month.
        revision: u32,
    },
}

impl State {
    /// The revision of the month that it is; `None`: it is none.
    #[must_use]
    pub const fn revision(self) -> Option<u32> {
        match self {
            Self::Accepted { revision } | Self::Withdrawn { revision } => Some(revision),
            Self::Refused | Self::Held | Self::Superseded => None,
        }
    }
}

pub(super) fn decode_state(state: &str, revision: Option<i32>) -> Result<State, StoreError> {
    match (state, revision) {
        (ACCEPTED, Some(revision)) => {
            Ok(State::Accepted { revision: decode_number(revision, "submissions.revision")? })
        }
        (WITHDRAWN, Some(revision)) => {
            Ok(State::Withdrawn { revision: decode_number(revision, "submissions.revision")? })
        }
        (REFUSED, None) => Ok(State::Refused),
        (HELD, None) => Ok(State::Held),
        (state, _) => Err(StoreError::corrupt(format!("submissions.state: {state}"))),
    }
}
