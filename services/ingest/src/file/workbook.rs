//! Workbooks (.xlsx) → lines of cells, within limits.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, SheetType, Xlsx, XlsxError};
use junheng_domain::{
    finding::{Fault, Finding},
    quantity::Quantity,
};

use super::{
    archive::{self, MAX_ENTRIES, MAX_EXPANDED_BYTES, Refused},
    grid::{Cell, Kind, Line, Place, letters},
};

/// Lines of a sheet that are read.
pub(super) const MAX_LINES: u32 = 10_000;
/// Columns of a sheet that are read.
pub(super) const MAX_COLUMNS: u32 = 200;
/// Sheets that are read.
const MAX_SHEETS: usize = 50;
/// Cells of a workbook that are kept, with the empty ones before them in their lines.
const MAX_CELLS: usize = 2_000_000;
/// Bytes of the texts of a workbook that are kept: a text that is stored once may stand in every cell.
const MAX_TEXT_BYTES: usize = 32 << 20;
/// Characters that a cell may have.
pub(super) const MAX_TEXT: usize = 2_000;
/// Decimals that a number is taken with: what a formula computes is seldom the decimal number that is meant, to the last bit.
const DECIMALS: u32 = 6;

/// A sheet as it was read.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Its name.
    pub(super) name: String,
    /// Its lines, of which something stands in each.
    pub(super) lines: Vec<Line>,
    /// The merged areas: first and last line from 1, first and last column from 0.
    pub(super) merged: Vec<Area>,
    /// Faults that reading it found.
    pub(super) findings: Vec<Finding>,
}

/// A merged area.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    /// First and last line, from 1.
    pub(super) lines: (u32, u32),
    /// First and last column, from 0.
    pub(super) columns: (u32, u32),
}

impl Area {
    /// As people write it: `B5:C6`.
    pub(super) fn written(&self) -> String {
        let corner = |line: u32, column: u32| format!("{}{line}", letters(column as usize));
        format!("{}:{}", corner(self.lines.0, self.columns.0), corner(self.lines.1, self.columns.1))
    }
}

/// Whether a file is a workbook, or another archive or office document, by its first bytes.
pub(super) fn looks_like_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK") || bytes.starts_with(&archive::COMPOUND_FILE)
}

/// Reads every sheet. What cannot be opened is the finding, at the file's name.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Vec<Sheet>, Box<Finding>> {
    let broken = || Box::new(Finding::of(Fault::Workbook, file));
    archive::inspect(bytes).map_err(|refused| Box::new(Finding::of(fault(refused), file)))?;
    if !archive::of_workbook(bytes) {
        return Err(Box::new(Finding::of(Fault::WorkbookOther, file)));
    }
    // The reader is another's: whatever it may stumble over ends with this file.
    let sheets = catch_unwind(AssertUnwindSafe(|| read_sheets(bytes)));
    match sheets {
        Ok(Ok(sheets)) => Ok(sheets),
        Ok(Err(_)) | Err(_) => Err(broken()),
    }
}

fn fault(refused: Refused) -> Fault {
    match refused {
        Refused::Old => Fault::WorkbookOld,
        Refused::Encrypted => Fault::WorkbookEncrypted,
        Refused::Broken => Fault::Workbook,
        Refused::Entries => Fault::WorkbookEntries { limit: MAX_ENTRIES.into() },
        Refused::Expansion => Fault::WorkbookExpansion { limit: (MAX_EXPANDED_BYTES >> 20).to_string().into() },
    }
}

fn read_sheets(bytes: &[u8]) -> Result<Vec<Sheet>, XlsxError> {
    let mut book = Xlsx::new(Cursor::new(bytes))?;
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let names: Vec<String> = sheets.map(|sheet| sheet.name.clone()).take(MAX_SHEETS).collect();
    let mut room = Room { cells: MAX_CELLS, bytes: MAX_TEXT_BYTES };
    names.into_iter().map(|name| read_sheet(&mut book, name, &mut room)).collect()
}

/// What may still be kept of a workbook.
struct Room {
    cells: usize,
    bytes: usize,
}

impl Room {
    /// Takes room for a text, and for so many cells more in its line; `false` where there is none.
    fn take(&mut self, cells: usize, text: &str) -> bool {
        match (self.cells.checked_sub(cells), self.bytes.checked_sub(text.len())) {
            (Some(cells), Some(bytes)) => {
                *self = Self { cells, bytes };
                true
            }
            _ => false,
        }
    }
}

