//! The program `junheng-reporting`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser as _;
use junheng_reporting::Settings;
use junheng_runtime::{Args, Process};
use junheng_store::{Options, Store};

/// 报告服务：生成供阅读的报告。
///
/// 配置依次取自默认值、--config 文件、环境变量 JUNHENG_SECTION__KEY、--set section.key=value；--print-config 显示全部配置及其含义。
/// 首次启动前，先用 junheng migrate 建立数据库结构。
#[derive(clap::Parser)]
#[command(name = "junheng-reporting", version)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Cli::parse().args;
    match Box::pin(run(&args)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            args.tell_failure(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> anyhow::Result<()> {
    let Some(mut process) = Process::start(args).await? else { return Ok(()) };
    let config = process.config().clone();
    let options = Options {
        max_connections: config.database.max_connections,
        connect_timeout: Duration::from_millis(config.database.connect_timeout_ms),
        ..Options::new(config.database.url.expose())
    };
    let patience = Duration::from_millis(config.database.start_timeout_ms);
    let Some(store) = process.stop().run_until_cancelled(Store::ready(&options, patience)).await else {
        return Ok(());
    };
    let store = store?;
    let settings = Settings::read(&config.reporting)?;
    let checked = store.clone();
    process.readiness().add_check("database", move || {
        let store = checked.clone();
        async move { store.check_service().await.map_err(|error| error.obstacle()) }
    });
    let counted = store.clone();
    process.watch_connections(move || {
        let connections = counted.connections();
        (connections.open, connections.idle)
    });
    let recorder = junheng_audit::Recorder::new(store.clone(), process.clock());
    let interval = Duration::from_millis(config.audit.flush_interval_ms);
    process.observe(Arc::clone(&recorder) as _);
    process.spawn("audit", Arc::clone(&recorder).work(interval, process.stop().clone()));
    if let Some(address) = config.reporting.console_listen {
        process.open(address, junheng_reporting::pages(store.clone(), process.clock(), &settings)).await?;
    }
    let api = junheng_reporting::api(store, process.clock(), &config.limits, &settings);
    let listen = config.reporting.listen;
    let served = process.serve([(listen, api)]).await;
    recorder.flush().await;
    Ok(served?)
}
