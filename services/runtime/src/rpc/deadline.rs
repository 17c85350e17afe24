//! Deadlines. The default bounds the time until a call begins to answer, so that it never cuts a long stream; a `grpc-timeout` bounds
//! the whole call, its answer included. Where both apply the smaller wins. Health and reflection have no default.

use std::task::Poll;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use futures::future::{Either, pending};
use tokio::time::sleep_until;

use super::Shield;
use super::arrival::Arrival;
use super::body::{poll, tap};
use super::methods::probe;
use super::status::Refusal;
use super::surround::Deadlines;

pub(super) async fn keep(State(shield): State<Shield>, mut request: Request, next: Next) -> Response {
    let probing = probe(request.uri().path());
    let arrival = Arrival::of(&request);
    let asked = arrival.timeout.and_then(|timeout| arrival.at.checked_add(timeout));
    let ours = arrival.at.checked_add(shield.default_deadline).filter(|_| !probing);
    let head = asked.into_iter().chain(ours).min();

    request.extensions_mut().insert(Deadlines { head, whole: asked });
    let response = tokio::select! {
        biased;
        response = next.run(request) => response,
        () = until(head) => return Refusal::DeadlineExceeded.response(),
    };
    let response = match asked {
        Some(asked) => response.map(|body| bounded(body, asked)),
        None => response,
    };
    if probing { response.map(|body| closed(body, shield)) } else { response }
}

fn bounded(body: Body, deadline: Instant) -> Body {
    let mut passed = Box::pin(sleep_until(deadline.into()));
    tap(body, move |body, context| {
        if passed.poll_unpin(context).is_ready() {
            *body = Body::empty();
            return Poll::Ready(Some(Ok(Refusal::DeadlineExceeded.trailers())));
        }
        poll(body, context)
    })
}

/// A caller that watches health sees `NOT_SERVING` and then the end: it must not hold up the drain.
fn closed(body: Body, shield: Shield) -> Body {
    let mut closing = Box::pin(shield.closing.cancelled_owned());
    tap(body, move |body, context| match poll(body, context) {
        Poll::Pending if closing.poll_unpin(context).is_ready() => {
            *body = Body::empty();
            Poll::Ready(Some(Ok(Refusal::Stopping.trailers())))
        }
        polled => polled,
    })
}

fn until(instant: Option<Instant>) -> impl Future<Output = ()> {
    match instant {
        Some(instant) => Either::Left(sleep_until(instant.into())),
        None => Either::Right(pending()),
    }
}
