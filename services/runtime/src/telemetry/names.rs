//! The catalogue of all metrics of the suite, those of the services included. Dashboards and alerts read them: a change is a change for
//! operators, and `deploy/observability/metrics.md` is held against it.

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, and starts at zero with the process.
    Counter,
    /// It goes up and down.
    Gauge,
    /// It counts observations by size.
    Histogram,
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name; the suffix is its unit.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels, all of them bounded.
    pub labels: &'static [&'static str],
    /// What it tells, for people.
    pub help: &'static str,
}

/// Calls answered, by `method` and `code`.
pub const RPC_REQUESTS: &str = "junheng_rpc_requests_total";
/// Time from arrival to the last byte of the answer, by `method`; without calls refused for overload. Units: seconds.
pub const RPC_DURATION: &str = "junheng_rpc_duration_seconds";
/// Whether the process is ready: one or zero.
pub const READY: &str = "junheng_ready";
/// What keeps the process from being ready, by `obstacle`: `process` while it starts or stops, else the check that failed. One or zero.
pub const OBSTACLE: &str = "junheng_obstacle";
/// Calls and pages refused because too many were in progress.
pub const RPC_SHED: &str = "junheng_rpc_shed_total";
/// Calls in progress; pages are none.
pub const RPC_IN_FLIGHT: &str = "junheng_rpc_in_flight";
/// Pages answered, by `route` and `status`: `2xx`, `3xx`, `4xx`, `5xx`.
pub const PAGE_REQUESTS: &str = "junheng_page_requests_total";
/// Time from arrival to the answer, by `route`. Units: seconds.
pub const PAGE_DURATION: &str = "junheng_page_duration_seconds";
/// Panics in calls and tasks: defects of ours.
pub const PANICS: &str = "junheng_panics_total";
/// One, by `version`.
pub const BUILD_INFO: &str = "junheng_build_info";
/// Connections to the database, by `state`.
pub const DATABASE_CONNECTIONS: &str = "junheng_database_connections";
/// Connections to the database that the process opens at most.
pub const DATABASE_CONNECTIONS_LIMIT: &str = "junheng_database_connections_limit";
/// When a city's counties were accepted last, by `city`. Units: seconds since 1970.
pub const INGEST_LAST_ACCEPTED: &str = "junheng_ingest_last_accepted_timestamp_seconds";
/// Submissions by `city` and `state`. A gauge: what was held is accepted or refused in the end.
pub const INGEST_SUBMISSIONS: &str = "junheng_ingest_submissions";
/// Submissions that began anew with the county's lock, because the county was written after it was read.
pub const INGEST_OVERTAKEN: &str = "junheng_ingest_overtaken_total";
/// Marks of months that are to be evaluated, by `state`.
pub const EVALUATION_MARKS: &str = "junheng_evaluation_marks";
/// When the oldest mark was made. Units: seconds since 1970.
pub const EVALUATION_OLDEST_MARK: &str = "junheng_evaluation_oldest_mark_timestamp_seconds";
/// When the lease that was taken first ends. Units: seconds since 1970.
pub const EVALUATION_OLDEST_LEASE: &str = "junheng_evaluation_oldest_lease_end_timestamp_seconds";
/// Evaluations stored, by `verdict`.
pub const EVALUATIONS: &str = "junheng_evaluation_evaluations_total";
/// Attempts that failed.
pub const EVALUATION_FAILURES: &str = "junheng_evaluation_failures_total";
/// Time from the mark to the stored evaluation. Units: seconds.
pub const EVALUATION_DELAY: &str = "junheng_evaluation_delay_seconds";

/// Calls that were refused for who called, by `reason`: of credentials, `role`, `region`.
pub const ACCESS_REFUSED: &str = "junheng_access_refused_total";
/// Readings of the keys of tokens, by `outcome`: `read`, `failed`.
pub const KEYS_READ: &str = "junheng_access_keys_read_total";
/// Readings of changed certificates, by `outcome`: `read`, `failed`.
pub const CERTIFICATES_READ: &str = "junheng_tls_certificates_read_total";
/// When the certificate in use ends. Units: seconds since 1970.
pub const CERTIFICATE_END: &str = "junheng_tls_certificate_end_timestamp_seconds";
/// TLS handshakes, by `outcome`: `done`, `failed`.
pub const HANDSHAKES: &str = "junheng_tls_handshakes_total";
/// Records of reads that were lost because the database was away for too long. More than zero is a gap in the audit.
pub const AUDIT_READS_LOST: &str = "junheng_audit_reads_lost_total";

/// Upper bounds of the buckets of [`RPC_DURATION`] and [`PAGE_DURATION`]. Units: seconds.
pub const RPC_DURATION_BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// Upper bounds of the buckets of [`EVALUATION_DELAY`]. Units: seconds.
pub const EVALUATION_DELAY_BUCKETS: [f64; 9] = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];

