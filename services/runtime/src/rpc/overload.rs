//! Refuses calls where too many are in progress, so cheaply that refusing them does not slow down those that were let in.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either};
use http::{HeaderMap, Request, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::body::Body;
use tower::Service;

use super::body::{poll, tap};
use super::methods::{Methods, ungated};
use super::status::Refusal;
use crate::telemetry::names;

/// Time between two lines about refused calls.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// Lets in as many calls as there are permits. A call is in progress until its answer is sent.
///
/// It stands before everything else: a refused call is answered as soon as its headers are there, its body is never read, and nobody asks who
/// calls. That tells strangers no more than that the process is busy, and checking a signature would cost more than what it protects.
#[derive(Clone)]
pub(crate) struct Gate<S> {
    inner: S,
    limit: Arc<Limit>,
}

struct Limit {
    permits: Arc<Semaphore>,
    methods: Arc<Methods>,
    /// The headers of every refusal: a status and nothing after it.
    refusal: HeaderMap,
    /// Calls refused since the last line about them.
    untold: Arc<AtomicU64>,
}

impl<S> Gate<S> {
    pub(crate) fn new(inner: S, permits: Arc<Semaphore>, methods: Arc<Methods>) -> Self {
        let refusal = Refusal::Overloaded.response().into_parts().0.headers;
        Self { inner, limit: Arc::new(Limit { permits, methods, refusal, untold: Arc::default() }) }
    }
}

impl<S> Service<Request<Body>> for Gate<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<Ready<Result<Response<Body>, S::Error>>, BoxFuture<'static, Result<Response<Body>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        if ungated(path) {
            return Either::Right(self.inner.call(request).boxed());
        }
        let Ok(permit) = Arc::clone(&self.limit.permits).try_acquire_owned() else {
            return Either::Left(ready(Ok(self.limit.refuse(path))));
        };
        let answering = self.inner.call(request);
        Either::Right(answering.map(|answered| answered.map(|response| held(response, permit))).boxed())
    }
}

/// Keeps the permit until the answer ends. It is given back with the last frame, so that whoever has read the end is let in again.
fn held(response: Response<Body>, permit: OwnedSemaphorePermit) -> Response<Body> {
    let mut permit = Some(permit);
    response.map(|body| {
        Body::new(tap(axum::body::Body::new(body), move |body, context| {
            let polled = poll(body, context);
            let goes_on = match &polled {
                Poll::Pending => true,
                Poll::Ready(Some(Ok(frame))) => !frame.is_trailers(),
                Poll::Ready(_) => false,
            };
            if !goes_on {
                drop(permit.take());
            }
            polled
        }))
    })
}

impl Limit {
    fn refuse(&self, path: &str) -> Response<Body> {
        metrics::counter!(names::RPC_REQUESTS, "method" => self.methods.label(path), "code" => "UNAVAILABLE")
            .increment(1);
        metrics::counter!(names::RPC_SHED).increment(1);
        if self.untold.fetch_add(1, Ordering::Relaxed) == 0 {
            tokio::spawn(tell(Arc::clone(&self.untold)));
        }
        let mut response = Response::new(Body::empty());
        response.headers_mut().clone_from(&self.refusal);
        response
    }
}

/// One line for all that are refused meanwhile: a line for each would be most of what a refusal costs.
async fn tell(untold: Arc<AtomicU64>) {
    tokio::time::sleep(LINE_EVERY).await;
    let count = untold.swap(0, Ordering::Relaxed);
    tracing::warn!(calls.count = count, "calls refused: too many were in progress");
}
