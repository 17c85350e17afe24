//! The names of all metrics of the runtime. Dashboards and alerts read them: a change is a change for operators.

/// Calls answered, by `method` and `code`.
pub const RPC_REQUESTS: &str = "junheng_rpc_requests_total";
/// Time from arrival to the last byte of the answer, by `method`. Units: seconds.
pub const RPC_DURATION: &str = "junheng_rpc_duration_seconds";
/// Calls in progress.
pub const RPC_IN_FLIGHT: &str = "junheng_rpc_in_flight";
/// Panics in calls and tasks: defects of ours.
pub const PANICS: &str = "junheng_panics_total";

/// Calls that were refused for who called, by `reason`: of credentials, `role`, `region`.
pub const ACCESS_REFUSED: &str = "junheng_access_refused_total";
/// Readings of the keys of tokens, by `outcome`: `read`, `failed`.
pub const KEYS_READ: &str = "junheng_access_keys_read_total";
/// Readings of changed certificates, by `outcome`: `read`, `failed`.
pub const CERTIFICATES_READ: &str = "junheng_tls_certificates_read_total";
/// TLS handshakes, by `outcome`: `done`, `failed`.
pub const HANDSHAKES: &str = "junheng_tls_handshakes_total";

/// Upper bounds of the buckets of [`RPC_DURATION`]. Units: seconds.
pub const RPC_DURATION_BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

pub(super) fn describe() {
    metrics::describe_counter!(RPC_REQUESTS, "Calls answered, by method and code.");
    metrics::describe_histogram!(
        RPC_DURATION,
        metrics::Unit::Seconds,
        "Time from arrival to the last byte of the answer, by method."
    );
    metrics::describe_gauge!(RPC_IN_FLIGHT, "Calls in progress.");
    metrics::describe_counter!(PANICS, "Panics in calls and tasks: defects.");
    metrics::describe_counter!(ACCESS_REFUSED, "Calls refused for who called, by reason.");
    metrics::describe_counter!(KEYS_READ, "Readings of the keys of tokens, by outcome.");
    metrics::describe_counter!(CERTIFICATES_READ, "Readings of changed certificates, by outcome.");
    metrics::describe_counter!(HANDSHAKES, "TLS handshakes, by outcome.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_change_unnoticed() {
        assert_eq!(
            [
                RPC_REQUESTS,
                RPC_DURATION,
                RPC_IN_FLIGHT,
                PANICS,
                ACCESS_REFUSED,
                KEYS_READ,
                CERTIFICATES_READ,
                HANDSHAKES,
            ],
            [
                "junheng_rpc_requests_total",
                "junheng_rpc_duration_seconds",
                "junheng_rpc_in_flight",
                "junheng_panics_total",
                "junheng_access_refused_total",
                "junheng_access_keys_read_total",
                "junheng_tls_certificates_read_total",
                "junheng_tls_handshakes_total",
            ]
        );
    }

    #[test]
    fn every_metric_has_a_help_text() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();

        metrics::with_local_recorder(&recorder, || {
            describe();
            metrics::counter!(RPC_REQUESTS).increment(1);
            metrics::histogram!(RPC_DURATION).record(1.0);
            metrics::gauge!(RPC_IN_FLIGHT).set(1.0);
            for name in [PANICS, ACCESS_REFUSED, KEYS_READ, CERTIFICATES_READ, HANDSHAKES] {
                metrics::counter!(name).increment(1);
            }
        });

        let text = handle.render();
        let others = [ACCESS_REFUSED, KEYS_READ, CERTIFICATES_READ, HANDSHAKES];
        for name in [RPC_REQUESTS, RPC_DURATION, RPC_IN_FLIGHT, PANICS].into_iter().chain(others) {
            assert!(text.contains(&format!("# HELP {name} ")), "{name} in\n{text}");
        }
    }
}
