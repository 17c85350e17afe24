//! What a backup must hold.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use junheng_store::contents::Table;
use serde_json::{Value, json};

use crate::{database, failure::Failure, files};

/// Tables with their rows' digests, as they were when the backup was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) tables: Vec<Table>,
}

impl Manifest {
    pub(super) const fn of(tables: Vec<Table>) -> Self {
        Self { tables }
    }

    /// Where the manifest of a backup stands.
    pub(super) fn path(backup: &Path) -> PathBuf {
        database::beside(backup, ".manifest.json")
    }

    pub(super) fn write(&self, backup: &Path) -> Result<(), Failure> {
        let tables: Vec<Value> = self.tables.iter().map(encode).collect();
        let text = serde_json::to_string_pretty(&json!({ "format": 1, "tables": tables }))?;
        let path = Self::path(backup);
        let written = files::private(&path)?.write_all(text.as_bytes());
        written.map_err(|error| Failure::file("写入", &path, &error))
    }

    pub(super) fn read(backup: &Path) -> Result<Self, Failure> {
        let path = Self::path(backup);
        let bytes = files::File::read(&path)?.bytes;
        let json: Value = serde_json::from_slice(&bytes)?;
        let tables = json.get("tables").and_then(Value::as_array).and_then(|all| all.iter().map(decode).collect());
        let unknown = || Failure::Refused(format!("文件 {} 不是备份的清单", path.display()));
        Ok(Self { tables: tables.ok_or_else(unknown)? })
    }

    /// How much it is.
    pub(super) fn told(&self) -> String {
        let rows: u64 = self.tables.iter().map(|table| table.row_count).sum();
        format!("{}个表，{rows}行", self.tables.len())
    }

    /// What differs from it: a line a table; nothing when all is the same.
    pub(super) fn differences(&self, found: &[Table]) -> Vec<String> {
        let differs = |table: &Table| match found.iter().find(|one| one.name == table.name) {
            None => Some(format!("缺少表 {}", table.name)),
            Some(one) if one == table => None,
            Some(one) if one.row_count != table.row_count => {
                Some(format!("表 {} 应有{}行，实有{}行", table.name, table.row_count, one.row_count))
            }
            Some(one) if one.columns != table.columns => Some(format!("表 {} 的列不同", table.name)),
            Some(_) => Some(format!("表 {} 的行数相同，内容不同", table.name)),
        };
        let more = found.iter().filter(|one| !self.tables.iter().any(|table| table.name == one.name));
        self.tables.iter().filter_map(differs).chain(more.map(|one| format!("多出表 {}", one.name))).collect()
    }
}

fn encode(table: &Table) -> Value {
    json!({ "name": table.name, "columns": table.columns, "rows": table.row_count, "sha256": table.digest })
}

fn decode(json: &Value) -> Option<Table> {
    let columns = json.get("columns")?.as_array()?.iter().map(|name| Some(name.as_str()?.to_owned()));
    Some(Table {
        name: json.get("name")?.as_str()?.to_owned(),
        columns: columns.collect::<Option<_>>()?,
        row_count: json.get("rows")?.as_u64()?,
        digest: json.get("sha256")?.as_str()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_told() {
        let table = |name: &str, row_count, digest: &str| Table {
            name: name.into(),
            columns: vec!["a".into()],
            row_count,
            digest: digest.into(),
        };
        let manifest =
            Manifest::of(vec![table("a", 1, "x"), table("b", 2, "y"), table("c", 3, "z"), table("d", 0, "")]);

        let found = [table("a", 1, "x"), table("b", 1, "y"), table("c", 3, "other"), table("e", 0, "")];

        assert_eq!(
            manifest.differences(&found),
            ["表 b 应有2行，实有1行", "表 c 的行数相同，内容不同", "缺少表 d", "多出表 e"]
        );
        assert_eq!(manifest.differences(&manifest.tables), [""; 0]);
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("a.db");
        let table =
            Table { name: "t".into(), columns: vec!["a".into(), "b".into()], row_count: 7, digest: "ab".into() };
        let manifest = Manifest::of(vec![table]);

        manifest.write(&backup).unwrap();

        assert_eq!(Manifest::read(&backup).unwrap(), manifest);
    }
}
