//! What a service puts around each step of a call: every poll of its handler, and of the body of its answer.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::body::{poll, tap};
use crate::caller::Caller;

/// Does a step of a call within what the service put around it.
pub type Around = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

/// Gives what is put around a call, from its caller and the instant after which nobody waits for it.
pub(crate) type Surround = Arc<dyn Fn(&Caller, Option<Instant>) -> Around + Send + Sync>;

/// When a call is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// Until then it must have begun to answer.
    pub(crate) head: Option<Instant>,
    /// Until then it must have answered.
    pub(crate) whole: Option<Instant>,
}

pub(crate) async fn surround(State(surround): State<Surround>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get().cloned().unwrap_or_else(Caller::anonymous);
    let deadlines = request.extensions().get().copied().unwrap_or(Deadlines { head: None, whole: None });
    let around = surround(&caller, deadlines.head);
    let mut handling = Box::pin(next.run(request));
    let response = poll_fn(|context| {
        let mut polled = Poll::Pending;
        around(&mut || polled = handling.as_mut().poll(context));
        polled
    });
    let response = response.await;
    // A body that is there as a whole asks for nothing any more, and its length is told.
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    let around = surround(&caller, deadlines.whole);
    response.map(|body| {
        tap(body, move |body, context| {
            let mut polled = Poll::Pending;
            around(&mut || polled = poll(body, context));
            polled
        })
    })
}
