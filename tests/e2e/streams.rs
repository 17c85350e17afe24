//! Many county-months over one stream, an answer each, in the order they came.

use junheng_e2e::{County, Database, Suite, on_both_databases};
use junheng_proto::ingest::v1::{
    ListSubmissionsRequest, SubmitMonthRequest, SubmitMonthsRequest, SubmitMonthsResponse,
    submit_months_response::Outcome,
};
use prost::{Message as _, bytes::BufMut as _};
use tonic::{
    Code, Request, Status,
    codec::{Codec, EncodeBuf, Encoder},
};

on_both_databases!(
    a_stream_answers_in_order_and_a_fault_does_not_end_it,
    an_empty_message_is_answered_and_does_not_end_the_stream,
    a_stream_answers_before_the_next_message_is_sent,
    what_would_be_overlooked_in_a_message_is_answered_and_the_stream_goes_on,
    what_came_before_bytes_that_are_no_message_is_answered,
    two_hundred_county_months_go_over_one_stream,
    the_order_of_a_countys_messages_is_that_of_its_revisions,
);

/// Sends all, and gives all answers.
async fn exchange(suite: &Suite, submissions: Vec<SubmitMonthRequest>) -> Vec<SubmitMonthsResponse> {
    let requests: Vec<_> = submissions.into_iter().map(SubmitMonthsRequest::from).collect();
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
    let requests = [SubmitMonthsRequest::default(), SubmitMonthsRequest::from(county.submission("after"))];

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
        sender.send(county.submission_for(month, month).into()).await.unwrap();

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

/// Sends messages as they are, each whole, and gives the answers and what ended the stream.
async fn exchange_raw(suite: &Suite, messages: &[Vec<u8>]) -> (Vec<SubmitMonthsResponse>, Option<Status>) {
    let mut channel = tonic::client::Grpc::new(suite.ingest_channel());
    channel.ready().await.unwrap();
    let path = "/junheng.ingest.v1.SubmissionService/SubmitMonths".parse().unwrap();
    let messages = tokio_stream::iter(messages.to_vec());
    let mut stream = channel.streaming(Request::new(messages), path, Raw).await.unwrap().into_inner();
    let mut answers = vec![];
    loop {
        match stream.message().await {
            Ok(Some(answer)) => answers.push(answer),
            Ok(None) => return (answers, None),
            Err(status) => return (answers, Some(status)),
        }
    }
}

/// Sends bytes, and reads answers.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = SubmitMonthsResponse;
    type Encoder = Self;
    type Decoder = junheng_proto::Decoder<SubmitMonthsResponse>;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self::Decoder {
        junheng_proto::Codec::<SubmitMonthsRequest, SubmitMonthsResponse>::default().decoder()
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&item);
        Ok(())
    }
}

/// A message of the stream, its submission with more behind it.
fn message(county: &County, month: &str, more: &[u8]) -> Vec<u8> {
    let submission = [county.submission_for(month, month).encode_to_vec(), more.to_vec()].concat();
    let mut message = vec![0x0a];
    prost::encode_length_delimiter(submission.len(), &mut message).unwrap();
    [message, submission].concat()
}

async fn what_would_be_overlooked_in_a_message_is_answered_and_the_stream_goes_on(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let messages = [
        message(&county, "2024-01", &[]),
        message(&county, "2024-02", b"\x98\x06\x01"),
        message(&county, "2024-03", b"\x2a\x06\x10\x85\x80\x80\x80\x10"),
        [message(&county, "2024-04", &[]), b"\x98\x06\x01".to_vec()].concat(),
        message(&county, "2024-05", &[]),
    ];

    let (answers, end) = exchange_raw(&suite, &messages).await;

    assert!(end.is_none(), "{end:?}");
    let told: Vec<_> = answers
        .iter()
        .map(|answer| match answer.outcome.as_ref().unwrap() {
            Outcome::Receipt(_) => (answer.month.as_str(), "", ""),
            Outcome::Error(error) => {
                assert_eq!((error.code, error.reason.as_str()), (i32::from(Code::InvalidArgument), "INVALID_FIELD"));
                assert!(!error.localized_message.is_empty());
                assert_eq!(answer.request_id, answer.month, "it is told which one it was");
                let wrong = &error.wrong_fields[0];
                (answer.month.as_str(), wrong.field.as_str(), wrong.description.as_str())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let wanted = [
        ("2024-01", "", ""),
        ("2024-02", "submission", "field 99 is unknown"),
        ("2024-03", "schools[4]", "pupils_primary has more than 32 bits"),
        ("2024-04", "submission", "field 99 is unknown"),
        ("2024-05", "", ""),
    ];
    assert_eq!(told, wanted);
    for month in ["2024-02", "2024-03", "2024-04"] {
        assert_eq!(listed(&suite, &county, month).await, 0, "{month}: nothing of it is kept");
    }
}

async fn listed(suite: &Suite, county: &County, month: &str) -> usize {
    let request = ListSubmissionsRequest {
        parent: county.region.clone(),
        month: month.to_owned(),
        ..ListSubmissionsRequest::default()
    };
    suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions.len()
}

async fn what_came_before_bytes_that_are_no_message_is_answered(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let messages = [
        message(&county, "2024-01", &[]),
        message(&county, "2024-02", &[]),
        b"\xff\xff".to_vec(),
        message(&county, "2024-04", &[]),
    ];

    let (answers, end) = exchange_raw(&suite, &messages).await;

    let months: Vec<_> = answers.iter().map(|answer| answer.month.as_str()).collect();
    assert_eq!(months, ["2024-01", "2024-02"], "all that came before is answered");
    let end = end.unwrap();
    assert_eq!((end.code(), crate::bad_input::reason(&end).as_str()), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(listed(&suite, &county, "2024-04").await, 0, "and nothing after it is read");
}
