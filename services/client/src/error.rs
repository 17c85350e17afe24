//! What can go wrong with a call.

use std::{collections::BTreeMap, error::Error, io::ErrorKind, time::Duration};

use tonic::{Code, Status, TimeoutExpired};
use tonic_types::StatusExt as _;

use crate::{credentials::CredentialsError, journal::JournalError};

/// What can go wrong with a call.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The endpoint is no URL such as `http://127.0.0.1:50051`.
    #[error("endpoint {endpoint} is not a url such as http://127.0.0.1:50051")]
    Endpoint {
        /// What was given.
        endpoint: String,
        /// Why it is none.
        #[source]
        source: tonic::transport::Error,
    },
    /// Nothing answers at the endpoint.
    #[error("endpoint {endpoint} cannot be reached")]
    Connect {
        /// What was tried.
        endpoint: String,
        /// What the transport said.
        #[source]
        source: tonic::transport::Error,
    },
    /// The deadline of the call passed. A write may or may not have happened: repeat it with the same `request_id`.
    #[error("deadline of the call passed")]
    DeadlineExceeded,
    /// The service answered with a status.
    #[error("service answered {}: {}", .0.code, .0.message)]
    Service(Box<ServiceError>),
    /// The service answered without an outcome: it is newer than this client, or broken.
    #[error("service answered without an outcome")]
    WithoutOutcome,
    /// The month was sent before, as the journal has it, and does not count any more: it was withdrawn since, or another submission took its
    /// place while it was held. It was not sent again: a `request_id` of its own sends it anew.
    #[error("{submission} took the place of what was sent before, which was not sent again")]
    Overtaken {
        /// Resource name of the withdrawal, or of what was held.
        submission: String,
        /// Why the month was withdrawn; `None`: it was not.
        withdrawal_reason: Option<String>,
    },
    /// A report arrived otherwise than it was issued.
    #[error("the report did not arrive as it was issued")]
    DamagedReport,
    /// What it proves with who it is cannot be used.
    #[error("the credentials cannot be used")]
    Credentials(#[from] CredentialsError),
    /// The journal cannot be kept. Before the first attempt nothing is sent then.
    #[error("the journal cannot be kept")]
    Journal(#[from] JournalError),
}

/// A status that a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// Its code.
    pub code: Code,
    /// Its reason: the name of an `ErrorReason` without its prefix, for programs. Empty where the transport made the status.
    pub reason: String,
    /// What is wrong, in English, for developers.
    pub message: String,
    /// What is wrong, in Chinese, for people. Empty where the transport made the status.
    pub localized_message: String,
    /// What the reason comes with: `resource`, `incident`.
    pub metadata: BTreeMap<String, String>,
    /// Every wrong field of the request.
    pub wrong_fields: Vec<WrongField>,
    /// How long the service asks to wait before the call is repeated: the longer one of `RetryInfo` and `grpc-retry-pushback-ms`.
    pub retry_after: Option<Duration>,
    /// Whether the service asks not to repeat the call, by a negative `grpc-retry-pushback-ms` or one that cannot be read.
    pub retry_refused: bool,
}

/// A wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongField {
    /// Its path.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

impl ClientError {
    /// Reads a status. tonic's own timeout says `CANCELLED`; nothing here cancels a call, so without a reason it is the deadline.
    ///
    /// What the service did not say, because the connection broke, is `UNAVAILABLE`, whatever tonic calls it.
    #[must_use]
    pub fn from_status(status: &Status) -> Self {
        let details = status.get_error_details();
        let broken = broken(status);
        if status.code() == Code::DeadlineExceeded
            || (!broken && status.code() == Code::Cancelled && details.error_info().is_none())
        {
            return Self::DeadlineExceeded;
        }
        let info = details.error_info();
        let pushed = pushback(status);
        Self::Service(Box::new(ServiceError {
            code: if broken { Code::Unavailable } else { status.code() },
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            message: status.message().to_owned(),
            localized_message: details.localized_message().map(|text| text.message.clone()).unwrap_or_default(),
            metadata: info.map(|info| info.metadata.clone().into_iter().collect()).unwrap_or_default(),
            wrong_fields: details
                .bad_request()
                .map(|request| &request.field_violations)
                .into_iter()
                .flatten()
                .map(|one| WrongField { field: one.field.clone(), description: one.description.clone() })
                .collect(),
            retry_after: details.retry_info().and_then(|info| info.retry_delay).max(pushed.and_then(Result::ok)),
            retry_refused: pushed.is_some_and(|pushed| pushed.is_err()),
        }))
    }

