//! The program `junheng-ingest`.

use std::time::Duration;

use clap::Parser as _;
use junheng_runtime::{Args, Process};
use junheng_store::{Options, Store};

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
async fn main() -> anyhow::Result<()> {
    let Some(process) = Process::start(&Cli::parse().args).await? else { return Ok(()) };
    let config = process.config();
    let store = Store::connect(&Options {
        max_connections: config.database.max_connections,
        connect_timeout: Duration::from_millis(config.database.connect_timeout_ms),
        ..Options::new(config.database.url.expose())
    })
    .await?;
    store.check_schema().await?;
    let pinged = store.clone();
    process.readiness().add_check("database", move || {
        let store = pinged.clone();
        async move { store.ping().await.is_ok() }
    });
    let counted = store.clone();
    process.watch_connections(move || {
        let connections = counted.connections();
        (connections.open, connections.idle)
    });
    let watcher = junheng_ingest::watch(store.clone(), process.clock(), config.ingest.clone(), process.stop().clone());
    process.spawn("inflow", watcher);
    let api = junheng_ingest::api(store, process.clock(), &config.limits);
    let listen = config.ingest.listen;
    process.serve([(listen, api)]).await?;
    Ok(())
}
