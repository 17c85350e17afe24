//! Every county under a region is evaluated as of one instant, and answered as it comes, in order.

use junheng_e2e::{
    County, Database, Setup, Suite, eventually, on_both_databases,
    province::{MONTH, counties, report},
    suite::{instant, timestamp},
};
use junheng_proto::evaluation::v1::{
    CountyResult, EvaluateProvinceRequest, EvaluateProvinceResponse, Evaluation, EvaluationSummary, EvaluationView,
    ProvinceProgress, county_result::Outcome, evaluation_service_client::EvaluationServiceClient,
};
use junheng_store::{Options, Store, in_force_entries, in_force_entries::StandardInForce};
use tonic::{Code, Status, transport::Endpoint};
use tonic_types::StatusExt as _;

on_both_databases!(
    counties_come_by_code_with_progress_and_those_without_data_are_told,
    asked_again_as_of_the_same_instant_the_stream_is_the_same,
    a_county_that_fails_does_not_end_the_stream,
    what_cannot_be_asked_is_refused_before_the_stream,
    a_caller_that_goes_away_stops_the_work,
);

async fn reported(database: Database) -> Suite {
    let suite = Suite::start(database).await;
    report(&suite, &counties()).await;
    suite.tick();
    suite
}

fn of(region: &str) -> EvaluateProvinceRequest {
    EvaluateProvinceRequest {
        region: format!("regions/{region}"),
        month: MONTH.to_owned(),
        ..EvaluateProvinceRequest::default()
    }
}

async fn stream(suite: &Suite, request: EvaluateProvinceRequest) -> Result<Vec<EvaluateProvinceResponse>, Status> {
    let mut stream = suite.evaluations().evaluate_province(request).await?.into_inner();
    let mut messages = vec![];
    while let Some(message) = stream.message().await.unwrap() {
        messages.push(message);
    }
    Ok(messages)
}

/// A code and what came out, in a word.
fn told(message: &EvaluateProvinceResponse) -> (String, String) {
    let county = message.county.as_ref().unwrap();
    let word = match county.outcome.as_ref().unwrap() {
        Outcome::Evaluated(found) => {
            let summaries = found.summaries.iter().map(EvaluationSummary::verdict);
            let verdicts = summaries.chain(found.evaluations.iter().map(Evaluation::verdict));
            verdicts.map(|verdict| verdict.as_str_name()["VERDICT_".len()..].to_owned()).collect::<Vec<_>>().join(" ")
        }
        Outcome::NotReported(_) => "not reported".to_owned(),
        Outcome::Error(error) => error.reason.clone(),
    };
    (county.region["regions/".len()..].to_owned(), word)
}

fn words(messages: &[EvaluateProvinceResponse]) -> Vec<(String, String)> {
    messages[1..].iter().map(told).collect()
}

const WANTED: [(&str, &str); 7] = [
    ("210901", "MET"),
    ("210922", "NOT_MET"),
    ("210971", "NOT_MET"),
    ("211001", "UNDETERMINED"),
    ("211002", "NOT_MET"),
    ("211003", "not reported"),
    ("219001", "not reported"),
];

fn wanted() -> Vec<(String, String)> {
    WANTED.map(|(code, word)| (code.to_owned(), word.to_owned())).to_vec()
}

async fn counties_come_by_code_with_progress_and_those_without_data_are_told(database: Database) {
    let suite = reported(database).await;

    let messages = stream(&suite, of("210000")).await.unwrap();

    assert_eq!(messages[0].county, None);
    assert_eq!(words(&messages), wanted());
    for (done, message) in messages.iter().enumerate() {
        let progress = ProvinceProgress {
            as_of: Some(instant(suite.now())),
            county_count: Some(7),
            done_county_count: Some(u32::try_from(done).unwrap()),
        };
        assert_eq!(message.progress, Some(progress));
    }
    assert_eq!(messages[2].county.as_ref().unwrap().region_display_name, "彰武县");
    // Each is what it would be alone.
    for message in &messages[1..6] {
        let CountyResult { region, outcome: Some(Outcome::Evaluated(found)), region_display_name, region_data_note } =
            message.county.clone().unwrap()
        else {
            panic!("{message:?}")
        };
        let alone = suite.evaluate(&region, MONTH, Some(suite.now())).await.unwrap();
        assert_eq!((found.evaluations.len(), found.summaries.len()), (0, 1));
        let summary = &found.summaries[0];
        assert_eq!((&summary.name, summary.verdict), (&alone.name, alone.verdict));
        assert_eq!((&summary.region_display_name, summary.evaluated_at), (&region_display_name, None));
        assert_eq!(
            (summary.region_data_note == region_data_note, region_data_note.is_empty()),
            (true, region != "regions/210922")
        );
        let counts = summary.stages.iter().map(|stage| (stage.unit_count, stage.met_unit_count));
        assert!(counts.eq(alone.resources.iter().map(|stage| (stage.unit_count, stage.met_unit_count))));
    }
    let nation = stream(&suite, of("-")).await.unwrap();
    assert_eq!(words(&nation), [wanted(), vec![("220101".to_owned(), "MET".to_owned())]].concat());
    assert_eq!(words(&stream(&suite, of("210922")).await.unwrap()), wanted()[1..2]);
}

