#![doc = include_str!("../README.md")]

pub mod chart;
mod console;
pub mod overview;
pub mod report;
mod rpc;
mod settings;
pub mod table;
pub mod workbook;

use junheng_proto::{
    DESCRIPTORS, POLICY,
    reporting::v1::{
        audit_service_server::AuditServiceServer, overview_service_server::OverviewServiceServer,
        report_service_server::ReportServiceServer,
    },
};
use junheng_runtime::{Api, Clock, Limits};
use junheng_store::Store;

pub use console::pages;
pub use settings::{Settings, SettingsError};

/// What every RPC of the service works with.
#[derive(Debug, Clone)]
pub(crate) struct Reporting {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
}

/// The service's API, ready to be served.
#[must_use]
pub fn api(store: Store, clock: Clock, limits: &Limits, settings: &Settings) -> Api {
    let reporting = Reporting { store: store.for_callers(), clock, settings: settings.clone() };
    Api::new(DESCRIPTORS)
        .with_policy(POLICY)
        .surrounded(rpc::surround)
        .add_service(AuditServiceServer::new(reporting.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(ReportServiceServer::new(reporting.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(OverviewServiceServer::new(reporting).max_decoding_message_size(limits.max_message_bytes))
}
