//! Where what a request says stands in the file that it was made of.

use std::collections::BTreeMap;

use junheng_domain::finding::Finding;

use super::{
    grid::{Place, letters},
    table::Table,
};

/// The places of a county's month in its files.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Field of the request, the table that it was read from, and the path of each of its rows there.
    fields: Vec<(&'static str, String, Vec<String>)>,
    /// The letters of the columns of each sheet, by id.
    columns: BTreeMap<String, BTreeMap<&'static str, String>>,
}

impl Places {
    pub(super) fn add(&mut self, field: &'static str, table: &Table, rows: Vec<String>) {
        self.fields.push((field, table.place.name().to_owned(), rows));
        if let Place::Sheet(name) = &table.place {
            let ids = table.header.iter().enumerate().filter_map(|(index, id)| Some(((*id)?, letters(index))));
            self.columns.insert(name.clone(), ids.collect());
        }
    }

    /// Puts places of the files where findings name fields of the request, or rows of a sheet and columns by id:
    /// `schools[3].pupils_primary` → `学校数据!F12`, or `schools.csv:5.pupils_primary`.
    pub fn locate(&self, findings: &mut [Finding]) {
        for finding in findings {
            finding.path = self.path(&finding.path);
            finding.message = self.told(&finding.message);
            finding.message_en = self.told(&finding.message_en);
        }
    }

    /// The same for one path.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        let of_row = self.fields.iter().find_map(|(field, table, rows)| {
            let rest = path.strip_prefix(field)?;
            if rest.is_empty() {
                return Some(table.clone());
            }
            let (index, rest) = rest.strip_prefix('[')?.split_once(']')?;
            Some(format!("{}{rest}", rows.get(index.parse::<usize>().ok()?)?))
        });
        let path = of_row.unwrap_or_else(|| path.to_owned());
        self.cell(&path).unwrap_or(path)
    }

    /// `学校数据!12:12.pupils_primary` → `学校数据!F12`.
    fn cell(&self, path: &str) -> Option<String> {
        let (sheet, columns) = self
            .columns
            .iter()
            .find(|(sheet, _)| path.strip_prefix(sheet.as_str()).is_some_and(|rest| rest.starts_with('!')))?;
        let (rows, column) = path.get(sheet.len() + 1..)?.split_once('.')?;
        let (row, _) = rows.split_once(':')?;
        // The wire names a value by its kind.
        let column = if matches!(column, "quantity" | "declaration" | "date") { "value" } else { column };
        columns.get(column).map(|letters| format!("{sheet}!{letters}{row}"))
    }

    /// The same for a text that may name a row of the request.
    #[must_use]
    pub fn told(&self, text: &str) -> String {
        let mut told = text.to_owned();
        for (field, _, rows) in &self.fields {
            let Some((_, rest)) = text.split_once(&format!("{field}[")) else { continue };
            let Some((index, _)) = rest.split_once(']') else { continue };
            if let Some(row) = index.parse::<usize>().ok().and_then(|index| rows.get(index)) {
                told = told.replace(&format!("{field}[{index}]"), row);
            }
        }
        told
    }
}
