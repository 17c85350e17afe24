//! Finds what was altered, removed, reordered, inserted or cut off, and says where.

use std::fmt;

use super::{Record, Stream};
use crate::{
    Hash,
    head::{Checkpoint, Head},
};

/// How much older than a signed head a record after it may say it is: the clocks of replicas differ, and a transaction takes its time.
const LATENESS_MS: i64 = 3_600_000;
/// Faults that are told of one stream; what was altered throughout need not be told record by record.
const FAULTS_AT_MOST: usize = 100;

/// What is wrong with a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The stream.
    pub stream: Stream,
    /// What, and where in it.
    pub kind: FaultKind,
}

/// What is wrong, and where in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The record's contents do not have its hash.
    Altered {
        /// Its sequence.
        sequence: i64,
    },
    /// Records are missing between others, or before the first without a checkpoint that tells that they were pruned.
    Removed {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
    },
    /// The record stands behind one with the same or a higher sequence.
    OutOfOrder {
        /// Its sequence.
        sequence: i64,
    },
    /// The record does not continue the one before it: one of the two was put in the place of another.
    Unlinked {
        /// Its sequence.
        sequence: i64,
    },
    /// The stream is whole by itself, and is not the one whose head was signed: a record was altered and those after it computed anew.
    Rewritten {
        /// The first that may have been altered.
        first: i64,
        /// The last that may have been altered: that of the signed head.
        last: i64,
    },
    /// The stream ends before a signed head.
    Truncated {
        /// The first that is missing.
        first: i64,
        /// The last that was there when the head was signed.
        last: i64,
    },
    /// The rows from before records were chained are not those that the first record of the stream tells of.
    Unchained,
    /// The record came after a signed head, and says that it is much older.
    Backdated {
        /// Its sequence.
        sequence: i64,
    },
}

impl fmt::Display for FaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { sequence } => write!(formatter, "record {sequence} was altered"),
            Self::Removed { first, last } => write!(formatter, "records {first} to {last} were removed"),
            Self::OutOfOrder { sequence } => write!(formatter, "record {sequence} is out of order"),
            Self::Unlinked { sequence } => {
                write!(formatter, "record {sequence} does not continue the one before it: one was replaced")
            }
            Self::Rewritten { first, last } => {
                write!(formatter, "records from {first} on were rewritten, at the latest from {last} on")
            }
            Self::Truncated { first, last } => write!(formatter, "records {first} to {last} were cut off"),
            Self::Unchained => {
                write!(formatter, "rows from before the chain, which record 1 holds, were altered or removed")
            }
            Self::Backdated { sequence } => write!(formatter, "record {sequence} was inserted with an older time"),
        }
    }
}

/// Verifies one stream, record by record in the order of their sequences.
#[derive(Debug)]
pub struct Verifier<'a> {
    stream: &'a Stream,
    /// What signed heads say of the stream, oldest first.
    heads: Vec<(i64, Hash)>,
    /// Instant of the newest head, and the sequence that it knows.
    newest: Option<(i64, i64)>,
    last: (i64, Hash),
    /// The highest sequence up to which a head agreed.
    agreed: i64,
    faults: Vec<Fault>,
}

impl<'a> Verifier<'a> {
    /// Begins at the stream's origin, or where a checkpoint says that it was pruned. Signatures of the heads and of the checkpoint must be
    /// verified before.
    #[must_use]
    pub fn new(stream: &'a Stream, checkpoint: Option<&Checkpoint>, heads: &[Head]) -> Self {
        let mut of_stream: Vec<(i64, Hash)> =
            heads.iter().filter_map(|head| head.streams.get(stream).copied()).collect();
        of_stream.sort_unstable();
        let newest = heads.iter().max_by_key(|head| head.at_unix_ms);
        let newest = newest.map(|head| (head.at_unix_ms, head.streams.get(stream).map_or(0, |(last, _)| *last)));
        let last = checkpoint.map_or_else(|| (0, stream.origin()), |one| (one.sequence, one.hash));
        let mut verifier = Self { stream, heads: of_stream, newest, last, agreed: 0, faults: vec![] };
        if last.0 > 0 {
            verifier.hold_against_heads(last.0, last.1);
        }
        verifier
    }

    /// Takes the next record.
    pub fn push(&mut self, record: &Record) {
        let (sequence, (last, hash)) = (record.sequence, self.last);
        if sequence <= last {
            self.fault(FaultKind::OutOfOrder { sequence });
            return;
        }
        if sequence > last + 1 {
            self.fault(FaultKind::Removed { first: last + 1, last: sequence - 1 });
        } else if record.previous != hash {
            self.fault(FaultKind::Unlinked { sequence });
        }
        if record.stream != *self.stream || record.computed() != record.hash {
            self.fault(FaultKind::Altered { sequence });
        }
        let backdated = |(at, known): (i64, i64)| sequence > known && record.deed.at_unix_ms < at - LATENESS_MS;
        if self.newest.is_some_and(backdated) {
            self.fault(FaultKind::Backdated { sequence });
        }
        self.hold_against_heads(sequence, record.hash);
        self.last = (sequence, record.hash);
    }

    /// The last sequence, and what is wrong.
    #[must_use]
    pub fn finish(mut self) -> (i64, Vec<Fault>) {
        let last = self.last.0;
        if let Some((known, _)) = self.heads.last().copied().filter(|(known, _)| *known > last) {
            self.fault(FaultKind::Truncated { first: last + 1, last: known });
        }
        (last, self.faults)
    }

    fn hold_against_heads(&mut self, sequence: i64, hash: Hash) {
        let known = self.heads.iter().filter(|(known, _)| *known == sequence);
        let Some(agrees) = known.map(|(_, signed)| *signed == hash).reduce(|one, other| one && other) else { return };
        if agrees {
            self.agreed = sequence;
        } else {
            self.fault(FaultKind::Rewritten { first: self.agreed + 1, last: sequence });
        }
    }

    fn fault(&mut self, kind: FaultKind) {
        if self.faults.len() < FAULTS_AT_MOST {
            self.faults.push(Fault { stream: self.stream.clone(), kind });
        }
    }
}

/// Verifies streams that are in memory; what a head knows and is not there was removed as a whole.
#[cfg(test)]
pub(crate) fn verify(records: &[Record], heads: &[Head]) -> Vec<Fault> {
    use std::collections::BTreeMap;
    let mut streams: BTreeMap<Stream, Vec<&Record>> =
        heads.iter().flat_map(|head| head.streams.keys()).map(|stream| (stream.clone(), vec![])).collect();
    for record in records {
        streams.entry(record.stream.clone()).or_default().push(record);
    }
    let mut faults = vec![];
    for (stream, records) in &streams {
        let mut verifier = Verifier::new(stream, None, heads);
        for record in records {
            verifier.push(record);
        }
        faults.extend(verifier.finish().1);
    }
    faults
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
