//! The client against a service that answers as it is told.

#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt as _, stream};
use junheng_client::{Client, ClientError, Journal, Outcome, Policy};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, AcknowledgeSubmissionResponse, Acknowledgement, Finding, FindingGroup,
    GetFactsRequest, GetFactsResponse, GetSubmissionRequest, GetSubmissionResponse, Held, ListSubmissionsRequest,
    ListSubmissionsResponse, Receipt, Refusal, Severity, Submission, SubmissionState, SubmitMonthRequest,
    SubmitMonthResponse, SubmitMonthsRequest, SubmitMonthsResponse, WithdrawMonthRequest, WithdrawMonthResponse,
    acknowledge_submission_response,
    submission_service_server::{SubmissionService, SubmissionServiceServer},
    submit_month_response::Outcome as Answer,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, transport::Server};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Answers the first calls with statuses, the others by what their month says, and keeps the ids that it saw.
#[derive(Clone, Default)]
struct Scripted {
    statuses: Arc<Mutex<Vec<Status>>>,
    seen: Arc<Mutex<Vec<String>>>,
    at_once: Arc<Mutex<(usize, usize)>>,
    /// What `GetSubmission` finds.
    kept: Arc<Mutex<Option<Submission>>>,
    /// What `ListSubmissions` lists, one a page.
    listed: Arc<Mutex<Vec<Submission>>>,
    /// What came and what was answered, in order.
    log: Arc<Mutex<Vec<String>>>,
}

#[tonic::async_trait]
impl SubmissionService for Scripted {
    async fn submit_month(
        &self,
        request: Request<SubmitMonthRequest>,
    ) -> Result<Response<SubmitMonthResponse>, Status> {
        let request = request.into_inner();
        let label = format!("{} {}", request.region, request.month);
        self.log.lock().unwrap().push(format!("{label} comes"));
        self.seen.lock().unwrap().push(request.request_id);
        if let Some(status) = self.statuses.lock().unwrap().pop() {
            return Err(status);
        }
        {
            let mut at_once = self.at_once.lock().unwrap();
            at_once.0 += 1;
            at_once.1 = at_once.1.max(at_once.0);
        }
        // Long enough for the others to arrive; the slow month outlasts every deadline of these tests.
        let time = if request.month == "slow" { Duration::from_mins(1) } else { Duration::from_millis(20) };
        tokio::time::sleep(time).await;
        self.at_once.lock().unwrap().0 -= 1;
        self.log.lock().unwrap().push(format!("{label} ends"));
        let outcome = match request.month.as_str() {
            "refused" => Some(Answer::Refusal(Refusal::default())),
            "held" => Some(Answer::Held(Held { submission: request.month, ..Held::default() })),
            "nothing" => None,
            _ => Some(Answer::Receipt(Receipt { submission: request.month, ..Receipt::default() })),
        };
        Ok(Response::new(SubmitMonthResponse { outcome }))
    }

    type SubmitMonthsStream = stream::Empty<Result<SubmitMonthsResponse, Status>>;

    async fn submit_months(
        &self,
        _: Request<tonic::Streaming<SubmitMonthsRequest>>,
    ) -> Result<Response<Self::SubmitMonthsStream>, Status> {
        Ok(Response::new(stream::empty()))
    }

    async fn acknowledge_submission(
        &self,
        request: Request<AcknowledgeSubmissionRequest>,
    ) -> Result<Response<AcknowledgeSubmissionResponse>, Status> {
        let request = request.into_inner();
        self.seen.lock().unwrap().push(request.request_id);
        if let Some(status) = self.statuses.lock().unwrap().pop() {
            return Err(status);
        }
        let receipt = Receipt { submission: request.name, ..Receipt::default() };
        let outcome = Some(acknowledge_submission_response::Outcome::Receipt(receipt));
        Ok(Response::new(AcknowledgeSubmissionResponse { outcome }))
    }

