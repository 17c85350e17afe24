//! The start of a program: it waits for its database, and for the schema that it knows.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use crate::{Options, Store, StoreError};

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the database as soon as it answers, within `patience`; an SQLite file is there or is not, and is not waited for.
    ///
    /// Each attempt that fails is logged with its cause.
    ///
    /// # Errors
    ///
    /// What the last attempt failed with.
    pub async fn open(options: &Options, patience: Duration) -> Result<Self, StoreError> {
        let until = Instant::now() + patience;
        let mut wait = FIRST_WAIT;
        loop {
            let error = match Self::connect(options).await {
                Err(error @ StoreError::Unavailable(_)) if !options.is_sqlite() => error,
                opened => return opened,
            };
            pause(&error, &mut wait, until).await.ok_or(error)?;
        }
    }

    /// Opens the database and waits for its schema, within `patience`: for services, which never migrate.
    ///
    /// # Errors
    ///
    /// What the last attempt failed with.
    pub async fn ready(options: &Options, patience: Duration) -> Result<Self, StoreError> {
        let until = Instant::now() + patience;
        let store = Self::open(options, patience).await?;
        store.await_schema(until.saturating_duration_since(Instant::now())).await?;
        Ok(store)
    }

    /// Waits within `patience` until the schema is one that a service works with: somebody may be migrating.
    ///
    /// # Errors
    ///
    /// What the last look found.
    pub async fn await_schema(&self, patience: Duration) -> Result<(), StoreError> {
        let until = Instant::now() + patience;
        let mut wait = FIRST_WAIT;
        loop {
            let error = match self.check_service().await {
                Err(error @ (StoreError::Unavailable(_) | StoreError::Schema(_))) => error,
                checked => return checked,
            };
            pause(&error, &mut wait, until).await.ok_or(error)?;
        }
    }
}

/// Waits before the next attempt, each time twice as long; `None` when there is no time for one.
async fn pause(error: &StoreError, wait: &mut Duration, until: Instant) -> Option<()> {
    let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
    tracing::warn!(
        error = error as &dyn Error,
        wait.left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
        "waiting for the database"
    );
    tokio::time::sleep((*wait).min(left)).await;
    *wait = (*wait * 2).min(LONGEST_WAIT);
    Some(())
}
