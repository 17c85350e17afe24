//! Wrong fields of a request, collected so that all are told at once.

use tonic_types::FieldViolation;

use crate::status::RpcError;

/// The wrong fields found so far.
#[derive(Debug, Clone, Default)]
pub struct Violations(pub(crate) Vec<FieldViolation>);

impl Violations {
    /// Adds a wrong field.
    pub fn add(&mut self, field: &str, description: impl Into<String>) {
        self.0.push(FieldViolation::new(field, description));
    }

    /// Takes a result, and keeps its error, which says what the field is, as a wrong field.
    pub fn take<T, E: std::fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, format!("is {error}"))).ok()
    }

    /// Holds the field `request_id` against its form.
    pub fn check_request_id(&mut self, request_id: &str) {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if request_id.is_empty() || request_id.len() > 64 || !request_id.bytes().all(allowed) {
            self.add("request_id", "is not 1 to 64 letters, digits, '.', '_' or '-'");
        }
    }

    /// Ends the collection.
    ///
    /// # Errors
    ///
    /// [`RpcError::Invalid`] when any field is wrong.
    pub fn finish(self) -> Result<(), RpcError> {
        if self.0.is_empty() { Ok(()) } else { Err(RpcError::Invalid(self)) }
    }
}
