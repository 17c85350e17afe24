//! Many county-months over one stream, an answer each, in the order they came.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::ingest::v1::{
    SubmitMonthRequest, SubmitMonthsRequest, SubmitMonthsResponse, submit_months_response::Outcome,
};

on_both_databases!(
    a_stream_answers_in_order_and_a_fault_does_not_end_it,
    an_empty_message_is_answered_and_does_not_end_the_stream,
    a_stream_answers_before_the_next_message_is_sent,
    two_hundred_county_months_go_over_one_stream,
    the_order_of_a_countys_messages_is_that_of_its_revisions,
);

/// Sends all, and gives all answers.
async fn exchange(suite: &Suite, submissions: Vec<SubmitMonthRequest>) -> Vec<SubmitMonthsResponse> {
    let requests: Vec<_> =
        submissions.into_iter().map(|submission| SubmitMonthsRequest { submission: Some(submission) }).collect();
    let mut stream = suite.submissions().submit_months(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let mut answers = vec![];
    while let Some(answer) = stream.message().await.unwrap() {
        answers.push(answer);
    }
    answers
}

async fn a_stream_answers_in_order_and_a_fault_does_not_end_it(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let months = ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06"];
    let mut submissions: Vec<_> =
        months.iter().map(|month| county.submission_for(month, &format!("r-{month}"))).collect();
    submissions[1].schools[0].teaching_area_m2 = Some(-1.0);
    submissions[2].month = "March".to_owned();
    submissions[3].region = "regions/999999".to_owned();
    submissions[4].request_id = "r-2024-01".to_owned();

    let answers = exchange(&suite, submissions.clone()).await;

    let echoed: Vec<_> = answers.iter().map(|answer| (&answer.request_id, &answer.region, &answer.month)).collect();
    let sent: Vec<_> = submissions.iter().map(|sent| (&sent.request_id, &sent.region, &sent.month)).collect();
    assert_eq!(echoed, sent);
    let Outcome::Error(malformed) = answers[2].outcome.as_ref().unwrap() else { panic!("{:?}", answers[2]) };
    assert_eq!(malformed.wrong_fields[0].field, "month");
    assert!(malformed.localized_message.contains("month"), "{malformed:?}");
    let outcomes: Vec<_> = answers
        .iter()
        .map(|answer| match answer.outcome.as_ref().unwrap() {
            Outcome::Receipt(_) => "receipt",
            Outcome::Refusal(_) => "refusal",
            Outcome::Held(_) => "held",
            Outcome::Error(error) => error.reason.as_str(),
        })
        .collect();
    assert_eq!(outcomes, ["receipt", "refusal", "INVALID_FIELD", "RESOURCE_MISSING", "REQUEST_ID_REUSED", "receipt"]);
    let Some(Outcome::Error(error)) = &answers[2].outcome else { panic!("{answers:#?}") };
    assert_eq!(error.code, i32::from(tonic::Code::InvalidArgument));
    assert!(error.message.contains("month") && !error.localized_message.is_empty());
}

async fn an_empty_message_is_answered_and_does_not_end_the_stream(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let requests =
        [SubmitMonthsRequest::default(), SubmitMonthsRequest { submission: Some(county.submission("after")) }];

    let mut stream = suite.submissions().submit_months(tokio_stream::iter(requests)).await.unwrap().into_inner();

    let (empty, after) = (stream.message().await.unwrap().unwrap(), stream.message().await.unwrap().unwrap());
    let Some(Outcome::Error(error)) = empty.outcome else { panic!("{empty:#?}") };
    assert_eq!(error.reason, "INVALID_FIELD");
    assert!(matches!(after.outcome, Some(Outcome::Receipt(_))));
}

async fn a_stream_answers_before_the_next_message_is_sent(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut stream = suite.submissions().submit_months(requests).await.unwrap().into_inner();

    for month in ["2024-01", "2024-02", "2024-03"] {
        let submission = Some(county.submission_for(month, month));
        sender.send(SubmitMonthsRequest { submission }).await.unwrap();

        assert_eq!(stream.message().await.unwrap().unwrap().month, month);
    }
    drop(sender);

    assert_eq!(stream.message().await.unwrap(), None);
}

async fn two_hundred_county_months_go_over_one_stream(database: Database) {
    let suite = Suite::start(database).await;
    let counties: Vec<_> = (0..10)
        .map(|number| County::met_at(&format!("2199{:02}", 10 + number), &format!("{:02}", 30 + number)))
        .collect();
    for county in &counties {
        suite.register(county).await;
    }
    let months: Vec<_> = (0..20).map(|number| format!("{}-{:02}", 2023 + number / 12, 1 + number % 12)).collect();
    let submissions: Vec<_> = months
        .iter()
        .flat_map(|month| counties.iter().map(move |county| county.submission_for(month, month)))
        .collect();

    let answers = exchange(&suite, submissions).await;

    assert_eq!(answers.len(), 200);
    let accepted = answers.iter().filter(|answer| match &answer.outcome {
        Some(Outcome::Receipt(receipt)) => receipt.revision == Some(1),
        _ => false,
    });
    assert_eq!(accepted.count(), 200);
    for county in &counties {
        let last = months.last().unwrap();
        suite.stored_where(&county.region, last, |_| true).await;
    }
}

async fn the_order_of_a_countys_messages_is_that_of_its_revisions(database: Database) {
    let suite = Suite::start(database).await;
    let counties = [County::met_at("219911", "31"), County::met_at("219912", "32"), County::met_at("219913", "33")];
    for county in &counties {
        suite.register(county).await;
    }
    // Often the same county twice and more in a row; each message another content, the last of each repeats its first.
    let order: Vec<usize> = (0..45).map(|place| [0, 0, 1, 2, 0, 1][place % 6]).collect();
    let mut sent: Vec<SubmitMonthRequest> = vec![];
    for (place, county) in order.iter().zip(0..) {
        let mut submission = counties[*place].submission_for("2024-12", &format!("r-{county}"));
        submission.schools[0].computers = Some(400 + county);
        sent.push(submission);
    }
    for county in &counties {
        let first = sent.iter().find(|submission| submission.region == county.region).unwrap();
        sent.push(first.clone());
    }

    let answers = exchange(&suite, sent.clone()).await;

    let names = |messages: &mut dyn Iterator<Item = (String, String)>| messages.collect::<Vec<_>>();
    assert_eq!(
        names(&mut answers.iter().map(|answer| (answer.region.clone(), answer.request_id.clone()))),
        names(&mut sent.iter().map(|sent| (sent.region.clone(), sent.request_id.clone()))),
    );
    for county in &counties {
        let of_county = answers.iter().filter(|answer| answer.region == county.region);
        let revisions: Vec<u32> = of_county
            .map(|answer| match &answer.outcome {
                Some(Outcome::Receipt(receipt)) => receipt.revision.unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        let (repeated, new) = revisions.split_last().unwrap();
        assert_eq!(new, (1..=u32::try_from(new.len()).unwrap()).collect::<Vec<_>>());
        assert_eq!(*repeated, 1, "the reply to the first is given again");
    }
}
