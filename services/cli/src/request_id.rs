//! Ids of writes: what makes it safe to repeat one whose outcome is not known.

use junheng_client::ClientError;
use uuid::Uuid;

use crate::output;

/// The id that the caller gave, or a new one.
pub(crate) fn or_new(given: Option<String>) -> String {
    given.unwrap_or_else(|| Uuid::new_v4().to_string())
}

/// Tells the id on stderr where repeating the request may succeed: after a refusal it would be refused again.
pub(crate) fn advise(error: &ClientError, request_id: &str) {
    if error.retryable() || matches!(error, ClientError::DeadlineExceeded) {
        output::tell(&advice(request_id));
    }
}

fn advice(request_id: &str) -> String {
    format!("可能没有完成；请用同一请求编号重新执行：--request-id {request_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_was_given_is_kept_and_a_new_one_is_as_a_request_takes_it() {
        assert_eq!(or_new(Some("mine".to_owned())), "mine");
        let new = or_new(None);
        assert_eq!(crate::args::request_id(&new).as_deref(), Ok(new.as_str()));
        assert!(advice(&new).ends_with(&format!("--request-id {new}")));
    }
}
