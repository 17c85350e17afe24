//! Pages that say why there is nothing to see.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use junheng_store::StoreError;
use junheng_wire::status::RpcError;

use super::{guard, page::Page};
use crate::report::ReportError;

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// There is no such thing; it is told what, in Chinese.
    #[error("{0} is missing")]
    Missing(String),
    /// What a parameter of the address chooses is not there, and the page without it is; it is told what, in Chinese.
    #[error("{0} is missing")]
    Choice(String),
    /// A parameter of the address makes no sense; it is told which, in Chinese.
    #[error("{0} makes no sense")]
    Asked(String),
    /// Something other than GET or HEAD.
    #[error("the pages are read-only")]
    Method,
    /// The database does not answer.
    #[error("the database does not answer")]
    Store(#[from] StoreError),
    /// The page cannot be written.
    #[error("the page cannot be written")]
    Template(#[from] askama::Error),
    /// The report cannot be written.
    #[error("the report cannot be written")]
    Report(#[from] ReportError),
    /// What is stored cannot be read, or another defect of ours.
    #[error("{0}")]
    Internal(String),
}

/// A region, as a page that does not find it calls it.
pub(super) const REGION: &str = "行政区划";

#[derive(Template)]
#[template(path = "console/error.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    explanation: String,
    incident: String,
    /// Whether the same address without its parameters is a page.
    again: bool,
}

impl From<RpcError> for PageError {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::Missing { .. } => Self::Missing("数据".to_owned()),
            RpcError::StandardMissing { .. } => Self::Missing("评估标准".to_owned()),
            RpcError::Store(error) => Self::Store(error),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl PageError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Missing(_) | Self::Choice(_) => StatusCode::NOT_FOUND,
            Self::Asked(_) => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Store(StoreError::Unavailable(..)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Template(_) | Self::Report(_) | Self::Internal(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "page failed");
        }
        match &self {
            Self::Missing(what) | Self::Asked(what) => render(status, words(status, what), "", false),
            Self::Choice(what) => render(status, words(status, what), "", true),
            _ => render(status, words(status, ""), "", false),
        }
    }
}

/// The page of a refusal or failure that no handler told of. What is not the caller's is told as a region that is not there is.
pub(super) fn apology(status: StatusCode, incident: &str) -> Response {
    // No handler failed: too much was in progress, or the answer took too long.
    let told = match status {
        StatusCode::SERVICE_UNAVAILABLE => ("系统繁忙", "系统繁忙，请稍后再试。".to_owned()),
        _ => words(status, REGION),
    };
    guard::confined(render(status, told, incident, false))
}

/// Title and explanation of a status.
fn words(status: StatusCode, what: &str) -> (&'static str, String) {
    match status {
        StatusCode::NOT_FOUND => {
            ("没有找到", format!("没有找到您要查看的{what}，可能网址有误，或该数据尚未报送、评估。"))
        }
        StatusCode::BAD_REQUEST => ("网址有误", format!("{what}有误，请返回上一页重新选择。")),
        StatusCode::UNAUTHORIZED => (
            "请先登录",
            "您没有登录，或者登录已经过期。请从本单位的统一登录入口重新打开本页；仍不能打开的，请联系系统管理员。"
                .to_owned(),
        ),
        StatusCode::FORBIDDEN => (
            "没有查看权限",
            "您的岗位不能查看这类网页。请从上方选择其他网页；需要查看的，请联系系统管理员。".to_owned(),
        ),
        StatusCode::METHOD_NOT_ALLOWED => ("只能查看", "本系统的网页只供查看，不接受提交。".to_owned()),
        StatusCode::MISDIRECTED_REQUEST => {
            ("网址有误", "请用本机地址（localhost 或 127.0.0.1）打开本系统。".to_owned())
        }
        StatusCode::SERVICE_UNAVAILABLE => ("暂时无法查看", "数据库暂时没有响应，请稍后再试。".to_owned()),
        _ => ("系统出错", "系统出现内部错误，已记入日志，请联系系统管理员。".to_owned()),
    }
}

fn render(status: StatusCode, (title, explanation): (&'static str, String), incident: &str, again: bool) -> Response {
    let view = View { page: Page::new(title), explanation, incident: incident.to_owned(), again };
    match view.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => (status, Html(title)).into_response(),
    }
}
