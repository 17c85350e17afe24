//! Opening the database that the configuration names.

use std::path::{Path, PathBuf};

use junheng_audit::{key_file, service};
use junheng_runtime::{Config, config::DatabaseConfig};
use junheng_seal::key::Signer;
use junheng_store::{Access, Store};

use crate::failure::Failure;

/// The database that a command works on, and the rest of the configuration.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Chosen {
    #[arg(long, value_name = "URL", help = "数据库地址；不给出时按配置")]
    database: Option<String>,
    #[command(flatten)]
    runtime: junheng_runtime::Args,
}

impl Chosen {
    /// The configuration, with the database that was named.
    pub(crate) fn load(&self) -> Result<Config, Failure> {
        let mut runtime = self.runtime.clone();
        runtime.overrides.extend(self.database.clone().map(|url| ("database.url".to_owned(), url)));
        Ok(runtime.load()?)
    }

    /// The same of a database that is there: opening an embedded one would make it, and then tell of an empty one.
    pub(crate) fn load_existing(&self) -> Result<Config, Failure> {
        let config = self.load()?;
        match file(&config.database) {
            Some(file) if !file.exists() => Err(Failure::Refused(format!(
                "没有数据库文件 {}：请用 --database 或配置文件（--config）指明数据库",
                file.display()
            ))),
            _ => Ok(config),
        }
    }

    /// Opens a database whose schema is this program's, with the rights of whoever logs in.
    pub(crate) async fn open(&self) -> Result<(Store, Config), Failure> {
        let config = self.load_existing()?;
        let store = open(&config.database).await?.with_access(Access::of_login());
        store.check_schema().await?;
        Ok((store, config))
    }
}

/// The file of the signing key: as configured, or beside an embedded database; `None`: nothing is signed.
pub(crate) fn signing_key(config: &Config) -> Option<PathBuf> {
    config.audit.signing_key.clone().or_else(|| file(&config.database).map(|file| beside(&file, ".signing-key")))
}

/// The key that signs: made where an embedded database has none yet.
pub(crate) fn signer(config: &Config) -> Result<Option<Signer>, Failure> {
    let Some(path) = signing_key(config) else { return Ok(None) };
    let configured = config.audit.signing_key.is_some();
    Ok(Some(if configured { key_file::load(&path)? } else { key_file::load_or_create(&path)? }))
}

/// The file of an embedded database; `None` for one in memory or on a server.
pub(crate) fn file(config: &DatabaseConfig) -> Option<PathBuf> {
    let path = config.url.expose().strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path).split('?').next()?;
    (!path.is_empty() && path != ":memory:").then(|| path.into())
}

/// A file whose name goes on after that of another.
pub(crate) fn beside(file: &Path, more: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(more);
    name.into()
}

/// Opens the database, and waits for a server that does not answer yet; does not look at its schema.
pub(crate) async fn open(config: &DatabaseConfig) -> Result<Store, Failure> {
    Ok(Store::open(&service::options(config), service::patience(config)).await?)
}

/// Whether it is the embedded one, which one program has to itself and may migrate unasked.
pub(crate) fn embedded(config: &DatabaseConfig) -> bool {
    config.url.expose().starts_with("sqlite:")
}
