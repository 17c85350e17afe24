//! The style sheet and the script, each under an address that changes with its content and so may be kept for ever.

use std::{fmt::Write as _, sync::LazyLock};

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest as _, Sha256};

use super::error::PageError;

const STYLE: &str = include_str!("../../templates/console/console.css");
const SCRIPT: &str = include_str!("../../templates/console/console.js");
/// Bytes of the digest that stand in the address.
const DIGEST_BYTES: usize = 8;

static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path(STYLE, "css"));
static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| path(SCRIPT, "js"));

/// Where the style sheet is.
pub(super) fn style() -> &'static str {
    &STYLE_PATH
}

/// Where the script is.
pub(super) fn script() -> &'static str {
    &SCRIPT_PATH
}

pub(super) async fn serve(Path(file): Path<String>) -> Result<Response, PageError> {
    let (content, media_type) = match format!("/assets/{file}") {
        path if path == style() => (STYLE, "text/css; charset=utf-8"),
        path if path == script() => (SCRIPT, "text/javascript; charset=utf-8"),
        _ => return Err(PageError::Missing("文件".to_owned())),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, content).into_response())
}

fn path(content: &str, extension: &str) -> String {
    let mut path = "/assets/".to_owned();
    for byte in Sha256::digest(content).iter().take(DIGEST_BYTES) {
        let _ = write!(path, "{byte:02x}");
    }
    path + "." + extension
}
