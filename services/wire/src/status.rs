//! Errors → `google.rpc.Status`, here and nowhere else.

use std::{collections::HashMap, time::Duration};

use junheng_proto::common::v1::ErrorReason;
use junheng_store::StoreError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::violations::Violations;

/// Domain of every reason.
pub const ERROR_DOMAIN: &str = "junheng";
const REASON_PREFIX: &str = "ERROR_REASON_";
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Details are kept below what proxies take in a header: so many wrong fields are told, the rest counted.
const VIOLATIONS_TOLD: usize = 20;
/// Those of them that the text for developers repeats, who read the others beside it.
const VIOLATIONS_REPEATED: usize = 3;

/// What a handler can fail with.
#[derive(Debug, thiserror::Error)]
pub enum RpcError {
    /// Fields of the request are malformed.
    #[error("the request has wrong fields")]
    Invalid(Violations),
    /// A named resource does not exist.
    #[error("{resource} does not exist")]
    Missing {
        /// Its name.
        resource: String,
    },
    /// The county did not report the month, or withdrew it.
    #[error("{resource} reported nothing for the month, or withdrew it")]
    MonthNotReported {
        /// The county.
        resource: String,
    },
    /// A standard is not known.
    #[error("{resource} is not a known standard")]
    StandardMissing {
        /// Its name.
        resource: String,
    },
    /// Another standard has the id.
    #[error("{resource} is another standard, which never changes: a new version is a new id")]
    StandardIdTaken {
        /// Its name.
        resource: String,
    },
    /// The month's newest revision is not the one that the caller has seen.
    #[error("the newest revision of the month of {resource} is {current_revision}, not the base revision")]
    RevisionConflict {
        /// The county.
        resource: String,
        /// The newest revision; 0: there is none.
        current_revision: u32,
    },
    /// Another submission of the month was accepted or held, or the month withdrawn, after a held submission was sent.
    #[error("another submission of the month came after {resource}")]
    SubmissionSuperseded {
        /// Name of the submission.
        resource: String,
    },
    /// A submission is not held.
    #[error("{resource} is not held")]
    SubmissionNotHeld {
        /// Name of the submission.
        resource: String,
    },
    /// A report would be made of something else than the draft that was read.
    #[error("a report on {resource} would be made of something else by now: read it again")]
    ReportInputsChanged {
        /// The evaluation.
        resource: String,
        /// Digest of what it would be made of.
        inputs_digest: String,
    },
    /// The files of an import are too large.
    #[error("the files are larger than {limit_mib} MiB together")]
    FileTooLarge {
        /// How large they may be.
        limit_mib: usize,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Something of ours that cannot be.
    #[error("{what}")]
    Internal {
        /// What cannot be.
        what: String,
    },
}

impl RpcError {
    /// The reason that callers decide by.
    #[must_use]
    pub const fn reason(&self) -> ErrorReason {
        match self {
            Self::Invalid(_) => ErrorReason::InvalidField,
            Self::Missing { .. } => ErrorReason::ResourceMissing,
            Self::MonthNotReported { .. } => ErrorReason::MonthNotReported,
            Self::StandardMissing { .. } => ErrorReason::StandardMissing,
            Self::StandardIdTaken { .. } => ErrorReason::StandardIdTaken,
            Self::RevisionConflict { .. } => ErrorReason::RevisionConflict,
            Self::SubmissionSuperseded { .. } => ErrorReason::SubmissionSuperseded,
            Self::SubmissionNotHeld { .. } => ErrorReason::SubmissionNotHeld,
            Self::ReportInputsChanged { .. } => ErrorReason::ReportInputsChanged,
            Self::FileTooLarge { .. } => ErrorReason::FileTooLarge,
            Self::Store(StoreError::RequestIdReused) => ErrorReason::RequestIdReused,
            Self::Store(StoreError::Unavailable(_)) => ErrorReason::StoreUnavailable,
            // Whoever rests on a clock begins anew by himself.
            Self::Store(
                StoreError::Corrupt { .. } | StoreError::Schema(_) | StoreError::Database(_) | StoreError::Overtaken,
            )
            | Self::Internal { .. } => ErrorReason::Internal,
        }
    }

