//! The sheets of a workbook → its tables: which sheet is which, where its header is, and whether its headings are still those of the template.

use junheng_domain::{
    code::{Month, RegionCode},
    finding::{Fault, Finding},
};

use super::{
    columns::{self, Columns},
    grid::{Line, Place},
    table::Table,
    template::{self, guide},
    workbook::Sheet,
};

/// A header is looked for in so many lines.
const HEADER_WITHIN: u32 = 20;
/// Merged areas of a sheet that are told: a small file can name millions, and is refused for the first.
const MERGED_TOLD: usize = 1_000;

/// The tables of a workbook.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) schools: Option<Table>,
    pub(super) items: Option<Table>,
    /// What its guide says it is for; `None`: it has none.
    pub(super) meant: Option<Meant>,
    pub(super) findings: Vec<Finding>,
}

/// What a guide says that the workbook is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant {
    pub(super) county: String,
    pub(super) month: String,
    pub(super) county_name: String,
}

/// Finds the tables of a workbook, `file` being its name in findings. Other sheets are left alone.
pub(super) fn tables(file: &str, sheets: Vec<Sheet>) -> Tables {
    let mut tables = Tables::default();
    for sheet in sheets {
        match sheet.name.trim() {
            template::LAST | template::FINDINGS => {}
            template::GUIDE => tables.meant = Some(meant(&sheet)),
            _ => tables.take(sheet),
        }
    }
    let wanted = [(template::SCHOOLS, tables.schools.is_some()), (template::ITEMS, tables.items.is_some())];
    let told = |sheet: &str| tables.findings.iter().any(|finding| finding.path.starts_with(sheet));
    // A workbook of somebody's own may have one of the two; a template that lost one was changed.
    let missing: Vec<_> = if tables.meant.is_some() {
        wanted.iter().filter(|(sheet, found)| !found && !told(sheet)).map(|(sheet, _)| *sheet).collect()
    } else if wanted.iter().all(|(sheet, found)| !found && !told(sheet)) {
        vec![template::SCHOOLS]
    } else {
        vec![]
    };
    let missing = missing.into_iter().map(|sheet| Finding::of(Fault::SheetMissing { sheet: sheet.into() }, file));
    tables.findings.extend(missing);
    tables
}

impl Tables {
    fn take(&mut self, sheet: Sheet) {
        let name = sheet.name.trim().to_owned();
        let kinds: [(&str, &Columns); 2] = [(template::SCHOOLS, &columns::SCHOOLS), (template::ITEMS, &columns::ITEMS)];
        let found = kinds.iter().find_map(|(kind, columns)| Some((*kind, *columns, header(&sheet.lines, columns)?)));
        let Some((kind, columns, index)) = found else {
            if let Some((_, columns)) = kinds.iter().find(|(kind, _)| *kind == name) {
                let column = columns.required().map(|id| columns.heading(id)).collect::<Vec<_>>();
                let columns = junheng_domain::finding::Term::list(&column);
                self.findings.extend(sheet.findings);
                self.findings.push(Finding::of(Fault::SheetHeader { columns }, name));
            }
            return;
        };
        self.findings.extend(sheet.findings);
        let place = Place::Sheet(sheet.name);
        let taken = if kind == template::SCHOOLS { &mut self.schools } else { &mut self.items };
        if let Some(first) = taken {
            let fault = Fault::SheetOnce { sheet: kind.into(), first: first.place.name().into() };
            self.findings.push(Finding::of(fault, place.name()));
            return;
        }
        let mut lines = sheet.lines;
        let below = lines.split_off(index + 1);
        let Some(header) = lines.pop() else { return };
        let above = lines.last().filter(|line| line.number + 1 == header.number && heads(line, &header, columns));
        if let Some(headings) = above {
            check_headings(&place, headings, &header, columns, &mut self.findings);
        }
        let last = below.last().map_or(header.number, |line| line.number);
        let within = sheet.merged.iter().filter(|area| area.lines.1 >= header.number && area.lines.0 <= last);
        for area in within.take(MERGED_TOLD) {
            let path = place.cell(area.lines.0, area.columns.0 as usize);
            self.findings.push(Finding::of(Fault::CellMerged { area: area.written().into() }, path));
        }
        *taken = Some(Table::of(place, &header, above, below, columns, &mut self.findings));
    }
}

