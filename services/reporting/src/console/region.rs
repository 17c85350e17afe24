//! A region: a county's own page, or what lies below a province or city.

use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use junheng_runtime::Caller;
use serde::Deserialize;

use super::{Console, county, download::Wanted, overview, page::Shown, period::Asked, place::Place};

/// Which units a county's page lists, and in which order; empty: all, by code.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Filter {
    /// `primary` or `junior`.
    #[serde(default)]
    pub(crate) stage: String,
    /// `met`, `short` or `open`.
    #[serde(default)]
    pub(crate) verdict: String,
    /// A part of the name or code.
    #[serde(default)]
    pub(crate) q: String,
    /// A column; with `-` before it the other way round.
    #[serde(default)]
    pub(crate) sort: String,
    /// The indicator that is drawn over the months; empty: the one that is furthest up to its limit or beyond.
    #[serde(default)]
    pub(crate) indicator: String,
}

/// Shows a region.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
    address: Uri,
) -> Shown {
    let reads = console.store.begin_read().await?;
    let place = Place::find(&reads, &caller, &code).await?;
    if place.lowest {
        county::page(&console, &reads, &place, &asked, &filter, (&address, &wanted)).await
    } else {
        overview::page(&console, &reads, &caller, &place, &asked, (&address, &wanted)).await
    }
}
