//! Workbooks (.xlsx): pure functions from an evaluation and what stands behind it to what an office fills in, prints and keeps.
//!
//! Figures are numbers in their cells, never text, and what is missing is 未报送, never zero. Whatever comes from data is written as text:
//! nothing of it can become a formula.

mod declaration;
mod entry;
mod grid;
mod statistics;

use junheng_domain::{
    code::Month,
    facts::{DatedItem, SchoolFacts},
    school::School,
};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

pub use declaration::Declaration;
pub use statistics::{Acknowledged, Statistics};

/// Media type of a workbook.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook that cannot be written: a text or a table beyond what the format holds.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written")]
pub struct WorkbookError(#[from] XlsxError);

/// What a county reported for a month, and who its schools are.
#[derive(Clone, Debug, Default)]
pub struct Reported {
    /// The schools that are open in the month, by code.
    pub schools: Vec<School>,
    /// What they reported, by code; one without an entry reported nothing.
    pub facts: Vec<SchoolFacts>,
    /// The county items that count in the month.
    pub items: Vec<DatedItem>,
}

impl Reported {
    fn facts_of(&self, school: &School) -> Option<&SchoolFacts> {
        self.facts.iter().find(|facts| facts.school == school.code)
    }
}

/// An empty workbook. It says that it was made on the first day of its month, so that the same content is the same file.
fn book(title: &str, month: &str) -> Workbook {
    let mut book = Workbook::new();
    let mut properties = DocProperties::new().set_author("Junheng").set_title(title);
    if let Some(made) = month.parse::<Month>().ok().and_then(first_day) {
        properties = properties.set_creation_datetime(&made);
    }
    book.set_properties(&properties);
    book
}

fn first_day(month: Month) -> Option<ExcelDateTime> {
    let day = month.first_day();
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, u8::try_from(day.month()).ok()?, 1).ok()
}

/// A name without what file systems refuse.
fn file_part(name: &str) -> String {
    let refused = |character: char| character.is_control() || r#"/\:*?"<>|"#.contains(character);
    name.chars().map(|character| if refused(character) { '_' } else { character }).collect()
}
