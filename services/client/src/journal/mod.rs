//! The journal: a file that remembers under which `request_id` a month was sent, so that it is sent under the same one after a crash.
//!
//! A line is written before the first attempt and one when the outcome is known; each is a JSON object. What stands for a month is the content
//! that was accepted last, what is held since, and what was begun since and has no outcome yet. The same content again goes under the same
//! id, and gets the first reply; what was held is asked about, for it may have been acknowledged or superseded, and so is what was accepted,
//! for the month may have been withdrawn; other content is a new request; so is content that was refused, for the registry may have been mended.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write as _,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use prost::Message as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::submit::Sending;

/// A journal cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process keeps it.
    #[error("journal {} is kept by another process", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// A line that is not the last is none of a journal: the file is another one, or damaged.
    #[error("line {line} of {} is none of a journal", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        line: usize,
    },
    /// It cannot be read or written.
    #[error("journal {} cannot be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// A journal that this process keeps; no other process can meanwhile.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    kept: Mutex<Kept>,
    /// The file as it was before it was compacted, whose lock keeps out whoever opened it before.
    _before: File,
}

#[derive(Debug)]
struct Kept {
    file: File,
    months: BTreeMap<CountyMonth, Sent>,
}

/// Whose month it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct CountyMonth {
    endpoint: String,
    region: String,
    month: String,
}

/// What was sent for a month that matters still.
#[derive(Debug, Default)]
struct Sent {
    accepted: Option<Content>,
    held: Option<Held>,
    begun: Vec<Content>,
}

/// What waits for an acknowledgement.
#[derive(Debug)]
struct Held {
    content: Content,
    submission: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    content: String,
    request_id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Written before the first attempt.
    Begun,
    /// It counts.
    Accepted,
    /// It waits for an acknowledgement.
    Held,
    /// It was answered, and does not count.
    Ended,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    state: State,
    #[serde(flatten)]
    month: CountyMonth,
    #[serde(flatten)]
    content: Content,
    /// Resource name of what is held, else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    submission: String,
}

/// A month that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    month: CountyMonth,
    content: Content,
    /// Whether it was begun before: what is answered may be old.
    pub(crate) again: bool,
    /// Resource name of what it was held as.
    pub(crate) held: Option<String>,
}

impl Begun {
    pub(crate) fn request_id(&self) -> &str {
        &self.content.request_id
    }
}

/// What became of a month.
#[derive(Debug)]
pub(crate) enum Ending {
    /// It counts.
    Accepted,
    /// It is held as the submission of this name.
    Held(String),
    /// It was answered, and does not count.
    Nothing,
}

impl Journal {
    /// Opens a journal, or begins one, and leaves out of it what no longer matters. A last line that was torn by a crash is left out, too:
    /// nothing was sent before its line was whole.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when another process keeps it, it is no journal, or it cannot be read or written.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let path = path.into();
        let fault = |source| JournalError::File { path: path.clone(), source };
        let mut before = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(fault)?;
        lock(&before, &path)?;
        let mut bytes = vec![];
        before.read_to_end(&mut bytes).map_err(fault)?;
        let months = read(&bytes, &path)?;
        let file = compact(&path, &months).map_err(fault)?;
        Ok(Self { kept: Mutex::new(Kept { file, months }), _before: before, path })
    }

    /// Notes that a month is about to be sent, and gives the id to send it under: that of the same content where it has one, else the
    /// request's own or a new one. It is on the disk when this returns.
    pub(crate) fn begin(&self, endpoint: &str, sending: &Sending) -> Result<Begun, JournalError> {
        let request = &sending.request;
        let month =
            CountyMonth { endpoint: endpoint.to_owned(), region: request.region.clone(), month: request.month.clone() };
        let content = fingerprint(sending);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if request.request_id.is_empty()
            && let Some(sent) = kept.months.get(&month)
            && let Some((same, held)) = sent.find(&content)
        {
            return Ok(Begun { month, content: same.clone(), again: true, held: held.map(ToOwned::to_owned) });
        }
        let request_id = match request.request_id.as_str() {
            "" => uuid::Uuid::new_v4().to_string(),
            given => given.to_owned(),
        };
        let begun = Begun { month, content: Content { content, request_id }, again: false, held: None };
        self.append(&mut kept, State::Begun, &begun, "")?;
        Ok(begun)
    }

    /// Notes what became of it. Left out where that is not known: then the next attempt goes under the same id.
    pub(crate) fn finish(&self, begun: &Begun, ending: &Ending) -> Result<(), JournalError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, submission) = match ending {
            Ending::Accepted => (State::Accepted, ""),
            Ending::Held(submission) => (State::Held, submission.as_str()),
            Ending::Nothing => (State::Ended, ""),
        };
        self.append(&mut kept, state, begun, submission)
    }

    fn append(&self, kept: &mut Kept, state: State, begun: &Begun, submission: &str) -> Result<(), JournalError> {
        let (month, content) = (begun.month.clone(), begun.content.clone());
        let line = Line { state, month, content, submission: submission.to_owned() };
        let fault = |source| JournalError::File { path: self.path.clone(), source };
        let text = encode(&line).map_err(fault)?;
        kept.file.write_all(text.as_bytes()).and_then(|()| kept.file.sync_data()).map_err(fault)?;
        take(&mut kept.months, line);
        Ok(())
    }
}

