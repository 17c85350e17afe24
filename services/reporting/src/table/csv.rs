//! Comma-separated text, as Excel opens it.

use std::borrow::Cow;

use super::{Cell, Table, TableError, dangerous};

/// Without it Excel takes the text for one in the machine's own encoding.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) fn write(table: &Table) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
    let failed = |error: csv::Error| TableError::Text(std::io::Error::other(error));
    writer.write_record(table.columns.iter().map(|column| disarmed(&column.title).into_owned())).map_err(failed)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(|cell| text(cell).into_owned())).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| TableError::Text(error.into_error()))
}

fn text(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Empty => Cow::Borrowed(""),
        Cell::Text(text) => disarmed(text),
        // The shortest text that reads back as the same number.
        Cell::Number(number) => Cow::Owned(number.to_string()),
        Cell::Date(_) | Cell::Month(_) | Cell::Instant(_) => Cow::Owned(cell.day().unwrap_or_default()),
    }
}

/// Text with an apostrophe before what a spreadsheet would take for a formula.
fn disarmed(text: &str) -> Cow<'_, str> {
    if dangerous(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::super::Shows;
    use super::*;

    #[test]
    fn text_is_disarmed_and_numbers_stay_numbers() {
        let mut table = Table::new("t", "表", &[("名称", Shows::Text), ("数值", Shows::Variation)]);
        for (name, number) in [("=cmd|'/c calc'!A0", -0.5), ("@x, \"y\"", 0.1 + 0.2), ("\t=1", 0.0), ("第一小学", 3.0)]
        {
            table.rows.push(vec![name.into(), number.into()]);
        }

        let bytes = table.csv().unwrap();

        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\u{feff}名称,数值\r\n'=cmd|'/c calc'!A0,-0.5\r\n\"'@x, \"\"y\"\"\",0.30000000000000004\r\n'\t=1,0\r\n第一小学,3\r\n"
        );
    }
}
