//! A service that answers as it is told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::stream;
use junheng_client::{Client, Policy};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, AcknowledgeSubmissionResponse, GetFactsRequest, GetFactsResponse,
    GetSubmissionRequest, GetSubmissionResponse, Held, ListSubmissionsRequest, ListSubmissionsResponse, Receipt,
    Refusal, Submission, SubmitMonthRequest, SubmitMonthResponse, SubmitMonthsRequest, SubmitMonthsResponse,
    WithdrawMonthRequest, WithdrawMonthResponse, acknowledge_submission_response,
    submission_service_server::{SubmissionService, SubmissionServiceServer},
    submit_month_response::Outcome as Answer,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, transport::Server};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Answers the first calls with statuses, the others by what their month says, and keeps the ids that it saw.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    pub(crate) statuses: Arc<Mutex<Vec<Status>>>,
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
    pub(crate) at_once: Arc<Mutex<(usize, usize)>>,
    /// What `GetSubmission` finds.
    pub(crate) kept: Arc<Mutex<Option<Submission>>>,
    /// What `ListSubmissions` lists, one a page.
    pub(crate) listed: Arc<Mutex<Vec<Submission>>>,
    /// What came and what was answered, in order.
    pub(crate) log: Arc<Mutex<Vec<String>>>,
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
pub(crate) fn quick(attempts: u32) -> Policy {
    let delay = Duration::from_millis(2);
    Policy { first_delay: delay, longest_delay: delay, attempts, ..Policy::default() }
}

pub(crate) async fn client(service: &Scripted, call_timeout: Duration) -> Client {
    let address = serve(service.clone()).await;
    Client::connect_with(format!("http://{address}"), Policy { call_timeout, ..quick(4) }).await.unwrap()
}

pub(crate) fn month(month: &str) -> SubmitMonthRequest {
    SubmitMonthRequest { region: "regions/210922".into(), month: month.into(), ..SubmitMonthRequest::default() }
}

pub(crate) fn of_county(number: u32, of: &str) -> SubmitMonthRequest {
    SubmitMonthRequest { region: format!("regions/2109{number:02}"), ..month(of) }
}

pub(crate) fn refused(code: Code, reason: &str) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, "junheng", [("resource".to_owned(), "x".to_owned())]);
    details.set_localized_message("zh-CN", "中文").add_bad_request_violation("month", "is not a month");
    Status::with_error_details(code, "english", details)
}

pub(crate) const LONG: Duration = Duration::from_secs(30);
