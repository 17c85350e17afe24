//! A county's month in files: one workbook, or CSV tables of schools and of county items.

use junheng_domain::{
    checks::{FactsRow, ItemRow, SchoolRow, check_school_rows},
    code::{Month, RegionCode},
    finding::{Fault, Finding},
};

use super::{
    Encoding, Places, columns, csv, items, schools,
    sheets::{self, Meant},
    table::Table,
    workbook,
};
use crate::rpc::{MAX_ITEMS, MAX_ROWS};

/// Bytes that a file may have.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// Files that an import may have.
pub const MAX_FILES: usize = 4;

/// A file, and its name in findings.
#[derive(Debug, Clone, Copy)]
pub struct NamedFile<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

/// How a file was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// The encoding of a CSV file; `None`: a workbook, or what could not be read.
    pub encoding: Option<Encoding>,
}

/// A county's month as it was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// Attributes of schools, as they are written.
    pub registry: Vec<SchoolRow>,
    /// Elements of schools.
    pub facts: Vec<FactsRow>,
    /// County items.
    pub items: Vec<ItemRow>,
    /// Faults that reading found, each at its cell.
    pub findings: Vec<Finding>,
    /// Whether there is a table of schools.
    pub with_schools: bool,
    /// How each file was read.
    pub sources: Vec<Source>,
    /// Where everything stands.
    pub places: Places,
    pub(super) schools_table: Option<Table>,
    pub(super) items_table: Option<Table>,
    meant: Vec<Meant>,
}

/// Reads the files of one county's month, and finds every fault of them.
#[must_use]
pub fn read(files: &[NamedFile<'_>]) -> Reading {
    let mut reading = Reading::default();
    for file in files {
        let mut source = Source { name: file.name.to_owned(), encoding: None };
        if file.bytes.len() > MAX_FILE_BYTES {
            let fault = Fault::FileSize { limit: (MAX_FILE_BYTES >> 20).into() };
            reading.findings.push(Finding::of(fault, file.name));
        } else if file.bytes.starts_with(b"%PDF") {
            reading.findings.push(Finding::of(Fault::Workbook, file.name));
        } else if workbook::looks_like_workbook(file.bytes) {
            reading.take_workbook(file);
        } else {
            source.encoding = reading.take_csv(file);
        }
        reading.sources.push(source);
    }
    let tables = reading.with_schools || reading.items_table.is_some();
    if tables && reading.registry.is_empty() && reading.items.is_empty() && reading.findings.is_empty() {
        let name = files.first().map_or("", |file| file.name);
        reading.findings.push(Finding::of(Fault::FileEmpty, name));
    }
    reading
}

impl Reading {
    fn take_workbook(&mut self, file: &NamedFile<'_>) {
        let sheets = match workbook::read(file.name, file.bytes) {
            Ok(sheets) => sheets,
            Err(finding) => return self.findings.push(*finding),
        };
        let tables = sheets::tables(file.name, sheets);
        self.findings.extend(tables.findings);
        self.meant.extend(tables.meant);
        if let Some(table) = tables.schools {
            self.take_schools(file, table);
        }
        if let Some(table) = tables.items {
            self.take_items(file, table);
        }
    }

    fn take_csv(&mut self, file: &NamedFile<'_>) -> Option<Encoding> {
        let text = csv::read(file.name, file.bytes, &mut self.findings)?;
        let encoding = text.encoding;
        let of_items = text.header.cells.first().is_some_and(|cell| columns::ITEMS.find(&cell.text) == Some("item"));
        let columns = if of_items { &columns::ITEMS } else { &columns::SCHOOLS };
        let table = text.table(columns, &mut self.findings);
        if of_items {
            self.take_items(file, table);
        } else {
            self.take_schools(file, table);
        }
        Some(encoding)
    }

    fn take_schools(&mut self, file: &NamedFile<'_>, table: Table) {
        if let Some(first) = &self.schools_table {
            let fault = Fault::FileOnce { first: first.place.name().into() };
            return self.findings.push(Finding::of(fault, file.name));
        }
        let mut read = schools::of_table(&table);
        if read.facts.len() > MAX_ROWS {
            self.findings.push(Finding::of(Fault::SheetSize { limit: MAX_ROWS.into() }, table.place.name()));
            read.facts.truncate(MAX_ROWS);
        }
        let rows = |paths: Vec<&String>| paths.into_iter().cloned().collect();
        self.places.add("schools", &table, rows(read.facts.iter().map(|row| &row.path).collect()));
        self.findings.extend(read.findings);
        (self.registry, self.facts) = (read.registry, read.facts);
        (self.with_schools, self.schools_table) = (true, Some(table));
    }

    fn take_items(&mut self, file: &NamedFile<'_>, table: Table) {
        if let Some(first) = &self.items_table {
            let fault = Fault::FileOnce { first: first.place.name().into() };
            return self.findings.push(Finding::of(fault, file.name));
        }
        let (mut rows, findings) = items::of_table(&table);
        if rows.len() > MAX_ITEMS {
            self.findings.push(Finding::of(Fault::SheetSize { limit: MAX_ITEMS.into() }, table.place.name()));
            rows.truncate(MAX_ITEMS);
        }
        self.places.add("items", &table, rows.iter().map(|row| row.path.clone()).collect());
        self.findings.extend(findings);
        (self.items, self.items_table) = (rows, Some(table));
    }

    /// Finds whether a workbook is meant for another county or month: whoever renamed last month's file may not have filled it in anew.
    #[must_use]
    pub fn check_meant(&self, county: &RegionCode, month: Month) -> Vec<Finding> {
        self.meant.iter().flat_map(|meant| meant.check(county, month)).collect()
    }

    /// The county and month that a workbook says it is for.
    #[must_use]
    pub fn meant(&self) -> Option<(RegionCode, Month)> {
        self.meant.iter().find_map(|meant| Some((meant.county.parse().ok()?, meant.month.parse().ok()?)))
    }

    /// The name of the county that a workbook says it is for; empty where it says none.
    #[must_use]
    pub fn county_name(&self) -> &str {
        self.meant.iter().map(|meant| meant.county_name.as_str()).find(|name| !name.is_empty()).unwrap_or_default()
    }

    /// Whether faults kept all schools from being read: then none of them is left out or has vanished.
    #[must_use]
    pub fn schools_unread(&self) -> bool {
        self.facts.is_empty() && (self.with_schools || self.items_table.is_none() || !self.meant.is_empty())
    }

    /// Finds the rows whose school code cannot be read: what they report is of no school.
    #[must_use]
    pub fn unreadable_codes(&self) -> Vec<Finding> {
        let mut findings = check_school_rows(&self.registry).1;
        findings.retain(|finding| finding.rule == "school_code");
        self.places.locate(&mut findings);
        findings
    }
}
