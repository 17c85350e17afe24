//! Who looks at a page, and whether he may.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequestParts as _, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::Apology;
use super::watched::Watched;
use crate::access::{Access, Identity, PageEntry, Policy};
use crate::caller::Caller;
use crate::observer::Observer;
use crate::peer::Proxies;
use crate::rpc::body::{poll, tap};
use crate::rpc::{Deadlines, refused};
use crate::telemetry::names;
use crate::telemetry::panics::catch_in;

/// The parameter of a route that names the region which a page is about.
const REGION: &str = "region";

/// What all requests for pages pass.
pub(crate) struct Door {
    pub(crate) deadline: Duration,
    pub(crate) apology: Apology,
    pub(crate) routes: Vec<&'static str>,
    /// `None`: nobody is asked who he is, and only this machine is answered.
    pub(crate) keeper: Option<Doorkeeper>,
    /// One permit for each call or page in progress.
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// Whose word on where a request comes from is taken.
    pub(crate) proxies: Proxies,
}

/// How people are known, and what they may see.
pub(crate) struct Doorkeeper {
    pub(crate) access: Access,
    pub(crate) policy: Policy,
    pub(crate) header: HeaderName,
}

/// Asks who looks, and answers whatever becomes of the handler.
pub(super) async fn pass(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let matched = parts.extensions.get::<MatchedPath>().cloned();
    let route = matched.and_then(|matched| door.routes.iter().find(|route| **route == matched.as_str()).copied());
    let mut caller = Caller::read(&parts.headers, &parts.extensions);
    if let Some(address) = door.proxies.caller(caller.peer, &parts.headers) {
        caller.peer = Some(address);
    }
    let span = tracing::info_span!(
        "page",
        http.method = %parts.method,
        http.path = parts.uri.path(),
        caller.subject = Empty,
        trace.id = caller.trace.id(),
    );
    let rpc = door.keeper.as_ref().zip(route).and_then(|(keeper, route)| keeper.policy.page(route)?.rpc.clone());
    let asked = parts.uri.to_string();
    let asking = Asking { parts, body, route, at };
    async move {
        // Before anybody asks who looks: what a signature costs is work in progress, too.
        let Ok(permit) = Arc::clone(&door.permits).try_acquire_owned() else {
            let response = door.refuse_busy();
            Watched { at, route, rpc, caller, asked }.end(&response, None);
            return response;
        };
        let mut known = caller.clone();
        let response = door.answer(asking, next, caller, &mut known).await;
        Watched { at, route, rpc, caller: known, asked }.end(&response, door.observer.as_ref());
        held(response, permit)
    }
    .instrument(span)
    .await
}

/// A request for a page, before it is known who asks.
struct Asking {
    parts: Parts,
    body: Body,
    route: Option<&'static str>,
    at: Instant,
}

/// Keeps the permit until the answer is sent.
fn held(mut response: Response, permit: OwnedSemaphorePermit) -> Response {
    if response.body().is_end_stream() {
        return response;
    }
    // What holds the permit says no size.
    if let Some(size) = response.body().size_hint().exact() {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(size));
    }
    response.map(|body| {
        tap(body, move |body, context| {
            let _held = &permit;
            poll(body, context)
        })
    })
}

impl Door {
    /// Says who looks, and with which status he is refused, if he is.
    async fn admit(&self, parts: &mut Parts, route: Option<&str>, caller: Caller) -> (Caller, Option<StatusCode>) {
        let Some(keeper) = &self.keeper else {
            let elsewhere = (!local(&parts.headers)).then_some(StatusCode::MISDIRECTED_REQUEST);
            return (caller, elsewhere);
        };
        let entry = route.and_then(|route| keeper.policy.page(route));
        if entry.is_some_and(PageEntry::is_public) {
            return (caller.unknown(), None);
        }
        let Identity { subject, roles, scope, .. } =
            match keeper.access.identify_person(&parts.headers, &keeper.header).await {
                Ok(identity) => identity,
                Err(denial) => {
                    refused(denial.label());
                    tracing::info!(error.reason = denial.label(), "caller not authenticated: {denial}");
                    return (caller.unknown(), Some(StatusCode::UNAUTHORIZED));
                }
            };
        let caller = Caller { subject, roles, scope, ..caller };
        let Some(entry) = entry else {
            // An address that leads nowhere is told so by the pages themselves.
            return (caller, route.map(|_| StatusCode::NOT_FOUND));
        };
        if !entry.includes(&caller.roles) {
            refused("role");
            return (caller, Some(StatusCode::FORBIDDEN));
        }
        let covered = match RawPathParams::from_request_parts(parts, &()).await {
            Ok(found) => found.iter().filter(|(name, _)| *name == REGION).all(|(_, code)| caller.scope.covers(code)),
            Err(_) => false,
        };
        if !covered {
            refused("region");
            return (caller, Some(StatusCode::NOT_FOUND));
        }
        (caller, None)
    }

    fn refuse(&self, status: StatusCode) -> Response {
        let mut response = (self.apology)(status, "");
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    fn refuse_busy(&self) -> Response {
        metrics::counter!(names::RPC_SHED).increment(1);
        let mut response = self.refuse(StatusCode::SERVICE_UNAVAILABLE);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }

    /// Answers in time, and says who looks as soon as it is known.
    async fn answer(&self, asking: Asking, next: Next, caller: Caller, known: &mut Caller) -> Response {
        let Asking { mut parts, body, route, at } = asking;
        let answering = Box::pin(async {
            let (caller, refusal) = self.admit(&mut parts, route, caller).await;
            Span::current().record("caller.subject", &*caller.subject);
            known.clone_from(&caller);
            if let Some(status) = refusal {
                return self.refuse(status);
            }
            parts.extensions.insert(caller);
            let until = at.checked_add(self.deadline);
            parts.extensions.insert(Deadlines { head: until, whole: until });
            next.run(Request::from_parts(parts, body)).await
        });
        match tokio::time::timeout(self.deadline, catch_in(answering)).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => {
                let incident = Uuid::new_v4().simple().to_string();
                metrics::counter!(names::PANICS).increment(1);
                tracing::error!(incident.id = incident, panic.message = panic, "page panicked");
                (self.apology)(StatusCode::INTERNAL_SERVER_ERROR, &incident)
            }
            Err(_) => self.refuse(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// Whether a request names this machine: as nobody is asked who he is, a page of another site must not reach ours through a name of its own
/// that leads to loopback.
fn local(headers: &HeaderMap) -> bool {
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(authority) = named.and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}
