#![doc = include_str!("../README.md")]

pub mod chart;
mod console;
pub mod overview;
pub mod report;
mod rpc;

use junheng_proto::{DESCRIPTORS, reporting::v1::report_service_server::ReportServiceServer};
use junheng_runtime::{Api, Limits};
use junheng_store::Store;

pub use console::pages;

/// What every RPC of the service works with.
#[derive(Debug, Clone)]
pub(crate) struct Reporting {
    pub(crate) store: Store,
}

/// The service's API, ready to be served.
#[must_use]
pub fn api(store: Store, limits: &Limits) -> Api {
    Api::new(DESCRIPTORS)
        .add_service(ReportServiceServer::new(Reporting { store }).max_decoding_message_size(limits.max_message_bytes))
}
