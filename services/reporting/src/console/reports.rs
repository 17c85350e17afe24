//! Reports to download.

use std::fmt::Write as _;

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use junheng_runtime::Caller;

use super::{Console, error::PageError, link, period::Period, place::Place};
use crate::{report::Format, rpc};

/// Sends the report that a file name asks for: `2024-12.national-quality-2017.docx`.
pub(super) async fn download(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path((code, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let missing = || PageError::Missing("报告".to_owned());
    let (name, extension) = file.rsplit_once('.').ok_or_else(missing)?;
    let (month, standard) = name.split_once('.').ok_or_else(missing)?;
    let format = match extension {
        "docx" => Format::Docx,
        "html" => Format::Html,
        "md" => Format::Markdown,
        _ => return Err(missing()),
    };
    let period = Period { month: month.parse().map_err(|_| missing())?, standard: standard.to_owned() };
    let reads = console.store.begin_read().await?;
    let county = Place::find_county(&reads, &caller, &code).await?.region.code;
    let found = rpc::county_report(&reads, &county, period.month, &period.standard).await?.ok_or_else(missing)?;
    reads.finish().await?;
    let (file_name, content) = tokio::task::spawn_blocking(move || {
        let report = found.report();
        report.render(format).map(|content| (report.file_name(format), content))
    })
    .await
    .map_err(|error| PageError::Internal(format!("rendering: {error}")))??;
    // RFC 6266: a name in ASCII, and the one in Chinese.
    let mut disposition = format!("attachment; filename=\"{county}-{month}.{extension}\"; filename*=UTF-8''");
    let _ = write!(disposition, "{}", link::encoded(&file_name));
    let disposition = HeaderValue::from_str(&disposition).map_err(|error| PageError::Internal(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, content).into_response())
}
