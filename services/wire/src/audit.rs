//! Records, heads and checkpoints of the audit ↔ protobuf.

use jiff::Timestamp;
use junheng_proto::reporting::v1 as proto;
use junheng_seal::{
    Hash,
    chain::{Deed, Kind, Record, Stream, Who},
    head::{Checkpoint, Head, Signed},
};

use crate::{time, violations::Words};

/// Encodes a record.
#[must_use]
pub fn encode(record: &Record) -> proto::AuditRecord {
    let Record { stream, sequence, previous, deed, hash } = record.clone();
    let Deed { at_unix_ms, who, action, resource, outcome, request_id, detail } = deed;
    proto::AuditRecord {
        region: stream.region,
        kind: encode_kind(stream.kind).into(),
        sequence: Some(sequence),
        previous_hash: previous.to_vec(),
        at: encode_instant(at_unix_ms),
        subject: who.subject,
        roles: who.roles,
        peer: who.peer,
        trace_id: who.trace_id,
        action,
        resource,
        outcome,
        request_id,
        detail,
        hash: hash.to_vec(),
    }
}

/// Decodes a record; `None` when it is none.
#[must_use]
pub fn decode(record: &proto::AuditRecord) -> Option<Record> {
    let one = record.clone();
    Some(Record {
        stream: decode_stream(&one.region, one.kind())?,
        sequence: one.sequence?,
        previous: Hash::try_from(one.previous_hash).ok()?,
        deed: Deed {
            at_unix_ms: decode_instant(one.at.as_ref())?,
            who: Who { subject: one.subject, roles: one.roles, peer: one.peer, trace_id: one.trace_id },
            action: one.action,
            resource: one.resource,
            outcome: one.outcome,
            request_id: one.request_id,
            detail: one.detail,
        },
        hash: Hash::try_from(one.hash).ok()?,
    })
}

/// Encodes a signed head.
#[must_use]
pub fn encode_head(signed: &Signed<Head>) -> proto::AuditHead {
    let streams = signed.content.streams.iter().map(|(stream, (sequence, hash))| encode_end(stream, *sequence, hash));
    proto::AuditHead {
        at: encode_instant(signed.content.at_unix_ms),
        streams: streams.collect(),
        key_id: signed.key_id.clone(),
        signature: signed.signature.clone(),
    }
}

/// Decodes a signed head; `None` when it is none.
#[must_use]
pub fn decode_head(head: &proto::AuditHead) -> Option<Signed<Head>> {
    let streams = head.streams.iter().map(decode_end).collect::<Option<_>>()?;
    let content = Head { at_unix_ms: decode_instant(head.at.as_ref())?, streams };
    Some(Signed { content, key_id: head.key_id.clone(), signature: head.signature.clone() })
}

/// Encodes a signed checkpoint.
#[must_use]
pub fn encode_checkpoint(signed: &Signed<Checkpoint>) -> proto::AuditCheckpoint {
    let Checkpoint { stream, sequence, hash, at_unix_ms } = &signed.content;
    proto::AuditCheckpoint {
        last: Some(encode_end(stream, *sequence, hash)),
        at: encode_instant(*at_unix_ms),
        key_id: signed.key_id.clone(),
        signature: signed.signature.clone(),
    }
}

/// Decodes a signed checkpoint; `None` when it is none.
#[must_use]
pub fn decode_checkpoint(checkpoint: &proto::AuditCheckpoint) -> Option<Signed<Checkpoint>> {
    let (stream, (sequence, hash)) = decode_end(checkpoint.last.as_ref()?)?;
    let at_unix_ms = decode_instant(checkpoint.at.as_ref())?;
    let content = Checkpoint { stream, sequence, hash, at_unix_ms };
    Some(Signed { content, key_id: checkpoint.key_id.clone(), signature: checkpoint.signature.clone() })
}

/// Decodes a kind that was asked for; `Ok(None)`: none was.
///
/// # Errors
///
/// When it is none that is known.
pub fn decode_kind(kind: i32) -> Result<Option<Kind>, Words> {
    match proto::AuditKind::try_from(kind) {
        Ok(proto::AuditKind::Unspecified) => Ok(None),
        Ok(proto::AuditKind::Changes) => Ok(Some(Kind::Changes)),
        Ok(proto::AuditKind::Reads) => Ok(Some(Kind::Reads)),
        Err(_) => Err(("is no known kind", "不是已有的种类")),
    }
}

const fn encode_kind(kind: Kind) -> proto::AuditKind {
    match kind {
        Kind::Changes => proto::AuditKind::Changes,
        Kind::Reads => proto::AuditKind::Reads,
    }
}

fn encode_end(stream: &Stream, sequence: i64, hash: &Hash) -> proto::AuditStream {
    proto::AuditStream {
        region: stream.region.clone(),
        kind: encode_kind(stream.kind).into(),
        sequence: Some(sequence),
        hash: hash.to_vec(),
    }
}

fn decode_end(end: &proto::AuditStream) -> Option<(Stream, (i64, Hash))> {
    let hash = Hash::try_from(end.hash.as_slice()).ok()?;
    Some((decode_stream(&end.region, end.kind())?, (end.sequence?, hash)))
}

fn decode_stream(region: &str, kind: proto::AuditKind) -> Option<Stream> {
    let kind = decode_kind(kind.into()).ok().flatten()?;
    Some(Stream { region: region.to_owned(), kind })
}

/// An instant that no calendar has is left out: its record does not verify then, as it should.
fn encode_instant(unix_ms: i64) -> Option<junheng_proto::Timestamp> {
    Timestamp::from_millisecond(unix_ms).ok().map(time::encode)
}

/// Instants are exact to the millisecond: another is none that was signed.
fn decode_instant(instant: Option<&junheng_proto::Timestamp>) -> Option<i64> {
    let instant = time::decode(instant?)?;
    (instant.subsec_nanosecond() % 1_000_000 == 0).then(|| instant.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_heads_and_checkpoints_come_back_as_they_went() {
        let stream = Stream { region: "210922".into(), kind: Kind::Reads };
        let deed = Deed {
            at_unix_ms: -1,
            who: Who { subject: "a".into(), roles: "b".into(), peer: "c".into(), trace_id: "d".into() },
            action: "e".into(),
            resource: "f".into(),
            outcome: "g".into(),
            request_id: "h".into(),
            detail: "i".into(),
        };
        let record = Record::after(&stream, None, deed);
        let head = Head { at_unix_ms: 1_736_043_825_200, streams: [(stream.clone(), (7, [9; 32]))].into() };
        let checkpoint = Checkpoint { stream, sequence: 7, hash: [9; 32], at_unix_ms: 0 };
        let head = Signed { content: head, key_id: "k".into(), signature: vec![1, 2] };
        let checkpoint = Signed { content: checkpoint, key_id: "k".into(), signature: vec![1, 2] };

        assert_eq!(decode(&encode(&record)), Some(record.clone()));
        assert_eq!(decode_head(&encode_head(&head)), Some(head));
        assert_eq!(decode_checkpoint(&encode_checkpoint(&checkpoint)), Some(checkpoint));
        let mut between = encode(&record);
        between.at = between.at.map(|at| junheng_proto::Timestamp { nanos: at.nanos + 1, ..at });
        assert_eq!(decode(&between), None);
    }
}
