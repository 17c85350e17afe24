//! Why a command did not do what it was asked, as a person reads it.

use std::{error::Error, fmt::Write as _, io, process::ExitCode};

use junheng_audit::key_file::KeyFileError;
use junheng_client::ClientError;
use junheng_reporting::SettingsError;
use junheng_runtime::{ServeError, StartError, config::ConfigError};
use junheng_store::{SchemaMismatch, StoreError};

use crate::{output, server};

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
    #[error(transparent)]
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
            io::ErrorKind::AlreadyExists => "已存在".to_owned(),
            io::ErrorKind::StorageFull => "磁盘已满".to_owned(),
            _ => error.to_string(),
        };
        Self::File { action, path: path.display().to_string(), reason }
    }

    /// Leaves a failure that the log tells, where the log is for a collector: it takes no text of several lines.
    pub(crate) fn logged(runtime: &junheng_runtime::Args, done: Result<(), Self>) -> Result<(), Self> {
        match done {
            Err(failure) if runtime.logs_json() && !matches!(failure, Self::Told) => {
                runtime.tell_failure(&failure);
                Err(Self::Told)
            }
            done => done,
        }
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
            Self::Store(StoreError::Schema(mismatch)) => match mismatch {
                SchemaMismatch::Missing => "数据库中还没有表：请先运行 junheng migrate".to_owned(),
                SchemaMismatch::Older(lacks) => {
                    format!("数据库的版本低于本程序（缺 {lacks}）：请先运行 junheng migrate")
                }
                SchemaMismatch::Forbidden { role, login, verb, table } => format!(
                    "数据库角色 {role} 没有表 {table} 的 {verb} 权限：请用表的所有者运行 junheng migrate；\
                     服务的登录由管理员授予角色：GRANT junheng_service TO \"{login}\""
                ),
                SchemaMismatch::Unprotected(login) => {
                    format!("行级安全对数据库登录 {login} 不起作用：请换用其他登录，或先运行 junheng migrate")
                }
                SchemaMismatch::RolesMissing { roles, login } => format!(
                    "数据库缺少角色 {}，登录 {login} 无权建立：请由管理员执行 {}; 然后再次运行 junheng migrate",
                    roles.join("、"),
                    SchemaMismatch::creation(roles)
                ),
                SchemaMismatch::Newer(unknown) => format!("数据库的版本高于本程序（不认识 {unknown}）：请使用新版程序"),
            },
            Self::Serve(ServeError::Bind { address, source })
            | Self::Start(StartError::Admin(ServeError::Bind { address, source })) => {
                format!("无法在 {address} 上监听：{}", unbound(source))
            }
            Self::Step { step, source } => format!("{step}失败：{}", source.text()),
            other => {
                let mut text = other.to_string();
                let mut cause = other.source();
                while let Some(error) = cause {
                    let said = error.to_string();
                    // Many print their cause themselves.
                    if !text.ends_with(&said) {
                        // Writing to a string cannot fail.
                        let _ = write!(text, "：{said}");
                    }
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

/// Why nothing can listen at an address.
fn unbound(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "端口已被占用，请停止占用它的程序，或改用其他端口".to_owned(),
        io::ErrorKind::AddrNotAvailable => "不是本机的地址".to_owned(),
        io::ErrorKind::PermissionDenied => "没有权限，1024 以下的端口须由管理员使用".to_owned(),
        _ => error.to_string(),
    }
}

/// What an error comes with, by its id in the metadata.
const LABELS: [(&str, &str); 4] = [
    ("resource", "所指资源"),
    ("current_revision", "现行版本号"),
    ("inputs_digest", "所依据数据的摘要"),
    ("incident", "事件编号"),
];

fn client_text(error: &ClientError) -> String {
    let mut text = error.localized();
    if let Some(reason) = error.reason() {
        let _ = write!(text, "（{reason}）");
    }
    for (key, value) in error.service().iter().flat_map(|service| &service.metadata) {
        let label = LABELS.iter().find(|(id, _)| id == key).map_or(key.as_str(), |(_, label)| *label);
        let _ = write!(text, "\n  {label}：{value}");
    }
    let resource = error.service().and_then(|service| service.metadata.get("resource"));
    if error.reason() == Some("RESOURCE_MISSING") && resource.is_some_and(|name| region(name)) {
        text += "\n  请先登记：junheng regions import，或在 junheng schools import 时给出 --county-name";
        if server::identified() {
            text += "；如已登记，则不在令牌的管辖范围内，请核对令牌";
        }
    }
    text
}

/// Whether a resource is a region itself, and nothing within one.
fn region(name: &str) -> bool {
    name.strip_prefix("regions/").is_some_and(|code| !code.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_not_accepted_is_told_in_chinese() {
        let refused = ClientError::from_status(&tonic::Status::unauthenticated("unauthenticated"));

        let text = Failure::Client(refused).text();

        assert!(text.contains("请检查令牌") && !text.contains("unauthenticated"), "{text}");
    }

    #[test]
    fn a_port_that_is_taken_is_told_in_chinese() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let source = std::net::TcpListener::bind(address).unwrap_err();

        let text = Failure::Serve(ServeError::Bind { address, source }).text();

        assert_eq!(text, format!("无法在 {address} 上监听：端口已被占用，请停止占用它的程序，或改用其他端口"));
    }

    #[test]
    fn a_failed_step_tells_what_failed_and_why() {
        let cause = Failure::file("打开", std::path::Path::new("a.csv"), &io::ErrorKind::NotFound.into());

        let failure = Failure::Step { step: "登记学校", source: Box::new(cause) };

        assert_eq!(failure.text(), "登记学校失败：无法打开文件 a.csv：文件不存在");
    }
}
