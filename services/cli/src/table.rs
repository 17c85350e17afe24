//! Tables for a terminal: columns aligned by display width, so that Chinese and Latin line up.

use unicode_width::UnicodeWidthStr as _;

/// A table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right: &'static [usize],
}

impl Table {
    /// Begins with a header; the columns of `right` are aligned right.
    pub(crate) fn new<'a>(header: impl IntoIterator<Item = &'a str>, right: &'static [usize]) -> Self {
        Self { rows: vec![header.into_iter().map(ToOwned::to_owned).collect()], right }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes it, a line each row, indented by `indent`.
    pub(crate) fn lines(&self, indent: &str) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        self.rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = row
                    .iter()
                    .zip(&widths)
                    .enumerate()
                    .map(|(column, (cell, width))| {
                        let blank = " ".repeat(width.saturating_sub(cell.width()));
                        if self.right.contains(&column) { format!("{blank}{cell}") } else { format!("{cell}{blank}") }
                    })
                    .collect();
                format!("{indent}{}", cells.join("  ")).trim_end().to_owned()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_narrow_characters_line_up() {
        let mut table = Table::new(["指标", "名称", "值"], &[2]);
        table.row(["L1".into(), "生均面积 m²".into(), "12.5".into()]);
        table.row(["L10".into(), "骨干".into(), "缺失".into()]);

        assert_eq!(
            table.lines("  "),
            ["  指标  名称           值", "  L1    生均面积 m²  12.5", "  L10   骨干         缺失"]
        );
    }
}