impl Sent {
    /// The request that the content was sent in, and the name that it is held as.
    fn find(&self, content: &str) -> Option<(&Content, Option<&str>)> {
        let held = self.held.iter().map(|held| (&held.content, Some(held.submission.as_str())));
        let others = self.begun.iter().chain(&self.accepted).map(|sent| (sent, None));
        others.chain(held).find(|(sent, _)| sent.content == content)
    }

    const fn matters(&self) -> bool {
        self.accepted.is_some() || self.held.is_some() || !self.begun.is_empty()
    }
}

fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => JournalError::Locked { path: path.to_owned() },
        TryLockError::Error(source) => JournalError::File { path: path.to_owned(), source },
    })
}

fn encode(line: &Line) -> io::Result<String> {
    Ok(serde_json::to_string(line)? + "\n")
}

fn read(bytes: &[u8], path: &Path) -> Result<BTreeMap<CountyMonth, Sent>, JournalError> {
    let mut months = BTreeMap::new();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        match serde_json::from_slice(line) {
            // A line is whole with its end.
            Ok(line_read) if line.ends_with(b"\n") => take(&mut months, line_read),
            _ if lines.peek().is_none() && !line.ends_with(b"\n") => {}
            _ => return Err(JournalError::Damaged { path: path.to_owned(), line: index + 1 }),
        }
    }
    Ok(months)
}

fn take(months: &mut BTreeMap<CountyMonth, Sent>, line: Line) {
    let mut entry = match months.entry(line.month) {
        Entry::Occupied(entry) => entry,
        Entry::Vacant(entry) => entry.insert_entry(Sent::default()),
    };
    let sent = entry.get_mut();
    match line.state {
        State::Begun => sent.begun.push(line.content),
        // What was begun before it is overtaken: sent again, it would be a new revision.
        State::Accepted => *sent = Sent { accepted: Some(line.content), ..Sent::default() },
        State::Held => {
            sent.begun.retain(|begun| *begun != line.content);
            // An earlier version of this program took it for accepted.
            sent.accepted.take_if(|accepted| *accepted == line.content);
            sent.held = Some(Held { content: line.content, submission: line.submission });
        }
        State::Ended => {
            sent.begun.retain(|begun| *begun != line.content);
            sent.held.take_if(|held| held.content == line.content);
        }
    }
    if !sent.matters() {
        entry.remove();
    }
}

/// Writes what matters into a new file, which takes the place of the old one whole or not at all.
fn compact(path: &Path, months: &BTreeMap<CountyMonth, Sent>) -> io::Result<File> {
    let mut text = String::new();
    for (month, sent) in months {
        let line = |state, content: &Content, submission: &str| {
            let (month, content) = (month.clone(), content.clone());
            encode(&Line { state, month, content, submission: submission.to_owned() })
        };
        if let Some(accepted) = &sent.accepted {
            text += &line(State::Accepted, accepted, "")?;
        }
        if let Some(held) = &sent.held {
            text += &line(State::Held, &held.content, &held.submission)?;
        }
        for begun in &sent.begun {
            text += &line(State::Begun, begun, "")?;
        }
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    // Whoever was killed here before left one behind.
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&name)?;
    file.try_lock()?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&name, path)?;
    Ok(file)
}

/// Digest of what a request says, whatever the order of its rows and whatever it is named; of files, every byte counts.
fn fingerprint(sending: &Sending) -> String {
    let mut content = sending.request.clone();
    content.request_id.clear();
    content.schools.sort_by(|a, b| a.school_code.cmp(&b.school_code));
    content.items.sort_by(|a, b| (&a.item, &a.operand).cmp(&(&b.item, &b.operand)));
    let mut digest = Sha256::new_with_prefix(content.encode_to_vec());
    for file in &sending.files {
        digest.update(Sha256::digest(&file.content));
    }
    digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
