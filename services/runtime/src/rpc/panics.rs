use std::task::Poll;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

use super::body::{poll, tap};
use super::status::Refusal;
use crate::telemetry::{
    names,
    panics::{catch, catch_in},
};

/// Answers INTERNAL with an incident id where a handler panics, before or within its answer.
pub(super) async fn answer(request: Request, next: Next) -> Response {
    match catch_in(next.run(request)).await {
        Ok(response) => response.map(|body| {
            tap(body, |body, context| {
                catch(|| poll(body, context)).unwrap_or_else(|panic| Poll::Ready(Some(Ok(incident(&panic).trailers()))))
            })
        }),
        Err(panic) => incident(&panic).response(),
    }
}

fn incident(panic: &str) -> Refusal {
    let id = Uuid::new_v4().simple().to_string();
    metrics::counter!(names::PANICS).increment(1);
    tracing::error!(incident.id = id, panic.message = panic, "call panicked");
    Refusal::Internal { incident: id }
}
