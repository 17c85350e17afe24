//! What every program that serves has: its database, by which it is ready, and the record of what is read from it.

use std::{sync::Arc, time::Duration};

use junheng_runtime::{
    Process,
    config::{AuditConfig, DatabaseConfig},
};
use junheng_seal::key::Signer;
use junheng_store::{Options, Store, StoreError};

use crate::{Recorder, heads};

/// How the database of the settings is opened.
#[must_use]
pub fn options(config: &DatabaseConfig) -> Options {
    Options {
        max_connections: config.max_connections,
        connect_timeout: Duration::from_millis(config.connect_timeout_ms),
        ..Options::new(config.url.expose())
    }
}

/// How long a start waits for the database.
#[must_use]
pub const fn patience(config: &DatabaseConfig) -> Duration {
    Duration::from_millis(config.start_timeout_ms)
}

/// Opens the database of a process, with a schema that this program works with; `None`: it was told to stop while it waited.
///
/// # Errors
///
/// As [`Store::ready`].
pub async fn open(process: &Process) -> Result<Option<Store>, StoreError> {
    let config = &process.config().database;
    let options = options(config);
    process.stop().run_until_cancelled(Store::ready(&options, patience(config))).await.transpose()
}

/// Makes a process ready by its database, counts its connections, and records what is read from it. What is recorded at the end is written by
/// [`Recorder::flush`].
#[must_use]
pub fn attend(process: &mut Process, store: &Store) -> Arc<Recorder> {
    let checked = store.clone();
    process.readiness().add_check("database", move || {
        let store = checked.clone();
        async move { store.check_service().await.map_err(|error| error.obstacle()) }
    });
    let counted = store.clone();
    process.watch_connections(move || {
        let connections = counted.connections();
        (connections.open, connections.idle)
    });
    let recorder = Recorder::new(store.clone(), process.clock());
    let interval = Duration::from_millis(process.config().audit.flush_interval_ms);
    process.observe(Arc::clone(&recorder) as _);
    process.spawn("audit", Arc::clone(&recorder).work(interval, process.stop().clone()));
    recorder
}

/// Signs the heads of the audit every so often, where there is a key.
pub fn sign(process: &mut Process, store: &Store, config: &AuditConfig, signer: Option<&Arc<Signer>>) {
    let Some(signer) = signer else {
        tracing::warn!("audit.signing_key is not set: receipts and the audit are not signed");
        return;
    };
    tracing::info!(key.id = signer.id(), "receipts and the audit are signed");
    let interval = Duration::from_millis(config.head_interval_ms);
    let (clock, stop) = (process.clock(), process.stop().clone());
    process.spawn("audit heads", heads::work(store.clone(), clock, Arc::clone(signer), interval, stop));
}
