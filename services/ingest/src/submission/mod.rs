//! One county's month on its way in: read, made whole, checked, kept.

mod check;
mod decode;
mod keep;
mod outcome;
mod room;
mod rules;
mod whole;

use junheng_domain::{
    acknowledgement::Acknowledgement,
    checks::{FactsRow, ItemRow},
    code::{Month, RegionCode},
    correction::{item_row, school_row},
    finding::Finding,
};
use junheng_store::{Reads, StoreError, county_items, school_facts, submissions};

pub(crate) use self::{
    check::{Known, check, compared},
    decode::{Content, Form, MAX_ACKNOWLEDGEMENTS, Sent, decode, decode_acknowledgements, decode_form, decode_reason},
    keep::{Kept, given, keep, mark},
    outcome::{Decision, Outcome},
    room::Room,
    rules::Rules,
    whole::{check_base, whole},
};
use crate::file::Places;

/// What a request was read from, where that is a file; the default: from nothing, it is what the caller sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origin {
    /// Faults that reading the file found.
    pub(crate) findings: Vec<Finding>,
    /// Where the rows of the request stand in the file.
    pub(crate) places: Places,
    /// Digest of what the file says and the request does not; empty: the request says all.
    pub(crate) digest: String,
    /// Whether faults of the file kept all schools from being read.
    pub(crate) schools_unread: bool,
}

/// Rules whose warnings only a file shows: what is kept of it can not be held against them again.
const OF_FILES: [&str; 1] = ["school_name_differs"];

/// A whole month whose form is right; its data may still have faults.
pub(crate) struct Submission {
    pub(crate) county: RegionCode,
    pub(crate) month: Month,
    pub(crate) schools: Vec<FactsRow>,
    pub(crate) items: Vec<ItemRow>,
    /// Faults that reading the values found.
    pub(crate) findings: Vec<Finding>,
    /// Digest of its content.
    pub(crate) digest: String,
    /// All acknowledgements that it has.
    pub(crate) acknowledgements: Vec<Acknowledgement>,
    /// Where its rows stand in the file that it was read from.
    pub(crate) places: Places,
    /// Whether faults of a file kept all schools from being read.
    pub(crate) schools_unread: bool,
    /// Whether it has what it does not name from the revision before: what it lacks was taken out by name.
    pub(crate) laid_over: bool,
}

impl Submission {
    /// Reads what was kept of one that is held, with acknowledgements besides those that it has.
    pub(crate) async fn of_held(
        reads: &impl Reads,
        held: &submissions::Submission,
        more: &[Acknowledgement],
    ) -> Result<Self, StoreError> {
        let content = &held.content;
        let (county, month, number) = (&content.county, content.month, held.number);
        let schools = school_facts::list(reads, county, month, number).await?;
        let items = county_items::list(reads, county, month, number).await?;
        let of_file = |finding: &&Finding| OF_FILES.contains(&finding.rule.as_str());
        let given = content.acknowledgements.iter().map(|given| &given.acknowledgement);
        Ok(Self {
            county: county.clone(),
            month,
            schools: schools.into_iter().map(school_row).collect(),
            items: items.into_iter().map(item_row).collect(),
            findings: content.findings.iter().filter(of_file).cloned().collect(),
            digest: content.content_digest.clone(),
            acknowledgements: given.chain(more).cloned().collect(),
            places: Places::default(),
            schools_unread: false,
            // What it did not warn of at first, it was told by name.
            laid_over: !content.findings.iter().any(|finding| finding.rule == "item_withdrawn"),
        })
    }
}