    /// The same of a secured connection that broke before there was an answer: the server looks at the client's certificate only when it takes the
    /// connection, and says nothing when it takes it not.
    pub(crate) fn closed(mut self) -> Self {
        if let Self::Service(service) = &mut self
            && service.localized_message.is_empty()
        {
            service.localized_message = format!(
                "安全连接在答复之前被服务关闭：服务可能正在重启，也可能不接受客户端证书（缺少、过期，或颁发者不受信任），\
                 请检查 --cert、--key；证书无误的，请稍后用同一请求编号重试（{}）",
                service.message
            );
        }
        self
    }

    /// Returns what the service answered, where it answered with a status.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(service) => Some(service),
            Self::Endpoint { .. }
            | Self::Connect { .. }
            | Self::DeadlineExceeded
            | Self::WithoutOutcome
            | Self::Overtaken { .. }
            | Self::DamagedReport
            | Self::Credentials(_)
            | Self::Journal(_) => None,
        }
    }

    /// Returns the reason for programs: the name of an `ErrorReason` without its prefix; `None` where no service gave one.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::DeadlineExceeded => Some("DEADLINE_EXCEEDED"),
            _ => self.service().map(|service| service.reason.as_str()).filter(|reason| !reason.is_empty()),
        }
    }

    /// Whether it is certain that nothing was or will be written for the request as it was sent.
    pub(crate) fn final_for(&self) -> bool {
        let unknown = [
            Code::Cancelled,
            Code::Unknown,
            Code::DeadlineExceeded,
            Code::Aborted,
            Code::Internal,
            Code::Unavailable,
            Code::DataLoss,
        ];
        self.service().is_some_and(|service| !unknown.contains(&service.code))
    }

    /// Whether the same request may succeed later: nothing answered, or `UNAVAILABLE`.
    ///
    /// After a deadline it may as well, with the same `request_id`; but that is for the caller to decide, who set the deadline.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Connect { .. } => true,
            Self::Service(service) => service.code == Code::Unavailable && !service.retry_refused,
            Self::Endpoint { .. }
            | Self::DeadlineExceeded
            | Self::WithoutOutcome
            | Self::Overtaken { .. }
            | Self::DamagedReport
            | Self::Credentials(_)
            | Self::Journal(_) => false,
        }
    }

    /// Whether nobody listened at the endpoint, or who did broke off: a service that starts again does so. A name that nobody knows and a
    /// certificate that is not believed stay as they are.
    pub(crate) fn refused_connection(&self) -> bool {
        let Self::Connect { source, .. } = self else { return false };
        let away = [ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted];
        let mut cause: Option<&(dyn Error + 'static)> = Some(source);
        while let Some(error) = cause {
            if error.downcast_ref::<std::io::Error>().is_some_and(|error| away.contains(&error.kind())) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// Returns what is wrong, in Chinese, for people.
    #[must_use]
    pub fn localized(&self) -> String {
        match self {
            Self::Endpoint { endpoint, .. } => format!("服务地址“{endpoint}”不正确，应形如 http://127.0.0.1:50051"),
            Self::Connect { endpoint, source } => match tls_fault(source) {
                Some(fault) => format!("无法与服务 {endpoint} 建立安全连接：{fault}"),
                None => format!("无法连接服务 {endpoint}，请确认服务已启动、地址无误"),
            },
            Self::DeadlineExceeded => "调用超时。写入可能已经完成，也可能没有完成，请用同一请求编号重试".to_owned(),
            Self::Journal(JournalError::Locked { path }) => {
                format!("报送记录文件 {} 正由另一个程序使用", path.display())
            }
            Self::Journal(JournalError::Damaged { path, line }) => {
                format!("文件 {} 第{line}行不是报送记录，请核对文件", path.display())
            }
            Self::Journal(JournalError::File { path, source }) => {
                format!("无法读写报送记录文件 {}：{}", path.display(), of_file(source))
            }
            Self::Overtaken { submission, withdrawal_reason: Some(reason) } => {
                format!("该月接收之后已撤回（{submission}，理由：{reason}），没有再次报送；确需报送的，请另给请求编号")
            }
            Self::Overtaken { submission, withdrawal_reason: None } => {
                format!("该报送（{submission}）待确认期间已被取代，没有再次报送；数据如仍有效，请另给请求编号")
            }
            Self::DamagedReport => "收到的报告与签发时不一致，请重新获取".to_owned(),
            Self::Credentials(CredentialsError::File { path, source }) => {
                format!("无法读取文件 {}：{}", path.display(), of_file(source))
            }
            Self::Credentials(CredentialsError::Token) => "令牌必须是一行文字".to_owned(),
            Self::WithoutOutcome => "服务的答复中没有结果，请核对服务与本程序的版本".to_owned(),
            Self::Service(service) if !service.localized_message.is_empty() => service.localized_message.clone(),
            Self::Service(service) if service.code == Code::Unavailable => {
                "连接中断，或服务暂不可用，请稍后用同一请求编号重试".to_owned()
            }
            Self::Service(service) if service.code == Code::Unauthenticated => {
                "服务不接受所给的身份，请检查令牌（是否过期、是否发给本系统）或客户端证书".to_owned()
            }
            Self::Service(service) if service.code == Code::Unimplemented => {
                "该地址上没有所需的服务，请核对服务地址".to_owned()
            }
            Self::Service(service)
                if service.reason.is_empty() && NOT_GRPC.iter().any(|said| service.message.contains(said)) =>
            {
                "该地址上不是所需的服务（不是 gRPC），请核对服务地址和端口".to_owned()
            }
            Self::Service(service) => format!("服务返回错误：{}（{}）", service.message, service.code),
        }
    }
}

/// What is wrong with the certificates or the protocol of a connection, in Chinese; `None` where it is something else.
///
/// The transport passes the words of rustls on, and not its type.
fn tls_fault(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let text = error.to_string();
        let fault = FAULTS.into_iter().find(|(words, _)| text.contains(words));
        if let Some((_, fault)) = fault {
            return Some(fault);
        }
        cause = error.source();
    }
    None
}

/// What rustls says, the special before the general, and what it means to whoever calls.
const FAULTS: [(&str, &str); 9] = [
    ("certificate not valid for name", "服务端证书不是发给该地址的，请核对服务地址"),
    ("certificate expired", "服务端证书已过期，或本机时间有误，请告知服务的运维人员"),
    ("certificate not valid yet", "服务端证书尚未生效，或本机时间有误"),
    ("UnknownIssuer", "服务端证书的颁发者不受信任，请用 --ca 给出颁发者的证书"),
    ("invalid peer certificate", "服务端证书不可信，请核对服务地址和 --ca"),
    ("CertificateRequired", "服务要求客户端证书，请用 --cert、--key 给出"),
    ("CertificateExpired", "服务不接受客户端证书：已过期"),
    ("received fatal alert", "服务不接受此连接，请核对客户端证书（--cert、--key）的颁发者和有效期"),
    ("received corrupt message", "该地址上的服务没有使用 TLS，地址应以 http:// 开头"),
];

/// Why a file cannot be read or written.
fn of_file(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "文件不存在".to_owned(),
        ErrorKind::PermissionDenied => "没有权限".to_owned(),
        ErrorKind::IsADirectory => "这是一个目录".to_owned(),
        _ => error.to_string(),
    }
}

