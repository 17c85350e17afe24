//! A table with a header: rows by line, cells by the id of their column.

use junheng_domain::finding::{Fault, Finding, Term};

use super::{
    columns::Columns,
    grid::{Cell, Kind, Line, Place},
};

/// A table as it was read.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) place: Place,
    /// Id of each column; `None`: nothing stands there, or nothing that is known.
    pub(super) header: Vec<Option<&'static str>>,
    pub(super) lines: Vec<Line>,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    table: &'a Table,
    line: &'a Line,
}

impl<'a> Row<'a> {
    /// Where it is: file or sheet, and line.
    pub(super) fn path(&self) -> String {
        self.table.place.line(self.line.number)
    }

    /// The text of a column's cell; empty where the column is absent.
    pub(super) fn text(&self, column: &str) -> &'a str {
        self.find(column).map_or("", |cell| cell.text.as_str())
    }

    /// The cell of a column, where something stands.
    pub(super) fn find(&self, column: &str) -> Option<&'a Cell> {
        let index = self.table.header.iter().position(|id| *id == Some(column))?;
        self.line.cells.get(index).filter(|cell| !cell.empty())
    }

    /// Path of a column's cell.
    pub(super) fn at(&self, column: &str) -> String {
        self.table.path(self.line.number, column)
    }

    /// What keeps a cell from being read as what its text says, if anything does.
    pub(super) fn fault(&self, column: &str, dates: bool) -> Option<Finding> {
        let cell = self.find(column)?;
        let fault = match cell.kind {
            Kind::Plain | Kind::Number => return None,
            Kind::Date if dates => return None,
            Kind::Date => Fault::CellDate,
            Kind::Percent => Fault::CellPercent,
            Kind::Formula => Fault::CellFormula,
            Kind::Error => Fault::CellError,
        };
        Some(Finding::of(fault, self.at(column)).found(&cell.text))
    }
}

impl Table {
    /// Makes a table of the lines below its header, which must have the columns that are required. Without them it is no header,
    /// and what follows would be told of in vain: then this alone is told, and there are no rows. Above a header of ids may stand one of
    /// headings, which is what people see.
    pub(super) fn of(
        place: Place,
        header: &Line,
        above: Option<&Line>,
        lines: Vec<Line>,
        columns: &Columns,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let mut table = Self { place, header: vec![], lines: vec![] };
        let ids: Vec<_> = header.cells.iter().map(|cell| columns.find(&cell.text)).collect();
        let absent: Vec<_> = columns.required().filter(|id| !ids.contains(&Some(*id))).collect();
        let text: Vec<_> = header.cells.iter().map(|cell| cell.text.as_str()).collect();
        // A title or a note may have any of these in it: they part columns where most of what they part are columns.
        let parts = |separator: &char| {
            let cells: Vec<_> = text.iter().flat_map(|text| text.split(*separator)).collect();
            let known = cells.iter().filter(|cell| columns.find(cell.trim_matches('"')).is_some()).count();
            cells.len() > text.len() && known * 2 > cells.len()
        };
        let other = [';', '\t', '；', '，'].into_iter().find(parts);
        if let (Some(separator), false, Place::Csv(_)) = (other, absent.is_empty(), &table.place) {
            let finding = Finding::of(Fault::Separator, table.place.line(header.number));
            let told = if separator == '\t' { "制表符（Tab）".to_owned() } else { separator.to_string() };
            findings.push(finding.found(told));
            return table;
        }
        if matches!(table.place, Place::Csv(_)) && ids.iter().all(Option::is_none) {
            let wanted: Vec<String> = columns.required().map(|id| columns.heading(id)).collect();
            let fault = Fault::SheetHeaderFile { columns: Term::list(&wanted) };
            findings.push(Finding::of(fault, table.place.line(header.number)));
            return table;
        }
        for id in &absent {
            let fault = Fault::ColumnRequired { column: columns.heading(id).into() };
            findings.push(Finding::of(fault, table.place.line(header.number)).of_element(id));
        }
        if !absent.is_empty() {
            return table;
        }
        // Spreadsheets leave columns of nothing behind, too; `keep` sees to it that nothing stands in them.
        let at = |line: Option<&Line>, index: usize| line.and_then(|line| line.cells.get(index)).cloned();
        let width = header.cells.len().max(above.map_or(0, |above| above.cells.len()));
        let names: Vec<(u32, Cell)> = (0..width)
            .map(|index| match (at(Some(header), index).filter(|cell| !cell.empty()), above) {
                (None, Some(above)) => (above.number, at(Some(above), index).unwrap_or(Cell::EMPTY)),
                (cell, _) => (header.number, cell.unwrap_or(Cell::EMPTY)),
            })
            .collect();
        for (index, (number, cell)) in names.iter().enumerate().filter(|(_, (_, cell))| !cell.empty()) {
            let told = || cell.text.as_str().into();
            let known = || {
                Term::new(
                    "模板中的表头，或指标要素等的编号",
                    "A heading of the template, or the id of an element or attribute",
                )
            };
            let meant = at(above, index).and_then(|cell| columns.find(&cell.text)).filter(|_| *number == header.number);
            let fault = match ids.get(index).copied().flatten() {
                Some(id) if ids[..index].contains(&Some(id)) => Fault::ColumnOnce { column: told() },
                Some(_) => continue,
                None if meant.is_some() => {
                    Fault::ColumnHeading { heading: meant.map(|id| columns.heading(id)).unwrap_or_default().into() }
                }
                None => Fault::ColumnKnown { column: told(), columns: known() },
            };
            findings.push(Finding::of(fault, table.place.cell(*number, index)).found(&cell.text));
        }
        let titled: Vec<bool> = names.iter().map(|(_, cell)| !cell.empty()).collect();
        table.header = ids;
        for line in lines {
            table.keep(line, &titled, columns, findings);
        }
        table
    }

