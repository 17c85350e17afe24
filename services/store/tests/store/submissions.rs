//! Submissions: their numbers, revisions and pages.

use jiff::Timestamp;
use junheng_domain::{
    acknowledgement::Acknowledgement,
    code::RegionCode,
    finding::{Fault, Finding},
};
use junheng_store::{
    CountyMonth, clock, marks,
    submissions::{self, Given, NewSubmission, Settled, State},
};

use crate::{Database, at, begin, county, month, on_both_databases};

on_both_databases!(
    a_submission_is_found_as_it_was_stored,
    accepted_and_refused_ones_share_the_numbers_but_not_the_revisions,
    the_current_revision_is_the_last_accepted_one_known_then,
    pages_together_are_the_whole_list,
    months_are_those_accepted_after_the_first_up_to_the_last,
    counties_that_reported_are_those_with_an_accepted_submission,
    a_held_submission_is_no_revision_until_it_is_settled,
    a_withdrawal_is_a_revision_that_ends_what_was_reported,
    the_last_submission_of_a_county_tells_what_was_found_in_it,
);

pub(crate) fn submission(month: &str, known_at: Timestamp) -> NewSubmission {
    NewSubmission {
        county: county(),
        month: month.parse().unwrap(),
        request_id: "r1".to_owned(),
        school_count: 33,
        item_count: 7,
        content_digest: "00ff".to_owned(),
        known_at,
        caller: "city".to_owned(),
        trace_parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        findings: Vec::new(),
        acknowledgements: Vec::new(),
    }
}

async fn a_submission_is_found_as_it_was_stored(database: Database) {
    let store = database.migrated().await;
    let (transaction, known_at) = begin(&store, 1_000).await;
    let mut stored = submission("2024-12", known_at);
    stored.findings = vec![
        Finding::of(Fault::CountWhole { what: "图书".into() }, "schools[0].books")
            .of_school(&"2121000001".parse().unwrap())
            .of_element("books")
            .found("1.5"),
        Finding::of(Fault::SchoolLeftOut { school: "“甲”".into(), name: "第一\n行".into() }, "schools[1]"),
    ];

    let number = submissions::insert_refused(&transaction, &stored).await.unwrap();
    transaction.commit().await.unwrap();

    let found = submissions::find(&store, &county(), month("2024-12"), number).await.unwrap().unwrap();
    assert_eq!(found.state, State::Refused);
    assert_eq!(found.content, stored);
    assert_eq!(submissions::find(&store, &county(), month("2024-12"), 2).await.unwrap(), None);
    assert_eq!(submissions::find(&store, &county(), month("2024-12"), u32::MAX).await.unwrap(), None);
}

async fn accepted_and_refused_ones_share_the_numbers_but_not_the_revisions(database: Database) {
    let store = database.migrated().await;
    let (transaction, known_at) = begin(&store, 1_000).await;
    let december = submission("2024-12", known_at);

    assert_eq!(submissions::insert_accepted(&transaction, &december).await.unwrap(), (1, 1));
    assert_eq!(submissions::insert_refused(&transaction, &december).await.unwrap(), 2);
    assert_eq!(submissions::insert_accepted(&transaction, &december).await.unwrap(), (3, 2));
    let january = submission("2025-01", known_at);
    assert_eq!(submissions::insert_accepted(&transaction, &january).await.unwrap(), (1, 1));
}

