//! One write of one scope: locked, done once per `request_id`, answered, audited and committed together.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use junheng_runtime::Caller;
use junheng_store::{WriteTransaction, audit, clock, requests};
use junheng_wire::status::RpcError;
use prost::Message;

use crate::Evaluation;

/// A request that may have been answered before.
pub(super) struct Request<'a> {
    /// The region, or the nation where it is about none.
    pub(super) scope: &'a RegionCode,
    pub(super) id: &'a str,
    pub(super) digest: &'a str,
}

/// What beginning a write finds.
pub(super) enum Begun<'a, M> {
    /// The request is new: do the work and [`Write::commit`].
    New(Write<'a>),
    /// The same request was answered before, with this.
    Answered(M),
}

/// A write under way, with the lock of its scope.
pub(super) struct Write<'a> {
    pub(super) transaction: WriteTransaction,
    pub(super) known_at: Timestamp,
    request: Request<'a>,
}

/// What the audit tells of a write.
pub(super) struct Told<'a> {
    pub(super) action: &'a str,
    pub(super) resource: String,
    pub(super) accepted: bool,
}

impl<'a> Write<'a> {
    /// Takes the scope's lock and looks whether the request was answered before.
    pub(super) async fn begin<M: Message + Default>(
        evaluation: &Evaluation,
        request: Request<'a>,
    ) -> Result<Begun<'a, M>, RpcError> {
        let transaction = evaluation.store.begin_write().await?;
        let known_at = clock::advance(&transaction, request.scope, evaluation.clock.now()).await?;
        match requests::claim(&transaction, request.scope, request.id, request.digest).await? {
            requests::Claim::New => Ok(Begun::New(Self { transaction, known_at, request })),
            requests::Claim::Answered(reply) => {
                let reply = M::decode(reply.as_slice())
                    .map_err(|error| RpcError::Internal { what: format!("a stored reply: {error}") })?;
                Ok(Begun::Answered(reply))
            }
        }
    }

    /// Keeps the reply and the audit row with the work, and commits them all.
    pub(super) async fn commit(self, caller: &Caller, reply: &impl Message, told: Told<'_>) -> Result<(), RpcError> {
        let Request { scope, id, digest } = self.request;
        requests::answer(&self.transaction, scope, id, digest, reply.encode_to_vec(), self.known_at).await?;
        let entry = audit::Entry {
            scope: Some(scope.clone()),
            at: self.known_at,
            who: junheng_audit::who(caller),
            action: told.action.to_owned(),
            resource: told.resource,
            outcome: if told.accepted { "accepted" } else { "refused" }.to_owned(),
            request_id: id.to_owned(),
            detail: digest.to_owned(),
        };
        audit::append(&self.transaction, &entry).await?;
        Ok(self.transaction.commit().await?)
    }
}
