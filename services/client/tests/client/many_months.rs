//! Many months at once, and months that a journal knows.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use junheng_client::{ClientError, Journal, Outcome};
use junheng_proto::ingest::v1::{
    Acknowledgement, Finding, FindingGroup, Severity, Submission, SubmissionState, SubmitMonthRequest,
};
use tonic::Status;

use crate::scripted::{LONG, Scripted, client, month, of_county};

#[tokio::test]
async fn many_months_are_sent_a_few_at_a_time_and_each_gets_its_outcome() {
    let service = Scripted::default();
    let client = client(&service, LONG).await;
    let requests = (1..=12).map(|number| of_county(number, &format!("2024-{number:02}")));
    let requests = stream::iter([month("refused"), of_county(99, "nothing")].into_iter().chain(requests));

    let mut submitted: Vec<_> = client.submit_many(requests, 3).collect().await;

    submitted.sort_by_key(|one| one.index);
    assert!(matches!(submitted[0].outcome, Ok(Outcome::Refused(_))));
    assert!(matches!(submitted[1].outcome, Err(ClientError::WithoutOutcome)));
    assert_eq!(submitted.iter().filter(|one| matches!(one.outcome, Ok(Outcome::Accepted(_)))).count(), 12);
    assert_eq!(submitted[13].month, "2024-12");
    assert_eq!(service.at_once.lock().unwrap().1, 3);
}

#[tokio::test]
async fn a_month_without_an_answer_goes_under_the_same_id_from_another_process() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = (0..4).map(|_| Status::unavailable("down")).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let client = client(&service, LONG).await;

    let first = client.clone().with_journal(Journal::open(&path).unwrap());
    first.submit_month(month("2024-12")).await.unwrap_err();
    drop(first);
    service.statuses.lock().unwrap().clear();
    let second = client.clone().with_journal(Journal::open(&path).unwrap());
    second.submit_month(month("2024-12")).await.unwrap();
    second.submit_month(month("2024-12")).await.unwrap();
    let mut validating = month("2024-12");
    validating.validate_only = true;
    second.submit_month(validating).await.unwrap();
    second.submit_month(month("refused")).await.unwrap();
    second.submit_month(month("refused")).await.unwrap();

    let seen = service.seen.lock().unwrap();
    let ids: Vec<_> = seen.iter().collect();
    assert!(ids[..6].iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_ne!(ids[6], ids[0], "what only validates is no submission");
    assert_ne!(ids[7], ids[8], "what was refused is sent anew");
    assert_eq!(ids.len(), 9);
}

#[tokio::test]
async fn progress_counts_what_became_of_months() {
    let service = Scripted::default();
    let client = client(&service, LONG).await;
    let requests = stream::iter([month("refused"), month("nothing"), month("2024-11"), month("2024-12")]);

    let submitted: Vec<_> = client.submit_many(requests, 2).collect().await;

    let done: Vec<_> = submitted.iter().map(|one| one.progress.done).collect();
    assert_eq!(done, [1, 2, 3, 4]);
    let last = submitted.last().unwrap().progress;
    assert_eq!((last.accepted, last.refused, last.failed), (2, 1, 1));
    assert!(last.bytes > 0 && last.bytes > submitted[0].progress.bytes);
}

#[tokio::test]
async fn months_of_one_county_go_one_after_another_and_counties_at_once() {
    let service = Scripted::default();
    let client = client(&service, LONG).await;
    let months = ["2024-10", "refused", "2024-12", "2025-01"];
    let requests = months.iter().flat_map(|of| [of_county(1, of), of_county(2, of), of_county(3, of)]);

    let done = client.submit_many(stream::iter(requests), 4).count().await;

    let log = service.log.lock().unwrap();
    let wanted: Vec<_> = months.iter().flat_map(|of| [format!("{of} comes"), format!("{of} ends")]).collect();
    for county in ["regions/210901", "regions/210902", "regions/210903"] {
        let of_county: Vec<_> = log.iter().filter_map(|line| line.strip_prefix(county)?.strip_prefix(' ')).collect();
        assert_eq!(of_county, wanted, "{county}");
    }
    assert_eq!(done, 12);
    assert!(service.at_once.lock().unwrap().1 >= 3, "a county waits for no other");
}