    fn resource(&self) -> Option<&str> {
        match self {
            Self::Missing { resource }
            | Self::MonthNotReported { resource }
            | Self::StandardMissing { resource }
            | Self::StandardIdTaken { resource }
            | Self::RevisionConflict { resource, .. }
            | Self::SubmissionSuperseded { resource }
            | Self::SubmissionNotHeld { resource }
            | Self::ReportInputsChanged { resource, .. } => Some(resource),
            Self::Invalid(_) | Self::FileTooLarge { .. } | Self::Store(_) | Self::Internal { .. } => None,
        }
    }

    /// What a person reads, in Chinese.
    #[must_use]
    pub fn localized(&self) -> String {
        let (_, text) = code_and_text(self.reason());
        match self {
            Self::Invalid(violations) => {
                let told = violations.0.iter().take(VIOLATIONS_TOLD);
                let mut told: Vec<_> = told.map(|(field, fault)| format!("{field} {}", fault.chinese)).collect();
                if violations.0.len() > VIOLATIONS_TOLD {
                    told.push(format!("另有{}处", violations.0.len() - VIOLATIONS_TOLD));
                }
                format!("{text}：{}", told.join("；"))
            }
            _ => text.to_owned(),
        }
    }

    /// The code of the status.
    #[must_use]
    pub const fn code(&self) -> Code {
        code_and_text(self.reason()).0
    }

    /// What a developer reads, in English; nothing of a cause that is ours.
    #[must_use]
    pub fn public_message(&self) -> String {
        match self {
            Self::Invalid(violations) => {
                let told = violations.0.iter().take(VIOLATIONS_REPEATED);
                let told = told.map(|(field, fault)| format!("{field} {}", fault.english));
                format!("{self}: {}", told.collect::<Vec<_>>().join("; "))
            }
            Self::Store(StoreError::RequestIdReused) => "the request id was used for another content".to_owned(),
            Self::Store(_) | Self::Internal { .. } => "the service cannot answer now".to_owned(),
            _ => self.to_string(),
        }
    }
}

/// The code of each reason that a handler can fail with, and what a person reads in Chinese.
const fn code_and_text(reason: ErrorReason) -> (Code, &'static str) {
    match reason {
        ErrorReason::InvalidField => (Code::InvalidArgument, "请求中有字段不符合要求"),
        ErrorReason::RequestIdReused => (Code::InvalidArgument, "请求编号已用于其他内容，新内容请使用新的请求编号"),
        ErrorReason::ResourceMissing => (Code::NotFound, "所指资源不存在"),
        ErrorReason::MonthNotReported => (Code::NotFound, "该县没有报送该月数据，或已撤回"),
        ErrorReason::StandardMissing => (Code::NotFound, "没有该评估标准"),
        ErrorReason::StandardIdTaken => {
            (Code::AlreadyExists, "该编号已有另一份评估标准；登记后的标准不再变动，新版本请使用新编号")
        }
        ErrorReason::RevisionConflict => {
            (Code::Aborted, "该月的最新版本不是所给的版本，本次未写入；请先查看最新版本，再决定是否重新报送")
        }
        ErrorReason::SubmissionSuperseded => (
            Code::FailedPrecondition,
            "该报送待确认期间，该月又有新的报送或已撤回，该报送已被取代；数据如仍有效，请重新报送",
        ),
        ErrorReason::SubmissionNotHeld => (Code::FailedPrecondition, "该报送不在待确认状态，无需确认"),
        ErrorReason::ReportInputsChanged => {
            (Code::Aborted, "报告所依据的数据在审阅之后有变化，本次未签发；请重新生成草稿、审阅后再签发")
        }
        ErrorReason::RoleNotAllowed => (Code::PermissionDenied, "当前身份无权调用该接口"),
        ErrorReason::MessageTooLarge => (Code::ResourceExhausted, "消息过大，请减少每次报送的行数"),
        ErrorReason::FileTooLarge => (Code::ResourceExhausted, "文件过大，请删除无关的工作表、图片和空白行后再提交"),
        ErrorReason::DeadlineExceeded => (Code::DeadlineExceeded, "处理超时，请用同一请求编号重试"),
        ErrorReason::StoreUnavailable => (Code::Unavailable, "数据库暂不可用，请稍后用同一请求编号重试"),
        ErrorReason::Overloaded => (Code::Unavailable, "服务繁忙，请稍后用同一请求编号重试"),
        ErrorReason::Stopping => (Code::Unavailable, "服务正在停止，请稍后用同一请求编号重试"),
        ErrorReason::Internal | ErrorReason::Unspecified => (Code::Internal, "服务内部错误，请将事件编号告知运维人员"),
    }
}

/// The reason as `ErrorInfo` has it: the name of the value without its prefix.
#[must_use]
pub fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix(REASON_PREFIX).unwrap_or(name)
}

