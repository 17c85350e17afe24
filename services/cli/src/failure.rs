//! Why a command did not do what it was asked, as a person reads it.

use std::{error::Error, fmt::Write as _, io, process::ExitCode};

use junheng_audit::key_file::KeyFileError;
use junheng_client::ClientError;
use junheng_reporting::SettingsError;
use junheng_runtime::{ServeError, StartError, config::ConfigError};
use junheng_store::StoreError;

use crate::output;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Everything was told on stderr already.
    #[error("already told")]
    Told,
    /// Something that the caller can mend.
    #[error("{0}")]
    Refused(String),
    /// Arguments that do not fit together.
    #[error("{0}")]
    Usage(String),
    /// A file that cannot be read or written.
    #[error("无法{action}文件 {path}：{reason}")]
    File { action: &'static str, path: String, reason: String },
    /// A call to a service.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The configuration.
    #[error("配置有误\n{0}")]
    Config(#[from] ConfigError),
    /// What the configuration says of reporting.
    #[error("配置有误：{0}")]
    Settings(#[from] SettingsError),
    /// The process cannot start.
    #[error("无法启动")]
    Start(#[from] StartError),
    /// A service cannot be served.
    #[error("服务无法运行")]
    Serve(#[from] ServeError),
    /// The database.
    #[error("数据库操作失败")]
    Store(#[from] StoreError),
    /// A file of keys.
    #[error("密钥文件不能使用")]
    Key(#[from] KeyFileError),
    /// A result that cannot be written as JSON.
    #[error("无法输出 JSON")]
    Json(#[from] serde_json::Error),
    /// Something that must not happen.
    #[error("{what}")]
    Broken {
        what: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A step of a longer way.
    #[error("{step}失败")]
    Step {
        step: &'static str,
        #[source]
        source: Box<Failure>,
    },
    /// Nobody takes our output.
    #[error("无法输出")]
    Output(#[from] io::Error),
}

impl Failure {
    /// A file that cannot be read or written.
    pub(crate) fn file(action: &'static str, path: &std::path::Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound if action == "打开" => "文件不存在".to_owned(),
            io::ErrorKind::NotFound => "所在文件夹不存在".to_owned(),
            io::ErrorKind::PermissionDenied => "没有权限".to_owned(),
            io::ErrorKind::IsADirectory => "这是一个目录".to_owned(),
            _ => error.to_string(),
        };
        Self::File { action, path: path.display().to_string(), reason }
    }

    /// Tells it on stderr.
    pub(crate) fn tell(&self) {
        if !matches!(self, Self::Told) {
            output::tell(&format!("错误：{}", self.text()));
        }
    }

    /// Tells on stderr what a call failed with.
    pub(crate) fn told_of(error: &ClientError) {
        output::tell(&format!("错误：{}", client_text(error)));
    }

    fn text(&self) -> String {
        match self {
            Self::Client(error) => client_text(error),
            Self::Step { step, source } => format!("{step}失败：{}", source.text()),
            other => {
                let mut text = other.to_string();
                let mut cause = other.source();
                // `Config` prints its cause itself.
                while let (Some(error), false) = (cause, matches!(other, Self::Config(_))) {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "：{error}");
                    cause = error.source();
                }
                text
            }
        }
    }

    /// The code that the program ends with.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }
}

fn client_text(error: &ClientError) -> String {
    let mut text = error.localized();
    if let Some(reason) = error.reason() {
        let _ = write!(text, "（{reason}）");
    }
    for (key, value) in error.service().iter().flat_map(|service| &service.metadata) {
        let _ = write!(text, "\n  {key}：{value}");
    }
    let resource = error.service().and_then(|service| service.metadata.get("resource"));
    if error.reason() == Some("RESOURCE_MISSING") && resource.is_some_and(|name| region(name)) {
        text += "\n  请先登记：junheng regions import，或在 junheng schools import 时给出 --county-name";
    }
    for field in error.service().iter().flat_map(|service| &service.wrong_fields) {
        let _ = write!(text, "\n  {}：{}", field.field, chinese(&field.description));
    }
    text
}

/// What is wrong with a field, in Chinese: the services tell it in English. What is not known here stays as it is.
fn chinese(description: &str) -> String {
    const WHOLE: [(&str, &str); 21] = [
        ("is not a day of every month, 1 to 28", "须为1至28"),
        ("makes more than 24 months", "超过24个月"),
        ("is none that was given by this list", "不是本接口给出的标记"),
        ("was given for another region", "是另一个区划的标记"),
        ("is blank", "没有内容"),
        (
            "leaves nothing of the month; WithdrawMonth does that",
            "删除后该月没有内容；要撤回该月，请用 junheng withdraw",
        ),
        ("stands in a request whose mode is not SUBMISSION_MODE_MERGE", "只用于更正（--merge）"),
        ("lies in the future", "晚于现在"),
        ("is empty", "为空"),
        ("is empty, and several standards are in force", "没有给出，而该月有多份现行标准，须指明一份"),
        ("is given for what is not in force", "该区划没有自该月起施行的这份标准，无从撤回"),
        ("is given with withdrawn", "撤回时不能给出"),
        ("is no indicator of the standard", "标准中没有这项指标"),
        ("is no county: other regions lie below it", "不是县级区划：其下还有区划"),
        ("is no change: none of its kinds is set", "没有写明改动"),
        ("is not registered in the county", "没有在该县登记"),
        ("leads to no node of the explanation", "结论中没有这一处"),
        ("is negative", "是负数"),
        ("stands twice", "重复"),
        ("is no date", "不是日期"),
        ("lies in another county than parent", "不属于所给的县"),
    ];
    if let Some((_, chinese)) = WHOLE.iter().find(|(english, _)| *english == description) {
        return (*chinese).to_owned();
    }
    if description.starts_with("is no known ") {
        return "取值不正确".to_owned();
    }
    let after = |start: &str| description.strip_prefix(start);
    if let Some(field) = after("lies before ") {
        format!("早于 {field}")
    } else if let Some(field) = after("stands beside ") {
        format!("不能与 {field} 同时给出")
    } else if let Some(day) = after("begins before the standard is valid, on ") {
        format!("早于标准的有效期，该标准自{day}起有效")
    } else if let Some(day) = after("does not end before the standard's validity does, on ") {
        format!("晚于标准的有效期，该标准至{day}止有效")
    } else {
        description.to_owned()
    }
}

/// Whether a resource is a region itself, and nothing within one.
fn region(name: &str) -> bool {
    name.strip_prefix("regions/").is_some_and(|code| !code.contains('/'))
}

#[cfg(test)]
mod tests {
    use junheng_client::{ServiceError, WrongField};
    use tonic::Code;

    use super::*;

    #[test]
    fn wrong_fields_are_told_in_chinese_below_what_is_wrong() {
        let field =
            |field: &str, description: &str| WrongField { field: field.into(), description: description.into() };
        let error = ClientError::Service(Box::new(ServiceError {
            code: Code::InvalidArgument,
            reason: "INVALID_FIELD".into(),
            message: "request has wrong fields".into(),
            localized_message: "请求中有字段不正确".into(),
            metadata: [].into(),
            wrong_fields: vec![
                field("last_month", "lies before first_month"),
                field("as_of", "lies in the future"),
                field("view", "is no known view"),
                field("from_month", "stands beside month"),
                field("to_month", "does not end before the standard's validity does, on 2025-12-31"),
                field("standard", "is empty, and several standards are in force"),
                field("other", "is something newer"),
            ],
            retry_after: None,
            retry_refused: false,
        }));

        let told = client_text(&error);

        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(
            lines,
            [
                "请求中有字段不正确（INVALID_FIELD）",
                "  last_month：早于 first_month",
                "  as_of：晚于现在",
                "  view：取值不正确",
                "  from_month：不能与 month 同时给出",
                "  to_month：晚于标准的有效期，该标准至2025-12-31止有效",
                "  standard：没有给出，而该月有多份现行标准，须指明一份",
                "  other：is something newer",
            ]
        );
    }

    #[test]
    fn a_failed_step_tells_what_failed_and_why() {
        let cause = Failure::file("打开", std::path::Path::new("a.csv"), &io::ErrorKind::NotFound.into());

        let failure = Failure::Step { step: "登记学校", source: Box::new(cause) };

        assert_eq!(failure.text(), "登记学校失败：无法打开文件 a.csv：文件不存在");
    }
}