/// All metrics, in the order in which operators read of them.
pub const ALL: [Metric; 27] = {
    use Kind::{Counter, Gauge, Histogram};
    [
        metric(BUILD_INFO, Gauge, &["version"], "One: which version runs."),
        metric(READY, Gauge, &[], "One while the process is ready, zero otherwise."),
        metric(
            OBSTACLE,
            Gauge,
            &["obstacle"],
            "One while this keeps the process from being ready: process (it starts or stops), database, schema, keys of tokens.",
        ),
        metric(RPC_REQUESTS, Counter, &["code", "method"], "Calls answered, by method and code."),
        metric(
            RPC_DURATION,
            Histogram,
            &["method"],
            "Time from arrival to the last byte of the answer, by method; without calls refused for overload.",
        ),
        metric(RPC_IN_FLIGHT, Gauge, &[], "Calls in progress, without pages."),
        metric(RPC_SHED, Counter, &[], "Calls and pages refused because too many were in progress."),
        metric(
            PAGE_REQUESTS,
            Counter,
            &["route", "status"],
            "Pages answered, by route (other: no page has the address) and class of status.",
        ),
        metric(PAGE_DURATION, Histogram, &["route"], "Time from arrival to the answer of a page, by route."),
        metric(PANICS, Counter, &[], "Panics in calls and tasks: defects."),
        metric(DATABASE_CONNECTIONS, Gauge, &["state"], "Connections to the database: idle, used."),
        metric(DATABASE_CONNECTIONS_LIMIT, Gauge, &[], "Connections to the database that the process opens at most."),
        metric(
            INGEST_LAST_ACCEPTED,
            Gauge,
            &["city"],
            "When a city's counties were accepted last, since 1970; the same on every replica.",
        ),
        metric(
            INGEST_SUBMISSIONS,
            Gauge,
            &["city", "state"],
            "Submissions by city and state; the same on every replica.",
        ),
        metric(
            INGEST_OVERTAKEN,
            Counter,
            &[],
            "Submissions that began anew, because their county was written meanwhile; each is answered all the same.",
        ),
        metric(
            EVALUATION_MARKS,
            Gauge,
            &["state"],
            "Months to be evaluated: waiting, leased, failing (tried before in vain); the same on every replica.",
        ),
        metric(
            EVALUATION_OLDEST_MARK,
            Gauge,
            &[],
            "When the month that waits longest was marked, since 1970; now, where none waits; the same on every replica.",
        ),
        metric(
            EVALUATION_OLDEST_LEASE,
            Gauge,
            &[],
            "When the lease that was taken first ends, since 1970; now, where none is held; the same on every replica.",
        ),
        metric(EVALUATIONS, Counter, &["verdict"], "Evaluations stored, by verdict."),
        metric(EVALUATION_FAILURES, Counter, &[], "Evaluations of a month that failed and will be tried again."),
        metric(ACCESS_REFUSED, Counter, &["reason"], "Calls refused for who called: of credentials, role, region."),
        metric(KEYS_READ, Counter, &["outcome"], "Readings of the keys of tokens: read, failed."),
        metric(CERTIFICATES_READ, Counter, &["outcome"], "Readings of changed certificates: read, failed."),
        metric(CERTIFICATE_END, Gauge, &[], "When the certificate of the server ends, since 1970."),
        metric(HANDSHAKES, Counter, &["outcome"], "TLS handshakes: done, failed."),
        metric(AUDIT_READS_LOST, Counter, &[], "Records of reads that were lost: a gap in the audit."),
        metric(EVALUATION_DELAY, Histogram, &[], "Time from the write that touched a month to its stored evaluation."),
    ]
};

const fn metric(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind, labels, help }
}

pub(super) fn describe() {
    for Metric { name, kind, help, .. } in ALL {
        match kind {
            Kind::Counter => metrics::describe_counter!(name, help),
            Kind::Gauge => metrics::describe_gauge!(name, help),
            Kind::Histogram => metrics::describe_histogram!(name, metrics::Unit::Seconds, help),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The catalogue as operators read it.
    fn catalogue() -> String {
        let mut text = String::from(
            "# Metrics\nEverything that `/metrics` of the admin port tells. A test holds this table against the code.\n\n",
        );
        text.push_str("| metric | kind | labels | what it tells |\n| --- | --- | --- | --- |\n");
        for Metric { name, kind, labels, help } in ALL {
            let labels = labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "| `{name}` | {} | {labels} | {help} |", format!("{kind:?}").to_lowercase());
        }
        text
    }

    #[test]
    fn metrics_do_not_change_unnoticed() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/observability/metrics.md");

        assert_eq!(catalogue(), std::fs::read_to_string(file).unwrap(), "{file}");
    }

    #[test]
    fn every_metric_has_a_help_text_and_its_unit() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();

        metrics::with_local_recorder(&recorder, || {
            describe();
            for Metric { name, kind, .. } in ALL {
                match kind {
                    Kind::Counter => metrics::counter!(name).increment(1),
                    Kind::Gauge => metrics::gauge!(name).set(1.0),
                    Kind::Histogram => metrics::histogram!(name).record(1.0),
                }
            }
        });

        let text = handle.render();
        for Metric { name, kind, .. } in ALL {
            assert!(text.contains(&format!("# HELP {name} ")), "{name} in\n{text}");
            assert_eq!(name.ends_with("_total"), kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_seconds"), kind == Kind::Histogram || name.contains("timestamp"), "{name}");
        }
    }
}
