//! The audit's chains: written by many at once, tampered with behind the program's back, signed and pruned.

use futures::future::join_all;
use junheng_domain::code::RegionCode;
use junheng_seal::{
    chain::{Fault, FaultKind, Kind, Stream},
    head::{Checkpoint, Head, Signed},
    key::Signer,
};
use junheng_store::{
    Access, Store,
    audit::{self, Filter},
    clock, requests,
};
use sea_orm::{ConnectionTrait, Database as Raw};

use crate::{Database, at, begin, concurrency::entry, county, on_both_databases};

on_both_databases!(
    chains_of_many_counties_hold_under_many_writers,
    a_write_that_is_not_committed_leaves_no_record,
    what_is_done_to_the_rows_is_found_and_named,
    heads_are_kept_and_found_again,
    pruning_leaves_a_chain_that_verifies,
    records_are_found_by_what_they_say,
);

const COUNTIES: [&str; 3] = ["210911", "210921", "210922"];

async fn written(store: &Store, region: &str, count: i64) {
    let region: RegionCode = region.parse().unwrap();
    for number in 0..count {
        let transaction = store.begin_write().await.unwrap();
        let known_at = clock::advance(&transaction, &region, at(number)).await.unwrap();
        let mut entry = entry(Some(region.as_str()), "written");
        entry.at = known_at;
        audit::append(&transaction, &entry).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

async fn head(store: &Store, at_unix_ms: i64) -> Head {
    audit::read_head(&store.begin_read().await.unwrap(), at_unix_ms).await.unwrap()
}

async fn faults(store: &Store, heads: &[Head], checkpoints: &[Checkpoint]) -> Vec<FaultKind> {
    let verified = audit::verify(&store.begin_read().await.unwrap(), heads, checkpoints).await.unwrap();
    verified.faults.into_iter().map(|fault| fault.kind).collect()
}

/// Writers that take the county's clock and read the end of the chain with the request, and one that takes no lock and appends twice,
/// as the evaluator does; of two replicas.
async fn chains_of_many_counties_hold_under_many_writers(database: Database) {
    let replicas = [database.migrated().await, database.connect().await];
    let submit = async |store: Store, region: RegionCode, number: usize| {
        let transaction = store.begin_write().await.unwrap();
        clock::advance(&transaction, &region, at(1_000)).await.unwrap();
        let id = format!("r{number}");
        let claimed = requests::claim(&transaction, &region, &id, "f").await.unwrap();
        assert_eq!(claimed, requests::Claim::New);
        requests::answer(&transaction, &region, &id, "f", vec![1], at(1_000));
        audit::append(&transaction, &entry(Some(region.as_str()), "submit")).await.unwrap();
        transaction.commit().await.unwrap();
    };
    let evaluate = async |store: Store, region: RegionCode| {
        let transaction = store.begin_write().await.unwrap();
        audit::append(&transaction, &entry(Some(region.as_str()), "store")).await.unwrap();
        audit::append(&transaction, &entry(Some(region.as_str()), "delete")).await.unwrap();
        transaction.commit().await.unwrap();
    };
    let read = async |store: Store, region: RegionCode| {
        let transaction = store.begin_write().await.unwrap();
        audit::append_read(&transaction, &entry(Some(region.as_str()), "get_facts")).await.unwrap();
        transaction.commit().await.unwrap();
    };
    let writes = (0..60).map(async |number| {
        let store = replicas[number % 2].clone();
        let region: RegionCode = COUNTIES[number % 3].parse().unwrap();
        match number / 3 % 4 {
            0 | 1 => submit(store, region, number).await,
            2 => evaluate(store, region).await,
            _ => read(store, region).await,
        }
    });

    join_all(writes).await;

    let verified = audit::verify(&replicas[0].begin_read().await.unwrap(), &[], &[]).await.unwrap();
    assert_eq!(verified, audit::Verified { stream_count: 6, record_count: 75, faults: vec![] });
    let head = head(&replicas[1], 5_000).await;
    let lengths: Vec<(Kind, i64)> = head.streams.iter().map(|(stream, (last, _))| (stream.kind, *last)).collect();
    assert_eq!(lengths, [(Kind::Changes, 20), (Kind::Reads, 5)].repeat(3));
}

async fn a_write_that_is_not_committed_leaves_no_record(database: Database) {
    let store = database.migrated().await;
    written(&store, "210922", 1).await;
    let (transaction, _) = begin(&store, 9_000).await;
    audit::append(&transaction, &entry(Some("210922"), "lost")).await.unwrap();
    drop(transaction);

    written(&store, "210922", 1).await;

    let actions: Vec<_> = audit::list(&store, Some(&county()), 0, 10).await.unwrap();
    assert_eq!(
        actions.iter().map(|record| (record.sequence, &*record.deed.action)).collect::<Vec<_>>(),
        [(1, "written"), (2, "written")]
    );
    assert_eq!(faults(&store, &[], &[]).await, []);
}

async fn what_is_done_to_the_rows_is_found_and_named(database: Database) {
    let store = database.migrated().await;
    for county in COUNTIES {
        written(&store, county, 6).await;
    }
    let raw = Raw::connect(&database.options.url).await.unwrap();
    let head = head(&store, 5_000).await;
    let cases = [
        ("UPDATE audit_records SET outcome = 'refused'", "sequence = 3", FaultKind::Altered { sequence: 3 }),
        ("UPDATE audit_records SET roles = 'operator'", "sequence = 6", FaultKind::Altered { sequence: 6 }),
        ("UPDATE audit_records SET at_unix_ms = at_unix_ms + 1", "sequence = 1", FaultKind::Altered { sequence: 1 }),
        ("DELETE FROM audit_records", "sequence = 1", FaultKind::Removed { first: 1, last: 1 }),
        ("DELETE FROM audit_records", "sequence IN (2, 3)", FaultKind::Removed { first: 2, last: 3 }),
        ("DELETE FROM audit_records", "sequence > 4", FaultKind::Truncated { first: 5, last: 6 }),
        ("DELETE FROM audit_records", "sequence > 0", FaultKind::Truncated { first: 1, last: 6 }),
        ("UPDATE audit_records SET sequence = 9", "sequence = 6", FaultKind::Removed { first: 6, last: 8 }),
    ];
    raw.execute_unprepared("CREATE TABLE kept AS SELECT * FROM audit_records").await.unwrap();
    for (statement, rows, wanted) in cases {
        raw.execute_unprepared(&format!("{statement} WHERE county_code = '210921' AND {rows}")).await.unwrap();

        let found = audit::verify(&store.begin_read().await.unwrap(), std::slice::from_ref(&head), &[]).await.unwrap();

        let stream = Stream { region: "210921".to_owned(), kind: Kind::Changes };
        assert_eq!(found.faults.first(), Some(&Fault { stream, kind: wanted }), "{statement} {rows}");
        assert!(found.faults.iter().all(|fault| fault.stream.region == "210921"), "{statement} {rows}");
        raw.execute_unprepared("DELETE FROM audit_records").await.unwrap();
        raw.execute_unprepared("INSERT INTO audit_records SELECT * FROM kept").await.unwrap();
    }
    assert_eq!(faults(&store, &[head], &[]).await, []);
}

async fn heads_are_kept_and_found_again(database: Database) {
    let store = database.migrated().await;
    let signer = Signer::of_secret(&[5; 32]);
    written(&store, "210922", 2).await;
    for instant in 1..=40 {
        let head = Signed::by(&signer, head(&store, instant).await);
        let transaction = store.begin_write().await.unwrap();
        audit::put_head(&transaction, &head).await.unwrap();
        transaction.commit().await.unwrap();
    }

    let found = audit::find_heads(&store, 100).await.unwrap();

    let instants: Vec<i64> = found.iter().map(|signed| signed.content.at_unix_ms).collect();
    assert_eq!(instants, (9..=40).rev().collect::<Vec<_>>());
    assert!(found.iter().all(|signed| signed.verified(&[signer.public()]).is_ok()));
}

async fn pruning_leaves_a_chain_that_verifies(database: Database) {
    let store = database.migrated().await;
    let signer = Signer::of_secret(&[5; 32]);
    written(&store, "210922", 6).await;
    let before = head(&store, 100).await;
    let stream = Stream { region: "210922".to_owned(), kind: Kind::Changes };
    let prune = async |cutoff: i64| {
        let transaction = store.with_access(Access::of_login()).begin_write().await.unwrap();
        let mut entry = entry(Some("210922"), "prune_audit");
        entry.at = at(1_000);
        let pruned = audit::prune(&transaction, &stream, at(cutoff), &signer, &entry).await.unwrap();
        transaction.commit().await.unwrap();
        pruned
    };
    assert_eq!(prune(0).await, None);

    let pruned = prune(4).await;
    // What is left is younger than the first that was kept, whatever it says of its time.
    let nothing_more = prune(4).await;

    assert_eq!((pruned, nothing_more), (Some(audit::Pruned { count: 4, through: 4 }), None));
    let listed = audit::list_checkpoints(&store).await.unwrap();
    let checkpoints: Vec<_> = listed.iter().map(|one| one.verified(&[signer.public()]).unwrap().clone()).collect();
    assert_eq!(faults(&store, std::slice::from_ref(&before), &checkpoints).await, []);
    assert_eq!(faults(&store, &[before], &[]).await, [FaultKind::Removed { first: 1, last: 4 }]);
    let left = audit::list(&store, Some(&county()), 0, 10).await.unwrap();
    assert_eq!(left.iter().map(|record| record.sequence).collect::<Vec<_>>(), [5, 6, 7]);
    assert_eq!((&*left[2].deed.action, &*left[2].deed.detail), ("prune_audit", "through 4"));
    // All of it may go but the record that it went.
    assert_eq!(prune(999).await, Some(audit::Pruned { count: 2, through: 6 }));
    written(&store, "210922", 1).await;
    let listed = audit::list_checkpoints(&store).await.unwrap();
    assert_eq!(faults(&store, &[], &[listed[0].content.clone()]).await, []);
}

async fn records_are_found_by_what_they_say(database: Database) {
    let store = database.migrated().await;
    for county in COUNTIES {
        written(&store, county, 3).await;
    }
    let found = async |filter: Filter, after: Option<(Stream, i64)>| {
        let records = audit::list_all(&store, &filter, after.as_ref(), 5).await.unwrap();
        records.into_iter().map(|record| format!("{} {}", record.stream, record.sequence)).collect::<Vec<_>>()
    };

    let first = found(Filter::default(), None).await;
    let place = (Stream { region: "210921".to_owned(), kind: Kind::Changes }, 2);

    assert_eq!(
        first,
        ["210911/changes 1", "210911/changes 2", "210911/changes 3", "210921/changes 1", "210921/changes 2"]
    );
    assert_eq!(found(Filter::default(), Some(place)).await[0], "210921/changes 3");
    let one = Filter { regions: vec![county()], from: Some(at(1)), before: Some(at(2)), ..Filter::default() };
    assert_eq!(found(one, None).await, ["210922/changes 2"]);
    let none = [
        Filter { subject: "other".to_owned(), ..Filter::default() },
        Filter { action: "other".to_owned(), ..Filter::default() },
        Filter { request_id: "other".to_owned(), ..Filter::default() },
        Filter { resource: "regions/210922_".to_owned(), ..Filter::default() },
        Filter { kind: Some(Kind::Reads), ..Filter::default() },
    ];
    for filter in none {
        assert_eq!(found(filter.clone(), None).await, [""; 0], "{filter:?}");
    }
    let resource = Filter { resource: "regions/2109".to_owned(), subject: "office".to_owned(), ..Filter::default() };
    assert_eq!(found(resource, None).await.len(), 5);
}