#[tokio::test]
async fn what_is_done_with_an_outcome_comes_before_the_next_month_of_the_county() {
    let service = Scripted::default();
    let client = client(&service, LONG).await;
    let requests = ["2024-11", "2024-12"].map(month);

    let mut submitted = std::pin::pin!(client.submit_many(stream::iter(requests), 4));
    while submitted.next().await.is_some() {
        tokio::time::sleep(Duration::from_millis(50)).await;
        service.log.lock().unwrap().push("handled".to_owned());
    }

    let log = service.log.lock().unwrap();
    let place = |line: &str| log.iter().position(|found| found == line).unwrap();
    assert!(place("handled") < place("regions/210922 2024-12 comes"), "{log:?}");
}

#[tokio::test]
async fn a_held_month_in_the_journal_is_told_as_it_stands_by_now() {
    let service = Scripted::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let client = client(&service, LONG).await.with_journal(Journal::open(&path).unwrap());
    let sent = || service.seen.lock().unwrap().len();
    client.submit_month(month("held")).await.unwrap();
    let warning = |school: &str| Finding {
        severity: Severity::Warning.into(),
        rule: "jump".into(),
        school_code: school.into(),
        ..Finding::default()
    };
    let group = FindingGroup {
        severity: Severity::Warning.into(),
        rule: "jump".into(),
        count: Some(2),
        ..FindingGroup::default()
    };
    let given = Acknowledgement { rule: "jump".into(), school_code: "1".into(), ..Acknowledgement::default() };
    let stands = |state: SubmissionState| {
        *service.kept.lock().unwrap() = Some(Submission {
            name: "held".into(),
            state: state.into(),
            revision: Some(2),
            findings: vec![warning("1"), warning("2")],
            finding_groups: vec![group.clone()],
            acknowledgements: vec![given.clone()],
            ..Submission::default()
        });
    };

    stands(SubmissionState::Held);
    let held = client.submit_month(month("held")).await.unwrap();
    assert!(matches!(held, Outcome::Held(held) if held.warning_count == Some(1) && held.rules == ["jump"]));
    assert_eq!(sent(), 1, "nothing is sent again");
    stands(SubmissionState::Refused);
    client.submit_month(month("held")).await.unwrap();
    assert_eq!(sent(), 2, "what was refused since is sent anew");
    stands(SubmissionState::Accepted);
    let accepted = client.submit_month(month("held")).await.unwrap();
    assert!(matches!(accepted, Outcome::Accepted(receipt) if receipt.revision == Some(2)));
    assert_eq!(sent(), 2);
    let seen = service.seen.lock().unwrap();
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_month_that_was_withdrawn_or_superseded_since_is_told_so_and_not_sent_again() {
    let service = Scripted::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let client = client(&service, LONG).await.with_journal(Journal::open(&path).unwrap());
    let ids = || service.seen.lock().unwrap().clone();
    let of = |name: &str, state: SubmissionState, revision: Option<u32>| Submission {
        name: name.into(),
        state: state.into(),
        revision,
        withdrawal_reason: if state == SubmissionState::Withdrawn { "误报".into() } else { String::new() },
        ..Submission::default()
    };
    client.submit_month(month("2024-12")).await.unwrap();
    let accepted = of("2024-12.1", SubmissionState::Accepted, Some(1));
    *service.listed.lock().unwrap() = vec![of("2024-12.2", SubmissionState::Held, None), accepted.clone()];
    client.submit_month(month("2024-12")).await.unwrap();

    let withdrawn = of("2024-12.2", SubmissionState::Withdrawn, Some(2));
    *service.listed.lock().unwrap() = vec![of("2024-12.3", SubmissionState::Refused, None), withdrawn, accepted];
    for _ in 0..2 {
        let overtaken = client.submit_month(month("2024-12")).await.unwrap_err();
        assert!(
            matches!(&overtaken, ClientError::Overtaken { submission, withdrawal_reason: Some(reason) }
                if submission == "2024-12.2" && reason == "误报"),
            "{overtaken:?}"
        );
        assert!(overtaken.localized().contains("误报"));
    }
    assert!(ids().windows(2).all(|pair| pair[0] == pair[1]), "under the first id only, which writes nothing");
    let wanted = SubmitMonthRequest { request_id: "wanted".into(), ..month("2024-12") };
    client.submit_month(wanted).await.unwrap();
    assert_eq!(ids().last().map(String::as_str), Some("wanted"));

    client.submit_month(month("held")).await.unwrap();
    *service.kept.lock().unwrap() = Some(of("held", SubmissionState::Superseded, None));
    let sent = ids().len();
    let overtaken = client.submit_month(month("held")).await.unwrap_err();
    assert!(matches!(overtaken, ClientError::Overtaken { withdrawal_reason: None, .. }), "{overtaken:?}");
    assert_eq!(ids().len(), sent, "nothing is sent again");
}
