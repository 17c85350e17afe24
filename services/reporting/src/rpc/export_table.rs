//! `ExportTable`: what the other calls answer, as a table for a spreadsheet.

use junheng_proto::reporting::v1::{
    ExportTableRequest, ExportTableResponse, TableFormat, export_table_request::Question,
};
use junheng_runtime::Caller;
use junheng_wire::{
    status::RpcError,
    violations::{MISSING, UNKNOWN_FORMAT, Violations},
};

use super::{compare_counties, overview_question as question};
use crate::{
    Reporting,
    overview::Overview,
    report::file_part,
    table::{self, About, Table, TableError},
};

/// Media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[tracing::instrument(name = "reporting.export_table", skip_all, fields(caller.subject = %caller.subject))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &ExportTableRequest,
) -> Result<ExportTableResponse, RpcError> {
    let mut violations = Violations::default();
    let format = TableFormat::try_from(request.format);
    if format.is_err() {
        violations.add("format", UNKNOWN_FORMAT);
    }
    if request.question.is_none() {
        violations.add("question", MISSING);
    }
    violations.finish()?;
    let (stem, about, mut tables) = tables(reporting, caller, request).await?;
    let ids: Vec<String> = tables.iter().map(|table| table.id.to_owned()).collect();
    if !request.table.is_empty() {
        tables.retain(|table| table.id == request.table);
        let mut violations = Violations::default();
        if tables.is_empty() {
            violations
                .add("table", (format!("is none of {}", ids.join(", ")), format!("须为 {} 之一", ids.join(", "))));
        }
        violations.finish()?;
    }
    let failed = |error: TableError| RpcError::Internal { what: format!("exporting: {error}") };
    let first = tables.first();
    let (content, media_type, extension) = match format {
        Ok(TableFormat::Csv) => {
            (first.map(Table::csv).transpose().map_err(failed)?.unwrap_or_default(), "text/csv; charset=utf-8", "csv")
        }
        Ok(TableFormat::Text) => {
            (first.map(Table::text).unwrap_or_default().into_bytes(), "text/tab-separated-values; charset=utf-8", "txt")
        }
        _ => (table::workbook(&tables, &about).map_err(failed)?, XLSX, "xlsx"),
    };
    let only = first.filter(|_| extension != "xlsx" || !request.table.is_empty());
    let only = only.map(|table| format!("-{}", table.title)).unwrap_or_default();
    let file_name = format!("{}.{extension}", file_part(&format!("{stem}{only}")));
    Ok(ExportTableResponse { content, media_type: media_type.to_owned(), file_name, tables: ids })
}

/// The tables that an answer has, and what a file of them is called after.
async fn tables(
    reporting: &Reporting,
    caller: &Caller,
    request: &ExportTableRequest,
) -> Result<(String, About, Vec<Table>), RpcError> {
    let at = reporting.clock.now();
    match &request.question {
        Some(Question::Overview(asked)) => {
            let (question, targets, _) = question::get_overview(asked, (&reporting.settings, at))?;
            let overview = Overview::read(&reporting.store, &question).await?;
            let stem = format!("{}-{}-县级总览", overview.region.name, overview.month);
            Ok((stem, overview.about("县级总览"), overview.tables(&targets)))
        }
        Some(Question::Comparison(asked)) => {
            let (counties, question) = question::comparison(asked, at)?;
            let overview = compare_counties::read(reporting, &counties, &question).await?;
            Ok((format!("{}-县际比较", overview.month), overview.about("县际比较"), overview.comparison_tables()))
        }
        Some(Question::Series(asked)) => {
            let mut question = question::series(asked, caller, at)?;
            question.page = (usize::MAX - 1, None);
            let answer = question.read(&reporting.store).await?;
            let name = answer.series.first().map(|series| series.name.clone()).unwrap_or_default();
            let (from, to) = question.months;
            let about = answer.about(&name, (from, to), &question.standard, question.as_of.unwrap_or(at));
            Ok((format!("{name}-{from}至{to}-{}", answer.title), about, answer.tables()))
        }
        None => Err(RpcError::Internal { what: "a missing question was not told".to_owned() }),
    }
}