    async fn withdraw_month(
        &self,
        _: Request<WithdrawMonthRequest>,
    ) -> Result<Response<WithdrawMonthResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn get_facts(&self, _: Request<GetFactsRequest>) -> Result<Response<GetFactsResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn get_submission(
        &self,
        _: Request<GetSubmissionRequest>,
    ) -> Result<Response<GetSubmissionResponse>, Status> {
        let submission = self.kept.lock().unwrap().clone();
        Ok(Response::new(GetSubmissionResponse { submission: Some(submission.ok_or(Status::not_found("none"))?) }))
    }

    async fn list_submissions(
        &self,
        request: Request<ListSubmissionsRequest>,
    ) -> Result<Response<ListSubmissionsResponse>, Status> {
        let place: usize = request.into_inner().page_token.parse().unwrap_or_default();
        let listed = self.listed.lock().unwrap();
        let next_page_token = if place + 1 < listed.len() { (place + 1).to_string() } else { String::new() };
        let submissions = listed.get(place).cloned().into_iter().collect();
        Ok(Response::new(ListSubmissionsResponse { submissions, next_page_token }))
    }
}

async fn serve(service: Scripted) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_service(SubmissionServiceServer::new(service));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

/// As many attempts, soon after one another.
fn quick(attempts: u32) -> Policy {
    let delay = Duration::from_millis(2);
    Policy { first_delay: delay, longest_delay: delay, attempts, ..Policy::default() }
}

async fn client(service: &Scripted, call_timeout: Duration) -> Client {
    let address = serve(service.clone()).await;
    Client::connect_with(format!("http://{address}"), Policy { call_timeout, ..quick(4) }).await.unwrap()
}

fn month(month: &str) -> SubmitMonthRequest {
    SubmitMonthRequest { region: "regions/210922".into(), month: month.into(), ..SubmitMonthRequest::default() }
}

fn of_county(number: u32, of: &str) -> SubmitMonthRequest {
    SubmitMonthRequest { region: format!("regions/2109{number:02}"), ..month(of) }
}

fn refused(code: Code, reason: &str) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, "junheng", [("resource".to_owned(), "x".to_owned())]);
    details.set_localized_message("zh-CN", "中文").add_bad_request_violation("month", "is not a month");
    Status::with_error_details(code, "english", details)
}

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn an_unavailable_service_is_asked_again_with_the_same_request_id() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = vec![Status::unavailable("b"), Status::unavailable("a")];
    let client = client(&service, LONG).await;

    let outcome = client.submit_month(month("2024-12")).await.unwrap();

    assert!(matches!(outcome, Outcome::Accepted(receipt) if receipt.submission == "2024-12"));
    let seen = service.seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(!seen[0].is_empty() && seen.iter().all(|id| *id == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn an_unavailable_service_is_not_asked_for_ever() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = (0..9).map(|_| refused(Code::Unavailable, "OVERLOADED")).collect();
    let client = client(&service, LONG).await;

    let error = client.submit_month(month("2024-12")).await.unwrap_err();

    assert_eq!((error.reason(), error.retryable()), (Some("OVERLOADED"), true));
    assert_eq!(service.seen.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn any_other_status_is_told_at_once_with_its_details() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = vec![refused(Code::InvalidArgument, "INVALID_FIELD")];
    let client = client(&service, LONG).await;

    let error = client.submit_month(month("2024-12")).await.unwrap_err();

    assert_eq!(service.seen.lock().unwrap().len(), 1);
    let told = error.service().unwrap();
    assert_eq!((error.reason(), error.localized().as_str()), (Some("INVALID_FIELD"), "中文"));
    assert_eq!((told.code, told.message.as_str()), (Code::InvalidArgument, "english"));
    assert_eq!((told.wrong_fields[0].field.as_str(), told.metadata["resource"].as_str()), ("month", "x"));
    assert!(!error.retryable());
}

#[tokio::test]
async fn a_call_that_outlasts_its_deadline_is_told_as_that_and_not_repeated() {
    let service = Scripted::default();
    let client = client(&service, Duration::from_millis(50)).await;

    let error = client.submit_month(month("slow")).await.unwrap_err();

    assert!(matches!(error, ClientError::DeadlineExceeded), "{error}");
    assert_eq!((error.reason(), service.seen.lock().unwrap().len()), (Some("DEADLINE_EXCEEDED"), 1));
}

#[tokio::test]
async fn tonics_own_timeout_is_told_as_the_deadline() {
    let error = ClientError::from_status(&Status::cancelled("Timeout expired"));

    assert!(matches!(error, ClientError::DeadlineExceeded));
}

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
async fn an_endpoint_that_is_none_and_one_where_nothing_answers_are_told_apart() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };

    let wrong = Client::connect("not a url").await.unwrap_err();
    let closed = Client::connect_with(format!("http://{nobody}"), quick(3)).await.unwrap_err();

    assert!(matches!(wrong, ClientError::Endpoint { .. }), "{wrong}");
    assert!(matches!(closed, ClientError::Connect { .. }), "{closed}");
}

