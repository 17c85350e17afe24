//! Pages for people over HTTP: every request has a caller, a deadline, one log line and a count, a panic is an answer.
//!
//! Who looks at a page is asked as who calls is: its door is the one place where a request gets its caller.

mod door;
mod watched;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware;
use axum::response::Response;

use crate::caller::Caller;
use crate::rpc::{Around, Surround, surround};
pub(crate) use door::{Door, Doorkeeper};

/// Makes the page of a failure: its status, and the incident id that stands in the log; empty where there is none.
pub type Apology = fn(StatusCode, &str) -> Response;

/// Pages, who may see them, and what is said when one cannot be shown.
#[derive(Clone)]
pub struct Pages {
    router: Router,
    pub(crate) routes: Vec<&'static str>,
    pub(crate) apology: Apology,
    surround: Option<Surround>,
    pub(crate) policy: &'static str,
    pub(crate) descriptors: &'static [u8],
    pub(crate) token_header: HeaderName,
}

impl Pages {
    /// Takes the pages and their routes, all of them. Handlers find their [`Caller`] among the extensions of the request.
    #[must_use]
    pub const fn new(router: Router, paths: Vec<&'static str>, apology: Apology) -> Self {
        let token_header = header::AUTHORIZATION;
        Self { router, routes: paths, apology, surround: None, policy: "", descriptors: &[], token_header }
    }

    /// Says who may see which page, as `junheng_proto::POLICY` does, of RPCs of these descriptors. Without it nothing is served to people who must
    /// say who they are.
    #[must_use]
    pub fn with_policy(self, policy: &'static str, descriptors: &'static [u8]) -> Self {
        Self { policy, descriptors, ..self }
    }

    /// Says in which header a request brings its token: after `Bearer` in `authorization`, alone in any other. What is no name of a header
    /// changes nothing.
    #[must_use]
    pub fn with_token_header(self, name: &str) -> Self {
        let token_header = HeaderName::try_from(name).unwrap_or(self.token_header);
        Self { token_header, ..self }
    }

    /// Puts something around each step of every handler, as [`Api::surrounded`](crate::Api::surrounded) does.
    #[must_use]
    pub fn surrounded(mut self, surround: impl Fn(&Caller, Option<Instant>) -> Around + Send + Sync + 'static) -> Self {
        self.surround = Some(Arc::new(surround));
        self
    }

    /// The pages with what is put around them, behind a door.
    pub(crate) fn behind(self, door: Door) -> Router {
        let router = match self.surround {
            Some(around) => self.router.layer(middleware::from_fn_with_state(around, surround)),
            None => self.router,
        };
        router.layer(middleware::from_fn_with_state(Arc::new(door), door::pass))
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pages").field("routes", &self.routes).finish_non_exhaustive()
    }
}
