//! The statistics (统计报表) of one county's month: what its schools and the county reported, as they reported it, with totals; and what
//! was found and answered for.

mod county;
mod schools;
mod totals;

use junheng_domain::{
    code::Month,
    element::Element,
    finding::{Finding, FindingGroup},
    school::School,
};
use rust_xlsxwriter::Worksheet;

use super::{
    Reported, WorkbookError, book, file_part,
    grid::{Grid, Margin},
};
use crate::report::{Names, words};

/// What a clerk hands on every month.
///
/// Nothing is judged here and nothing is estimated: a figure that was not reported is 未报送, and a total over schools of which one did not
/// report is no number.
#[derive(Clone, Debug)]
pub struct Statistics<'a> {
    /// What the county is called.
    pub names: &'a Names,
    /// Its code.
    pub region: &'a str,
    /// The month.
    pub month: Month,
    /// The submission that counts, `regions/210922/submissions/2024-12.3`.
    pub submission: &'a str,
    /// Its revision.
    pub revision: u32,
    /// Its digest.
    pub content_digest: &'a str,
    /// When it became known, in words.
    pub known: String,
    /// What was reported.
    pub reported: &'a Reported,
    /// What the checks found; of very many the first.
    pub findings: &'a [Finding],
    /// All of it, by root cause.
    pub groups: &'a [FindingGroup],
    /// What was said to it.
    pub acknowledged: &'a [Acknowledged],
}

/// What was said to warnings of a rule.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// The rule.
    pub rule: String,
    /// Only those of this school; empty: all.
    pub school: String,
    /// Why the data stands.
    pub reason: String,
    /// Who said it.
    pub by: String,
    /// When, in words.
    pub at: String,
}

/// A sheet of elements.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Group {
    Pupils,
    Staff,
    Conditions,
}

impl Group {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Pupils, "学生和班级"), (Self::Staff, "教师"), (Self::Conditions, "办学条件和经费")];

    fn of(element: Element) -> Self {
        match element.definition().stage {
            None => Self::Conditions,
            Some(_) if element.id().contains("teachers") => Self::Staff,
            Some(_) => Self::Pupils,
        }
    }

    fn elements(self) -> Vec<Element> {
        let mut elements: Vec<Element> = Element::all().filter(|element| Self::of(*element) == self).collect();
        elements.sort_by_key(|element| element.definition().stage);
        elements
    }
}

impl Statistics<'_> {
    /// Returns a good name for a file: 彰武县-2024-12-统计报表.xlsx.
    #[must_use]
    pub fn file_name(&self) -> String {
        file_part(&format!("{}-{}-统计报表.xlsx", self.county(), self.month))
    }

    /// Writes the workbook.
    ///
    /// # Errors
    ///
    /// [`WorkbookError`] when a text or a table is beyond what the format holds.
    pub fn write(&self) -> Result<Vec<u8>, WorkbookError> {
        let mut book = book(&format!("{}统计报表", self.county()), &self.month.to_string());
        for (group, title) in Group::ALL {
            schools::write(self, group, title, book.add_worksheet())?;
        }
        totals::write(self, book.add_worksheet())?;
        county::write_items(self, book.add_worksheet())?;
        county::write_findings(self, book.add_worksheet())?;
        county::write_sources(self, book.add_worksheet())?;
        Ok(book.save_to_buffer()?)
    }

    fn county(&self) -> &str {
        let name = &self.names.county_name;
        if name.is_empty() { self.region } else { name }
    }

    /// The schools by type, within it by code.
    fn schools(&self) -> Vec<&School> {
        let mut schools: Vec<&School> = self.reported.schools.iter().collect();
        schools.sort_by(|a, b| (a.school_type, &a.code).cmp(&(b.school_type, &b.code)));
        schools
    }

    fn begin<'s>(
        &self,
        sheet: &'s mut Worksheet,
        name: &str,
        title: &str,
        widths: &'s [f64],
    ) -> Result<Grid<'s>, WorkbookError> {
        let mut grid = Grid::new(sheet.set_name(name)?, widths)?;
        grid.title(title)?;
        let note = words::sentence(&self.names.data_note);
        let about = format!("{}（{}）　{}", self.county(), self.region, words::month(&self.month.to_string()));
        grid.line(&format!("{about}　第{}次报送{}{note}", self.revision, if note.is_empty() { "" } else { "　" }))?;
        Ok(grid)
    }

    fn margin(&self) -> Margin {
        Margin {
            about: format!("{} {} 统计报表", self.county(), words::month(&self.month.to_string())),
            standing: format!("第{}次报送", self.revision),
        }
    }
}

/// Whether the largest of an element counts and not its sum.
fn is_largest(element: Element) -> bool {
    element.definition().mean_of.is_some()
}
