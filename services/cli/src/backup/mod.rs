//! `junheng backup`: copies of a database, restored and proven.

mod drill;
mod manifest;
mod postgres;
mod restore;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use junheng_runtime::Config;
use junheng_store::{Access, SchemaMismatch, Store, StoreError, contents};

use crate::{
    database::{self, Chosen},
    failure::Failure,
    files, output,
};
use manifest::Manifest;

pub(crate) const EXAMPLES: &str = "\
示例：
  junheng backup create -o 备份/junheng-20250105.db                      SQLite，服务照常运行
  junheng backup create -o 备份/junheng-20250105.dump --database postgres://…   PostgreSQL，调用 pg_dump
  junheng backup restore 备份/junheng-20250105.db --database sqlite:///data/新库.db?mode=rwc
  junheng backup drill --scratch sqlite:///tmp/演练.db?mode=rwc          备份现有数据库，恢复到空库，逐表核对
  junheng backup drill --from 备份/junheng-20250105.db --scratch sqlite:///tmp/演练.db?mode=rwc
                                                                         演练以前的备份；旧版本的备份一并演练升级

备份旁边写有清单（备份文件名加 .manifest.json）：各表的行数和各行的摘要，与备份取自同一快照。恢复后按清单核对，有一行不同即失败；
演练还核对恢复出的审计记录。恢复和演练只写入空的数据库。PostgreSQL 的备份须由表的属主执行（行级安全对其不起作用），
并需要 pg_dump、pg_restore（版本不低于服务器），不在 PATH 中的用 --pg-bin 给出所在文件夹。";

/// Arguments of `junheng backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    #[command(about = "备份数据库，并写出清单")]
    Create(CreateArgs),
    #[command(about = "恢复到空的数据库，并按清单核对")]
    Restore(restore::Args),
    #[command(about = "演练恢复：备份、恢复到空的数据库、逐表核对、核对审计记录")]
    Drill(drill::Args),
}

#[derive(Debug, clap::Args)]
struct CreateArgs {
    #[arg(short, long, value_name = "FILE", help = "写到哪个文件；不覆盖已有的")]
    output: PathBuf,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    programs: postgres::Programs,
}

/// Does what is asked.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    match args.what {
        What::Create(args) => {
            let config = args.chosen.load_existing()?;
            let manifest = create(&config, &args.output, &args.programs).await?;
            output::print(&format!("已备份到 {}：{}", args.output.display(), manifest.told()))
        }
        What::Restore(args) => restore::run(args).await,
        What::Drill(args) => drill::run(args).await,
    }
}

/// Copies the database that is configured into a new file, and writes beside it what it must hold.
async fn create(config: &Config, file: &Path, programs: &postgres::Programs) -> Result<Manifest, Failure> {
    for path in [file, &Manifest::path(file)] {
        if path.exists() {
            return Err(Failure::Refused(format!("文件 {} 已存在", path.display())));
        }
    }
    let store = database::open(&config.database).await?.with_access(Access::of_login());
    if contents::list_tables(&store).await?.is_empty() {
        return Err(StoreError::Schema(SchemaMismatch::Missing).into());
    }
    let copied = if database::embedded(&config.database) {
        if database::file(&config.database).is_none() {
            return Err(Failure::Refused("内存中的数据库不能备份".to_owned()));
        }
        files::private(file)?;
        contents::copy_sqlite(&store, file).await.map_err(Failure::from)
    } else {
        files::private(file)?;
        dump(&store, config, file, programs).await
    };
    let tables = copied.inspect_err(|_| {
        // Where it cannot be taken away, the next attempt says that it is there.
        let _removed = std::fs::remove_file(file);
    })?;
    store.close().await?;
    let manifest = Manifest::of(tables);
    manifest.write(file)?;
    Ok(manifest)
}

/// Dumps the very snapshot that is digested.
async fn dump(
    store: &Store,
    config: &Config,
    file: &Path,
    programs: &postgres::Programs,
) -> Result<Vec<contents::Table>, Failure> {
    let reads = store.begin_read().await?;
    let snapshot = contents::export_snapshot(&reads).await?.unwrap_or_default();
    programs.dump(config.database.url.expose(), &snapshot, file).await?;
    let tables = contents::digest(&reads).await?;
    reads.finish().await?;
    Ok(tables)
}
