use std::convert::Infallible;

use axum::response::IntoResponse;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tower::Service;

use super::ServeError;

/// The services of one listener, with their descriptors.
#[derive(Debug, Clone)]
pub struct Api {
    pub(super) routes: Routes,
    pub(super) names: Vec<&'static str>,
    pub(super) descriptors: Vec<u8>,
    pub(super) policy: &'static str,
}

impl Api {
    /// Starts with no service. `descriptors` is the encoded `FileDescriptorSet` that holds them, for reflection and metrics.
    pub fn new(descriptors: impl Into<Vec<u8>>) -> Self {
        Self { routes: Routes::default(), names: Vec::new(), descriptors: descriptors.into(), policy: "" }
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
