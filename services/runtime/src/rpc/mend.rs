//! tonic refuses some requests by itself, with codes that the specification does not know for them and without details.

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use tonic::{Code, Status};

use super::body::{poll, tap};
use super::status::Refusal;

/// How tonic begins the texts; tests hold them against the real ones.
const TOO_LARGE: &str = "Error, decoded message length too large";
/// What a caller sent that is no message; tonic says INTERNAL, as if it were our fault.
const MALFORMED: [&str; 5] = [
    "failed to decode Protobuf message",
    "Unexpected EOF decoding stream.",
    "Missing request message.",
    "protocol error: received message with",
    "Error decompressing: ",
];

pub(super) async fn mend(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(refusal) = mended(response.headers()) {
        return refusal.response();
    }
    response.map(|body| {
        tap(body, |body, context| {
            poll(body, context).map_ok(|frame| {
                let refusal = frame.trailers_ref().and_then(mended);
                refusal.map_or(frame, Refusal::trailers)
            })
        })
    })
}

fn mended(headers: &HeaderMap) -> Option<Refusal> {
    if headers.get("grpc-status")? == "0" {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    if !status.details().is_empty() {
        return None;
    }
    match status.code() {
        Code::OutOfRange if status.message().starts_with(TOO_LARGE) => Some(Refusal::MessageTooLarge),
        Code::Internal if MALFORMED.iter().any(|text| status.message().starts_with(text)) => {
            Some(Refusal::Malformed { cause: status.message().to_owned() })
        }
        _ => None,
    }
}
