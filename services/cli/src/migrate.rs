//! `junheng migrate`: brings the database to this program's schema.

use crate::{database, failure::Failure, output};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng migrate --database sqlite://junheng.db?mode=rwc
  junheng migrate --database postgres://junheng:密码@db/junheng
  junheng migrate --config junheng.toml

可以重复执行；几个程序同时执行时只有一个升级，其余等待。
PostgreSQL 请用表的所有者登录；升级后，服务用属于 junheng_service 角色的登录，只读查询用属于 junheng_reader 角色的登录。";

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
    let config = args.runtime.load()?;
    if args.runtime.print_config {
        let text = config.to_toml().map_err(|error| Failure::Refused(error.to_string()))?;
        return output::print_bytes(text.as_bytes());
    }
    let store = database::open(&config.database).await?;
    store.migrate().await?;
    store.close().await?;
    output::print(&format!("数据库 {} 已是本程序的版本", config.database.url))
}
