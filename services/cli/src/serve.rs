//! `junheng serve`: the three services and the evaluator in one process.

use std::sync::Arc;

use junheng_audit::service;
use junheng_reporting::Settings;
use junheng_runtime::{Process, config::DatabaseConfig};
use junheng_store::Store;

use crate::{database, failure::Failure};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng serve                                           当前目录下的 junheng.db，端口 50051、50052、50053，网页在 http://127.0.0.1:8080
  junheng serve --set database.url=sqlite:///data/county.db?mode=rwc
  junheng serve --config junheng.toml --migrate           PostgreSQL，启动时升级数据库
  junheng serve --print-config                            显示生效的配置后退出

内嵌的 SQLite 数据库在启动时自动建立和升级；PostgreSQL 只有给出 --migrate 时才升级，否则只核对版本。";

/// Arguments of `junheng serve`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[command(flatten)]
    runtime: junheng_runtime::Args,
    #[arg(long, help = "启动时升级 PostgreSQL 数据库")]
    migrate: bool,
}

/// Serves until a signal.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let runtime = args.runtime.clone();
    Failure::logged(&runtime, Box::pin(serve(args)).await)
}

async fn serve(args: Args) -> Result<(), Failure> {
    let Some(mut process) = Process::start(&args.runtime).await? else { return Ok(()) };
    let config = process.config().clone();
    let Some(store) = process.stop().run_until_cancelled(open(&config.database, args.migrate)).await else {
        return Ok(());
    };
    let store = store?;
    let settings = Settings::read(&config.reporting)?;
    let recorder = service::attend(&mut process, &store);
    let (clock, limits) = (process.clock(), &config.limits);
    let evaluator =
        junheng_evaluation::work(store.clone(), clock.clone(), config.evaluation.clone(), process.stop().clone());
    process.spawn("evaluator", evaluator);
    let backlog =
        junheng_evaluation::watch(store.clone(), clock.clone(), config.evaluation.clone(), process.stop().clone());
    process.spawn("backlog", backlog);
    let watcher = junheng_ingest::watch(store.clone(), clock.clone(), config.ingest.clone(), process.stop().clone());
    process.spawn("inflow", watcher);
    let signer = database::signer(&config)?.map(Arc::new);
    service::sign(&mut process, &store, &config.audit, signer.as_ref());
    let apis = [
        (config.ingest.listen, junheng_ingest::signing_api(store.clone(), clock.clone(), limits, signer)),
        (config.evaluation.listen, junheng_evaluation::api(store.clone(), clock.clone(), limits)),
        (config.reporting.listen, junheng_reporting::api(store.clone(), clock.clone(), limits, &settings)),
    ];
    if let Some(address) = config.reporting.console_listen {
        process.open(address, junheng_reporting::pages(store.clone(), process.clock(), &settings)).await?;
    }
    let served = process.serve(apis).await;
    recorder.flush().await;
    served?;
    Ok(store.close().await?)
}

/// Opens the database with a schema that this program works with.
async fn open(config: &DatabaseConfig, migrate: bool) -> Result<Store, Failure> {
    let store = database::open(config).await?;
    if migrate || database::embedded(config) {
        store.migrate().await?;
    }
    store.await_schema(service::patience(config)).await?;
    Ok(store)
}
