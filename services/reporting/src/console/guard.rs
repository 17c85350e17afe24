//! What holds for every answer: headers that confine the page, and Chinese words for every refusal.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::error::PageError;

/// Nothing is loaded but our own style sheet and script, nothing is sent elsewhere, nobody frames the pages.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Words and confines the answer.
pub(super) async fn watch(request: Request, next: Next) -> Response {
    confined(worded(next.run(request).await))
}

/// An answer with the headers that confine it.
pub(super) fn confined(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    // What a page shows changes with every submission; assets say otherwise themselves.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A refusal of the framework (a path that is no UTF-8, a parameter that stands twice) as a page.
fn worded(response: Response) -> Response {
    let html = |value: &HeaderValue| value.as_bytes().starts_with(b"text/html");
    let page = response.headers().get(header::CONTENT_TYPE).is_some_and(html);
    match response.status() {
        status if page || !(status.is_client_error() || status.is_server_error()) => response,
        StatusCode::NOT_FOUND => PageError::Missing("网页".to_owned()).into_response(),
        StatusCode::METHOD_NOT_ALLOWED => PageError::Method.into_response(),
        status if status.is_client_error() => PageError::Asked("网址中的参数".to_owned()).into_response(),
        _ => PageError::Internal("an answer without a page".to_owned()).into_response(),
    }
}