/// The line of the header: of those that have a required column, the one of which most is known, and the lower one of two alike. Where the
/// next line is a header as well, of which half is known still, that one: somebody changed what stands there.
fn header(lines: &[Line], columns: &Columns) -> Option<usize> {
    let known = |line: &Line| line.cells.iter().filter(|cell| columns.find(&cell.text).is_some()).count();
    let needed =
        |line: &Line| columns.required().any(|id| line.cells.iter().any(|cell| columns.find(&cell.text) == Some(id)));
    let candidates = lines.iter().enumerate().filter(|(_, line)| line.number <= HEADER_WITHIN && needed(line));
    // At least two columns: a word in a note is no header.
    let best = candidates.map(|(index, line)| (known(line), index)).filter(|(known, _)| *known >= 2).max();
    best.map(|(most, index)| {
        let next = lines.get(index + 1).filter(|next| next.number == lines[index].number + 1);
        if next.is_some_and(|next| known(next) >= 2 && known(next) * 2 >= most) { index + 1 } else { index }
    })
}

/// Whether a line above a header has headings; with less than half of them known it is a line of something else.
fn heads(line: &Line, header: &Line, columns: &Columns) -> bool {
    let known = line.cells.iter().filter(|cell| columns.find(&cell.text).is_some()).count();
    known * 2 >= header.cells.iter().filter(|cell| !cell.empty()).count()
}

/// Holds the Chinese headings against the ids below them: who changed a heading means another column.
fn check_headings(place: &Place, headings: &Line, header: &Line, columns: &Columns, findings: &mut Vec<Finding>) {
    for (index, (heading, id)) in headings.cells.iter().zip(&header.cells).enumerate() {
        let Some(id) = columns.find(&id.text).filter(|id| !heading.empty() && columns.find(&heading.text) != Some(id))
        else {
            continue;
        };
        let fault = Fault::ColumnHeading { heading: columns.heading(id).into() };
        findings.push(Finding::of(fault, place.cell(headings.number, index)).of_element(id).found(&heading.text));
    }
}

/// What stands beside the labels of the guide.
fn meant(sheet: &Sheet) -> Meant {
    let beside = |label: &str| {
        let line = sheet.lines.iter().find(|line| line.cells.first().is_some_and(|cell| cell.text == label));
        line.and_then(|line| line.cells.get(1)).map(|cell| cell.text.clone()).unwrap_or_default()
    };
    Meant {
        county: beside(guide::COUNTY_LABEL),
        month: beside(guide::MONTH_LABEL),
        county_name: beside(guide::NAME_LABEL),
    }
}

impl Meant {
    /// Finds whether it is for another county or month.
    pub(super) fn check(&self, county: &RegionCode, month: Month) -> Vec<Finding> {
        let mut findings = Vec::new();
        let path = template::GUIDE;
        if !self.county.is_empty() && self.county != county.as_str() {
            findings.push(Finding::of(Fault::FileCounty { county: county.into() }, path).found(&self.county));
        }
        if !self.month.is_empty() && self.month.parse() != Ok(month) {
            findings.push(Finding::of(Fault::FileMonth { month: month.into() }, path).found(&self.month));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{grid::Cell, workbook::Area};

    #[test]
    fn of_many_merged_areas_the_first_are_told() {
        let header = ["学校标识码", "学校名称"].iter().map(|text| Cell::plain(text)).collect();
        let sheet = Sheet {
            name: template::SCHOOLS.to_owned(),
            lines: vec![Line { number: 1, cells: header }],
            merged: vec![Area { lines: (1, 2), columns: (0, 1) }; MERGED_TOLD + 1],
            findings: vec![],
        };

        let rules: Vec<_> = tables("a.xlsx", vec![sheet]).findings.into_iter().map(|finding| finding.rule).collect();

        assert_eq!(rules, vec!["cell_merged"; MERGED_TOLD]);
    }
}
