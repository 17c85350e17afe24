//! How fresh each city's data is stands on the admin port.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use junheng_e2e::{
    County, Database, Program,
    county::acknowledgement,
    eventually, on_both_databases,
    suite::{connect, register},
};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, registry_service_client::RegistryServiceClient,
    submission_service_client::SubmissionServiceClient, submit_month_response::Outcome,
};

on_both_databases!(
    what_is_no_longer_held_is_no_longer_counted_as_held,
    what_was_overtaken_is_not_counted_as_held,
    metrics_tell_by_city_what_was_accepted_and_when
);

/// An address that nobody listens on.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn metrics(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    Some(text)
}

/// The value of a metric with these labels.
fn value(text: &str, series: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

async fn metrics_tell_by_city_what_was_accepted_and_when(database: Database) {
    let admin = free_address();
    let settings = [format!("admin.listen={admin}"), "ingest.metrics_interval_ms=20".to_owned()];
    let program = Program::serve(&database, &settings.each_ref().map(String::as_str));
    let channel = connect(program.ingest()).await;
    let (here, there) = (County::met_at("219911", "41"), County::met_at("219821", "43"));
    for county in [&here, &there] {
        register(&mut RegistryServiceClient::new(channel.clone()), county).await;
    }
    let mut submissions = SubmissionServiceClient::new(channel);
    for request in [here.submission("a"), here.submission_for("2024-11", "b")] {
        submissions.submit_month(request).await.unwrap();
    }
    let mut bad = there.submission("bad");
    bad.schools[0].teaching_area_m2 = Some(-1.0);
    submissions.submit_month(bad).await.unwrap();

    let counted = |text: &str| {
        let of = |city: &str, state: &str| {
            value(text, &format!("junheng_ingest_submissions{{city=\"{city}\",state=\"{state}\"}}"))
        };
        (of("219900", "accepted"), of("219800", "refused"), of("219800", "accepted"))
    };
    let text = eventually("the metrics of the inflow", async || {
        metrics(admin).filter(|text| counted(text) == (Some(2.0), Some(1.0), None))
    })
    .await;

    let accepted =
        |city: &str| value(&text, &format!("junheng_ingest_last_accepted_timestamp_seconds{{city=\"{city}\"}}"));
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap();
    let at = Duration::from_secs_f64(accepted("219900").unwrap()).as_secs();
    assert!(at.abs_diff(now) < 600, "{text}");
    assert_eq!(accepted("219800"), None, "nothing of it was accepted");
}

async fn what_is_no_longer_held_is_no_longer_counted_as_held(database: Database) {
    let admin = free_address();
    let settings = [format!("admin.listen={admin}"), "ingest.metrics_interval_ms=20".to_owned()];
    let program = Program::serve(&database, &settings.each_ref().map(String::as_str));
    let channel = connect(program.ingest()).await;
    let county = County::met_at("219911", "41");
    register(&mut RegistryServiceClient::new(channel.clone()), &county).await;
    let mut submissions = SubmissionServiceClient::new(channel);
    let mut incomplete = county.submission("incomplete");
    incomplete.schools.pop();
    let answer = submissions.submit_month(incomplete).await.unwrap().into_inner();
    let Some(Outcome::Held(held)) = answer.outcome else { panic!("{answer:#?}") };
    let counted = async |wanted: f64| {
        let series = "junheng_ingest_submissions{city=\"219900\",state=\"held\"}";
        eventually("what is held", async || metrics(admin).filter(|text| value(text, series) == Some(wanted))).await
    };
    counted(1.0).await;

    let request = AcknowledgeSubmissionRequest {
        name: held.submission,
        acknowledgements: held.rules.iter().map(|rule| acknowledgement(rule)).collect(),
        request_id: "acknowledge".to_owned(),
    };
    submissions.acknowledge_submission(request).await.unwrap();

    counted(0.0).await;
}

async fn what_was_overtaken_is_not_counted_as_held(database: Database) {
    let admin = free_address();
    let settings = [format!("admin.listen={admin}"), "ingest.metrics_interval_ms=20".to_owned()];
    let program = Program::serve(&database, &settings.each_ref().map(String::as_str));
    let channel = connect(program.ingest()).await;
    let county = County::met_at("219911", "41");
    register(&mut RegistryServiceClient::new(channel.clone()), &county).await;
    let mut submissions = SubmissionServiceClient::new(channel);
    for request_id in ["first", "second", "third"] {
        let mut incomplete = county.submission(request_id);
        incomplete.schools.pop();
        submissions.submit_month(incomplete).await.unwrap();
    }

    eventually("one that waits", async || {
        let text = metrics(admin)?;
        let of =
            |state: &str| value(&text, &format!("junheng_ingest_submissions{{city=\"219900\",state=\"{state}\"}}"));
        ((of("held"), of("superseded")) == (Some(1.0), Some(2.0))).then_some(())
    })
    .await;
}
