//! Who looks at a page, and whether he may.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts as _, MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::Semaphore;
use tracing::Instrument as _;
use uuid::Uuid;

use super::Apology;
use super::watched::Watched;
use crate::access::{Access, Identity, PageEntry, Policy};
use crate::caller::Caller;
use crate::observer::Observer;
use crate::peer::Peer;
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
    let (mut parts, body) = request.into_parts();
    if let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<Peer>>().cloned() {
        parts.extensions.insert(peer);
    }
    let matched = parts.extensions.get::<MatchedPath>().cloned();
    let route = matched.and_then(|matched| door.routes.iter().find(|route| **route == matched.as_str()).copied());
    let caller = Caller::read(&parts.headers, &parts.extensions);
    let (caller, refusal) = door.admit(&mut parts, route, caller).await;
    let span = tracing::info_span!(
        "page",
        http.method = %parts.method,
        http.path = parts.uri.path(),
        caller.subject = %caller.subject,
        trace.id = caller.trace.id(),
    );
    let rpc = door.keeper.as_ref().zip(route).and_then(|(keeper, route)| keeper.policy.page(route)?.rpc.clone());
    let watched = Watched { at, route, rpc, caller: caller.clone(), asked: parts.uri.to_string() };
    parts.extensions.insert(caller);
    let until = at.checked_add(door.deadline);
    parts.extensions.insert(Deadlines { head: until, whole: until });
    async move {
        let response = match refusal {
            Some(status) => door.refuse(status),
            None => door.answer(Request::from_parts(parts, body), next).await,
        };
        watched.end(&response, door.observer.as_ref());
        response
    }
    .instrument(span)
    .await
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

    async fn answer(&self, request: Request, next: Next) -> Response {
        let Ok(_permit) = self.permits.try_acquire() else { return self.refuse(StatusCode::SERVICE_UNAVAILABLE) };
        match tokio::time::timeout(self.deadline, catch_in(next.run(request))).await {
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
