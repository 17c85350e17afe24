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
    let missing = "缺少：`access.issuer`、`access.audience`、`access.jwks` 须同时设置，或都不设置";
    let any = access.is_on() || !access.audience.is_empty() || !access.jwks.is_empty();
    must(!any || access.is_on(), "access.issuer", missing);
    must(!any || !access.audience.is_empty(), "access.audience", missing);
    must(!any || !access.jwks.is_empty(), "access.jwks", missing);
    must(
        access.service_names.is_empty() || (access.is_on() && !tls.client_ca.is_empty()),
        "access.service_names",
        "只有与 `access.issuer` 和 `tls.client_ca` 一起设置才起作用",
    );
    let pair = "缺少：`tls.certificate`、`tls.key` 须同时设置，或都不设置";
    must(tls.key.is_empty() || tls.is_on(), "tls.certificate", pair);
    must(!tls.is_on() || !tls.key.is_empty(), "tls.key", pair);
    must(tls.client_ca.is_empty() || tls.is_on(), "tls.client_ca", "只有与 `tls.certificate` 一起设置才起作用");
    must(
        !tls.require_client_certificate || !tls.client_ca.is_empty(),
        "tls.require_client_certificate",
        "须同时设置 `tls.client_ca`，否则任何证书都不被信任",
    );
    must(
        tls.client_names.is_empty() || tls.require_client_certificate,
        "tls.client_names",
        "只有与 `tls.require_client_certificate` 一起设置才起作用",
    );
    let url = config.database.url.expose();
    must(
        ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)),
        "database.url",
        "不是数据库地址，应为 sqlite://PATH?mode=rwc 或 postgres://USER:PASSWORD@HOST/NAME",
    );
    must(
        config.traces.endpoint.is_empty() || config.traces.endpoint.starts_with("http://"),
        "traces.endpoint",
        "须为 http://HOST:PORT：链路追踪以明文发给本机旁的采集器，由采集器经 TLS 转发",
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
        "不是 HTTP 头的名称",
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
        source: format!("文件 {path}"),
        text: format!("无法读取：{error}"),
    })
    .collect()
}

/// A folder can be opened, and not read.
fn read_some(mut file: File) -> std::io::Result<()> {
    file.read(&mut [0]).map(drop)
}

/// Why an address is refused.
const NOT_LOOPBACK: &str = "不是本机地址，而调用者不经验证，谁能连上谁就能写入：请设置 `access.issuer`、`access.audience`、\
    `access.jwks`，或改为 127.0.0.1";

/// Why an address of the pages is refused.
const PAGES_NOT_LOOPBACK: &str = "不是本机地址，而来访者不经验证，谁能连上谁就能查看：请设置 `access.issuer`、`access.audience`、\
    `access.jwks`，或改为 127.0.0.1";

fn loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}
