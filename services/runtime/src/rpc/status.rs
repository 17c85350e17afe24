//! The statuses that the runtime answers by itself. A service's own errors become statuses in junheng-wire.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use http_body::Frame;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "junheng";
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why the runtime refuses a call.
#[derive(Debug)]
pub(super) enum Refusal {
    DeadlineExceeded,
    Overloaded,
    Stopping,
    MessageTooLarge,
    Malformed {
        cause: String,
    },
    Internal {
        incident: String,
    },
    /// Credentials are missing or refused. The one status without any detail: who is not known is told nothing.
    Unauthenticated,
    RoleNotAllowed,
    /// As `junheng-wire` says that something is not there: who may not see it is told the same.
    Missing {
        resource: String,
    },
    /// As `junheng-wire` says that a field is wrong.
    WrongField {
        field: String,
        fault: (&'static str, &'static str),
    },
}

impl Refusal {
    /// Code, reason (a value of `ErrorReason`), and what a program and a person read.
    const fn terms(&self) -> (Code, &'static str, &'static str, &'static str) {
        match self {
            Self::DeadlineExceeded => (
                Code::DeadlineExceeded,
                "DEADLINE_EXCEEDED",
                "the deadline of the call passed",
                "调用超时。写入可能已经完成,也可能没有完成,请用同一请求编号重试",
            ),
            Self::Overloaded => {
                (Code::Unavailable, "OVERLOADED", "too many calls are in progress", "服务繁忙,请稍后用同一请求编号重试")
            }
            Self::Stopping => (Code::Unavailable, "STOPPING", "the process is stopping", "服务正在停止,请稍后重试"),
            Self::MessageTooLarge => (
                Code::ResourceExhausted,
                "MESSAGE_TOO_LARGE",
                "the message is larger than the service takes",
                "消息超过服务允许的大小,请减少每条消息中的行数",
            ),
            Self::Malformed { .. } => (
                Code::InvalidArgument,
                "INVALID_FIELD",
                "the message cannot be decoded",
                "请求消息无法解码,请检查所用的接口定义",
            ),
            Self::Unauthenticated => (Code::Unauthenticated, "", "unauthenticated", ""),
            Self::RoleNotAllowed => (
                Code::PermissionDenied,
                "ROLE_NOT_ALLOWED",
                "no role of the caller may call this",
                "当前身份无权调用该接口",
            ),
            Self::Missing { .. } => (Code::NotFound, "RESOURCE_MISSING", "does not exist", "所指资源不存在"),
            Self::WrongField { .. } => {
                (Code::InvalidArgument, "INVALID_FIELD", "the request has wrong fields", "请求中有字段不符合要求")
            }
            Self::Internal { .. } => {
                (Code::Internal, "INTERNAL", "the service cannot answer", "服务内部错误,请将事件编号告知运维人员")
            }
        }
    }

    fn status(self) -> Status {
        let (code, reason, message, text) = self.terms();
        if code == Code::Unauthenticated {
            return Status::new(code, message);
        }
        let mut details = ErrorDetails::new();
        let (mut message, mut text) = (message.to_owned(), text.to_owned());
        if code == Code::Unavailable {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        let mut metadata = HashMap::new();
        match self {
            Self::Internal { incident } => {
                metadata.insert("incident".to_owned(), incident);
            }
            Self::Malformed { cause } => {
                details.add_bad_request_violation("", cause);
            }
            Self::Missing { resource } => {
                message = format!("{resource} {message}");
                metadata.insert("resource".to_owned(), resource);
            }
            Self::WrongField { field, fault: (english, chinese) } => {
                message = format!("{message}: {field} {english}");
                text = format!("{text}：{field} {chinese}");
                details.add_bad_request_violation(field, english);
            }
            Self::DeadlineExceeded
            | Self::Overloaded
            | Self::Stopping
            | Self::MessageTooLarge
            | Self::Unauthenticated
            | Self::RoleNotAllowed => {}
        }
        details.set_localized_message("zh-CN", text);
        details.set_error_info(reason, DOMAIN, metadata);
        Status::with_error_details(code, message, details)
    }

    /// Returns the answer that holds nothing else.
    pub(super) fn response(self) -> Response {
        self.status().into_http::<Body>()
    }

    /// Returns the trailers that end an answer which has begun.
    pub(super) fn trailers(self) -> Frame<Bytes> {
        let status = self.status();
        let mut trailers = HeaderMap::new();
        if status.add_header(&mut trailers).is_err() {
            trailers.insert("grpc-status", HeaderValue::from(i32::from(status.code())));
        }
        Frame::trailers(trailers)
    }
}