#[tokio::test]
async fn calls_can_be_made_from_any_task() {
    let service = Scripted::default();
    let client = client(&service, LONG).await;

    let outcome = tokio::spawn(async move { client.submit_month(month("2024-12")).await }).await.unwrap();

    assert!(outcome.is_ok());
}

#[tokio::test]
async fn a_service_in_trouble_is_not_drowned_in_retries() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = (0..20).map(|_| Status::unavailable("down")).collect();
    let client = client(&service, LONG).await;

    client.submit_month(month("2024-11")).await.unwrap_err();
    let of_first = service.seen.lock().unwrap().len();
    client.clone().submit_month(month("2024-12")).await.unwrap_err();

    assert_eq!(of_first, 4, "four tokens of ten");
    assert_eq!(service.seen.lock().unwrap().len(), 5, "half of them are left: clones share them");
}

#[tokio::test]
async fn who_watches_is_told_before_every_wait() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = vec![refused(Code::Unavailable, "OVERLOADED"), Status::unavailable("a")];
    let told = Arc::new(Mutex::new(vec![]));
    let client = client(&service, LONG).await.with_observer({
        let told = Arc::clone(&told);
        move |retrying| {
            let reason = retrying.error.reason().unwrap_or_default().to_owned();
            told.lock().unwrap().push((retrying.attempt, retrying.attempts, retrying.delay, reason));
        }
    });

    client.submit_month(month("2024-12")).await.unwrap();

    let told = told.lock().unwrap();
    let without_delay: Vec<_> = told.iter().map(|(attempt, of, _, reason)| (*attempt, *of, reason.as_str())).collect();
    assert_eq!(without_delay, [(1, 4, ""), (2, 4, "OVERLOADED")]);
    assert!(told.iter().all(|(_, _, delay, _)| *delay > Duration::ZERO));
}

#[tokio::test]
async fn a_month_without_an_answer_goes_under_the_same_id_from_another_process() {
    let service = Scripted::default();
    *service.statuses.lock().unwrap() = (0..4).map(|_| Status::unavailable("down")).collect();
    let path = std::env::temp_dir().join(format!("junheng-client-{}", uuid::Uuid::new_v4()));
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
async fn a_held_month_is_no_error_and_its_acknowledgement_is_repeated_under_one_id() {
    let service = Scripted::default();
    let client = client(&service, Duration::from_secs(5)).await;
    let outcome = client.submit_month(month("held")).await.unwrap();
    let Outcome::Held(held) = outcome else { panic!("{outcome:?}") };
    service.seen.lock().unwrap().clear();
    service.statuses.lock().unwrap().push(Status::unavailable("busy"));

    let request = AcknowledgeSubmissionRequest {
        name: held.submission,
        request_id: "acknowledge".to_owned(),
        ..AcknowledgeSubmissionRequest::default()
    };
    let outcome = client.acknowledge_submission(request).await.unwrap();

    assert!(matches!(outcome, Outcome::Accepted(receipt) if receipt.submission == "held"));
    assert_eq!(*service.seen.lock().unwrap(), ["acknowledge", "acknowledge"]);
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
    let path = std::env::temp_dir().join(format!("junheng-client-{}", uuid::Uuid::new_v4()));
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
    let path = std::env::temp_dir().join(format!("junheng-client-{}", uuid::Uuid::new_v4()));
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
