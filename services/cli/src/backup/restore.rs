//! `junheng backup restore`: a backup into an empty database, held against its manifest.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use junheng_runtime::config::DatabaseConfig;
use junheng_store::{Access, Store, contents};

use super::{manifest::Manifest, postgres::Programs};
use crate::{
    database::{self, Chosen},
    failure::Failure,
    files, output,
};

/// Arguments of `junheng backup restore`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[arg(value_name = "FILE", help = "备份文件，旁边须有清单")]
    file: PathBuf,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    programs: Programs,
}

/// Restores.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let config = args.chosen.load()?;
    let manifest = Manifest::read(&args.file)?;
    let store = restored(&config.database, &args.file, &manifest, &args.programs).await?;
    store.close().await?;
    output::print(&format!("已恢复并逐表核对：{}", manifest.told()))
}

/// Restores a backup into an empty database, and makes sure that every row is there.
pub(super) async fn restored(
    config: &DatabaseConfig,
    backup: &Path,
    manifest: &Manifest,
    programs: &Programs,
) -> Result<Store, Failure> {
    let store = if database::embedded(config) {
        let file = database::file(config).ok_or_else(|| Failure::Refused("不能恢复到内存中的数据库".to_owned()))?;
        copy(backup, &file)?;
        database::open(config).await?.with_access(Access::of_login())
    } else {
        let store = database::open(config).await?.with_access(Access::of_login());
        if !contents::list_tables(&store).await?.is_empty() {
            return Err(Failure::Refused(format!("数据库 {} 不是空的", config.url)));
        }
        programs.restore(config.url.expose(), backup).await?;
        store
    };
    contents::check_integrity(&store).await?;
    let reads = store.begin_read().await?;
    let differences = manifest.differences(&contents::digest(&reads).await?);
    reads.finish().await?;
    if differences.is_empty() {
        return Ok(store);
    }
    for difference in &differences {
        output::print(difference)?;
    }
    Err(Failure::Refused(format!("恢复的数据与清单有{}处不同", differences.len())))
}

/// Copies a backup to where no file is: neither a database nor what is left of one.
fn copy(backup: &Path, file: &Path) -> Result<(), Failure> {
    let beside = ["-wal", "-shm"].map(|more| database::beside(file, more));
    for path in beside.iter().map(PathBuf::as_path).chain([file]) {
        if path.exists() {
            return Err(Failure::Refused(format!("文件 {} 已存在，不会覆盖", path.display())));
        }
    }
    let mut from = fs::File::open(backup).map_err(|error| Failure::file("打开", backup, &error))?;
    io::copy(&mut from, &mut files::private(file)?).map_err(|error| Failure::file("写入", file, &error))?;
    Ok(())
}
