//! CSV files → lines of cells.

use junheng_domain::finding::{Fault, Finding};

use super::{
    columns::Columns,
    encoding::{self, Encoding},
    grid::{Cell, Line, Place},
    table::Table,
    workbook::{MAX_COLUMNS, MAX_LINES, MAX_TEXT},
};

/// A CSV file as it was read: its header, and the lines below.
#[derive(Debug)]
pub(super) struct Text {
    place: Place,
    pub(super) header: Line,
    lines: Vec<Line>,
    /// What is wrong with other lines.
    faults: Vec<Finding>,
    /// How it was encoded.
    pub(super) encoding: Encoding,
}

/// Reads a file, `file` being its name in findings; `None` where there is nothing to read.
pub(super) fn read(file: &str, bytes: &[u8], findings: &mut Vec<Finding>) -> Option<Text> {
    let place = Place::Csv(file.to_owned());
    let (text, encoding) = match encoding::decode(bytes) {
        Ok(decoded) => decoded,
        Err(line) => {
            findings.push(Finding::of(Fault::Encoding, place.line(line)));
            return None;
        }
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = match records.next() {
        Some(Ok(header)) if header.len() > MAX_COLUMNS as usize => {
            findings.push(Finding::of(Fault::SheetSizeColumns { limit: MAX_COLUMNS.into() }, place.line(1)));
            return None;
        }
        Some(Ok(header)) if !header.iter().all(|cell| cell.trim().is_empty()) => line(&header),
        _ => {
            findings.push(Finding::of(Fault::FileEmptyHeader, file));
            return None;
        }
    };
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Ok(record) => {
                if lines.len() >= MAX_LINES as usize {
                    let path = place.line(number(&record));
                    faults.push(Finding::of(Fault::SheetSize { limit: MAX_LINES.into() }, path));
                    break;
                }
                if record.len() > MAX_COLUMNS as usize {
                    let fault = Fault::SheetSizeColumns { limit: MAX_COLUMNS.into() };
                    faults.push(Finding::of(fault, place.line(number(&record))));
                    continue;
                }
                let line = line(&record);
                if line.cells.iter().any(|cell| cell.text.chars().count() > MAX_TEXT) {
                    faults.push(Finding::of(Fault::CellText { limit: MAX_TEXT.into() }, place.line(line.number)));
                } else {
                    lines.push(line);
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                faults.push(Finding::of(Fault::FileRow, place.line(line)));
            }
        }
    }
    Some(Text { place, header, lines, faults, encoding })
}

impl Text {
    /// The table that it is. Where its first line is no header, that alone is told.
    pub(super) fn table(self, columns: &Columns, findings: &mut Vec<Finding>) -> Table {
        let before = findings.len();
        let table = Table::of(self.place, &self.header, None, self.lines, columns, findings);
        if !table.header.is_empty() {
            findings.splice(before..before, self.faults);
        }
        table
    }
}

fn line(record: &csv::StringRecord) -> Line {
    Line { number: number(record), cells: record.iter().map(Cell::plain).collect() }
}

fn number(record: &csv::StringRecord) -> u32 {
    let number = record.position().map_or(0, csv::Position::line);
    u32::try_from(number).unwrap_or(u32::MAX)
}
