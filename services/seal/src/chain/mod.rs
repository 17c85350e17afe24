//! Records of what was done, each bound to the one before.
//!
//! A stream is the records of one kind of one region. Streams know nothing of each other, so that regions are written side by side.

mod verify;

pub use verify::{Fault, FaultKind, Verifier};

use crate::{Hash, encode::Encoding};

/// What a stream is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What was changed; a record is written with the change or not at all.
    Changes,
    /// What was read and downloaded, and what was refused; a record is written soon after.
    Reads,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 2] = [Self::Changes, Self::Reads];

    /// How it is written: `changes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Reads => "reads",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A chain of records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    /// Six digits of the region; six zeros: what is about none.
    pub region: String,
    /// What the records are about.
    pub kind: Kind,
}

impl std::fmt::Display for Stream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.region, self.kind.name())
    }
}

impl Stream {
    /// The hash that the first record refers to.
    #[must_use]
    pub fn origin(&self) -> Hash {
        Encoding::of("junheng.audit.stream.1").text(&self.region).text(self.kind.name()).hash()
    }
}

/// Who did something, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// Subject of the caller; the name of a service for what it did by itself.
    pub subject: String,
    /// Roles of the caller, in order, parted by commas.
    pub roles: String,
    /// Address of the other end of the connection; empty when there is none.
    pub peer: String,
    /// Trace id of the request; empty when there is none.
    pub trace_id: String,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When, in milliseconds since 1970.
    pub at_unix_ms: i64,
    /// Who did it.
    pub who: Who,
    /// What was done: `submit_month`.
    pub action: String,
    /// Name of the resource that it was done to.
    pub resource: String,
    /// What came of it: `accepted`.
    pub outcome: String,
    /// Id of the request; empty when there is none.
    pub request_id: String,
    /// What else is to be known; empty when nothing is.
    pub detail: String,
}

/// A deed at its place in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The stream.
    pub stream: Stream,
    /// Place in the stream, from 1 and without gaps.
    pub sequence: i64,
    /// Hash of the record before; of the first: the stream's origin.
    pub previous: Hash,
    /// What was done.
    pub deed: Deed,
    /// What the record says its hash is.
    pub hash: Hash,
}

impl Record {
    /// Puts a deed at the end of a stream, after `tip`: the last record's sequence and hash.
    #[must_use]
    pub fn after(stream: &Stream, tip: Option<(i64, Hash)>, deed: Deed) -> Self {
        let (last, previous) = tip.unwrap_or_else(|| (0, stream.origin()));
        let mut record = Self { stream: stream.clone(), sequence: last + 1, previous, deed, hash: [0; 32] };
        record.hash = record.computed();
        record
    }

    /// The hash that its contents have.
    #[must_use]
    pub fn computed(&self) -> Hash {
        let Deed { at_unix_ms, who, action, resource, outcome, request_id, detail } = &self.deed;
        Encoding::of("junheng.audit.record.1")
            .text(&self.stream.region)
            .text(self.stream.kind.name())
            .number(self.sequence)
            .bytes(&self.previous)
            .number(*at_unix_ms)
            .text(&who.subject)
            .text(&who.roles)
            .text(&who.peer)
            .text(&who.trace_id)
            .text(action)
            .text(resource)
            .text(outcome)
            .text(request_id)
            .text(detail)
            .hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    /// Computed by another program from the table in the crate's description.
    #[test]
    fn a_record_is_hashed_as_it_is_described() {
        let stream = Stream { region: "210922".into(), kind: Kind::Changes };
        let deed = Deed {
            at_unix_ms: 1_736_043_825_200,
            who: Who {
                subject: "阜新市".into(),
                roles: "city_reporter".into(),
                peer: "192.0.2.1:4000".into(),
                trace_id: "0af7651916cd43dd8448eb211c80319c".into(),
            },
            action: "submit_month".into(),
            resource: "regions/210922/submissions/2024-12.1".into(),
            outcome: "accepted".into(),
            request_id: "r-1".into(),
            detail: String::new(),
        };

        let record = Record::after(&stream, None, deed);

        assert_eq!(hex(&stream.origin()), "b461174d6b39a1923a78ef62068564a11f3400c996a13fb30241170d338b8971");
        assert_eq!(hex(&record.hash), "d416d8554e447edf2ea6e893debf36ef7ca4886033af57df447e7fbf2f535042");
    }
}
