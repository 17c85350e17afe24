//! The program `junheng-evaluation`.

use std::process::ExitCode;

use clap::Parser as _;
use junheng_audit::service;
use junheng_runtime::{Args, Process};

/// 评估服务：按标准评估各县。
///
/// 配置依次取自默认值、--config 文件、环境变量 JUNHENG_SECTION__KEY、--set section.key=value；--print-config 显示全部配置及其含义。
/// 首次启动前，先用 junheng migrate 建立数据库结构。
#[derive(clap::Parser)]
#[command(name = "junheng-evaluation", version)]
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
    let recorder = service::attend(&mut process, &store);
    let work =
        junheng_evaluation::work(store.clone(), process.clock(), config.evaluation.clone(), process.stop().clone());
    process.spawn("evaluator", work);
    let watch =
        junheng_evaluation::watch(store.clone(), process.clock(), config.evaluation.clone(), process.stop().clone());
    process.spawn("backlog", watch);
    let api = junheng_evaluation::api(store, process.clock(), &config.limits);
    let listen = config.evaluation.listen;
    let served = process.serve([(listen, api)]).await;
    recorder.flush().await;
    Ok(served?)
}
