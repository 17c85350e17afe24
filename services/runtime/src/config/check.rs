//! What settings must be together.

use std::net::SocketAddr;

use super::Config;

/// Everything that does not go together: the key that is to be changed, and why.
pub(super) fn together(config: &Config) -> Vec<(&'static str, &'static str)> {
    let (access, tls) = (&config.access, &config.tls);
    let mut wrong = Vec::new();
    let mut must = |holds: bool, key, text| {
        if !holds {
            wrong.push((key, text));
        }
    };
    let missing = "is missing: `access.issuer`, `access.audience` and `access.jwks` are set together or not at all";
    let any = access.is_on() || !access.audience.is_empty() || !access.jwks.is_empty();
    must(!any || access.is_on(), "access.issuer", missing);
    must(!any || !access.audience.is_empty(), "access.audience", missing);
    must(!any || !access.jwks.is_empty(), "access.jwks", missing);
    must(
        access.service_names.is_empty() || (access.is_on() && !tls.client_ca.is_empty()),
        "access.service_names",
        "counts only with `access.issuer` and `tls.client_ca`",
    );
    let pair = "is missing: `tls.certificate` and `tls.key` are set together or not at all";
    must(tls.key.is_empty() || tls.is_on(), "tls.certificate", pair);
    must(!tls.is_on() || !tls.key.is_empty(), "tls.key", pair);
    must(tls.client_ca.is_empty() || tls.is_on(), "tls.client_ca", "counts only with `tls.certificate`");
    must(
        !tls.require_client_certificate || !tls.client_ca.is_empty(),
        "tls.require_client_certificate",
        "needs `tls.client_ca`: without it no certificate is believed",
    );
    must(
        tls.client_names.is_empty() || tls.require_client_certificate,
        "tls.client_names",
        "counts only with `tls.require_client_certificate`",
    );
    let listeners = [
        ("ingest.listen", config.ingest.listen),
        ("evaluation.listen", config.evaluation.listen),
        ("reporting.listen", config.reporting.listen),
    ];
    for (key, address) in listeners {
        must(access.is_on() || loopback(address), key, NOT_LOOPBACK);
    }
    let console = config.reporting.console_listen;
    must(access.is_on() || console.is_none_or(loopback), "reporting.console_listen", PAGES_NOT_LOOPBACK);
    wrong
}

/// Why an address is refused.
const NOT_LOOPBACK: &str = "is not a loopback address, and no caller is asked who he is: anybody who reaches it could write. Set \
    `access.issuer`, `access.audience` and `access.jwks`, or listen on 127.0.0.1";

/// Why an address of the pages is refused.
const PAGES_NOT_LOOPBACK: &str = "is not a loopback address, and nobody is asked who he is: anybody who reaches it could read. Set \
    `access.issuer`, `access.audience` and `access.jwks`, or listen on 127.0.0.1";

fn loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}
