//! The changes that a mirror follows: each once, in order, with tokens to go on from.

use std::collections::BTreeSet;

use junheng_e2e::{County, Database, Suite, on_both_databases, suite::timestamp};
use junheng_proto::ingest::v1::{
    Change, ImportRegionsRequest, ListChangesRequest, ListChangesResponse, SubmissionState,
};
use tokio::task::JoinSet;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::inflow::{inflow, three_counties};

on_both_databases!(
    a_mirror_gets_every_revision_exactly_once_while_many_write,
    changes_go_on_in_small_pages,
    a_token_is_for_its_region,
    a_token_tells_that_other_counties_belong_to_the_region,
);

async fn changes(suite: &Suite, region: &str, token: &str, page_size: i32) -> ListChangesResponse {
    let request = ListChangesRequest { region: region.to_owned(), resume_token: token.to_owned(), page_size };
    inflow(suite).list_changes(request).await.unwrap().into_inner()
}

/// Reads everything that there is by now, and gives the token to go on with.
async fn follow(suite: &Suite, region: &str, mut token: String, page_size: i32, seen: &mut Vec<Change>) -> String {
    loop {
        let page = changes(suite, region, &token, page_size).await;
        seen.extend(page.changes);
        token = page.resume_token;
        if page.more == Some(false) {
            return token;
        }
    }
}

async fn a_mirror_gets_every_revision_exactly_once_while_many_write(database: Database) {
    let suite = Suite::start(database).await;
    let replica = suite.replica().await;
    let counties: Vec<_> = (0..6)
        .map(|number| County::met_at(&format!("2199{:02}", 10 + number), &format!("{:02}", 50 + number)))
        .collect();
    for county in &counties {
        suite.register(county).await;
    }
    // Clocks of two replicas that differ: what is known later is not what was committed later.
    replica.hands.set(suite.now() + jiff::SignedDuration::from_millis(700));
    let mut writers = JoinSet::new();
    for (index, county) in counties.iter().enumerate() {
        let (county, mut client) = (county.clone(), [&suite, &replica][index % 2].submissions());
        let (ours, theirs) = (suite.hands.clone(), replica.hands.clone());
        writers.spawn(async move {
            for number in 0..12 {
                let mut request = county.submission_for(&format!("2024-{:02}", 1 + number % 6), &format!("r{number}"));
                request.schools[0].books = Some(40_000 + number);
                client.submit_month(request).await.unwrap();
                ours.advance(jiff::SignedDuration::from_millis(3));
                theirs.advance(jiff::SignedDuration::from_millis(3));
            }
        });
    }

    let (mut seen, mut token, mut polls) = (vec![], String::new(), 0);
    while !writers.is_empty() {
        // Either replica answers the next poll.
        token = follow([&suite, &replica][polls % 2], "regions/219900", token, 7, &mut seen).await;
        polls += 1;
        while let Some(ended) = writers.try_join_next() {
            ended.unwrap();
        }
    }
    suite.hands.set(suite.now().max(replica.now()) + jiff::SignedDuration::from_secs(60));
    let token = follow(&suite, "regions/219900", token, 7, &mut seen).await;

    assert!(polls > 1, "{polls} polls");
    let names: BTreeSet<_> = seen.iter().map(|change| change.submission.clone()).collect();
    assert_eq!((seen.len(), names.len()), (72, 72), "each once");
    assert!(seen.iter().all(|change| change.state() == SubmissionState::Accepted && change.revision.is_some()));
    assert!(seen.is_sorted_by_key(|change| change.known_at.as_ref().map(timestamp)), "in the order they became known");
    assert_eq!(changes(&suite, "regions/219900", &token, 0).await.changes, []);
}

async fn changes_go_on_in_small_pages(database: Database) {
    let suite = Suite::start(database).await;
    let [first, second, _] = three_counties(&suite).await;
    // All at one instant, in two counties: the token must know the place within it.
    suite.accepted(first.submission_for("2024-12", "a")).await;
    suite.accepted(second.submission_for("2024-12", "a")).await;
    let mut bad = second.submission_for("2024-11", "bad");
    bad.schools[0].teaching_area_m2 = Some(-1.0);
    suite.refused(bad).await;
    suite.tick();

    let one = changes(&suite, "regions/210000", "", 1).await;
    let two = changes(&suite, "regions/210000", &one.resume_token, 1).await;
    let none = changes(&suite, "regions/210000", &two.resume_token, 1).await;
    suite.tick();
    suite.accepted(first.submission_for("2024-11", "b")).await;
    suite.tick();
    let later = changes(&suite, "regions/210000", &none.resume_token, 1).await;

    let told = |page: &ListChangesResponse| {
        let names = page.changes.iter().map(|change| change.submission.clone()).collect::<Vec<_>>();
        (names.join(" "), page.more.unwrap(), page.complete_to.is_some())
    };
    assert_eq!(told(&one), ("regions/219911/submissions/2024-12.1".to_owned(), true, false));
    assert_eq!(told(&two), ("regions/219912/submissions/2024-12.1".to_owned(), false, true));
    assert_eq!(told(&none), (String::new(), false, true));
    assert_eq!(told(&later), ("regions/219911/submissions/2024-11.1".to_owned(), false, true));
    assert_eq!(changes(&suite, "regions/210000", &none.resume_token, 1).await.changes, later.changes, "valid for ever");
}

async fn a_token_is_for_its_region(database: Database) {
    let suite = Suite::start(database).await;
    let [first, ..] = three_counties(&suite).await;
    let token = changes(&suite, "regions/219900", "", 0).await.resume_token;
    let ask = async |region: &str, resume_token: &str| {
        let request =
            ListChangesRequest { region: region.to_owned(), resume_token: resume_token.to_owned(), page_size: 0 };
        inflow(&suite).list_changes(request).await.unwrap_err()
    };

    let other = ask("regions/219800", &token).await;
    let broken = ask("regions/219900", "what is this").await;
    let missing = ask("regions/990000", "").await;
    // A token that was made up does not move the clocks of counties into the future.
    let digest = token.split('.').nth(1).unwrap();
    let ahead = changes(&suite, "regions/219900", &format!("219900.{digest}.9999999999999"), 0).await;

    for status in [other, broken] {
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "resume_token");
    }
    assert_eq!((missing.code(), ahead.changes.len()), (Code::NotFound, 0));
    let receipt = suite.accepted(first.submission_for("2024-12", "a")).await;
    assert!(timestamp(receipt.known_at.as_ref().unwrap()) <= suite.now() + jiff::SignedDuration::from_secs(1));
}

async fn a_token_tells_that_other_counties_belong_to_the_region(database: Database) {
    let suite = Suite::start(database).await;
    let [_, _, mut third] = three_counties(&suite).await;
    let first = changes(&suite, "regions/219900", "", 0).await;
    "regions/219900".clone_into(&mut third.regions[2].parent);
    let request = ImportRegionsRequest { regions: third.regions, request_id: "moved".to_owned() };
    suite.registry().import_regions(request).await.unwrap();

    let moved = changes(&suite, "regions/219900", &first.resume_token, 0).await;
    let after = changes(&suite, "regions/219900", &moved.resume_token, 0).await;

    assert_eq!(first.counties_changed, Some(false));
    assert_eq!(moved.counties_changed, Some(true));
    assert_eq!(after.counties_changed, Some(false));
}