fn read_sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: String, room: &mut Room) -> Result<Sheet, XlsxError> {
    let place = Place::Sheet(name);
    let percent = percentages(book, place.name())?;
    let mut lines: BTreeMap<u32, Vec<Cell>> = BTreeMap::new();
    let merged = book.merge_cells_by_sheet_name(place.name()).unwrap_or_default();
    let (mut too_long, mut outside_rows, mut outside_columns, mut full) = (vec![], None, None, None);
    let mut cells = book.worksheet_cells_reader(place.name())?;
    while let Some(record) = cells.next_cell_with_formula_metadata()? {
        let (row, column) = record.pos;
        let Some(mut cell) = cell(&record.value, record.formula.is_some()) else { continue };
        if row >= MAX_LINES {
            outside_rows.get_or_insert(row);
            continue;
        }
        if column >= MAX_COLUMNS {
            outside_columns.get_or_insert((row, column));
            continue;
        }
        if cell.kind == Kind::Number && percent.contains(&(row, column)) {
            cell = Cell { text: percentage(&cell.text), kind: Kind::Percent };
        }
        if cell.text.chars().count() > MAX_TEXT {
            too_long.push((row, column));
            cell.text = cell.text.chars().take(MAX_TEXT).collect();
        }
        let line = lines.entry(row).or_default();
        let column = column as usize;
        if !room.take((column + 1).saturating_sub(line.len()), &cell.text) {
            full = Some(row);
            break;
        }
        if line.len() <= column {
            line.resize(column + 1, Cell::EMPTY);
        }
        line[column] = cell;
    }
    let mut findings = Vec::new();
    if let Some(row) = full {
        findings.push(Finding::of(Fault::SheetSizeText, place.line(row + 1)));
    }
    if let Some(row) = outside_rows {
        findings.push(Finding::of(Fault::SheetSize { limit: MAX_LINES.into() }, place.line(row.saturating_add(1))));
    }
    if let Some((row, column)) = outside_columns {
        let path = place.cell(row + 1, column as usize);
        findings.push(Finding::of(Fault::SheetSizeColumns { limit: MAX_COLUMNS.into() }, path));
    }
    findings.extend(too_long.into_iter().map(|(row, column)| {
        Finding::of(Fault::CellText { limit: MAX_TEXT.into() }, place.cell(row + 1, column as usize))
    }));
    Ok(Sheet {
        name: place.name().to_owned(),
        lines: lines.into_iter().map(|(row, cells)| Line { number: row + 1, cells }).collect(),
        merged: merged.iter().map(area).collect(),
        findings,
    })
}

fn area(dimensions: &Dimensions) -> Area {
    let ((top, left), (bottom, right)) = (dimensions.start, dimensions.end);
    Area { lines: (top.saturating_add(1), bottom.saturating_add(1)), columns: (left, right) }
}

/// The cells whose format shows a percentage.
fn percentages(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<BTreeSet<(u32, u32)>, XlsxError> {
    let mut found = BTreeSet::new();
    let mut cells = book.worksheet_cells_reader(name)?;
    let shown: Vec<bool> = cells
        .styles()
        .iter()
        .map(|style| style.number_format.as_ref().is_some_and(|format| format.format_code.contains('%')))
        .collect();
    if !shown.contains(&true) {
        return Ok(found);
    }
    while let Some((row, column, style)) = cells.next_style_id()? {
        if row < MAX_LINES && column < MAX_COLUMNS && shown.get(style) == Some(&true) {
            found.insert((row, column));
        }
    }
    Ok(found)
}

/// A cell in which something stands.
fn cell(value: &DataRef<'_>, formula: bool) -> Option<Cell> {
    let cell = match value {
        DataRef::Empty if formula => return Some(Cell { text: "=".to_owned(), kind: Kind::Formula }),
        DataRef::Empty => return None,
        DataRef::Int(number) => Cell { text: number.to_string(), kind: Kind::Number },
        DataRef::Float(number) => Cell { text: written(*number), kind: Kind::Number },
        DataRef::String(text) => Cell::plain(text),
        DataRef::SharedString(text) => Cell::plain(text),
        DataRef::Bool(value) => Cell::plain(if *value { "true" } else { "false" }),
        DataRef::DateTime(instant) => Cell { text: date(*instant), kind: Kind::Date },
        DataRef::DateTimeIso(text) => {
            let day = text.strip_suffix("T00:00:00").or_else(|| text.strip_suffix("T00:00:00Z"));
            Cell { text: day.unwrap_or(text).to_owned(), kind: Kind::Date }
        }
        DataRef::DurationIso(text) => Cell { text: text.clone(), kind: Kind::Date },
        DataRef::Error(error) => Cell { text: error.to_string(), kind: Kind::Error },
    };
    Some(cell).filter(|cell| !cell.empty())
}

/// A number as the decimal number that it stands for.
fn written(number: f64) -> String {
    Quantity::from_f64(number, DECIMALS).map_or_else(|_| number.to_string(), |quantity| quantity.to_string())
}

/// A date as 2024-12-29, with its time where it has one.
fn date(instant: ExcelDateTime) -> String {
    if instant.is_duration() {
        return instant.as_f64().to_string();
    }
    let (year, month, day, hour, minute, ..) = instant.to_ymd_hms_milli();
    let day = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute) == (0, 0) { day } else { format!("{day} {hour:02}:{minute:02}") }
}

/// A share as a percentage: 0.85 is 85%.
fn percentage(share: &str) -> String {
    let hundredfold = Quantity::parse(share)
        .ok()
        .and_then(|share| share.as_millionths().checked_mul(100).and_then(Quantity::millionths));
    hundredfold.map_or_else(|| format!("{share}（%）"), |percent| format!("{percent}%"))
}
