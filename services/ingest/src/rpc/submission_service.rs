//! `SubmissionService`: each RPC in its file.

use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, AcknowledgeSubmissionResponse, GetFactsRequest, GetFactsResponse,
    GetSubmissionRequest, GetSubmissionResponse, ListSubmissionsRequest, ListSubmissionsResponse, SubmitMonthRequest,
    SubmitMonthResponse, SubmitMonthsRequest, WithdrawMonthRequest, WithdrawMonthResponse,
    submission_service_server::SubmissionService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status, Streaming};

use super::{
    acknowledge_submission, get_facts, get_submission, list_submissions, submit_month, submit_months, withdraw_month,
};
use crate::Ingest;

#[tonic::async_trait]
impl SubmissionService for Ingest {
    type SubmitMonthsStream = submit_months::Answers;

    async fn submit_month(
        &self,
        request: Request<SubmitMonthRequest>,
    ) -> Result<Response<SubmitMonthResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(submit_month::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }

    async fn submit_months(
        &self,
        request: Request<Streaming<SubmitMonthsRequest>>,
    ) -> Result<Response<Self::SubmitMonthsStream>, Status> {
        let caller = Caller::of(&request);
        Ok(Response::new(submit_months::handle(self.clone(), caller, request.into_inner())))
    }

    async fn acknowledge_submission(
        &self,
        request: Request<AcknowledgeSubmissionRequest>,
    ) -> Result<Response<AcknowledgeSubmissionResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(acknowledge_submission::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }

    async fn withdraw_month(
        &self,
        request: Request<WithdrawMonthRequest>,
    ) -> Result<Response<WithdrawMonthResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(withdraw_month::handle(self, &caller, request.into_inner()).await.map(Response::new)?)
    }

    async fn get_facts(&self, request: Request<GetFactsRequest>) -> Result<Response<GetFactsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_facts::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_submission(
        &self,
        request: Request<GetSubmissionRequest>,
    ) -> Result<Response<GetSubmissionResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_submission::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn list_submissions(
        &self,
        request: Request<ListSubmissionsRequest>,
    ) -> Result<Response<ListSubmissionsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_submissions::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
