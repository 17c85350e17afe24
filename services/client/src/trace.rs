//! The trace that a call belongs to: a span of each attempt, whose W3C context goes with the request.
//!
//! A program that exports spans sets the propagator ([`opentelemetry::global::set_text_map_propagator`]); without one nothing is sent along.

use opentelemetry::{global, propagation::Injector};
use tonic::{
    Request,
    metadata::{MetadataKey, MetadataMap, MetadataValue},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The span of one attempt of a call; its context goes with the request.
pub(crate) fn attempt<Q>(request: &mut Request<Q>, attempt: u32) -> Span {
    // A stream of messages is called as its messages are.
    let message = std::any::type_name::<Q>().rsplit("::").next().map(|name| name.trim_end_matches('>'));
    let span = tracing::info_span!(
        "client.call",
        otel.kind = "client",
        rpc.system = "grpc",
        rpc.request = message,
        attempt.count = attempt
    );
    let context = span.context();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut Headers(request.metadata_mut()));
    });
    span
}

struct Headers<'a>(&'a mut MetadataMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (MetadataKey::from_bytes(key.as_bytes()), MetadataValue::try_from(value)) {
            self.0.insert(key, value);
        }
    }
}
