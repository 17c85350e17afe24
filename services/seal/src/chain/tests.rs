//! Tampering with chains, and what is found of it.

use std::collections::BTreeMap;

use super::*;
use crate::chain::{Deed, Kind, Who};

const SEED: u64 = 20_241_215;
const TAMPERINGS: usize = 1_000;

/// A small generator, so that a seed gives the same tamperings everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }
}

fn deed(number: i64) -> Deed {
    Deed {
        at_unix_ms: 1_700_000_000_000 + number * 1_000,
        who: Who {
            subject: format!("caller-{}", number % 3),
            roles: "city_reporter".into(),
            peer: "192.0.2.1:4000".into(),
            trace_id: format!("{number:032x}"),
        },
        action: "submit_month".into(),
        resource: format!("regions/210922/submissions/2024-12.{number}"),
        outcome: "accepted".into(),
        request_id: format!("request-{number}"),
        detail: "digest".into(),
    }
}

fn stream(region: &str, kind: Kind) -> Stream {
    Stream { region: region.into(), kind }
}

fn chain(stream: &Stream, length: i64) -> Vec<Record> {
    let mut records: Vec<Record> = vec![];
    for number in 1..=length {
        let tip = records.last().map(|last| (last.sequence, last.hash));
        records.push(Record::after(stream, tip, deed(number)));
    }
    records
}

fn head(records: &[Record]) -> Head {
    let mut streams = BTreeMap::new();
    for record in records {
        streams.insert(record.stream.clone(), (record.sequence, record.hash));
    }
    Head { at_unix_ms: 1_700_100_000_000, streams }
}

/// Links the records of a stream from a place on anew, as whoever can write the database could.
fn relink(records: &mut [Record], from: usize) {
    for place in from..records.len() {
        let (before, rest) = records.split_at_mut(place);
        let record = &mut rest[0];
        let tip = before.last().filter(|last| last.stream == record.stream).map(|last| (last.sequence, last.hash));
        if before.is_empty() || tip.is_some() {
            *record = Record::after(&record.stream, tip, record.deed.clone());
        } else {
            return;
        }
    }
}

fn alter(record: &mut Record, chance: &mut Chance) -> &'static str {
    let Record { stream, sequence, previous, deed, hash } = record;
    let texts: [(&str, &mut String); 9] = [
        ("subject", &mut deed.who.subject),
        ("roles", &mut deed.who.roles),
        ("peer", &mut deed.who.peer),
        ("trace_id", &mut deed.who.trace_id),
        ("action", &mut deed.action),
        ("resource", &mut deed.resource),
        ("outcome", &mut deed.outcome),
        ("request_id", &mut deed.request_id),
        ("detail", &mut deed.detail),
    ];
    match chance.below(14) {
        9 => {
            deed.at_unix_ms += 1;
            "at"
        }
        10 => {
            previous[chance.below(32)] ^= 1 << chance.below(8);
            "previous"
        }
        11 => {
            hash[chance.below(32)] ^= 1 << chance.below(8);
            "hash"
        }
        12 => {
            *sequence += 1_000;
            "sequence"
        }
        13 => {
            stream.region = "210999".into();
            "region"
        }
        place => {
            let (name, text) = texts.into_iter().nth(place).unwrap();
            // Moving a character to the neighbouring column must not go unseen either: lengths are hashed.
            text.push('x');
            name
        }
    }
}

/// Does something to the records that must be found, and says what.
fn tamper(records: &mut Vec<Record>, chance: &mut Chance) -> String {
    let place = chance.below(records.len());
    let victim = format!("{} {}", records[place].stream, records[place].sequence);
    let what = match chance.below(9) {
        0..=2 => alter(&mut records[place], chance),
        3 => {
            records.remove(place);
            "removed"
        }
        4 => {
            let other = (place + 1 + chance.below(records.len() - 1)) % records.len();
            records.swap(place, other);
            "swapped"
        }
        5 => {
            let other = (place + 1 + chance.below(records.len() - 1)) % records.len();
            let deed = records[other].deed.clone();
            records[place].deed = deed;
            "contents of another"
        }
        6 => {
            let stream = records[place].stream.clone();
            let sequence = records[place].sequence;
            records.retain(|record| record.stream != stream || record.sequence < sequence);
            "truncated"
        }
        7 => {
            let inserted = Record { sequence: records[place].sequence, ..records[place].clone() };
            records.insert(place, Record::after(&inserted.stream, Some((inserted.sequence, inserted.hash)), deed(77)));
            "inserted"
        }
        _ => {
            match chance.below(3) {
                0 => records[place].deed.outcome = "refused".into(),
                1 => {
                    records.remove(place);
                }
                _ => records.insert(place, records[place].clone()),
            }
            // All hashes are right again, as far as the stream goes.
            let first = records.get(place).map(|record| record.stream.clone());
            let first = first.and_then(|stream| records.iter().position(|record| record.stream == stream));
            relink(&mut records[first.unwrap_or(place)..], 0);
            "rewritten downstream"
        }
    };
    format!("{what}: {victim}")
}