async fn asked_again_as_of_the_same_instant_the_stream_is_the_same(database: Database) {
    let suite = reported(database).await;
    let full = EvaluateProvinceRequest { view: EvaluationView::Full.into(), ..of("210000") };
    let first = stream(&suite, full.clone()).await.unwrap();
    let as_of = first[0].progress.as_ref().unwrap().as_of;
    // In the same millisecond: what becomes known after the question is later.
    let county = &counties()[5];
    suite.accepted(county.submission("december")).await;

    let again = stream(&suite, EvaluateProvinceRequest { as_of, ..full.clone() }).await.unwrap();
    suite.tick();
    let now = stream(&suite, full).await.unwrap();

    assert_eq!(again, first);
    let Some(Outcome::Evaluated(found)) = &again[1].county.as_ref().unwrap().outcome else { panic!("{:?}", again[1]) };
    let alone = suite.evaluate("regions/210901", MONTH, as_of.as_ref().map(timestamp)).await.unwrap();
    assert_eq!((&found.evaluations, found.summaries.len()), (&vec![alone], 0));
    let mut later = wanted();
    later[5].1 = "MET".to_owned();
    assert_eq!((words(&again), words(&now)), (wanted(), later));
}

async fn a_county_that_fails_does_not_end_the_stream(database: Database) {
    let url = database.url().to_owned();
    let suite = reported(database).await;
    let store = Store::connect(&Options::new(url)).await.unwrap();
    let entry = StandardInForce {
        region: "210971".parse().unwrap(),
        standard_id: "unknown".to_owned(),
        from: MONTH.parse().unwrap(),
        to: None,
        known_at: "2026-02-06T07:00:00Z".parse().unwrap(),
    };
    let transaction = store.begin_write().await.unwrap();
    in_force_entries::append(&transaction, &entry, false).await.unwrap();
    transaction.commit().await.unwrap();

    let messages = stream(&suite, of("210000")).await.unwrap();

    let mut others = wanted();
    others[2].1 = "STANDARD_MISSING".to_owned();
    assert_eq!(words(&messages), others);
    let Some(Outcome::Error(error)) = &messages[3].county.as_ref().unwrap().outcome else { panic!() };
    assert_eq!(error.code, i32::from(Code::NotFound));
    assert_eq!(error.metadata.get("resource").map(String::as_str), Some("standards/unknown"));
    assert!(!error.message.is_empty() && error.localized_message.contains("标准"), "{error:?}");
    // Under a standard that the caller names it is judged.
    let standard = "standards/national-quality-2017".to_owned();
    let named = stream(&suite, EvaluateProvinceRequest { standard, ..of("210000") }).await.unwrap();
    assert_eq!(words(&named), wanted());
}

async fn what_cannot_be_asked_is_refused_before_the_stream(database: Database) {
    let suite = Suite::start(database).await;
    report(&suite, &counties()[..2]).await;
    suite.tick();
    let future = suite.now() + jiff::SignedDuration::from_secs(1);

    let later = stream(&suite, EvaluateProvinceRequest { as_of: Some(instant(future)), ..of("210000") }).await;
    let standard = "standards/none".to_owned();
    let unknown = stream(&suite, EvaluateProvinceRequest { standard, ..of("210000") }).await;

    let later = later.unwrap_err();
    assert_eq!(later.get_details_bad_request().unwrap().field_violations[0].field, "as_of");
    assert_eq!(unknown.unwrap_err().get_details_error_info().unwrap().reason, "STANDARD_MISSING");
    // What all clocks have passed can be asked by a machine whose clock lags behind.
    let now = suite.now();
    stream(&suite, of("210000")).await.unwrap();
    suite.hands.set(now - jiff::SignedDuration::from_secs(5));
    let asked = stream(&suite, EvaluateProvinceRequest { as_of: Some(instant(now)), ..of("210000") }).await.unwrap();
    assert_eq!(words(&asked), wanted()[..2]);
}

async fn a_caller_that_goes_away_stops_the_work(database: Database) {
    // One call at a time: what another call gets tells whether the first one is over.
    let mut setup = Setup { working: false, ..Setup::default() };
    setup.limits.concurrency = 1;
    let suite = Suite::start_with(database, setup).await;
    let counties: Vec<County> =
        (10..50).map(|number| County::met_at(&format!("2199{number}"), &number.to_string())).collect();
    for county in &counties {
        suite.register(county).await;
        suite.accepted(county.submission("december")).await;
    }
    suite.tick();
    // A caller with little room: a few evaluations fill it.
    let address = format!("http://{}", suite.evaluation_address());
    let endpoint = Endpoint::from_shared(address).unwrap().initial_stream_window_size(65_535);
    let channel = endpoint.initial_connection_window_size(65_535).connect().await.unwrap();
    let mut client = EvaluationServiceClient::new(channel);
    let full = EvaluateProvinceRequest { view: EvaluationView::Full.into(), ..of("210000") };

    let mut results = client.evaluate_province(full).await.unwrap().into_inner();
    let first = results.message().await.unwrap().unwrap();
    assert_eq!(first.progress.unwrap().county_count, Some(40));
    let county = results.message().await.unwrap().unwrap();
    assert!(prost::Message::encoded_len(&county) > 10_000, "an evaluation takes room");
    assert_eq!(told(&county), ("219910".to_owned(), "MET".to_owned()));
    let busy = suite.submit(counties[0].submission("again")).await.unwrap_err();
    assert_eq!(busy.get_details_error_info().unwrap().reason, "OVERLOADED");
    drop(results);

    let known_at = async |county: &County| {
        let receipt = eventually("the end of the call", async || {
            let answer = suite.submit(county.submission("again")).await.ok()?.outcome?;
            let junheng_proto::ingest::v1::submit_month_response::Outcome::Receipt(receipt) = answer else {
                panic!("{answer:?}")
            };
            Some(receipt)
        });
        timestamp(&receipt.await.known_at.unwrap())
    };
    // Whoever was judged as of the present cannot report in it any more; the last ones were not reached.
    let present = suite.now();
    assert_eq!(known_at(&counties[0]).await, present + jiff::SignedDuration::from_millis(1));
    for county in &counties[30..] {
        assert_eq!(known_at(county).await, present, "{}", county.region);
    }
}
