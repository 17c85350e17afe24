//! Faults of a standard's document: all of them are told.

use std::{collections::BTreeSet, fmt};

/// One fault of a standard's document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct StandardFault {
    /// Where it is: line and column, or the id of the part, indicator or item.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

/// All faults of a standard's document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardFaults(pub Vec<StandardFault>);

impl std::error::Error for StandardFaults {}

impl fmt::Display for StandardFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

/// Collects faults while the rest of the document is read on.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<StandardFault>);

impl Faults {
    pub(super) fn add(&mut self, place: &str, reason: impl fmt::Display) {
        let fault = StandardFault { place: place.to_owned(), reason: reason.to_string() };
        // What is written once and read for each stage is one fault.
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// Takes a result, and keeps its error as a fault.
    pub(super) fn take<T, E: fmt::Display>(&mut self, place: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(place, error)).ok()
    }

    pub(super) fn cited(&mut self, place: &str, source: &str) {
        if source.trim().is_empty() {
            self.add(place, "source is empty: every rule cites its clause");
        }
    }

    pub(super) fn distinct<'a>(&mut self, what: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            if !seen.insert(id) {
                self.add(id, format_args!("stands twice among the {what}"));
            }
        }
    }
}