/// The records as a database gives them.
fn sorted(records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    records.sort_by_key(|one| (one.stream.clone(), one.sequence));
    records
}

#[test]
fn a_thousand_tamperings_are_all_found_against_a_signed_head() {
    let streams = [
        stream("000000", Kind::Changes),
        stream("210921", Kind::Changes),
        stream("210922", Kind::Changes),
        stream("210922", Kind::Reads),
    ];
    let whole: Vec<Record> = streams.iter().zip([1, 9, 40, 25]).flat_map(|(one, length)| chain(one, length)).collect();
    let heads = [head(&whole)];
    assert_eq!(verify(&whole, &heads), []);
    let mut chance = Chance(SEED);
    let mut missed = vec![];

    for _ in 0..TAMPERINGS {
        let mut records = whole.clone();
        let mut what = tamper(&mut records, &mut chance);
        // Rows have no order but that of their keys: a swap over streams changes nothing.
        while sorted(&records) == sorted(&whole) {
            what = tamper(&mut records, &mut chance);
        }
        if verify(&records, &heads).is_empty() {
            missed.push(what);
        }
    }

    assert_eq!(missed, [""; 0], "seed {SEED}");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let stream = stream("210922", Kind::Changes);
    let whole = chain(&stream, 10);
    let found = |records: &[Record]| {
        verify(records, &[head(&whole[..6]), head(&whole)]).into_iter().map(|fault| fault.kind).collect::<Vec<_>>()
    };
    let with = |change: &dyn Fn(&mut Vec<Record>)| {
        let mut records = whole.clone();
        change(&mut records);
        found(&records)
    };

    assert_eq!(with(&|all| all[4].deed.detail.clear()), [FaultKind::Altered { sequence: 5 }]);
    assert_eq!(with(&|all| drop(all.drain(2..4))), [FaultKind::Removed { first: 3, last: 4 }]);
    assert_eq!(with(&|all| drop(all.drain(..1))), [FaultKind::Removed { first: 1, last: 1 }]);
    assert_eq!(with(&|all| all.truncate(7)), [FaultKind::Truncated { first: 8, last: 10 }]);
    assert_eq!(with(&Vec::clear), [FaultKind::Truncated { first: 1, last: 10 }]);
    assert_eq!(
        with(&|all| all.swap(2, 3)),
        [FaultKind::Removed { first: 3, last: 3 }, FaultKind::OutOfOrder { sequence: 3 }]
    );
    // Between two heads, so that the one before narrows it down.
    let rewritten = with(&|all| {
        all[7].deed.outcome = "refused".into();
        relink(all, 7);
    });
    assert_eq!(rewritten, [FaultKind::Rewritten { first: 7, last: 10 }]);
    let replaced = with(&|all| {
        all[4].deed.outcome = "refused".into();
        all[4].hash = all[4].computed();
    });
    assert_eq!(replaced, [FaultKind::Unlinked { sequence: 6 }]);
}

#[test]
fn what_follows_a_head_may_go_on_and_may_not_be_older() {
    let stream = stream("210922", Kind::Changes);
    let mut records = chain(&stream, 3);
    let head = head(&records);
    let tip = (3, records[2].hash);
    let late = Deed { at_unix_ms: head.at_unix_ms - LATENESS_MS, ..deed(4) };
    records.push(Record::after(&stream, Some(tip), late));
    assert_eq!(verify(&records, std::slice::from_ref(&head)), []);
    records[3] = Record::after(&stream, Some(tip), Deed { at_unix_ms: head.at_unix_ms - LATENESS_MS - 1, ..deed(4) });

    let faults = verify(&records, &[head]);

    assert_eq!(faults, [Fault { stream, kind: FaultKind::Backdated { sequence: 4 } }]);
}

#[test]
fn a_pruned_stream_goes_on_from_its_checkpoint() {
    let stream = stream("210922", Kind::Reads);
    let records = chain(&stream, 6);
    let heads = [head(&records[..4]), head(&records)];
    let found = |checkpoint: Option<&Checkpoint>, rest: &[Record]| {
        let mut verifier = Verifier::new(&stream, checkpoint, &heads);
        for record in rest {
            verifier.push(record);
        }
        verifier.finish().1.into_iter().map(|fault| fault.kind).collect::<Vec<_>>()
    };
    let checkpoint = Checkpoint { stream: stream.clone(), sequence: 4, hash: records[3].hash, at_unix_ms: 0 };

    assert_eq!(found(Some(&checkpoint), &records[4..]), []);
    assert_eq!(found(None, &records[4..]), [FaultKind::Removed { first: 1, last: 4 }]);
    assert_eq!(found(Some(&checkpoint), &records[5..]), [FaultKind::Removed { first: 5, last: 5 }]);
    let forged = Checkpoint { hash: [7; 32], ..checkpoint };
    assert_eq!(
        found(Some(&forged), &records[4..]),
        [FaultKind::Rewritten { first: 1, last: 4 }, FaultKind::Unlinked { sequence: 5 }]
    );
}
