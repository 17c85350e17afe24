//! `junheng audit`: who did what, and the proof that nobody changed it since.

mod export;
mod list;
pub(crate) mod verify;

use clap::Subcommand;
use junheng_audit::{heads, retention};
use junheng_runtime::Clock;
use junheng_seal::key::Signer;
use junheng_store::audit::Who;
use junheng_wire::audit;

use crate::{
    database::{self, Chosen},
    failure::Failure,
    files, output,
};

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng audit list 210922 --from 2025-01-01T00:00:00+08:00       谁在什么时候做了什么（向报告服务查询）
  junheng audit list 全国 --subject 阜新市 --json                  每行一条记录，供导入
  junheng audit export-head -o 审计头-20250105.json                签一份头，存到数据库管理员写不到的地方
  junheng audit verify --head 审计头-20250105.json --public-key signing-key.pem.pub
  junheng audit export -o 审计.jsonl                               导出全部记录，可以离线核对：
  junheng audit verify --records 审计.jsonl --head 审计头-20250105.json --public-key signing-key.pem.pub
  junheng audit prune                                              清理超过保存期限（audit.retention_days）的记录

每个区划的记录各成一条链，每条记录带有前一条的摘要；头写明各条链到哪里为止，并签名。核对能查出被改动、删除、调换、截断的记录，并指明是哪一条。
核对没有发现问题时退出码为 0，否则为 1。";

/// Arguments of `junheng audit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    #[command(about = "查询审计记录")]
    List(list::Args),
    #[command(about = "核对审计记录有没有被改动、删除、调换、截断")]
    Verify(verify::Args),
    #[command(about = "导出全部审计记录，每行一条 JSON")]
    Export(export::Args),
    #[command(name = "export-head", about = "签一份头并导出")]
    ExportHead(HeadArgs),
    #[command(about = "清理超过保存期限的记录，留下签名的检查点")]
    Prune(PruneArgs),
}

#[derive(Debug, clap::Args)]
struct HeadArgs {
    #[arg(short, long, value_name = "FILE", help = "写到哪个文件；不给出时输出")]
    output: Option<std::path::PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
}

#[derive(Debug, clap::Args)]
struct PruneArgs {
    #[command(flatten)]
    chosen: Chosen,
}

/// Does what is asked.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::List(args) => list::run(args).await,
        What::Verify(args) => verify::run(args).await,
        What::Export(args) => export::run(args).await,
        What::ExportHead(args) => export_head(args).await,
        What::Prune(args) => prune(args).await,
    }
}

async fn export_head(args: HeadArgs) -> Result<(), Failure> {
    let (store, config) = args.chosen.open().await?;
    let signer = require(database::signer(&config)?)?;
    let head = heads::sign(&store, &Clock::system(), &signer).await?;
    store.close().await?;
    let text = serde_json::to_string_pretty(&audit::encode_head(&head))?;
    match args.output {
        Some(path) => files::write(&path, text.as_bytes()),
        None => output::print(&text),
    }
}

async fn prune(args: PruneArgs) -> Result<(), Failure> {
    let (store, config) = args.chosen.open().await?;
    let signer = require(database::signer(&config)?)?;
    let who = Who { subject: "junheng audit prune".to_owned(), ..Who::default() };
    let days = config.audit.retention_days;
    let pruned = retention::prune(&store, &Clock::system(), days, &signer, &who).await?;
    store.close().await?;
    output::print(&format!("已清理 {}条链中{}天以前的{}条记录", pruned.stream_count, days, pruned.record_count))
}

fn require(signer: Option<Signer>) -> Result<Signer, Failure> {
    signer.ok_or_else(|| {
        Failure::Refused("没有签名密钥：请用 junheng key create 生成，并配置 audit.signing_key".to_owned())
    })
}
