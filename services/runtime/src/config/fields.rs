//! How single fields are read and written.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use http::HeaderName;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use tracing_subscriber::EnvFilter;

/// The longest that anything may be set to take: beyond it somebody mistook the unit. Units: milliseconds.
const LONGEST_MS: u64 = 31 * 24 * 3_600 * 1_000;
/// Days that the audit is kept at least.
const RETENTION_DAYS_AT_LEAST: u32 = 184;

pub(super) fn positive<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + Default + PartialEq,
{
    let number = N::deserialize(deserializer)?;
    if number == N::default() {
        return Err(D::Error::custom("须大于 0"));
    }
    Ok(number)
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let milliseconds = u64::deserialize(deserializer)?;
    if milliseconds > LONGEST_MS {
        return Err(D::Error::custom(format!("不能超过 {LONGEST_MS} 毫秒（31 天）")));
    }
    Ok(milliseconds)
}

pub(super) fn positive_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match duration(deserializer)? {
        0 => Err(D::Error::custom("须大于 0")),
        milliseconds => Ok(milliseconds),
    }
}

pub(super) fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&number) { Ok(number) } else { Err(D::Error::custom("须在 0 和 1 之间")) }
}

pub(super) fn log_filter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let filter = String::deserialize(deserializer)?;
    EnvFilter::try_new(&filter).map_err(|error| D::Error::custom(format!("不是日志的过滤条件：{error}")))?;
    Ok(filter)
}

pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    parsed(&String::deserialize(deserializer)?)
}

pub(super) fn optional_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { parsed(&text).map(Some) }
}

fn parsed<E: Error>(address: &str) -> Result<SocketAddr, E> {
    address.parse().map_err(|_| E::custom("须为地址和端口，如 127.0.0.1:50051、[::1]:50051"))
}

/// The name of a header, in lower case.
pub(super) fn header_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    HeaderName::try_from(&text).map(|name| name.to_string()).map_err(|_| D::Error::custom("不是 HTTP 头的名称"))
}

#[expect(clippy::ref_option, reason = "the signature that serialize_with wants")]
pub(super) fn address_or_empty<S: Serializer>(address: &Option<SocketAddr>, serializer: S) -> Result<S::Ok, S::Error> {
    match address {
        Some(address) => serializer.collect_str(address),
        None => serializer.serialize_str(""),
    }
}

pub(super) fn optional_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok((!text.is_empty()).then(|| text.into()))
}

#[expect(clippy::ref_option, reason = "the signature that serialize_with wants")]
pub(super) fn path_or_empty<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.as_deref().unwrap_or(Path::new("")).display())
}

/// Half a year, 网络安全法 第二十一条: 不少于六个月, and no six months have more days.
pub(super) fn retention_days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let days = u32::deserialize(deserializer)?;
    if days < RETENTION_DAYS_AT_LEAST {
        return Err(D::Error::custom(format!("不能少于 {RETENTION_DAYS_AT_LEAST} 天：网络安全法要求不少于六个月")));
    }
    Ok(days)
}
