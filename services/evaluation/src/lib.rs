#![doc = include_str!("../README.md")]

mod judge;
mod keep;
mod remark;
mod rpc;
mod standards;
mod watch;
mod work;

use junheng_proto::{
    DESCRIPTORS, POLICY,
    evaluation::v1::{standard_service_server::StandardServiceServer, waiver_service_server::WaiverServiceServer},
};
use junheng_runtime::{Api, Clock, Limits};
use junheng_store::Store;

use rpc::EvaluationServer;
pub use watch::watch;
pub use work::work;

/// What every RPC of the service works with.
#[derive(Debug, Clone)]
pub(crate) struct Evaluation {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
}

/// The service's API, ready to be served.
#[must_use]
pub fn api(store: Store, clock: Clock, limits: &Limits) -> Api {
    let evaluation = Evaluation { store: store.for_callers(), clock };
    Api::new(DESCRIPTORS)
        .with_policy(POLICY)
        .surrounded(rpc::surround)
        .add_service(StandardServiceServer::new(evaluation.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(WaiverServiceServer::new(evaluation.clone()).max_decoding_message_size(limits.max_message_bytes))
        .add_service(EvaluationServer::new(evaluation, limits.max_message_bytes))
}
