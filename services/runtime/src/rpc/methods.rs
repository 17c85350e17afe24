use std::collections::HashMap;
use std::sync::Arc;

use prost::Message;
use prost_types::FileDescriptorSet;

const UNKNOWN: &str = "unknown";

/// The methods that are served, so that labels of metrics come from a closed set.
#[derive(Debug)]
pub(crate) struct Methods {
    labels: HashMap<String, Arc<str>>,
    unknown: Arc<str>,
}

impl Methods {
    /// Reads them from encoded descriptor sets.
    pub(crate) fn read(descriptor_sets: &[&[u8]]) -> Result<Self, prost::DecodeError> {
        let mut labels = HashMap::new();
        for encoded in descriptor_sets {
            for file in FileDescriptorSet::decode(*encoded)?.file {
                for service in &file.service {
                    for method in &service.method {
                        let label = format!("{}.{}/{}", file.package(), service.name(), method.name());
                        labels.insert(format!("/{label}"), label.into());
                    }
                }
            }
        }
        Ok(Self { labels, unknown: UNKNOWN.into() })
    }

    /// Returns the method of a path, `unknown` where nobody serves it.
    pub(super) fn label(&self, path: &str) -> Arc<str> {
        Arc::clone(self.labels.get(path).unwrap_or(&self.unknown))
    }
}

/// Whether a path is one that is answered however much is in progress: a busy process must not look like a dead one.
pub(super) fn ungated(path: &str) -> bool {
    matches!(path, "/grpc.health.v1.Health/Check" | "/grpc.health.v1.Health/Watch")
}

/// Whether a path is one that watches the service rather than uses it.
pub(super) fn probe(path: &str) -> bool {
    path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.")
}
