//! The plaintext port for operators: `/metrics`, `/healthz`, `/readyz`.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::readiness::Readiness;
use crate::telemetry::Metrics;

/// Serves the admin port until it is dropped.
///
/// `/healthz` answers 200 while the process lives; `/readyz` answers 503 and names what is missing.
///
/// # Errors
///
/// [`std::io::Error`] when the listener fails.
pub async fn serve(listener: TcpListener, metrics: Metrics, readiness: Readiness) -> std::io::Result<()> {
    let router = Router::new()
        .route("/metrics", get(render))
        .with_state(metrics)
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state(readiness));
    axum::serve(listener, router).await
}

async fn render(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render())
}

async fn ready(State(readiness): State<Readiness>) -> (StatusCode, String) {
    let obstacles = readiness.list_obstacles().await;
    if obstacles.is_empty() {
        (StatusCode::OK, "ok\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", obstacles.join(", ")))
    }
}