/// What the transport says where a web server answers instead of a service.
const NOT_GRPC: [&str; 2] = ["invalid compression flag", "grpc-status header missing"];

/// Whether the connection broke before there was an answer: only a status that was made on this side has a source.
pub(crate) fn broken(status: &Status) -> bool {
    let mut source = status.source();
    let told = source.is_none();
    while let Some(error) = source {
        if error.is::<TimeoutExpired>() {
            return false;
        }
        source = error.source();
    }
    !told && matches!(status.code(), Code::Unknown | Code::Cancelled | Code::Internal | Code::Unavailable)
}

/// How long `grpc-retry-pushback-ms` asks to wait; an error: not to repeat the call.
fn pushback(status: &Status) -> Option<Result<Duration, ()>> {
    let value = status.metadata().get("grpc-retry-pushback-ms")?;
    let millis = value.to_str().ok().and_then(|text| text.parse().ok());
    Some(millis.map(Duration::from_millis).ok_or(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_service_does_not_know_is_told_to_look_at_his_token() {
        // As services answer it: who is not known learns nothing else.
        let error = ClientError::from_status(&Status::unauthenticated("unauthenticated"));

        assert_eq!(error.localized(), "服务不接受所给的身份，请检查令牌（是否过期、是否发给本系统）或客户端证书");
    }

    #[test]
    fn what_is_wrong_with_certificates_is_told() {
        for (said, told) in [
            ("invalid peer certificate: UnknownIssuer", "--ca"),
            ("invalid peer certificate: certificate expired: verification time 9 (UNIX)", "已过期"),
            ("invalid peer certificate: certificate not valid for name \"a\"; certificate is only valid for b", "地址"),
            ("received fatal alert: CertificateRequired", "要求客户端证书"),
            ("received fatal alert: BadCertificate", "不接受此连接"),
            ("received corrupt message of type InvalidContentType", "没有使用 TLS"),
        ] {
            let fault = tls_fault(&std::io::Error::other(said)).unwrap();

            assert!(fault.contains(told), "{said}: {fault}");
        }
        assert_eq!(tls_fault(&std::io::Error::from(std::io::ErrorKind::ConnectionRefused)), None);
    }
}
