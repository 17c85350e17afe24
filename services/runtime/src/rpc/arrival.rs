use std::time::{Duration, Instant};

use http::{HeaderMap, Request};

use crate::caller::Caller;

/// When a call arrived, and how long its caller waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    pub(super) timeout: Option<Duration>,
}

impl Arrival {
    fn read(headers: &HeaderMap) -> Self {
        let timeout = headers.get("grpc-timeout").and_then(|value| value.to_str().ok());
        Self { at: Instant::now(), timeout: timeout.and_then(parse_timeout) }
    }

    pub(super) fn of<B>(request: &Request<B>) -> Self {
        request.extensions().get().copied().unwrap_or_else(|| Self::read(request.headers()))
    }
}

/// Notes the arrival and the caller of a call.
pub(crate) fn arrive<B>(mut request: Request<B>) -> Request<B> {
    let arrival = Arrival::read(request.headers());
    let caller = Caller::read(request.headers(), request.extensions());
    request.extensions_mut().insert(arrival);
    request.extensions_mut().insert(caller);
    request
}

/// Reads `grpc-timeout`: at most eight digits and a unit. What is not that is ignored, as tonic does.
fn parse_timeout(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        'H' => Some(Duration::from_hours(amount)),
        'M' => Some(Duration::from_mins(amount)),
        'S' => Some(Duration::from_secs(amount)),
        'm' => Some(Duration::from_millis(amount)),
        'u' => Some(Duration::from_micros(amount)),
        'n' => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_digits_and_a_unit() {
        assert_eq!(parse_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse_timeout("99999999H"), Some(Duration::from_hours(99_999_999)));
        for text in ["", "m", "250", "123456789S", "-1S", "+1S", "1时"] {
            assert_eq!(parse_timeout(text), None, "{text}");
        }
    }
}
