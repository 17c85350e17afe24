//! Table `standards`. Written by evaluation, read by every service. A standard never changes, so that what was loaded once is kept.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;
use junheng_domain::standard::Standard;
use sea_orm::{ActiveValue::Set, EntityTrait, QueryOrder, QuerySelect};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{instant, unix_ms},
    entity::standards,
};

/// A standard, and when it was registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The standard.
    pub standard: Arc<Standard>,
    /// When it was registered; `None`: it is compiled in.
    pub registered_at: Option<Timestamp>,
}

/// The registered standards that this process has loaded, by id. Clones share them; one belongs to one database.
#[derive(Debug, Clone, Default)]
pub struct Loaded(Arc<RwLock<BTreeMap<String, Registered>>>);

impl Loaded {
    /// Finds a standard by its id, a compiled-in or a registered one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when its document cannot be loaded any more.
    pub async fn find(&self, reads: &impl Reads, id: &str) -> Result<Option<Registered>, StoreError> {
        if let Some(national) = national()?.into_iter().find(|national| national.standard.id == id) {
            return Ok(Some(national));
        }
        if let Some(loaded) = self.get(id) {
            return Ok(Some(loaded));
        }
        let Some(row) = row(reads, id).await? else { return Ok(None) };
        self.load(reads, row).await.map(Some)
    }

    /// Lists all standards, compiled-in and registered ones, by id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when a document cannot be loaded any more.
    pub async fn list(&self, reads: &impl Reads) -> Result<Vec<Registered>, StoreError> {
        let ids: Vec<String> = standards::Entity::find()
            .select_only()
            .column(standards::Column::StandardId)
            .order_by_asc(standards::Column::StandardId)
            .into_tuple()
            .all(reads.connection())
            .await?;
        self.with_registered(reads, ids).await
    }

    /// The compiled-in standards with the registered ones of these ids, by id.
    pub(crate) async fn with_registered(
        &self,
        reads: &impl Reads,
        ids: Vec<String>,
    ) -> Result<Vec<Registered>, StoreError> {
        let mut all = national()?;
        for id in ids {
            match self.get(&id) {
                Some(loaded) => all.push(loaded),
                None => all.extend(self.find(reads, &id).await?),
            }
        }
        all.sort_by(|a, b| a.standard.id.cmp(&b.standard.id));
        // A program that compiles in a standard that was registered before judges by its own.
        all.dedup_by(|later, first| later.standard.id == first.standard.id);
        Ok(all)
    }

    fn get(&self, id: &str) -> Option<Registered> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    async fn load(&self, reads: &impl Reads, row: standards::Model) -> Result<Registered, StoreError> {
        let bases = list_bases(reads, &row.document).await?;
        let corrupt = |faults| StoreError::corrupt(format!("standards.document of {}: {faults}", row.standard_id));
        let standard = Standard::load_with(&row.document, &|id| bases.get(id).cloned()).map_err(corrupt)?;
        let registered_at = instant(row.registered_at_unix_ms, "standards.registered_at_unix_ms")?;
        let loaded = Registered { standard: Arc::new(standard), registered_at: Some(registered_at) };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(row.standard_id, loaded.clone());
        Ok(loaded)
    }
}

/// Lists the documents that a document extends, one upon another, by id: those of registered standards.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn list_bases(reads: &impl Reads, document: &str) -> Result<BTreeMap<String, String>, StoreError> {
    let mut bases = BTreeMap::new();
    let mut next = Standard::extended_by(document);
    // What is registered extends what was registered before it, so that there is an end.
    while let Some(id) = next.filter(|id| !bases.contains_key(id)) {
        let Some(base) = row(reads, &id).await? else { break };
        next = Standard::extended_by(&base.document);
        bases.insert(id, base.document);
    }
    Ok(bases)
}

/// Inserts a standard that is not there yet.
///
/// # Errors
///
/// [`StoreError::Database`] when one of its id is.
pub async fn insert(
    transaction: &WriteTransaction,
    standard: &Standard,
    registered_at: Timestamp,
    caller: &str,
) -> Result<(), StoreError> {
    let row = standards::ActiveModel {
        standard_id: Set(standard.id.clone()),
        document: Set(standard.document.clone()),
        registered_at_unix_ms: Set(unix_ms(registered_at)),
        caller: Set(caller.to_owned()),
    };
    standards::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

fn national() -> Result<Vec<Registered>, StoreError> {
    let national = Standard::national().map_err(|faults| StoreError::corrupt(faults.to_string()))?;
    let compiled_in = |standard: &Arc<Standard>| Registered { standard: Arc::clone(standard), registered_at: None };
    Ok(national.iter().map(compiled_in).collect())
}

async fn row(reads: &impl Reads, id: &str) -> Result<Option<standards::Model>, StoreError> {
    // A NUL, which no id has, is no text to PostgreSQL.
    if id.contains('\0') {
        return Ok(None);
    }
    Ok(standards::Entity::find_by_id(id.to_owned()).one(reads.connection()).await?)
}
