//! `junheng backup drill`: proves that what is backed up comes back.

use std::path::PathBuf;

use junheng_runtime::config::{DatabaseConfig, DatabaseUrl};
use junheng_store::{Store, contents};

use super::{create, manifest::Manifest, postgres::Programs, restore};
use crate::{audit::verify, database::Chosen, failure::Failure, output};

/// Tables whose rows a migration may make anew from others; what they hold is not lost, and stands in other columns.
const REWRITTEN: [&str; 4] = ["evaluation_summaries", "schools", "standards_in_force", "seaql_migrations"];

/// Arguments of `junheng backup drill`.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    #[arg(long, value_name = "URL", help = "恢复到这个空的数据库；演练之后留着，由您删除")]
    scratch: String,
    #[arg(long, value_name = "FILE", help = "演练这份备份；不给出时备份现有的数据库")]
    from: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = "公钥文件，可以多次给出；不给出时用签名密钥旁边的公钥")]
    public_key: Vec<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    programs: Programs,
}

/// Backs up, restores, compares, migrates where the backup is of an older program, and verifies the audit.
pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let (config, backup) = if let Some(file) = &args.from {
        (args.chosen.load()?, file.clone())
    } else {
        let config = args.chosen.load_existing()?;
        let file = folder.path().join("backup");
        create(&config, &file, &args.programs).await?;
        (config, file)
    };
    let manifest = Manifest::read(&backup)?;
    let scratch = DatabaseConfig { url: DatabaseUrl::new(args.scratch), ..config.database.clone() };
    let store = restore::restored(&scratch, &backup, &manifest, &args.programs).await?;
    for table in &manifest.tables {
        output::print(&format!("{}：{}行，摘要 {}", table.name, table.row_count, table.digest))?;
    }
    output::print(&format!("恢复的数据与备份时逐行相同：{}", manifest.told()))?;
    if store.check_schema().await.is_err() {
        upgrade(&store, &manifest).await?;
    }
    let keys = verify::keys(&args.public_key, &config)?;
    verify::tell(&verify::verified(&store, &keys, &[]).await?)?;
    store.close().await?;
    output::print("演练通过")
}

/// Migrates what an older program backed up, and makes sure that every value is where it was.
async fn upgrade(store: &Store, manifest: &Manifest) -> Result<(), Failure> {
    store.migrate().await?;
    let kept = manifest.tables.iter().filter(|table| !REWRITTEN.contains(&table.name.as_str())).cloned();
    let kept = Manifest::of(kept.collect());
    let reads = store.begin_read().await?;
    let differences = kept.differences(&contents::digest_again(&reads, &kept.tables).await?);
    reads.finish().await?;
    for difference in &differences {
        output::print(difference)?;
    }
    if differences.is_empty() {
        return output::print(&format!("已升级到本程序的版本，原有各列逐行相同：{}", kept.told()));
    }
    Err(Failure::Refused(format!("升级后有{}处不同", differences.len())))
}
