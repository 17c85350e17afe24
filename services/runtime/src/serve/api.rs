use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tower::Service;

use super::ServeError;
use crate::caller::Caller;
use crate::rpc::{Around, Surround, surround};

/// The services of one listener, with their descriptors.
#[derive(Clone)]
pub struct Api {
    routes: Routes,
    pub(super) names: Vec<&'static str>,
    pub(super) descriptors: Vec<u8>,
    surround: Option<Surround>,
    pub(super) policy: &'static str,
}

impl Api {
    /// Starts with no service. `descriptors` is the encoded `FileDescriptorSet` that holds them, for reflection and metrics.
    pub fn new(descriptors: impl Into<Vec<u8>>) -> Self {
        Self {
            routes: Routes::default(),
            names: Vec::new(),
            descriptors: descriptors.into(),
            surround: None,
            policy: "",
        }
    }

    /// Says who may call what, as `junheng_proto::POLICY` does. Without one nothing is served to callers who must say who they are.
    #[must_use]
    pub fn with_policy(self, policy: &'static str) -> Self {
        Self { policy, ..self }
    }

    /// Adds a generated server.
    ///
    /// Set its limit before: `XServer::new(x).max_decoding_message_size(limits.max_message_bytes)`. tonic's own is 4 MiB; a message
    /// over the limit is answered `RESOURCE_EXHAUSTED`, reason `MESSAGE_TOO_LARGE`.
    #[must_use]
    pub fn add_service<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible> + NamedService + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes = self.routes.add_service(service);
        self.names.push(S::NAME);
        self
    }

    /// Puts something around each step of every call of these services: `surround` gets the caller and the instant after which nobody waits for
    /// the call any more, and what it gives is called with each poll of the handler and of its answer's body. A task that a handler spawns is
    /// outside.
    #[must_use]
    pub fn surrounded(mut self, surround: impl Fn(&Caller, Option<Instant>) -> Around + Send + Sync + 'static) -> Self {
        self.surround = Some(Arc::new(surround));
        self
    }

    /// The routes with what is put around them.
    pub(super) fn routes(&self) -> Routes {
        let routes = self.routes.clone();
        match &self.surround {
            Some(around) => routes.into_axum_router().layer(from_fn_with_state(Arc::clone(around), surround)).into(),
            None => routes,
        }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Api").field("names", &self.names).finish_non_exhaustive()
    }
}

/// Adds reflection in both versions: older tools know v1alpha only. Each describes health and itself as well.
pub(super) fn with_reflection(routes: Routes, descriptors: &[u8]) -> Result<Routes, ServeError> {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(descriptors)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    Ok(routes.add_service(builder().build_v1()?).add_service(builder().build_v1alpha()?))
}

/// The descriptors of a program's services with those of what the runtime serves beside them.
pub(super) const fn served(descriptors: &[u8]) -> [&[u8]; 4] {
    [
        descriptors,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ]
}
