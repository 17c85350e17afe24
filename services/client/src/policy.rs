//! How long a call may take, and when it is repeated.

use std::time::Duration;

use crate::error::ClientError;

/// How long a call may take, and when it is repeated.
#[derive(Debug, Clone)]
pub struct Policy {
    /// One attempt. Units: time.
    pub call_timeout: Duration,
    /// All attempts of a call with the waiting between them. Units: time.
    pub overall_timeout: Duration,
    /// Attempts at most, the first one included; zero counts as one.
    pub attempts: u32,
    /// Wait before the second attempt, before jitter; it doubles from attempt to attempt. Units: time.
    pub first_delay: Duration,
    /// Longest wait that doubling leads to; what the service asks for (`RetryInfo`, `grpc-retry-pushback-ms`) may be longer. Units: time.
    pub longest_delay: Duration,
    /// Tokens of the retry budget that clones of a client share: a retryable failure costs one, an answer gives a tenth, and while half of
    /// them or fewer are left nothing is repeated. So a service in trouble is not drowned in retries.
    pub retry_tokens: u32,
    /// Opening a connection. Units: time.
    pub connect_timeout: Duration,
    /// Largest answer that is taken. Units: bytes.
    pub max_message_bytes: usize,
}

impl Default for Policy {
    /// 30 s for an attempt, 2 min and six attempts for a call, waits from 0.2 s to 10 s, ten tokens, 5 s to connect, answers up to 64 MiB.
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(30),
            overall_timeout: Duration::from_mins(2),
            attempts: 6,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(10),
            retry_tokens: 10,
            connect_timeout: Duration::from_secs(5),
            max_message_bytes: 64 * 1024 * 1024,
        }
    }
}

impl Policy {
    /// How long to wait after a failed attempt, the first being 1; `None`: it is not repeated.
    pub(crate) fn delay(&self, attempt: u32, error: &ClientError) -> Option<Duration> {
        if !error.retryable() || attempt >= self.attempts {
            return None;
        }
        let asked = error.service().and_then(|service| service.retry_after).unwrap_or_default();
        // What the service asks for is a floor, so that the jitter of many clients does not undercut it.
        Some(asked + self.backoff(attempt).mul_f64(chance()))
    }

    fn backoff(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.checked_pow(attempt - 1).and_then(|factor| self.first_delay.checked_mul(factor));
        doubled.unwrap_or(self.longest_delay).min(self.longest_delay)
    }
}

/// A share from a half to one.
fn chance() -> f64 {
    0.5 + 0.5 * f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    fn unavailable(retry_after: Duration) -> ClientError {
        let details = ErrorDetails::with_retry_info(Some(retry_after));
        ClientError::from_status(&Status::with_error_details(Code::Unavailable, "busy", details))
    }

    #[test]
    fn waits_double_with_jitter_up_to_the_longest() {
        let policy = Policy { attempts: 40, ..Policy::default() };
        let error = unavailable(Duration::ZERO);

        for (attempt, longest_ms) in [(1, 200), (2, 400), (3, 800), (7, 10_000), (39, 10_000)] {
            let delay = policy.delay(attempt, &error).unwrap();
            let longest = Duration::from_millis(longest_ms);
            assert!(delay <= longest && delay >= longest / 2, "{attempt}: {delay:?}");
        }
    }

    #[test]
    fn the_service_may_ask_for_a_longer_wait() {
        let delay = Policy::default().delay(1, &unavailable(Duration::from_secs(30))).unwrap();

        assert!(delay >= Duration::from_secs(30), "{delay:?}");
    }

    #[test]
    fn pushback_is_a_floor_and_a_negative_one_a_no() {
        let pushed = |value: &'static str| {
            let mut status = Status::new(Code::Unavailable, "busy");
            status.metadata_mut().insert("grpc-retry-pushback-ms", value.parse().unwrap());
            Policy::default().delay(1, &ClientError::from_status(&status))
        };

        assert!(pushed("45000").unwrap() >= Duration::from_secs(45));
        assert_eq!([pushed("-1"), pushed("soon")], [None, None]);
    }

    #[test]
    fn nothing_but_unavailable_is_repeated_and_not_for_ever() {
        let policy = Policy::default();
        let other = ClientError::from_status(&Status::new(Code::Internal, "defect"));

        assert_eq!(policy.delay(1, &other), None);
        assert_eq!(policy.delay(1, &ClientError::DeadlineExceeded), None);
        assert_eq!(policy.delay(policy.attempts, &unavailable(Duration::ZERO)), None);
    }
}
