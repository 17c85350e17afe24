//! What settings must be together.

use std::fs::File;
use std::io::Read as _;
use std::net::SocketAddr;

use super::{Config, Problem};

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
    let url = config.database.url.expose();
    must(
        ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)),
        "database.url",
        "names no database: sqlite://PATH?mode=rwc or postgres://USER:PASSWORD@HOST/NAME",
    );
    must(
        config.traces.endpoint.is_empty() || config.traces.endpoint.starts_with("http://"),
        "traces.endpoint",
        "must be http://HOST:PORT: traces leave in plaintext, to a collector beside the program; let that one go on over TLS",
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
    must(
        http::HeaderName::try_from(config.reporting.console_token_header.as_str()).is_ok(),
        "reporting.console_token_header",
        "is no name of a header",
    );
    wrong
}

/// Every file that is named and cannot be read.
pub(super) fn unread_files(config: &Config) -> Vec<Problem> {
    let (access, tls) = (&config.access, &config.tls);
    let from_url = access.jwks.starts_with("http://") || access.jwks.starts_with("https://");
    let signing_key = config.audit.signing_key.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let files = [
        ("access.jwks", if from_url { "" } else { access.jwks.as_str() }),
        ("access.jwks_ca", access.jwks_ca.as_str()),
        ("tls.certificate", tls.certificate.as_str()),
        ("tls.key", tls.key.as_str()),
        ("tls.client_ca", tls.client_ca.as_str()),
        ("audit.signing_key", signing_key.as_str()),
    ];
    let named = files.into_iter().filter(|(_, path)| !path.is_empty());
    let read = named.filter_map(|(key, path)| Some((key, path, File::open(path).and_then(read_some).err()?)));
    read.map(|(key, path, error)| Problem {
        key: key.to_owned(),
        source: format!("file {path}"),
        text: format!("cannot be read: {error}"),
    })
    .collect()
}

/// A folder can be opened, and not read.
fn read_some(mut file: File) -> std::io::Result<()> {
    file.read(&mut [0]).map(drop)
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
