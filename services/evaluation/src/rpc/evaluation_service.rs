//! `EvaluationService`: each RPC in its file.

use junheng_proto::evaluation::v1::{
    EvaluateCountyRequest, EvaluateCountyResponse, GetEvaluationRequest, GetEvaluationResponse, ListEvaluationsRequest,
    ListEvaluationsResponse, RecomputeEvaluationsRequest, RecomputeEvaluationsResponse,
    evaluation_service_server::EvaluationService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{evaluate_county, get_evaluation, list_evaluations, recompute_evaluations};
use crate::Evaluation;

#[tonic::async_trait]
impl EvaluationService for Evaluation {
    async fn evaluate_county(
        &self,
        request: Request<EvaluateCountyRequest>,
    ) -> Result<Response<EvaluateCountyResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(evaluate_county::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn get_evaluation(
        &self,
        request: Request<GetEvaluationRequest>,
    ) -> Result<Response<GetEvaluationResponse>, Status> {
        // Calls from outside take the way of `EvaluationServer`, which leaves the evaluation encoded.
        let caller = Caller::of(&request);
        let stored = get_evaluation::handle(self, &caller, &request.into_inner()).await?;
        Ok(stored.decode().map(Response::new)?)
    }

    async fn list_evaluations(
        &self,
        request: Request<ListEvaluationsRequest>,
    ) -> Result<Response<ListEvaluationsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(list_evaluations::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn recompute_evaluations(
        &self,
        request: Request<RecomputeEvaluationsRequest>,
    ) -> Result<Response<RecomputeEvaluationsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(recompute_evaluations::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
