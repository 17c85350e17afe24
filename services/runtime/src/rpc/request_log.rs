//! One line and one count per RPC, written when its answer is finished, so that the code is the one that the caller gets.

use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tracing::{Instrument, Level, Span, field::Empty};

use super::Shield;
use super::arrival::Arrival;
use super::body::{poll, tap};
use super::guard::Known;
use super::methods::probe;
use crate::caller::Caller;
use crate::observer::Watched;
use crate::telemetry::{names, traces};

pub(super) async fn record(State(shield): State<Shield>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut caller = request.extensions().get().cloned().unwrap_or_else(Caller::anonymous);
    if let Some(address) = shield.proxies.caller(caller.peer, request.headers()) {
        caller.peer = Some(address);
        request.extensions_mut().insert(caller.clone());
    }
    let (label, quiet) = (shield.methods.label(&path), probe(&path));
    // Probes would be most of all traces.
    let span = if quiet {
        Span::none()
    } else {
        let (service, method) = label.rsplit_once('/').unwrap_or(("", &label));
        tracing::info_span!(
            "rpc",
            otel.name = %label,
            otel.kind = "server",
            rpc.system = "grpc",
            rpc.service = service,
            rpc.method = method,
            trace.id = Empty,
            rpc.code = Empty
        )
    };
    if let Some(trace) = traces::join(&span, &caller.trace) {
        caller.trace = trace;
        request.extensions_mut().insert(caller.clone());
    }
    span.record("trace.id", caller.trace.id());
    let mut call = Call {
        started: Arrival::of(&request).at,
        label,
        quiet,
        path,
        caller,
        known: Known::default(),
        span: span.clone(),
        finished: false,
        watched: None,
    };
    request.extensions_mut().insert(call.known.clone());
    if let Some(observer) = &shield.observer
        && observer.wants(&call.label)
    {
        let (parts, body) = request.into_parts();
        let (watched, body) = Watched::begin(observer, &call.label, body);
        call.watched = Some(watched);
        request = Request::from_parts(parts, body);
    }
    metrics::gauge!(names::RPC_IN_FLIGHT).increment(1.0);

    let response = next.run(request).instrument(span.clone()).await;
    if response.headers().contains_key("grpc-status") {
        call.finish_with(response.headers());
        return response;
    }
    response.map(|body| {
        tap(body, move |body, context| {
            let polled = span.in_scope(|| poll(body, context));
            match &polled {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Some(watched) = &mut call.watched {
                        watched.answered(frame);
                    }
                    if let Some(trailers) = frame.trailers_ref() {
                        call.finish_with(trailers);
                    }
                }
                Poll::Ready(_) => call.finish(Code::Unknown, None),
                Poll::Pending => {}
            }
            polled
        })
    })
}

/// A call in progress. One that is dropped unfinished was cancelled: its caller went away.
struct Call {
    started: Instant,
    label: Arc<str>,
    path: String,
    quiet: bool,
    caller: Caller,
    known: Known,
    span: Span,
    finished: bool,
    /// Gathers what an observer is told.
    watched: Option<Watched>,
}

impl Call {
    fn finish_with(&mut self, headers: &HeaderMap) {
        match Status::from_header_map(headers) {
            Some(status) => {
                let reason = status.get_details_error_info().map(|info| info.reason);
                self.finish(status.code(), reason.as_deref());
            }
            None => self.finish(Code::Unknown, None),
        }
    }

    fn finish(&mut self, code: Code, reason: Option<&str>) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        let duration = self.started.elapsed();
        self.span.record("rpc.code", name(code));
        metrics::gauge!(names::RPC_IN_FLIGHT).decrement(1.0);
        metrics::counter!(names::RPC_REQUESTS, "method" => Arc::clone(&self.label), "code" => name(code)).increment(1);
        metrics::histogram!(names::RPC_DURATION, "method" => Arc::clone(&self.label)).record(duration);
        self.log(code, reason, duration.as_secs_f64() * 1_000.0);
        if let Some(watched) = self.watched.take() {
            watched.end(self.who().clone(), code);
        }
    }

    /// The caller, as known as he is by now.
    fn who(&self) -> &Caller {
        self.known.0.get().unwrap_or(&self.caller)
    }

    fn log(&self, code: Code, reason: Option<&str>, duration_ms: f64) {
        let caller = self.who();
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    rpc.method = self.path.trim_start_matches('/'),
                    rpc.code = name(code),
                    error.reason = reason,
                    duration_ms,
                    caller.subject = &*caller.subject,
                    caller.peer = caller.address(),
                    trace.id = caller.trace.id(),
                    "call answered"
                )
            };
        }
        match code {
            Code::Internal | Code::Unknown | Code::DataLoss => line!(Level::ERROR),
            Code::Unavailable if !self.quiet => line!(Level::WARN),
            _ if self.quiet => line!(Level::DEBUG),
            _ => line!(Level::INFO),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.finish(Code::Cancelled, None);
    }
}

/// The name of a code as the specification writes it.
const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
