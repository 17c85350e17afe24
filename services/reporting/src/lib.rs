#![doc = include_str!("../README.md")]

pub mod report;
mod rpc;

use junheng_proto::{
    DESCRIPTORS,
    reporting::v1::{audit_service_server::AuditServiceServer, report_service_server::ReportServiceServer},
};
use junheng_runtime::{Api, Limits};
use junheng_store::Store;

/// What every RPC of the service works with.
#[derive(Debug, Clone)]
pub(crate) struct Reporting {
    pub(crate) store: Store,
}

/// The service's API, ready to be served.
#[must_use]
pub fn api(store: Store, limits: &Limits) -> Api {
    let reporting = Reporting { store };
    Api::new(DESCRIPTORS)
        .add_service(AuditServiceServer::new(reporting.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(ReportServiceServer::new(reporting).max_decoding_message_size(limits.max_message_bytes))
}
