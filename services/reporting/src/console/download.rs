//! What a page hands over instead of being shown: its tables for a spreadsheet, as the page shows them.

use std::fmt::Write as _;

use askama::Template;
use axum::{
    http::{HeaderValue, Uri, header},
    response::{Html, IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{
    error::PageError,
    grid::Grid,
    link,
    page::{Page, Shown},
};
use crate::{
    report::file_part,
    table::{self, About, Table},
    workbook,
};

/// What an address asks for instead of the page; empty: the page.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Wanted {
    /// The table, by its id in the page; empty: all that the page knows, in one workbook.
    #[serde(default)]
    table: String,
    /// `csv` or `xlsx`.
    #[serde(default, rename = "as")]
    form: String,
}

/// A page with tables that can be handed over.
pub(crate) trait Tabled: Template {
    /// Its frame.
    fn page(&self) -> &Page;

    /// Its tables.
    fn grids(&mut self) -> Vec<&mut Grid>;

    /// What all of it is in one workbook, in full figures; empty where there is no such thing.
    fn whole(&self) -> Vec<Table> {
        vec![]
    }
}

/// A spreadsheet's forms: how an address names them, their media type.
const FORMS: [(&str, &str); 2] = [("csv", "text/csv; charset=utf-8"), ("xlsx", workbook::MEDIA_TYPE)];

/// Parameters of an address that are not the page's.
const OWN: [&str; 2] = ["table=", "as="];

/// The page of an address, or what the address asks for instead of it.
pub(super) fn deliver(mut view: impl Tabled, address: &Uri, wanted: &Wanted) -> Shown {
    if wanted.form.is_empty() {
        let base = base(address);
        for grid in view.grids() {
            grid.download.clone_from(&base);
        }
        return Ok(Html(view.render()?).into_response());
    }
    let missing = || PageError::Missing("表格".to_owned());
    let (extension, media_type) = *FORMS.iter().find(|(form, _)| *form == wanted.form).ok_or_else(missing)?;
    let failed = |error: table::TableError| PageError::Internal(format!("exporting: {error}"));
    let Page { title, notes, .. } = view.page().clone();
    let (tables, of, note) = if wanted.table.is_empty() {
        (view.whole(), String::new(), notes.join("；"))
    } else {
        let grids = view.grids();
        let grid = grids.into_iter().find(|grid| grid.id == wanted.table).ok_or_else(missing)?;
        (vec![grid.table(&notes)], format!("-{}", grid.caption), String::new())
    };
    let content = match tables.as_slice() {
        [] => return Err(missing()),
        [only] if extension == "csv" => only.csv().map_err(failed)?,
        // Comma-separated text is of one table.
        _ if extension == "csv" => return Err(missing()),
        all => {
            let about = About { title: format!("{title}{of}"), facts: vec![], note };
            table::workbook(all, &about).map_err(failed)?
        }
    };
    let ascii_name = if wanted.table.is_empty() { "tables" } else { wanted.table.as_str() };
    let file_name = format!("{}.{extension}", file_part(&format!("{title}{of}")));
    attachment(&format!("{ascii_name}.{extension}"), content, media_type, &file_name)
}

/// The address's own query without what asks for tables, to be gone on with: `?month=2024-12&` or `?`.
fn base(address: &Uri) -> String {
    let kept = |part: &&str| !part.is_empty() && !OWN.iter().any(|own| part.starts_with(own));
    address.query().unwrap_or_default().split('&').filter(kept).fold("?".to_owned(), |base, part| base + part + "&")
}

/// A file to keep: a name in ASCII, and the one in Chinese (RFC 6266).
pub(super) fn attachment(
    ascii_name: &str,
    content: Vec<u8>,
    media_type: &str,
    file_name: &str,
) -> Result<Response, PageError> {
    let mut disposition = format!("attachment; filename=\"{ascii_name}\"; filename*=UTF-8''");
    let _ = write!(disposition, "{}", link::encoded(file_name));
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| PageError::Internal(error.to_string()));
    let headers = [(header::CONTENT_TYPE, value(media_type)?), (header::CONTENT_DISPOSITION, value(&disposition)?)];
    Ok((headers, content).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_tables_keep_what_the_address_asks_for() {
        let base = |address: &str| base(&address.parse().unwrap());

        assert_eq!(base("/regions/210922"), "?");
        assert_eq!(base("/regions/210922?month=2024-12&q=%22"), "?month=2024-12&q=%22&");
        assert_eq!(base("/x?table=a&as=csv&month=2024-12&"), "?month=2024-12&");
    }
}
