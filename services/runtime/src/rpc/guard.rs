//! Who calls, and whether he may: credentials, then roles, then the regions that the request names. Only then the handler is reached.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use tonic::Status;

use super::Shield;
use super::body::{poll, tap};
use super::inspect::{Slot, inspect};
use super::status::Refusal;
use crate::access::{Access, Identity, Policy, Whom};
use crate::caller::Caller;
use crate::peer::Peer;
use crate::scope::Scope;
use crate::telemetry::names;

/// How callers are known, and what they may do.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) access: Access,
    pub(crate) policy: Arc<Policy>,
    pub(crate) max_message_bytes: usize,
}

/// The caller of a call, once he is known: for the log, which began before.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(pub(super) Arc<OnceLock<Caller>>);

pub(super) async fn guard(State(shield): State<Shield>, mut request: Request, next: Next) -> Response {
    let Some(guard) = &shield.guard else { return next.run(request).await };
    let entry = guard.policy.entry(request.uri().path());
    if entry.is_some_and(|entry| entry.whom == Whom::Public) {
        return next.run(request).await;
    }
    let names = request.extensions().get::<Peer>().map(|peer| Arc::clone(&peer.names)).unwrap_or_default();
    let Some(identity) = guard.identify(request.headers(), &names).await else {
        return Refusal::Unauthenticated.response();
    };
    let caller = request.extensions().get().cloned().unwrap_or_else(Caller::anonymous);
    let Identity { subject, roles, scope, .. } = identity;
    let caller = Caller { subject, roles, scope, ..caller };
    if let Some(known) = request.extensions().get::<Known>() {
        known.0.get_or_init(|| caller.clone());
    }
    let Some(entry) = entry else { return Status::unimplemented("").into_http() };
    if !entry.whom.includes(&caller.roles) {
        refused("role");
        return Refusal::RoleNotAllowed.response();
    }
    let scope = Arc::clone(&caller.scope);
    request.extensions_mut().insert(caller);
    let (Some(demand), Scope::Regions(_)) = (&entry.demand, &*scope) else {
        return next.run(request).await;
    };

    let slot = Slot::default();
    let demand = Arc::clone(demand);
    let request = request.map(|body| inspect(body, demand, scope, guard.max_message_bytes, slot.clone()));
    let response = next.run(request).await;
    if response.headers().contains_key("grpc-status") {
        return match slot.take() {
            Some(refusal) => refusal.response(),
            None => response,
        };
    }
    response.map(|body| {
        tap(body, move |body, context| {
            poll(body, context).map_ok(|frame| {
                let refusal = frame.trailers_ref().and_then(|_: &HeaderMap| slot.take());
                refusal.map_or(frame, Refusal::trailers)
            })
        })
    })
}

impl Guard {
    async fn identify(&self, headers: &HeaderMap, names: &[String]) -> Option<Identity> {
        let identified = self.access.identify(headers, names).await;
        identified
            .inspect_err(|denial| {
                refused(denial.label());
                tracing::info!(error.reason = denial.label(), "caller not authenticated: {denial}");
            })
            .ok()
    }
}

/// Counts a refusal.
pub(crate) fn refused(reason: &'static str) {
    metrics::counter!(names::ACCESS_REFUSED, "reason" => reason).increment(1);
}
