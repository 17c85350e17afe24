//! `junheng migrate`: brings the database to this program's schema.

use junheng_runtime::{StartError, telemetry};

use crate::{database, failure::Failure, output};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng migrate --database sqlite://junheng.db?mode=rwc
  junheng migrate --database postgres://junheng:密码@db/junheng
  junheng migrate --config junheng.toml

可以重复执行；几个程序同时执行时只有一个升级，其余等待。
PostgreSQL 请用表的所有者登录；每次执行都核对角色、权限和行级安全，缺少角色而又无权建立的，给出须由管理员执行的 SQL。升级后，服务用属于 junheng_service 角色的登录，只读查询用属于 junheng_reader 角色的登录。";

/// Arguments of `junheng migrate`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[arg(long, value_name = "URL", help = "数据库地址；不给出时按配置")]
    database: Option<String>,
    #[command(flatten)]
    runtime: junheng_runtime::Args,
}

/// Migrates.
pub(crate) async fn run(mut args: Args) -> Result<(), Failure> {
    args.runtime.overrides.extend(args.database.map(|url| ("database.url".to_owned(), url)));
    Failure::logged(&args.runtime, migrate(&args.runtime).await)
}

async fn migrate(runtime: &junheng_runtime::Args) -> Result<(), Failure> {
    let config = runtime.load()?;
    if runtime.print_config {
        let text = config.to_toml().map_err(|error| Failure::Refused(error.to_string()))?;
        return output::print_bytes(text.as_bytes());
    }
    // Why it waits is told as it waits: for a server that does not answer yet, or for another who migrates.
    telemetry::init(&config.log, &config.traces).map_err(StartError::from)?;
    let store = database::open(&config.database).await?;
    store.migrate().await?;
    store.close().await?;
    output::print(&format!("数据库 {} 已是本程序的版本", config.database.url))
}