    fn keep(&mut self, line: Line, titled: &[bool], columns: &Columns, findings: &mut Vec<Finding>) {
        let path = self.place.line(line.number);
        // Spreadsheets leave rows of nothing, or of what they were filled in with beforehand, behind.
        let read = |index: usize| self.header.get(index).copied().flatten().is_none_or(|id| columns.reads(id));
        if line.cells.iter().enumerate().all(|(index, cell)| cell.empty() || !read(index)) {
            return;
        }
        if let Some(cell) = line.cells.iter().find(|cell| cell.text.chars().any(char::is_control)) {
            findings.push(Finding::of(Fault::ControlCharacter, path).found(cell.text.escape_debug().to_string()));
            return;
        }
        let nameless = |(index, cell): &(usize, &Cell)| {
            !cell.empty()
                && (matches!(self.place, Place::Sheet(_)) || *index < titled.len())
                && titled.get(*index) != Some(&true)
        };
        let known = |index: usize| self.header.get(index).copied().flatten().is_some();
        for (index, cell) in line.cells.iter().enumerate().filter(nameless) {
            let path = self.place.cell(line.number, index);
            findings.push(Finding::of(Fault::ColumnKnownNameless, path).found(&cell.text));
        }
        if matches!(self.place, Place::Csv(_)) && line.cells.len() != titled.len() {
            let fault = Fault::RowLength { cells: line.cells.len().into(), columns: titled.len().into() };
            findings.push(Finding::of(fault, path));
        } else if line.cells.iter().enumerate().any(|(index, cell)| !cell.empty() && known(index)) {
            self.lines.push(line);
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.lines.iter().map(|line| Row { table: self, line })
    }

    /// Path of a cell by the id of its column; of the line where there is no such column.
    pub(super) fn path(&self, number: u32, column: &str) -> String {
        match (&self.place, self.header.iter().position(|id| *id == Some(column))) {
            (Place::Csv(_), _) => format!("{}.{column}", self.place.line(number)),
            (Place::Sheet(_), Some(index)) => self.place.cell(number, index),
            (Place::Sheet(_), None) => self.place.line(number),
        }
    }
}
