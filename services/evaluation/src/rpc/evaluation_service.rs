//! `EvaluationService`: each RPC in its file.

use junheng_proto::evaluation::v1::{
    AttributeVariationRequest, AttributeVariationResponse, CompareEvaluationsRequest, CompareEvaluationsResponse,
    EvaluateCountyRequest, EvaluateCountyResponse, EvaluateProvinceRequest, ExplainVerdictRequest,
    ExplainVerdictResponse, GetEvaluationRequest, GetEvaluationResponse, GetProvinceSummaryRequest,
    GetProvinceSummaryResponse, ListEvaluationsRequest, ListEvaluationsResponse, RecomputeEvaluationsRequest,
    RecomputeEvaluationsResponse, SimulateCountyRequest, SimulateCountyResponse,
    evaluation_service_server::EvaluationService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status};

use super::{
    attribute_variation, compare_evaluations, evaluate_county, evaluate_province, explain_verdict, get_evaluation,
    get_province_summary, list_evaluations, recompute_evaluations, simulate_county,
};
use crate::Evaluation;

#[tonic::async_trait]
impl EvaluationService for Evaluation {
    type EvaluateProvinceStream = evaluate_province::Results;

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

    async fn get_province_summary(
        &self,
        request: Request<GetProvinceSummaryRequest>,
    ) -> Result<Response<GetProvinceSummaryResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_province_summary::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn evaluate_province(
        &self,
        request: Request<EvaluateProvinceRequest>,
    ) -> Result<Response<Self::EvaluateProvinceStream>, Status> {
        let caller = Caller::of(&request);
        Ok(evaluate_province::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn simulate_county(
        &self,
        request: Request<SimulateCountyRequest>,
    ) -> Result<Response<SimulateCountyResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(simulate_county::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn explain_verdict(
        &self,
        request: Request<ExplainVerdictRequest>,
    ) -> Result<Response<ExplainVerdictResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(explain_verdict::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn attribute_variation(
        &self,
        request: Request<AttributeVariationRequest>,
    ) -> Result<Response<AttributeVariationResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(attribute_variation::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn compare_evaluations(
        &self,
        request: Request<CompareEvaluationsRequest>,
    ) -> Result<Response<CompareEvaluationsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(compare_evaluations::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn recompute_evaluations(
        &self,
        request: Request<RecomputeEvaluationsRequest>,
    ) -> Result<Response<RecomputeEvaluationsResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(recompute_evaluations::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }
}
