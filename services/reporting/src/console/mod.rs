//! The console: pages for people over HTTP, read-only, made on this machine of what the database holds.
//!
//! A page is a handler that reads at most what it shows, makes a view of texts, and lets a template write it. Figures are
//! formatted by [`crate::report::shown`], links by [`link`], the frame of all pages by [`page`].

mod assets;
mod calendar;
mod county;
mod error;
mod findings;
mod grid;
mod guard;
mod home;
mod inflow;
mod link;
mod overview;
mod page;
mod period;
mod place;
mod region;
mod reports;
mod school;
mod standards;
mod submission;
mod tree;

use axum::{Router, middleware, routing::get};
use junheng_runtime::{Clock, Pages};
use junheng_store::Store;

use crate::rpc;
use error::PageError;

/// What every page works with.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    store: Store,
    clock: Clock,
}

/// The pages, ready to be served.
///
/// They are read-only: GET and HEAD. Whoever reaches them sees all that the database holds within the caller's scope.
#[must_use]
pub fn pages(store: Store, clock: Clock) -> Pages {
    let router = Router::new()
        .route("/", get(home::show))
        .route("/regions/{region}", get(region::show))
        .route("/regions/{region}/inflow", get(inflow::show))
        .route("/regions/{region}/findings", get(findings::show))
        .route("/regions/{region}/schools/{school}", get(school::show))
        .route("/regions/{region}/submissions/{submission}", get(submission::show))
        .route("/regions/{region}/reports/{file}", get(reports::download))
        .route("/inflow", get(inflow::nation))
        .route("/findings", get(findings::nation))
        .route("/standards", get(standards::list))
        .route("/standards/{standard}", get(standards::show))
        .route("/differences", get(standards::differences))
        .route("/assets/{file}", get(assets::serve))
        .fallback(async || PageError::Missing("网页".to_owned()))
        .method_not_allowed_fallback(async || PageError::Method)
        .layer(middleware::from_fn(guard::watch))
        .with_state(Console { store: store.for_callers(), clock });
    Pages::new(router, error::apology).surrounded(rpc::surround)
}
