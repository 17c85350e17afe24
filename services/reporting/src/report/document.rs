//! The document that a report is: what every format is rendered from. Every figure in it is already text.

use junheng_proto::common::v1::Verdict;

use super::words;
use crate::chart::Drawing;

/// A report before it takes a format.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    /// The title in two halves, between which a narrow page breaks it.
    pub(super) title: [String; 2],
    pub(super) subtitle: String,
    /// What stands above the title of what is not final: 草稿; empty where it is.
    pub(super) mark: &'static str,
    /// What a reader must know of the figures; empty when there is nothing.
    pub(super) note: String,
    pub(super) facts: Vec<(String, String)>,
    /// The box at the top; `None` where a document has no one conclusion.
    pub(super) conclusion: Option<Conclusion>,
    pub(super) blocks: Vec<Block>,
}

/// The conclusion box at the top.
#[derive(Clone, Debug, Default)]
pub(super) struct Conclusion {
    pub(super) sentence: String,
    pub(super) badge: Badge,
    pub(super) parts: Vec<PartLine>,
}

/// One part of the standard in the conclusion box.
#[derive(Clone, Debug)]
pub(super) struct PartLine {
    pub(super) title: String,
    pub(super) badge: Badge,
    pub(super) reasons: String,
}

/// A verdict in words, and how it looks. Looks alone never carry the meaning.
#[derive(Clone, Debug, Default)]
pub(super) struct Badge {
    pub(super) text: &'static str,
    pub(super) class: &'static str,
}

impl Badge {
    pub(super) const fn of(verdict: Verdict) -> Self {
        Self { text: words::verdict(verdict), class: class(verdict) }
    }

    pub(super) const fn of_veto(verdict: Verdict) -> Self {
        Self { text: words::veto_verdict(verdict), class: class(verdict) }
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "short",
        Verdict::Undetermined => "open",
        Verdict::Unspecified => "none",
    }
}

/// A piece of the report, from top to bottom.
#[derive(Clone, Debug)]
pub(super) enum Block {
    Section(String),
    /// The titles of the annexes, which stand below the body.
    Annexes(Vec<String>),
    /// An annex on a new page: 附件1, and its title.
    Annex(String, String),
    /// Who sends it and when: lines to be filled in and sealed, below the body and the list of annexes.
    Signature(Vec<String>),
    Subsection(String),
    Paragraph(String),
    /// A paragraph with a lead-in.
    Led(String, String),
    Table(Table),
    Chart(Chart),
}

/// A chart with its number in the report.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) number: usize,
    /// Its title is the caption, with the number.
    pub(super) drawing: Drawing,
    /// What it shows, for a format that has no pictures; none where the tables beside it say as much.
    pub(super) table: Option<Table>,
}

impl Chart {
    /// The drawing for a page; ids in it are the report's only ones.
    pub(super) fn svg(&self) -> Result<String, askama::Error> {
        self.drawing.svg(&format!("chart-{}", self.number))
    }
}

/// A table. Groups of rows stay together on a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) columns: Vec<Column>,
    pub(super) groups: Vec<Vec<Vec<Cell>>>,
    pub(super) notes: Vec<String>,
    /// What every row is held against, below the heads of the columns; empty where there is nothing.
    pub(super) limits: Vec<String>,
    /// How it is set: `wide` for many columns in smaller type, else a class of the style sheet or nothing.
    pub(super) class: &'static str,
}

impl Table {
    pub(super) fn new(caption: impl Into<String>, columns: &[(&str, Align)]) -> Self {
        Self {
            caption: caption.into(),
            columns: columns.iter().map(|&(title, align)| Column { title: title.to_owned(), align }).collect(),
            ..Self::default()
        }
    }

    /// Adds one row that may be parted from the next by a page break.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.groups.push(vec![cells]);
    }
}

/// A column's head.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) align: Align,
}

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

impl Align {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Left => "l",
            Self::Center => "c",
            Self::Right => "r",
        }
    }

    pub(super) const fn rule(self) -> &'static str {
        match self {
            Self::Left => ":---",
            Self::Center => ":---:",
            Self::Right => "---:",
        }
    }
}

/// One cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Class of the verdict that it shows; empty for plain text.
    pub(super) class: &'static str,
    /// Rows that it covers; 0 where the cell above covers it. Markdown repeats the text.
    pub(super) span: usize,
    pub(super) heads_row: bool,
}

impl Cell {
    /// A cell that covers this many rows, or is covered by one.
    pub(super) fn spanning(mut self, span: usize) -> Self {
        self.span = span;
        self
    }

    /// A cell that names its row.
    pub(super) fn head(text: impl Into<String>) -> Self {
        Self { heads_row: true, ..text.into().into() }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, class: "", span: 1, heads_row: false }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Badge> for Cell {
    fn from(badge: Badge) -> Self {
        Self { class: badge.class, ..badge.text.into() }
    }
}

impl From<Verdict> for Cell {
    fn from(verdict: Verdict) -> Self {
        Badge::of(verdict).into()
    }
}
