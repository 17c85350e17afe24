//! A CSV table with a header: rows by line, cells by column.

use junheng_domain::finding::{Fault, Finding, Term};

/// A table as it was read.
pub(super) struct Table {
    file: String,
    header: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
}

/// One row of a table.
pub(super) struct Row<'a> {
    table: &'a Table,
    cells: &'a [String],
    /// Where it is: file and line.
    pub(super) path: String,
}

impl Row<'_> {
    /// The cell of a column without surrounding blanks; empty where the column is absent.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.table
            .header
            .iter()
            .position(|header| header == column)
            .and_then(|index| self.cells.get(index))
            .map_or("", |cell| cell.trim())
    }
}

impl Table {
    /// Reads a table whose columns are all known and of which `required` are there. A row that is longer or shorter than the
    /// header is a finding and left out; so is a file that is not UTF-8 or has no header.
    pub(super) fn read(
        file: &str,
        bytes: &[u8],
        known: &dyn Fn(&str) -> bool,
        required: &[&str],
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut table = Self { file: file.to_owned(), header: vec![], rows: vec![] };
        let text = match std::str::from_utf8(bytes) {
            // One kind of line end, so that lines are counted as an editor shows them.
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n"),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
                findings.push(Finding::of(Fault::Encoding, format!("{file}:{line}")));
                return table;
            }
        };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut records = reader.records();
        match records.next() {
            Some(Ok(header)) if !header.iter().all(|cell| cell.trim().is_empty()) => {
                table.header = header.iter().map(|cell| cell.trim().to_owned()).collect();
            }
            _ => {
                findings.push(Finding::of(Fault::FileEmptyHeader, file));
                return table;
            }
        }
        if !table.check_header(known, required, findings) {
            return table;
        }
        for record in records {
            match record {
                Ok(record) => table.take(&record, findings),
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    findings.push(Finding::of(Fault::FileRow, format!("{file}:{line}")));
                }
            }
        }
        table
    }

    /// Finds what is wrong with the header. Without the columns that are required it is no header, and what follows would be
    /// told of in vain: then this alone is told, and false returned.
    fn check_header(&self, known: &dyn Fn(&str) -> bool, required: &[&str], findings: &mut Vec<Finding>) -> bool {
        let absent: Vec<_> = required.iter().filter(|name| !self.header.iter().any(|header| header == *name)).collect();
        let other = [';', '\t', '；', '，'].into_iter().find(|separator| self.header[0].contains(*separator));
        if let (Some(separator), false) = (other, absent.is_empty()) {
            let finding = Finding::of(Fault::Separator, format!("{}:1", self.file));
            findings.push(finding.found(separator.to_string()));
            return false;
        }
        for name in &absent {
            let fault = Fault::ColumnRequired { column: (**name).into() };
            findings.push(Finding::of(fault, format!("{}:1", self.file)).of_element(name));
        }
        if !absent.is_empty() {
            return false;
        }
        let at = |column: usize| format!("{}:1.{}", self.file, column + 1);
        // Spreadsheets leave columns of nothing behind, too; `take` sees to it that nothing stands in them.
        for (index, name) in self.header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if self.header[..index].contains(name) {
                findings.push(Finding::of(Fault::ColumnOnce { column: name.into() }, at(index)).found(name));
            } else if !known(name) {
                let columns = Term::new("列名须为指标要素等规定的编号", "The ids of elements and attributes");
                let fault = Fault::ColumnKnown { column: name.into(), columns };
                findings.push(Finding::of(fault, at(index)).found(name));
            }
        }
        true
    }

    fn take(&mut self, record: &csv::StringRecord, findings: &mut Vec<Finding>) {
        let line = record.position().map_or(0, csv::Position::line);
        // Spreadsheets leave rows of nothing but separators behind.
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        if let Some(cell) = record.iter().find(|cell| cell.trim().chars().any(char::is_control)) {
            let finding = Finding::of(Fault::ControlCharacter, format!("{}:{line}", self.file));
            findings.push(finding.found(cell.escape_debug().to_string()));
            return;
        }
        let nameless = record.iter().zip(&self.header).find(|(cell, name)| name.is_empty() && !cell.trim().is_empty());
        if let Some((cell, _)) = nameless {
            let finding = Finding::of(Fault::ColumnKnownNameless, format!("{}:{line}", self.file));
            findings.push(finding.found(cell));
        } else if record.len() == self.header.len() {
            self.rows.push((line, record.iter().map(ToOwned::to_owned).collect()));
        } else {
            let fault = Fault::RowLength { cells: record.len().into(), columns: self.header.len().into() };
            findings.push(Finding::of(fault, format!("{}:{line}", self.file)));
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { table: self, cells, path: format!("{}:{line}", self.file) })
    }
}
