//! Transactions, and what a function may read through.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use junheng_domain::code::{Month, RegionCode};
use junheng_seal::{Hash, chain::Stream};
use sea_orm::ConnectionTrait;
use tokio::sync::{Notify, OwnedMutexGuard};

use crate::{Store, StoreError, error::overtaken, session::Session};

/// What a function can read through: a transaction, or the [`Store`](crate::Store) where one statement is enough.
///
/// Two reads that must agree belong into one [`ReadTransaction`].
pub trait Reads: Sync + sealed::Sealed {
    /// The connection below.
    #[doc(hidden)]
    type Connection: ConnectionTrait;

    /// The connection below.
    #[doc(hidden)]
    fn connection(&self) -> &Self::Connection;
}

pub(crate) mod sealed {
    use crate::StoreError;

    /// Only this crate has connections.
    pub trait Sealed {
        /// Lets a transaction see every region, or no more than its access again.
        fn see_everything(&self, everything: bool) -> impl Future<Output = Result<(), StoreError>> + Send;
    }
}

/// A snapshot: all its reads see the database as of its first one.
#[derive(Debug)]
pub struct ReadTransaction {
    pub(crate) inner: Session,
}

impl ReadTransaction {
    /// Ends the transaction and gives its connection back; dropping it does the same a little later.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the connection is lost.
    pub async fn finish(self) -> Result<(), StoreError> {
        Ok(self.inner.commit().await?)
    }
}

/// A transaction that writes; dropped without [`commit`](Self::commit), it writes nothing.
#[derive(Debug)]
pub struct WriteTransaction {
    // Declared first, so that it is rolled back before the next writer's turn.
    pub(crate) inner: Session,
    pub(crate) turn: Option<OwnedMutexGuard<()>>,
    /// Where it begins to write when it is committed.
    pub(crate) early: Option<Box<Store>>,
    pub(crate) marked: AtomicBool,
    pub(crate) marks: Arc<Notify>,
    /// Whether it is committed only where the county's clock stands as it was seen.
    pub(crate) rests_on_clock: AtomicBool,
    /// The end of an audit stream, as far as it was read.
    pub(crate) tip: Mutex<Option<Tip>>,
    /// What the submissions of a month are numbered up to, as far as it was read.
    pub(crate) numbers: Mutex<Option<Numbers>>,
}

/// Where a stream ends: sequence and hash of its last record, `None`: it has none.
pub(crate) type Tip = (Stream, Option<(i64, Hash)>);

impl WriteTransaction {
    /// Makes everything that was written lasting.
    ///
    /// # Errors
    ///
    /// [`StoreError::Overtaken`] when what it [rests on](crate::clock::advance_from) changed; nothing was written.
    /// [`StoreError::Unavailable`] when nobody knows whether it was written: the request is to be repeated with its id.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if let Some(store) = self.early.take() {
            let Self { inner, marked, rests_on_clock, .. } = self;
            // This gives its connection back: there may be one only.
            let writes = inner.into_deferred()?;
            self = Self { marked, rests_on_clock, ..store.begin_write().await? };
            self.inner.defer_all(writes);
        }
        let committed = self.inner.commit().await;
        drop(self.turn);
        if self.marked.into_inner() {
            // Also after a commit of unknown end: looking for marks in vain costs nothing.
            self.marks.notify_one();
        }
        match committed {
            // Whether a constraint is violated in earnest the next attempt tells, which has the lock.
            Err(error) if self.rests_on_clock.into_inner() && overtaken(&error) => Err(StoreError::Overtaken),
            committed => Ok(committed?),
        }
    }

    /// Writes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the connection is lost; nothing is written then either.
    pub async fn rollback(self) -> Result<(), StoreError> {
        let rolled_back = self.inner.rollback().await;
        drop(self.turn);
        Ok(rolled_back?)
    }
}

/// The greatest number and revision that the submissions of a county and month have; 0: there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) county: RegionCode,
    pub(crate) month: Month,
    pub(crate) number: i32,
    pub(crate) revision: i32,
}

impl WriteTransaction {
    pub(crate) fn new(inner: Session, turn: Option<OwnedMutexGuard<()>>, marks: Arc<Notify>) -> Self {
        Self {
            inner,
            turn,
            early: None,
            marked: AtomicBool::new(false),
            marks,
            rests_on_clock: AtomicBool::new(false),
            tip: Mutex::default(),
            numbers: Mutex::default(),
        }
    }

    /// Has the evaluators of this process woken when the transaction is committed.
    pub(crate) fn announce_marks(&self) {
        self.marked.store(true, Ordering::Relaxed);
    }

    /// What was read before its first write holds, or it is not committed.
    pub(crate) fn rest_on_clock(&self) {
        self.rests_on_clock.store(true, Ordering::Relaxed);
    }

    /// Whether what was read before its first write holds, or it is not committed.
    pub(crate) fn rests_on_clock(&self) -> bool {
        self.rests_on_clock.load(Ordering::Relaxed)
    }

    /// The end of a stream, if it was read or written in this transaction.
    pub(crate) fn known_tip(&self, stream: &Stream) -> Option<Tip> {
        let known = self.tip.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(of, _)| of == stream).cloned()
    }

    /// Remembers the end of a stream.
    pub(crate) fn remember_tip(&self, stream: &Stream, tip: Option<(i64, Hash)>) {
        *self.tip.lock().unwrap_or_else(PoisonError::into_inner) = Some((stream.clone(), tip));
    }

    /// The numbers of a month, if they were read in this transaction.
    pub(crate) fn known_numbers(&self, county: &RegionCode, month: Month) -> Option<Numbers> {
        let known = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| known.county == *county && known.month == month).cloned()
    }

    /// Remembers the numbers of a month; `None`: they may be others by now.
    pub(crate) fn remember_numbers(&self, numbers: Option<Numbers>) {
        *self.numbers.lock().unwrap_or_else(PoisonError::into_inner) = numbers;
    }
}

impl sealed::Sealed for ReadTransaction {
    async fn see_everything(&self, everything: bool) -> Result<(), StoreError> {
        Ok(self.inner.see_everything(everything).await?)
    }
}

impl Reads for ReadTransaction {
    type Connection = Session;

    fn connection(&self) -> &Session {
        &self.inner
    }
}

impl sealed::Sealed for WriteTransaction {
    async fn see_everything(&self, everything: bool) -> Result<(), StoreError> {
        Ok(self.inner.see_everything(everything).await?)
    }
}

impl Reads for WriteTransaction {
    type Connection = Session;

    fn connection(&self) -> &Session {
        &self.inner
    }
}
