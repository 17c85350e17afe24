//! What a check requires, and how it says that it was not so.

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::Finding;

/// Fails unless something holds.
pub(super) fn require(holds: bool, detail: impl FnOnce() -> String) -> Result<(), Finding> {
    if holds { Ok(()) } else { Err(Finding::Fail(detail())) }
}

/// Makes a failure one of what comes before.
pub(super) fn skipped(finding: Finding) -> Finding {
    match finding {
        Finding::Fail(detail) => Finding::Skip(detail),
        other => other,
    }
}

/// A status that had to come.
pub(super) fn refused(answered: Result<(), Status>) -> Result<Status, Finding> {
    answered.err().ok_or_else(|| Finding::Fail("没有被拒绝".to_owned()))
}

/// A status that came instead of an answer.
pub(super) fn fail(what: &str, status: &Status) -> Finding {
    Finding::Fail(format!("{what}：{:?} {}", status.code(), status.message()))
}

/// The code, the reason and the text for people that a status must carry.
pub(super) fn require_status(status: &Status, code: Code, reason: &str) -> Result<(), Finding> {
    require(status.code() == code, || format!("状态码为 {:?}，应为 {code:?}", status.code()))?;
    let info = status.get_details_error_info();
    let Some(info) = info else {
        return Err(Finding::Fail("状态详情中没有 ErrorInfo，可能被代理丢弃".to_owned()));
    };
    require(info.reason == reason, || format!("原因为 {}，应为 {reason}", info.reason))?;
    require(info.domain == "junheng", || format!("ErrorInfo 的 domain 为“{}”", info.domain))?;
    let localized = status.get_details_localized_message();
    require(localized.is_some_and(|text| text.locale == "zh-CN"), || "没有中文说明（LocalizedMessage）".to_owned())
}
