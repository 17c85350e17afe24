//! Opening the database that the configuration names.

use std::time::Duration;

use junheng_runtime::config::DatabaseConfig;
use junheng_store::{Options, Store};

use crate::failure::Failure;

/// Opens the database, and waits for a server that does not answer yet; does not look at its schema.
pub(crate) async fn open(config: &DatabaseConfig) -> Result<Store, Failure> {
    let options = Options {
        max_connections: config.max_connections,
        connect_timeout: Duration::from_millis(config.connect_timeout_ms),
        ..Options::new(config.url.expose())
    };
    Ok(Store::open(&options, patience(config)).await?)
}

/// How long a start waits for the database.
pub(crate) const fn patience(config: &DatabaseConfig) -> Duration {
    Duration::from_millis(config.start_timeout_ms)
}

/// Whether it is the embedded one, which one program has to itself and may migrate unasked.
pub(crate) fn embedded(config: &DatabaseConfig) -> bool {
    config.url.expose().starts_with("sqlite:")
}