async fn the_current_revision_is_the_last_accepted_one_known_then(database: Database) {
    let store = database.migrated().await;
    for (now, accepted) in [(1_000, true), (2_000, false), (3_000, true), (4_000, false)] {
        let (transaction, known_at) = begin(&store, now).await;
        let december = submission("2024-12", known_at);
        if accepted {
            submissions::insert_accepted(&transaction, &december).await.unwrap();
        } else {
            submissions::insert_refused(&transaction, &december).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    let current = async |as_of: Option<i64>| {
        let found = submissions::find_current(&store, &county(), month("2024-12"), as_of.map(at)).await.unwrap();
        found.map(|submission| submission.number)
    };

    assert_eq!(current(Some(999)).await, None);
    assert_eq!(current(Some(1_000)).await, Some(1));
    assert_eq!(current(Some(2_999)).await, Some(1));
    assert_eq!(current(Some(3_000)).await, Some(3));
    assert_eq!(current(None).await, Some(3));
}

async fn pages_together_are_the_whole_list(database: Database) {
    let store = database.migrated().await;
    for text in ["2024-11", "2024-12", "2024-12", "2024-12", "2025-01"] {
        let (transaction, known_at) = begin(&store, 1_000).await;
        submissions::insert_accepted(&transaction, &submission(text, known_at)).await.unwrap();
        transaction.commit().await.unwrap();
    }

    let place = |submission: &submissions::Submission| (submission.content.month.to_string(), submission.number);
    let mut after = None;
    let mut places = Vec::new();
    loop {
        let page = submissions::list(&store, &county(), None, after, 2).await.unwrap();
        places.extend(page.iter().map(place));
        let Some(last) = page.last() else { break };
        after = Some((last.content.month, last.number));
    }
    let december = submissions::list(&store, &county(), Some(month("2024-12")), None, 10).await.unwrap();

    let wanted = [("2025-01", 1), ("2024-12", 3), ("2024-12", 2), ("2024-12", 1), ("2024-11", 1)];
    assert_eq!(places, wanted.map(|(month, number)| (month.to_owned(), number)));
    assert_eq!(december.iter().map(place).collect::<Vec<_>>(), places[1..4]);
}

async fn months_are_those_accepted_after_the_first_up_to_the_last(database: Database) {
    let store = database.migrated().await;
    for month in ["2024-11", "2025-11", "2024-12", "2024-12", "2025-12"] {
        let (transaction, known_at) = begin(&store, 1_000).await;
        submissions::insert_accepted(&transaction, &submission(month, known_at)).await.unwrap();
        transaction.commit().await.unwrap();
    }
    let (transaction, known_at) = begin(&store, 1_000).await;
    submissions::insert_refused(&transaction, &submission("2025-01", known_at)).await.unwrap();
    transaction.commit().await.unwrap();

    let (after, up_to) = ("2024-11".parse().unwrap(), "2025-11".parse().unwrap());
    let months = submissions::list_months(&store, &county(), after, up_to).await.unwrap();

    assert_eq!(months, ["2024-12", "2025-11"].map(|month| month.parse().unwrap()));
    let newest = async |first: &str, limit| {
        submissions::list_newest(&store, &county(), month(first), up_to, limit).await.unwrap()
    };
    assert_eq!(newest("2024-11", 2).await, [(up_to, 1), (month("2024-12"), 2)]);
    assert_eq!(newest("2024-11", 9).await.len(), 3);
    assert_eq!(newest("2025-11", 9).await, [(up_to, 1)]);
}

async fn counties_that_reported_are_those_with_an_accepted_submission(database: Database) {
    let store = database.migrated().await;
    let counties: [RegionCode; 4] = ["210901", "210902", "210903", "210904"].map(|code| code.parse().unwrap());
    for (index, text, accepted) in
        [(0, "2024-12", true), (0, "2024-12", true), (1, "2024-12", false), (2, "2024-11", true)]
    {
        let transaction = store.begin_write().await.unwrap();
        let known_at = clock::advance(&transaction, &counties[index], at(1_000)).await.unwrap();
        let submission = NewSubmission { county: counties[index].clone(), ..submission(text, known_at) };
        if accepted {
            submissions::insert_accepted(&transaction, &submission).await.unwrap();
        } else {
            submissions::insert_refused(&transaction, &submission).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    let reported = async |counties: &[RegionCode]| {
        let found = submissions::list_reported(&store, counties, month("2024-12")).await.unwrap();
        found.into_iter().collect::<Vec<_>>()
    };

    assert_eq!(reported(&counties).await, counties[..1]);
    assert_eq!(reported(&counties[1..]).await, []);
    assert_eq!(reported(&[]).await, []);
}

async fn a_held_submission_is_no_revision_until_it_is_settled(database: Database) {
    let store = database.migrated().await;
    let given = |at_ms, school: Option<&str>| Given {
        acknowledgement: Acknowledgement {
            rule: "school_left_out".to_owned(),
            school: school.map(ToOwned::to_owned),
            reason: "停办，“手续”\n办理中".to_owned(),
        },
        by: "city".to_owned(),
        at: at(at_ms),
    };
    let (transaction, known_at) = begin(&store, 1_000).await;
    let mut december = submission("2024-12", known_at);
    december.acknowledgements = vec![given(1_000, Some("2121000001"))];
    let number = submissions::insert_held(&transaction, &december).await.unwrap();
    transaction.commit().await.unwrap();
    let find = async || submissions::find(&store, &county(), month("2024-12"), number).await.unwrap().unwrap();
    let current = async |as_of| {
        let found = submissions::find_current(&store, &county(), month("2024-12"), Some(at(as_of))).await.unwrap();
        found.map(|found| found.number)
    };

    let held = find().await;
    let settle = async |now, settled, given: &[Given]| {
        let (transaction, _) = begin(&store, now).await;
        let revision = submissions::settle(&transaction, &held, settled, &[], given).await;
        transaction.commit().await.unwrap();
        revision
    };
    assert_eq!((held.state, held.held_at, &held.content), (State::Held, Some(at(1_000)), &december));
    assert_eq!(current(5_000).await, None);
    let more = [given(1_000, Some("2121000001")), given(2_000, None)];
    assert_eq!(settle(2_000, Settled::Held, &more).await.unwrap(), None);
    let still = find().await;
    assert_eq!((still.state, still.content.known_at), (State::Held, at(1_000)));
    assert_eq!(still.content.acknowledgements, more);
    assert_eq!(settle(3_000, Settled::Accepted { known_at: at(3_000) }, &more).await.unwrap(), Some(1));
    let accepted = find().await;
    assert_eq!((accepted.state, accepted.held_at), (State::Accepted { revision: 1 }, Some(at(1_000))));
    assert_eq!(accepted.content.known_at, at(3_000));
    assert_eq!((current(2_999).await, current(3_000).await), (None, Some(number)));
    assert!(settle(4_000, Settled::Refused, &more).await.is_err(), "it is held no more");
}

async fn a_withdrawal_is_a_revision_that_ends_what_was_reported(database: Database) {
    let store = database.migrated().await;
    let (county, december) = (county(), month("2024-12"));
    for (now, withdrawn) in [(1_000, false), (2_000, true), (3_000, false), (4_000, true)] {
        let (transaction, known_at) = begin(&store, now).await;
        let submission = submission("2024-12", known_at);
        if withdrawn {
            submissions::insert_withdrawn(&transaction, &submission, "误报").await.unwrap();
        } else {
            submissions::insert_accepted(&transaction, &submission).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    let found = submissions::find(&store, &county, december, 4).await.unwrap().unwrap();
    assert_eq!((found.state, found.withdrawal_reason.as_str()), (State::Withdrawn { revision: 4 }, "误报"));
    for (as_of, current) in [(999, None), (1_000, Some(1)), (2_000, None), (3_000, Some(3)), (4_000, None)] {
        let found = submissions::find_current(&store, &county, december, Some(at(as_of))).await.unwrap();
        assert_eq!(found.map(|found| found.number), current, "{as_of}");
        let asked = [CountyMonth { county: county.clone(), month: december, as_of: at(as_of) }];
        let listed = submissions::list_current(&store, &asked).await.unwrap().remove(0);
        assert_eq!(listed.map(|found| found.number), current, "{as_of}");
    }
    let newest = submissions::find_newest(&store, &county, december, None).await.unwrap().unwrap();
    assert_eq!(newest.state.revision(), Some(4));
    assert_eq!(submissions::list_months(&store, &county, month("2024-01"), december).await.unwrap(), []);
    assert!(submissions::list_reported(&store, std::slice::from_ref(&county), december).await.unwrap().is_empty());
    let (transaction, known_at) = begin(&store, 5_000).await;
    assert_eq!(marks::mark_accepted(&transaction, &county, december, december, known_at, "").await.unwrap(), 0);
    submissions::insert_accepted(&transaction, &submission("2024-12", known_at)).await.unwrap();
    assert_eq!(marks::mark_accepted(&transaction, &county, december, december, known_at, "").await.unwrap(), 1);
    assert_eq!(submissions::list_months(&transaction, &county, month("2024-01"), december).await.unwrap(), [december]);
    transaction.commit().await.unwrap();
}

async fn the_last_submission_of_a_county_tells_what_was_found_in_it(database: Database) {
    let store = database.migrated().await;
    let (transaction, known_at) = begin(&store, 1_000).await;
    let mut accepted = submission("2024-12", known_at);
    accepted.findings = vec![Finding::of(Fault::FileRow, "a:1")];
    submissions::insert_accepted(&transaction, &accepted).await.unwrap();
    transaction.commit().await.unwrap();
    let (transaction, known_at) = begin(&store, 2_000).await;
    let mut refused = submission("2024-12", known_at);
    refused.findings = vec![Finding::of(Fault::FileRow, "a:1"), Finding::of(Fault::FileRow, "a:2")];
    submissions::insert_refused(&transaction, &refused).await.unwrap();
    submissions::insert_refused(&transaction, &submission("2024-11", known_at)).await.unwrap();
    transaction.commit().await.unwrap();

    let asked = ["210921".parse().unwrap(), county()];
    let last = submissions::list_last(&store, &asked, month("2024-12")).await.unwrap();

    let told: Vec<_> = last.iter().map(|one| (one.county.as_str(), one.number, one.state)).collect();
    assert_eq!(told, [("210922", 2, State::Refused)]);
    assert_eq!(last[0].finding_groups.iter().map(|group| group.count).collect::<Vec<_>>(), [2]);
}
