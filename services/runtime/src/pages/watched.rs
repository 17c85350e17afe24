//! What is told of a page that was answered: to the log, to the metrics, to the audit.

use std::sync::Arc;
use std::time::Instant;

use axum::body::HttpBody as _;
use axum::http::StatusCode;
use axum::response::Response;
use tonic::Code;

use crate::caller::Caller;
use crate::observer::{Asked, Ended, Observer};
use crate::telemetry::names;

/// What addresses that lead to no page are counted as.
const OTHER: &str = "other";

/// A request for a page.
pub(super) struct Watched {
    pub(super) at: Instant,
    pub(super) route: Option<&'static str>,
    /// What the look at the page is as, `package.Service/Method`.
    pub(super) rpc: Option<String>,
    pub(super) caller: Caller,
    /// Path and query.
    pub(super) asked: String,
}

impl Watched {
    /// Tells of the answer.
    pub(super) fn end(self, response: &Response, observer: Option<&Arc<dyn Observer>>) {
        let (status, duration) = (response.status(), self.at.elapsed());
        let route = self.route.unwrap_or(OTHER);
        metrics::counter!(names::PAGE_REQUESTS, "route" => route, "status" => class(status)).increment(1);
        metrics::histogram!(names::PAGE_DURATION, "route" => route).record(duration);
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let (status_code, peer) = (status.as_u16(), self.caller.address());
        if status.is_server_error() {
            tracing::warn!(http.status = status_code, duration_ms, caller.peer = peer, "page served");
        } else {
            tracing::info!(http.status = status_code, duration_ms, caller.peer = peer, "page served");
        }
        let Some((observer, method)) = observer.zip(self.rpc) else { return };
        // Whoever is led elsewhere was shown nothing yet.
        if observer.wants(&method) && !status.is_redirection() {
            let answered_bytes = if status.is_success() { response.body().size_hint().lower() } else { 0 };
            let (caller, asked) = (self.caller, Asked::Page(self.asked));
            observer.ended(Ended { method, caller, asked, answered_bytes, code: code(status) });
        }
    }
}

/// The class of a status, as metrics label it.
fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "1xx",
    }
}

/// What a call that answers so ends with.
fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::BAD_REQUEST => Code::InvalidArgument,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::Unimplemented,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        status if status.is_success() => Code::Ok,
        _ => Code::Internal,
    }
}