impl From<RpcError> for Status {
    fn from(error: RpcError) -> Self {
        let reason = error.reason();
        let mut metadata = HashMap::new();
        if let Some(resource) = error.resource() {
            metadata.insert("resource".to_owned(), resource.to_owned());
        }
        if let RpcError::RevisionConflict { current_revision, .. } = &error {
            metadata.insert("current_revision".to_owned(), current_revision.to_string());
        }
        if let RpcError::ReportInputsChanged { inputs_digest, .. } = &error {
            metadata.insert("inputs_digest".to_owned(), inputs_digest.clone());
        }
        if matches!(error.code(), Code::Internal | Code::Unavailable) {
            let incident = uuid::Uuid::now_v7().to_string();
            // The only place that logs a failed request; the caller learns nothing of the cause.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                error.reason = reason_name(reason),
                incident.id = incident,
                "request failed"
            );
            metadata.insert("incident".to_owned(), incident);
        }
        let mut details = ErrorDetails::new();
        details.set_error_info(reason_name(reason), ERROR_DOMAIN, metadata);
        details.set_localized_message("zh-CN", error.localized());
        if let RpcError::Invalid(violations) = &error {
            let told = violations.0.iter().take(VIOLATIONS_TOLD);
            let mut told: Vec<_> =
                told.map(|(field, fault)| FieldViolation::new(field, fault.english.as_ref())).collect();
            if violations.0.len() > VIOLATIONS_TOLD {
                let more = violations.0.len() - VIOLATIONS_TOLD;
                told.push(FieldViolation::new("", format!("and {more} more wrong fields")));
            }
            details.set_bad_request(told);
        }
        if error.code() == Code::Unavailable {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Self::with_error_details(error.code(), error.public_message(), details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_told_and_the_details_stay_small() {
        let mut violations = Violations::default();
        for index in 0..5000 {
            violations.add(&format!("schools[{index}].name"), crate::name::NameError::of_school());
        }

        let status = Status::from(RpcError::Invalid(violations));

        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.details().len() < 4096, "{}", status.details().len());
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "INVALID_FIELD");
        assert_eq!(details.bad_request().unwrap().field_violations.len(), VIOLATIONS_TOLD + 1);
        let localized = &details.localized_message().unwrap().message;
        assert!(localized.contains("：schools[0].name 须写成 regions/210922/schools/3121000001；"), "{localized}");
        assert!(localized.ends_with("；另有4980处"), "{localized}");
    }

    #[test]
    fn a_failure_of_ours_says_nothing_of_its_cause() {
        let error = RpcError::Store(StoreError::Corrupt { what: "secret table".into() });

        let status = Status::from(error);

        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("secret"));
        assert!(status.get_error_details().error_info().unwrap().metadata.contains_key("incident"));
    }
}
