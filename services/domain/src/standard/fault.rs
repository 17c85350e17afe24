//! Faults of a standard's document: all of them are told, each with its line.

use std::{cell::RefCell, fmt};

use super::tree::{Node, Place};

/// One fault of a standard's document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct StandardFault {
    /// Id of the standard that the document extends, where the fault stands in that one's document; `None`: in the document itself.
    pub base: Option<String>,
    /// Line of that document, from 1: of the field, or of the entry where the field is missing.
    pub line: u32,
    /// What is faulty: `items/G7/tests/0`, `resources`, `valid_to`; empty: the document as a whole.
    pub path: String,
    /// What is wrong, in Chinese.
    pub reason: String,
}

impl fmt::Display for StandardFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(base) = &self.base {
            write!(formatter, "基础标准 {base} ")?;
        }
        write!(formatter, "第{}行", self.line)?;
        if !self.path.is_empty() {
            write!(formatter, " {}", self.path)?;
        }
        write!(formatter, "：{}", self.reason)
    }
}

/// All faults of a standard's document, by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardFaults(pub Vec<StandardFault>);

impl std::error::Error for StandardFaults {}

impl fmt::Display for StandardFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

/// So many faults are told; who has more mends those first.
const FAULTS_TOLD: usize = 200;

/// Collects faults while the rest of the document is read on.
#[derive(Debug, Default)]
pub(super) struct Faults(RefCell<Vec<StandardFault>>);

impl Faults {
    pub(super) fn add(&self, place: &Place, path: &str, reason: impl fmt::Display) {
        let fault = StandardFault {
            base: place.base.as_deref().map(ToOwned::to_owned),
            line: place.line,
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        let mut told = self.0.borrow_mut();
        if told.len() > FAULTS_TOLD {
            return;
        }
        if told.len() == FAULTS_TOLD {
            told.push(StandardFault {
                path: String::new(),
                reason: "问题过多，其余未列出，请先改正以上各处".to_owned(),
                ..fault
            });
            return;
        }
        // What is written once and read for each stage is one fault.
        if !told.contains(&fault) {
            told.push(fault);
        }
    }

    /// Tells what stands twice among entries that are told apart by `key`.
    pub(super) fn distinct(&self, entries: &[Node], key: &str, path: &str) {
        for (index, entry) in entries.iter().enumerate() {
            let Some(id) = entry.text_at(key) else { continue };
            let before = entries.iter().take(index).find(|other| other.text_at(key) == Some(id));
            if let Some(first) = before {
                self.add(&entry.place, &format!("{path}/{id}"), format_args!("重复，第{}行已有", first.place.line));
            }
        }
    }

    /// Ends the collection: those of the document itself first, each document's by line.
    ///
    /// # Errors
    ///
    /// [`StandardFaults`] when there are any.
    pub(super) fn finish(self) -> Result<(), StandardFaults> {
        let mut faults = self.0.into_inner();
        faults.sort_by(|a, b| (&a.base, a.line).cmp(&(&b.base, b.line)));
        if faults.is_empty() { Ok(()) } else { Err(StandardFaults(faults)) }
    }
}
