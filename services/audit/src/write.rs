//! One write of one scope: locked, done once per `request_id`, answered, audited and committed together.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use junheng_runtime::{Caller, Clock};
use junheng_store::{Store, WriteTransaction, audit, clock as clocks, requests};
use junheng_wire::status::RpcError;
use prost::Message;

/// A request that may have been answered before.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The county; or the region that a request on several, or on none, is kept with.
    pub scope: &'a RegionCode,
    /// The `request_id` that the caller gave it.
    pub id: &'a str,
    /// Digest of its content: the same id with another is refused.
    pub digest: &'a str,
}

/// What beginning a write finds.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once and never kept")]
pub enum Begun<'a, M> {
    /// The request is new: do the work and [`Write::commit`].
    New(Write<'a>),
    /// The same request was answered before, with this.
    Answered(M),
}

/// A write under way, which has the lock of its scope or takes it with its first write; dropped, it writes nothing.
#[derive(Debug)]
pub struct Write<'a> {
    /// What it writes through.
    pub transaction: WriteTransaction,
    /// When it becomes known.
    pub known_at: Timestamp,
    request: Request<'a>,
}

/// What the audit tells of a write.
#[derive(Debug)]
pub struct Told<'a> {
    /// What was done, `submit_month`.
    pub action: &'a str,
    /// Name of the resource that it was done to.
    pub resource: String,
    /// `accepted`, `refused` or `held`.
    pub outcome: &'a str,
}

impl<'a> Write<'a> {
    /// Takes the scope's lock and looks whether the request was answered before.
    ///
    /// # Errors
    ///
    /// [`RpcError::Store`] when the database does not answer, or the id was answered for another content.
    pub async fn begin<M: Message + Default>(
        store: &Store,
        clock: &Clock,
        request: Request<'a>,
    ) -> Result<Begun<'a, M>, RpcError> {
        Self::begin_in(store.begin_write().await?, clock.now(), request).await
    }

    /// As [`begin`](Self::begin), in a transaction that has read what need not be read under the lock, and at an instant: it is when the write
    /// becomes known, unless the scope was written at it or after it.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn begin_in<M: Message + Default>(
        transaction: WriteTransaction,
        now: Timestamp,
        request: Request<'a>,
    ) -> Result<Begun<'a, M>, RpcError> {
        let known_at = clocks::advance(&transaction, request.scope, now).await?;
        match requests::claim(&transaction, request.scope, request.id, request.digest).await? {
            requests::Claim::New => Ok(Begun::New(Self::locked(transaction, known_at, request))),
            requests::Claim::Answered(reply) => Ok(Begun::Answered(answered(&reply)?)),
        }
    }

    /// A write whose transaction looked for the request by itself, and took the scope's lock or [will](junheng_store::clock::advance_from).
    #[must_use]
    pub const fn locked(transaction: WriteTransaction, known_at: Timestamp, request: Request<'a>) -> Self {
        Self { transaction, known_at, request }
    }

    /// Keeps the reply and the audit row with the work, and commits them all.
    ///
    /// # Errors
    ///
    /// [`RpcError::Store`] when nobody knows whether it was written: the request is to be repeated with its id.
    pub async fn commit(self, caller: &Caller, reply: &impl Message, told: Told<'_>) -> Result<(), RpcError> {
        let Request { scope, id, digest } = self.request;
        requests::answer(&self.transaction, scope, id, digest, reply.encode_to_vec(), self.known_at);
        let entry = audit::Entry {
            scope: Some(scope.clone()),
            at: self.known_at,
            who: crate::who(caller),
            action: told.action.to_owned(),
            resource: told.resource,
            outcome: told.outcome.to_owned(),
            request_id: id.to_owned(),
            detail: digest.to_owned(),
        };
        audit::append(&self.transaction, &entry).await?;
        Ok(self.transaction.commit().await?)
    }
}

/// What a request was answered, from what was kept of it.
///
/// # Errors
///
/// [`RpcError::Internal`] when it cannot be read any more.
pub fn answered<M: Message + Default>(reply: &[u8]) -> Result<M, RpcError> {
    M::decode(reply).map_err(|error| RpcError::Internal { what: format!("a stored reply: {error}") })
}
