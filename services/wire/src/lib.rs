//! Protobuf to domain and back, errors to statuses.
