//! Pages for people over HTTP: every request has a caller, a deadline and one log line, a panic is an answer, and the drain ends.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::caller::Caller;
use crate::config::Limits;
use crate::rpc::{Around, Deadlines, Surround, surround};
use crate::telemetry::names;
use crate::telemetry::panics::catch_in;

/// Makes the page of a failure: its status, and the incident id that stands in the log; empty where there is none.
pub type Apology = fn(StatusCode, &str) -> Response;

/// Pages, and what is said when one cannot be made.
#[derive(Clone)]
pub struct Pages {
    router: Router,
    apology: Apology,
    surround: Option<Surround>,
}

#[derive(Debug, Clone, Copy)]
struct Cover {
    deadline: Duration,
    apology: Apology,
}

impl Pages {
    /// Takes the pages. Handlers find their [`Caller`] among the extensions of the request.
    #[must_use]
    pub const fn new(router: Router, apology: Apology) -> Self {
        Self { router, apology, surround: None }
    }

    /// Puts something around each step of every handler, as [`Api::surrounded`](crate::Api::surrounded) does.
    #[must_use]
    pub fn surrounded(mut self, surround: impl Fn(&Caller, Option<Instant>) -> Around + Send + Sync + 'static) -> Self {
        self.surround = Some(Arc::new(surround));
        self
    }

    /// The pages with what is put around them.
    fn routes(self) -> Router {
        match self.surround {
            Some(around) => self.router.layer(middleware::from_fn_with_state(around, surround)),
            None => self.router,
        }
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// Serves pages on a bound listener until `stop` fires and the drain is over.
///
/// When `stop` fires the listener closes and requests in progress may end; after `drain_timeout_ms` what is left is cut.
///
/// # Errors
///
/// [`std::io::Error`] when the listener fails.
pub async fn serve(
    listener: TcpListener,
    pages: Pages,
    limits: &Limits,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let cover = Cover { deadline: limits.default_deadline(), apology: pages.apology };
    let router = pages.routes().layer(middleware::from_fn_with_state(cover, arrive));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let drained = {
        let (stop, patience) = (stop.clone(), limits.drain_timeout());
        async move {
            stop.cancelled().await;
            tokio::time::sleep(patience).await;
        }
    };
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()) => served,
        () = drained => Ok(()),
    }
}

/// Says who calls, and answers whatever becomes of the handler.
///
/// This is the one place where a request for a page gets its caller: authentication of people belongs here.
async fn arrive(State(cover): State<Cover>, mut request: Request, next: Next) -> Response {
    let at = Instant::now();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    let caller = Caller { peer, ..Caller::read(request.headers(), request.extensions()) };
    let span = tracing::info_span!(
        "page",
        http.method = %request.method(),
        http.path = request.uri().path(),
        caller.subject = %caller.subject,
        trace.id = caller.trace.id(),
    );
    request.extensions_mut().insert(caller);
    let until = at.checked_add(cover.deadline);
    request.extensions_mut().insert(Deadlines { head: until, whole: until });
    async move {
        let answered = tokio::time::timeout(cover.deadline, catch_in(next.run(request))).await;
        let response = match answered {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => {
                let incident = Uuid::new_v4().simple().to_string();
                metrics::counter!(names::PANICS).increment(1);
                tracing::error!(incident.id = incident, panic.message = panic, "page panicked");
                (cover.apology)(StatusCode::INTERNAL_SERVER_ERROR, &incident)
            }
            Err(_) => (cover.apology)(StatusCode::SERVICE_UNAVAILABLE, ""),
        };
        let duration_ms = u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(http.status = response.status().as_u16(), duration_ms, "page served");
        response
    }
    .instrument(span)
    .await
}
