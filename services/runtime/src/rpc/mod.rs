//! What every RPC passes through, outermost first: overload, arrival, request log, deadline, panics, guard, mending, and
//! what the service puts around its own.
//!
//! Overload and arrival are plain tower services: the one because a refused call must cost nothing, the other because it must note the time before
//! tonic starts its own timer. The others are axum middleware.

mod arrival;
pub(crate) mod body;
mod deadline;
mod guard;
mod inspect;
mod mend;
mod methods;
mod overload;
mod panics;
mod request_log;
mod status;
mod surround;

use std::sync::Arc;
use std::time::Duration;

use axum::middleware::{from_fn, from_fn_with_state};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::observer::Observer;
use crate::peer::Proxies;
pub(crate) use arrival::arrive;
pub(crate) use guard::{Guard, refused};
pub(crate) use methods::Methods;
pub(crate) use overload::Gate;
pub use surround::Around;
pub(crate) use surround::{Deadlines, Surround, surround};

/// What the layers of one server know.
#[derive(Clone)]
pub(crate) struct Shield {
    pub(crate) default_deadline: Duration,
    pub(crate) methods: Arc<Methods>,
    /// Who is told of calls that ended.
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// Fires once health says `NOT_SERVING` for good: ends the streams that watch health.
    pub(crate) closing: CancellationToken,
    /// Whose word on where a call comes from is taken.
    pub(crate) proxies: Proxies,
    /// `None`: nobody is asked who he is.
    pub(crate) guard: Option<Arc<Guard>>,
}

impl Shield {
    pub(crate) fn cover(self, routes: Routes) -> Routes {
        routes
            .into_axum_router()
            .layer(from_fn(mend::mend))
            .layer(from_fn_with_state(self.clone(), guard::guard))
            .layer(from_fn(panics::answer))
            .layer(from_fn_with_state(self.clone(), deadline::keep))
            .layer(from_fn_with_state(self, request_log::record))
            .into()
    }
}
