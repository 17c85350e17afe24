//! Several programs on one database are one service.

use junheng_e2e::{
    County, Database, Program, eventually, on_both_databases,
    suite::{connect, find_stored, register},
};
use junheng_proto::{
    evaluation::v1::evaluation_service_client::EvaluationServiceClient,
    ingest::v1::{
        ListSubmissionsRequest, registry_service_client::RegistryServiceClient,
        submission_service_client::SubmissionServiceClient,
    },
};
use tokio::task::JoinSet;

on_both_databases!(copies_of_a_request_to_two_programs_are_one_submission);

async fn copies_of_a_request_to_two_programs_are_one_submission(database: Database) {
    let programs = [(); 2].map(|()| Program::serve(&database, &["evaluation.poll_interval_ms=20"]));
    let county = County::met();
    let channels = [connect(programs[0].ingest()).await, connect(programs[1].ingest()).await];
    register(&mut RegistryServiceClient::new(channels[0].clone()), &county).await;

    let mut copies = JoinSet::new();
    for number in 0..20 {
        let mut client = SubmissionServiceClient::new(channels[number % 2].clone());
        let request = county.submission("once");
        copies.spawn(async move { client.submit_month(request).await.unwrap().into_inner() });
    }
    let replies = copies.join_all().await;

    assert!(replies.iter().all(|reply| *reply == replies[0]));
    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    let listed = SubmissionServiceClient::new(channels[1].clone()).list_submissions(request).await.unwrap();
    assert_eq!(listed.into_inner().submissions.len(), 1);
    let mut seen = vec![];
    for program in &programs {
        let mut client = EvaluationServiceClient::new(connect(program.evaluation()).await);
        let found =
            eventually("the evaluation", async || find_stored(&mut client, &county.region, &county.month).await).await;
        seen.push(found);
    }
    assert_eq!(seen[0], seen[1]);
}
