//! CSV tables of what is registered: regions, and what happened to schools.

use junheng_domain::finding::{Fault, Finding};

use super::{
    columns::Columns,
    csv,
    table::{Row, Table},
};

/// A table that may be read, and what its columns are called.
#[derive(Debug, Clone, Copy)]
pub struct Register {
    /// Id and Chinese heading of each column; a file has either.
    pub columns: &'static [(&'static str, &'static str)],
    /// Ids of the columns that must be there.
    pub required: &'static [&'static str],
}

/// A row of a register.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a>(Row<'a>);

impl<'a> Entry<'a> {
    /// Where it is: file and line.
    #[must_use]
    pub fn path(&self) -> String {
        self.0.path()
    }

    /// Where the cell of a column is.
    #[must_use]
    pub fn at(&self, column: &str) -> String {
        self.0.at(column)
    }

    /// The text of a column's cell; empty where the column is absent.
    #[must_use]
    pub fn text(&self, column: &str) -> &'a str {
        self.0.text(column)
    }
}

/// Reads a CSV table, `file` being its name in findings, and gives each row to `take` with what was found so far.
///
/// It is read as tables of schools are: in UTF-8 or GBK, within the same limits, with a finding for every fault.
pub fn read_register(
    file: &str,
    bytes: &[u8],
    register: &Register,
    mut take: impl FnMut(&Entry<'_>, &mut Vec<Finding>),
) -> Vec<Finding> {
    let columns = Columns::of(register.columns, register.required);
    let mut findings = Vec::new();
    let table: Option<Table> = csv::read(file, bytes, &mut findings).map(|text| text.table(&columns, &mut findings));
    let mut rows = 0;
    for row in table.iter().flat_map(Table::rows) {
        rows += 1;
        take(&Entry(row), &mut findings);
    }
    if rows == 0 && findings.is_empty() {
        findings.push(Finding::of(Fault::FileEmpty, file));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTER: Register = Register { columns: &[("code", "代码"), ("name", "名称")], required: &["code"] };

    fn read(bytes: &[u8]) -> (Vec<String>, Vec<(String, String)>) {
        let mut rows = vec![];
        let findings = read_register("r.csv", bytes, &REGISTER, |row, _| {
            rows.push(format!("{} {} {} {}", row.path(), row.at("name"), row.text("code"), row.text("name")));
        });
        (rows, findings.into_iter().map(|finding| (finding.rule, finding.path)).collect())
    }

    #[test]
    fn ids_and_headings_are_read_in_either_encoding() {
        let (gbk, ..) = encoding_rs::GBK.encode("名称,代码\n彰武县,210922\n");
        let row = "r.csv:2 r.csv:2.name 210922 彰武县".to_owned();

        assert_eq!(read(&gbk), (vec![row.clone()], vec![]));
        assert_eq!(read("\u{feff}code,name\n210922, 彰武县 \n\n".as_bytes()), (vec![row], vec![]));
    }

    #[test]
    fn what_is_no_such_table_is_told() {
        let told = |bytes: &[u8]| {
            let (rows, findings) = read(bytes);
            assert_eq!(rows, Vec::<String>::new());
            let one: [_; 1] = findings.try_into().unwrap();
            one[0].clone()
        };
        let of = |rule: &str, path: &str| (rule.to_owned(), path.to_owned());

        assert_eq!(told(b"code,name\n"), of("file_empty", "r.csv"));
        assert_eq!(told(b"name\nx\n"), of("column_required", "r.csv:1"));
        assert_eq!(told("code；name\n1；x\n".as_bytes()), of("separator", "r.csv:1"));
        assert_eq!(told(b"code,name\n1,x,y\n"), of("row_length", "r.csv:2"));
        assert_eq!(told(b"code,name\n1,\xff\xff\n"), of("encoding", "r.csv:2"));
    }
}
