//! The program `junheng-ingest`.

use std::{process::ExitCode, sync::Arc};

use clap::Parser as _;
use junheng_audit::service;
use junheng_runtime::{Args, Process};

/// 接收服务：接收各地报送的数据。
///
/// 配置依次取自默认值、--config 文件、环境变量 JUNHENG_SECTION__KEY、--set section.key=value；--print-config 显示全部配置及其含义。
/// 首次启动前，先用 junheng migrate 建立数据库结构。
#[derive(clap::Parser)]
#[command(name = "junheng-ingest", version)]
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
    let watcher = junheng_ingest::watch(store.clone(), process.clock(), config.ingest.clone(), process.stop().clone());
    process.spawn("inflow", watcher);
    let signer = config.audit.signing_key.as_deref().map(junheng_audit::key_file::load).transpose()?.map(Arc::new);
    service::sign(&mut process, &store, &config.audit, signer.as_ref());
    let api = junheng_ingest::signing_api(store, process.clock(), &config.limits, signer);
    let listen = config.ingest.listen;
    let served = process.serve([(listen, api)]).await;
    recorder.flush().await;
    Ok(served?)
}
