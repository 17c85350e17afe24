//! Table `audit_records`. Every service appends: what it changes in the transaction of the change, what was read soon after; read by auditors
//! through reporting and by `junheng audit`. A record is bound to the one before it in its stream, and is never changed. Only pruning, by the owner
//! of the tables, deletes.

mod heads;
mod prune;
mod read;
mod verify;

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
pub use junheng_seal::chain::{Deed, Kind, Record, Stream, Who};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use crate::{
    Reads, StoreError, WriteTransaction,
    encoding::{hash, statement, unix_ms},
    entity::audit_records,
    message::Message,
};

pub use heads::{find_heads, put_head, read_head};
pub use prune::{Pruned, list_checkpoints, prune};
pub use read::{Filter, Place, list, list_all, list_stream, list_streams};
pub use verify::{Verified, verify};

/// How often a place is looked for: each time somebody else was served.
const ATTEMPTS: usize = 1_000;

/// The code under which stands what is about no region.
pub(crate) const NATION: &str = "000000";

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The county that it was done to, or the province or city where it was more than one; `None`: no region. The column is
    /// named `county_code` all the same.
    pub scope: Option<RegionCode>,
    /// When.
    pub at: Timestamp,
    /// Who did it, and from where.
    pub who: Who,
    /// What was done: `submit_month`.
    pub action: String,
    /// Name of the resource that it was done to.
    pub resource: String,
    /// What came of it: `accepted`.
    pub outcome: String,
    /// Id of the request; empty when there is none.
    pub request_id: String,
    /// What else is to be known; empty when nothing is.
    pub detail: String,
}

impl Entry {
    fn deed(&self) -> Deed {
        Deed {
            at_unix_ms: unix_ms(self.at),
            who: self.who.clone(),
            action: self.action.clone(),
            resource: self.resource.clone(),
            outcome: self.outcome.clone(),
            request_id: self.request_id.clone(),
            detail: self.detail.clone(),
        }
    }
}

/// The stream of a kind of a region, `None`: of what is about none.
#[must_use]
pub fn stream(scope: Option<&RegionCode>, kind: Kind) -> Stream {
    Stream { region: scope.map_or(NATION, RegionCode::as_str).to_owned(), kind }
}

/// Appends what was changed to the stream of its scope.
///
/// Call it last in the transaction: another one that appends to the same stream waits for its end. It goes with the other writes where the
/// transaction [rests on the county's clock](crate::clock::advance_from), else after them.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn append(transaction: &WriteTransaction, entry: &Entry) -> Result<(), StoreError> {
    append_to(transaction, &stream(entry.scope.as_ref(), Kind::Changes), entry).await
}

/// Appends what was read to the stream of its scope; as [`append`].
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database does not answer.
pub async fn append_read(transaction: &WriteTransaction, entry: &Entry) -> Result<(), StoreError> {
    append_to(transaction, &stream(entry.scope.as_ref(), Kind::Reads), entry).await
}

async fn append_to(transaction: &WriteTransaction, stream: &Stream, entry: &Entry) -> Result<(), StoreError> {
    let mut tip = match transaction.known_tip(stream) {
        Some((_, tip)) if transaction.rests_on_clock() => {
            // Where another took the place since, the commit tells.
            let record = Record::after(stream, tip, entry.deed());
            let (sql, values) = insertion(&record, "");
            transaction.connection().defer(Message::new(sql, values));
            transaction.remember_tip(stream, Some((record.sequence, record.hash)));
            return Ok(());
        }
        Some((_, tip)) => tip,
        None => find_tip(transaction, stream).await?,
    };
    for _ in 0..ATTEMPTS {
        let record = Record::after(stream, tip, entry.deed());
        let db = transaction.connection();
        let (sql, values) = insertion(&record, "ON CONFLICT (county_code, kind, sequence) DO NOTHING");
        if db.execute_raw(statement(db, &sql, values)).await?.rows_affected() == 1 {
            transaction.remember_tip(stream, Some((record.sequence, record.hash)));
            return Ok(());
        }
        // Another writer took the place since the end was read; it is committed by now, and seen.
        tip = find_tip(transaction, stream).await?;
    }
    Err(StoreError::unavailable("the end of an audit stream is written by others all the time, or may not be read"))
}

/// The insertion of a record, with its parameters; `taken`: what is done when its place is.
fn insertion(record: &Record, taken: &str) -> (String, [Value; 15]) {
    let sql = format!(
        "INSERT INTO audit_records (county_code, kind, sequence, previous_hash, at_unix_ms, subject, roles, peer, trace_id,
            action, resource, outcome, request_id, detail, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) {taken}"
    );
    let Record { stream, sequence, previous, deed, hash } = record;
    let values = [
        stream.region.as_str().into(),
        stream.kind.name().into(),
        (*sequence).into(),
        previous.to_vec().into(),
        deed.at_unix_ms.into(),
        deed.who.subject.as_str().into(),
        deed.who.roles.as_str().into(),
        deed.who.peer.as_str().into(),
        deed.who.trace_id.as_str().into(),
        deed.action.as_str().into(),
        deed.resource.as_str().into(),
        deed.outcome.as_str().into(),
        deed.request_id.as_str().into(),
        deed.detail.as_str().into(),
        hash.to_vec().into(),
    ];
    (sql, values)
}

/// Sequence and hash of a stream's last record.
async fn find_tip(reads: &impl Reads, stream: &Stream) -> Result<Option<(i64, junheng_seal::Hash)>, StoreError> {
    let row = audit_records::Entity::find()
        .filter(audit_records::Column::CountyCode.eq(stream.region.as_str()))
        .filter(audit_records::Column::Kind.eq(stream.kind.name()))
        .order_by_desc(audit_records::Column::Sequence)
        .limit(1)
        .one(reads.connection())
        .await?;
    row.map(|row| Ok((row.sequence, hash(row.hash, "audit_records.hash")?))).transpose()
}

fn kind(name: &str) -> Result<Kind, StoreError> {
    Kind::named(name).ok_or_else(|| StoreError::corrupt(format!("audit_records.kind: {name}")))
}

fn decode(row: audit_records::Model) -> Result<Record, StoreError> {
    Ok(Record {
        stream: Stream { region: row.county_code, kind: kind(&row.kind)? },
        sequence: row.sequence,
        previous: hash(row.previous_hash, "audit_records.previous_hash")?,
        deed: Deed {
            at_unix_ms: row.at_unix_ms,
            who: Who { subject: row.subject, roles: row.roles, peer: row.peer, trace_id: row.trace_id },
            action: row.action,
            resource: row.resource,
            outcome: row.outcome,
            request_id: row.request_id,
            detail: row.detail,
        },
        hash: hash(row.hash, "audit_records.hash")?,
    })
}
