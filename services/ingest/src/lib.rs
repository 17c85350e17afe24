#![doc = include_str!("../README.md")]

pub mod file;
pub mod fuzz;
mod inflow;
mod limits;
mod registry;
mod rpc;
mod submission;

use std::sync::Arc;

use junheng_proto::{
    DESCRIPTORS, POLICY,
    ingest::v1::{
        check_service_server::CheckServiceServer, file_service_server::FileServiceServer,
        inflow_service_server::InflowServiceServer, registry_service_server::RegistryServiceServer,
        submission_service_server::SubmissionServiceServer,
    },
};
use junheng_runtime::{Api, Clock, Limits};
use junheng_seal::key::Signer;
use junheng_store::Store;

pub use crate::inflow::watch;
use crate::submission::Room;

/// What every RPC of the service works with.
#[derive(Debug, Clone)]
pub(crate) struct Ingest {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// Signs receipts; `None`: they are not signed.
    pub(crate) signer: Option<Arc<Signer>>,
    pub(crate) room: Room,
}

/// The service's API, ready to be served; its receipts are not signed.
#[must_use]
pub fn api(store: Store, clock: Clock, limits: &Limits) -> Api {
    signing_api(store, clock, limits, None)
}

/// The service's API, ready to be served; its receipts are signed where there is a key.
#[must_use]
pub fn signing_api(store: Store, clock: Clock, limits: &Limits, signer: Option<Arc<Signer>>) -> Api {
    let ingest = Ingest { store: store.for_callers(), clock, signer, room: Room::new() };
    Api::new(DESCRIPTORS)
        .with_policy(POLICY)
        .surrounded(rpc::surround)
        .add_service(InflowServiceServer::new(ingest.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(CheckServiceServer::new(ingest.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(RegistryServiceServer::new(ingest.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(FileServiceServer::new(ingest.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(SubmissionServiceServer::new(ingest).max_decoding_message_size(limits.max_message_bytes))
}
