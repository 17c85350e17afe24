//! What holds for every answer: headers that confine the page, Chinese words for every refusal, and no answer for another host.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header, uri::Authority},
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

/// Answers a request for this host, and sets the headers of the answer.
///
/// As nobody is asked who they are, a page of another site must not reach the console through a name that leads to loopback.
pub(super) async fn watch(request: Request, next: Next) -> Response {
    let response = if local(&request) { next.run(request).await } else { PageError::Host.into_response() };
    let mut response = worded(response);
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

fn local(request: &Request) -> bool {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(authority) = named.and_then(|host| host.parse::<Authority>().ok()) else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
