//! The console: pages for people over HTTP, read-only, made on this machine of what the database holds.
//!
//! A page is a handler that reads at most what it shows, makes a view of texts, and lets a template write it. Figures are
//! formatted by [`crate::report::shown`], links by [`link`], the frame of all pages by [`page`].

mod assets;
mod calendar;
mod comparison;
mod county;
mod download;
mod error;
mod findings;
mod grid;
mod guard;
mod home;
mod inflow;
mod link;
mod list;
mod overview;
mod page;
mod period;
mod place;
mod region;
mod reports;
mod school;
mod series;
mod standards;
mod submission;
mod tree;

use axum::{
    Router, middleware,
    routing::{MethodRouter, get},
};
use junheng_proto::{DESCRIPTORS, POLICY};
use junheng_runtime::{Clock, Pages};
use junheng_store::Store;

use crate::{Settings, rpc};
use error::PageError;

/// What every page works with.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    store: Store,
    clock: Clock,
    settings: Settings,
}

/// Every page by its route; `proto/policy.toml` says for each who may see it. `{region}` is the region that it is about.
fn routes() -> [(&'static str, MethodRouter<Console>); 18] {
    [
        ("/", get(home::show)),
        ("/regions/{region}", get(region::show)),
        ("/regions/{region}/comparison", get(comparison::show)),
        ("/regions/{region}/series", get(series::show)),
        ("/regions/{region}/inflow", get(inflow::show)),
        ("/regions/{region}/findings", get(findings::show)),
        ("/regions/{region}/schools/{school}", get(school::show)),
        ("/regions/{region}/submissions/{submission}", get(submission::show)),
        ("/regions/{region}/drafts/{file}", get(reports::draft)),
        ("/regions/{region}/statistics/{month}", get(reports::statistics)),
        ("/regions/{region}/bulletins/{file}", get(reports::bulletin)),
        ("/regions/{region}/reports/{number}", get(reports::issued)),
        ("/inflow", get(inflow::nation)),
        ("/findings", get(findings::nation)),
        ("/standards", get(standards::list)),
        ("/standards/{standard}", get(standards::show)),
        ("/differences", get(standards::differences)),
        ("/assets/{file}", get(assets::serve)),
    ]
}

/// The pages, ready to be served.
///
/// They are read-only: GET and HEAD. Whoever may see them sees what the database holds within his regions.
#[must_use]
pub fn pages(store: Store, clock: Clock, settings: &Settings) -> Pages {
    let served = routes().into_iter().fold(Router::new(), |router, (route, page)| router.route(route, page));
    let router = served
        .fallback(async || PageError::Missing("网页".to_owned()))
        .method_not_allowed_fallback(async || PageError::Method)
        .layer(middleware::from_fn(guard::watch))
        .with_state(Console { store: store.for_callers(), clock, settings: settings.clone() });
    Pages::new(router, routes().map(|(route, _)| route).to_vec(), error::apology)
        .with_policy(POLICY, DESCRIPTORS)
        .with_token_header(&settings.token_header)
        .surrounded(rpc::surround)
}

#[cfg(test)]
mod tests {
    use junheng_runtime::access::Policy;

    use super::*;

    #[test]
    fn the_policy_has_every_page_and_no_other() {
        // The runtime's own services are not among the descriptors; the pages' lines are looked at by themselves.
        let text = POLICY.split("\n[services.\"grpc.").next().unwrap();
        let policy = Policy::read(text, &[DESCRIPTORS]).unwrap();

        policy.fit_pages(&routes().map(|(route, _)| route)).unwrap();
        assert!(policy.fit_pages(&["/"]).is_err());
    }
}
