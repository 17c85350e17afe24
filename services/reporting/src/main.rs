//! The program `junheng-reporting`.

use std::process::ExitCode;

use clap::Parser as _;
use junheng_audit::service;
use junheng_reporting::Settings;
use junheng_runtime::{Args, Process};

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
    let Some(store) = service::open(&process).await? else { return Ok(()) };
    let settings = Settings::read(&config.reporting)?;
    let recorder = service::attend(&mut process, &store);
    if let Some(address) = config.reporting.console_listen {
        process.open(address, junheng_reporting::pages(store.clone(), process.clock(), &settings)).await?;
    }
    let api = junheng_reporting::api(store, process.clock(), &config.limits, &settings);
    let listen = config.reporting.listen;
    let served = process.serve([(listen, api)]).await;
    recorder.flush().await;
    Ok(served?)
}
