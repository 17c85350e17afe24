//! Whether a report is a draft or was issued, and what it was made of: every report says it.

use jiff::Timestamp;
use junheng_proto::Timestamp as ProtoTimestamp;

use super::words;

/// Whether a report is a draft or was issued, and what it was made of.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// SHA-256 of all that the report was made of; empty when it was made of files.
    pub inputs_digest: String,
    /// That it was issued; `None`: it is a draft.
    pub issued: Option<Issued>,
}

/// That a report was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Its name, `regions/210922/reports/7`.
    pub name: String,
    /// Who issued it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Standing {
    /// What a margin says.
    pub(crate) fn short(&self) -> String {
        match &self.issued {
            None => "草稿（未签发）".to_owned(),
            Some(issued) => format!("已签发（{}）", issued.name),
        }
    }

    /// What stands above the title: that it is a draft; nothing where it was issued.
    pub(super) const fn mark(&self) -> &'static str {
        if self.issued.is_none() { "草稿" } else { "" }
    }

    /// What the report says of itself: label and text.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("签发状态", self.short())];
        if let Some(issued) = &self.issued {
            facts.push(("签发人", words::subject(&issued.by)));
            let at = ProtoTimestamp { seconds: issued.at.as_second(), nanos: 0 };
            facts.extend(words::instant(&at).map(|at| ("签发时间", at)));
        }
        facts
    }

    /// The digest of what the report was made of: label and text; nothing when it was made of files.
    pub(crate) fn digest(&self) -> Option<(&'static str, String)> {
        (!self.inputs_digest.is_empty()).then(|| ("内容依据摘要", self.inputs_digest.clone()))
    }
}
