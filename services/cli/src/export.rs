//! Tables of the report service: written to a file, or shown on the terminal.

use std::path::Path;

use junheng_client::Client;
use junheng_proto::reporting::v1::{ExportTableRequest, TableFormat, YearTarget, export_table_request::Question};

use crate::{failure::Failure, files, output, table::Table};

/// Gets a table, and writes it to a file in the format of its ending, or shows it.
pub(crate) async fn run(
    client: &Client,
    question: Question,
    table: Option<String>,
    path: Option<&Path>,
) -> Result<(), Failure> {
    let format = match path {
        None => TableFormat::Text,
        Some(path) => format_of(path)?,
    };
    let request =
        ExportTableRequest { question: Some(question), format: format.into(), table: table.unwrap_or_default() };
    let response = client.export_table(request).await?;
    let Some(path) = path else {
        let shown = lines(&String::from_utf8_lossy(&response.content));
        if response.tables.len() > 1 {
            output::tell(&format!("另可用 --table 查看：{}", response.tables.join("、")));
        }
        return output::print(&shown);
    };
    files::write(path, &response.content)?;
    output::tell(&format!("表格已写入 {}", path.display()));
    Ok(())
}

fn format_of(path: &Path) -> Result<TableFormat, Failure> {
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("csv") => Ok(TableFormat::Csv),
        Some("xlsx") => Ok(TableFormat::Xlsx),
        _ => Err(Failure::Usage("文件的扩展名须为 csv 或 xlsx".to_owned())),
    }
}

/// Columns that line up, from tab-separated text; those that are empty in every row are left out.
fn lines(text: &str) -> String {
    let mut rows = text.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let header = rows.next().unwrap_or_default();
    let rows: Vec<Vec<&str>> = rows.collect();
    let filled =
        |place: &usize| rows.is_empty() || rows.iter().any(|row| row.get(*place).is_some_and(|cell| !cell.is_empty()));
    let places: Vec<usize> = (0..header.len()).filter(filled).collect();
    let kept = |row: &[&str]| -> Vec<String> {
        places.iter().map(|place| (*row.get(*place).unwrap_or(&"")).to_owned()).collect()
    };
    let header = kept(&header);
    let mut table = Table::new(header.iter().map(String::as_str), &[]);
    for row in &rows {
        table.row(kept(row));
    }
    table.lines("").join("\n")
}

/// Reads targets by year, `2025=60,2030=90.5,2035=100`.
pub(crate) fn targets(text: &str) -> Result<Vec<YearTarget>, String> {
    let entry = |entry: &str| -> Option<YearTarget> {
        let (year, percent) = entry.trim().split_once('=')?;
        let (whole, decimals) = percent.split_once('.').unwrap_or((percent, "0"));
        let hundredths: u32 = format!("{decimals:0<2}").parse().ok().filter(|_| decimals.len() <= 2)?;
        let share = whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(hundredths)?;
        Some(YearTarget { year: Some(year.parse().ok()?), share_basis_points: Some(share) })
    };
    text.split(',').map(entry).collect::<Option<_>>().ok_or_else(|| "目标须形如 2025=60,2030=90.5,2035=100".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_percentages_by_year() {
        let read = |text: &str| -> Vec<_> {
            targets(text).unwrap().iter().map(|one| (one.year.unwrap(), one.share_basis_points.unwrap())).collect()
        };

        assert_eq!(read("2025=60,2030=90.5"), [(2025, 6_000), (2030, 9_050)]);
        assert!(targets("2025").is_err());
        assert!(targets("2025=1.234").is_err());
    }

    #[test]
    fn tabs_become_columns() {
        assert_eq!(lines("县\t值\n彰武县\t1\n"), "县      值\n彰武县  1");
        // What is empty throughout is left out; a table without rows keeps its heads.
        assert_eq!(lines("县\t学校\t值\n彰武县\t\t1\n阜新县\t\t\n"), "县      值\n彰武县  1\n阜新县");
        assert_eq!(lines("县\t值\n"), "县  值");
    }
}
