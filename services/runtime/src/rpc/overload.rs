use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::Shield;
use super::body::{poll, tap};
use super::methods::probe;
use super::status::Refusal;
use crate::telemetry::names;

/// Refuses a call where too many are in progress. A call is in progress until its answer is sent.
pub(super) async fn shed(State(shield): State<Shield>, request: Request, next: Next) -> Response {
    if probe(request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(permit) = Arc::clone(&shield.permits).try_acquire_owned() else {
        metrics::counter!(names::RPC_OVERLOAD_REFUSALS).increment(1);
        return Refusal::Overloaded.response();
    };
    next.run(request).await.map(|body| {
        tap(body, move |body, context| {
            let _held = &permit;
            poll(body, context)
        })
    })
}
