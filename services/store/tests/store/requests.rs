//! Requests that come more than once.

use futures::future::join_all;
use junheng_store::{
    Store, StoreError,
    requests::{self, Claim},
    submissions,
};

use crate::{Database, begin, county, month, on_both_databases, submissions::submission};

on_both_databases!(
    an_answered_request_is_answered_again,
    another_content_under_the_same_id_is_refused,
    ids_of_different_counties_do_not_meet,
    fifty_copies_at_once_write_once_and_get_the_same_reply,
    a_request_that_was_rolled_back_is_new,
);

/// What a service does with a request: the reply is its `known_at`.
async fn handle(store: &Store, fingerprint: &str) -> Result<Vec<u8>, StoreError> {
    let (transaction, known_at) = begin(store, 1_000).await;
    if let Claim::Answered(reply) = requests::claim(&transaction, &county(), "r1", fingerprint).await? {
        return Ok(reply);
    }
    submissions::insert_accepted(&transaction, &submission("2024-12", known_at)).await?;
    let reply = known_at.to_string().into_bytes();
    requests::answer(&transaction, &county(), "r1", fingerprint, reply.clone(), known_at).await?;
    transaction.commit().await?;
    Ok(reply)
}

async fn an_answered_request_is_answered_again(database: Database) {
    let store = database.migrated().await;

    let first = handle(&store, "a").await.unwrap();
    let second = handle(&store, "a").await.unwrap();

    assert_eq!(first, second);
}

async fn another_content_under_the_same_id_is_refused(database: Database) {
    let store = database.migrated().await;
    handle(&store, "a").await.unwrap();

    assert!(matches!(handle(&store, "b").await, Err(StoreError::RequestIdReused)));
}

async fn ids_of_different_counties_do_not_meet(database: Database) {
    let store = database.migrated().await;
    handle(&store, "a").await.unwrap();
    let transaction = store.begin_write().await.unwrap();

    let claim = requests::claim(&transaction, &"210921".parse().unwrap(), "r1", "b").await.unwrap();

    assert_eq!(claim, Claim::New);
}

async fn fifty_copies_at_once_write_once_and_get_the_same_reply(database: Database) {
    let store = database.migrated().await;
    let copies = (0..50).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { handle(&store, "a").await.unwrap() })
    });

    let replies: Vec<Vec<u8>> = join_all(copies).await.into_iter().map(Result::unwrap).collect();

    assert!(replies.iter().all(|reply| *reply == replies[0]));
    let written = submissions::list(&store, &county(), Some(month("2024-12")), None, 100).await.unwrap();
    assert_eq!(written.len(), 1);
}

async fn a_request_that_was_rolled_back_is_new(database: Database) {
    let store = database.migrated().await;
    let (transaction, known_at) = begin(&store, 1_000).await;
    requests::answer(&transaction, &county(), "r1", "a", vec![1], known_at).await.unwrap();
    transaction.rollback().await.unwrap();

    let (transaction, _) = begin(&store, 1_000).await;

    assert_eq!(requests::claim(&transaction, &county(), "r1", "b").await.unwrap(), Claim::New);
}
