//! The evaluation service.
