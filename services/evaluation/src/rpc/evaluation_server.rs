//! `GetEvaluation` past the generated server: its answer is built around the stored bytes, which nobody needs to decode.

use std::{convert::Infallible, sync::Arc};

use junheng_proto::evaluation::v1::{
    GetEvaluationRequest,
    evaluation_service_server::{EvaluationServiceServer, SERVICE_NAME},
};
use junheng_runtime::Caller;
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Context, Poll, Service, http},
    server::{Grpc, NamedService, UnaryService},
};
use tonic_prost::ProstCodec;

use super::get_evaluation::{self, Stored};
use crate::Evaluation;

const GET_EVALUATION: &str = "/junheng.evaluation.v1.EvaluationService/GetEvaluation";

/// The evaluation service; every other RPC is the generated server's.
#[derive(Debug, Clone)]
pub(crate) struct EvaluationServer {
    evaluation: Arc<Evaluation>,
    generated: EvaluationServiceServer<Evaluation>,
    max_message_bytes: usize,
}

impl EvaluationServer {
    pub(crate) fn new(evaluation: Evaluation, max_message_bytes: usize) -> Self {
        let evaluation = Arc::new(evaluation);
        let generated = EvaluationServiceServer::from_arc(Arc::clone(&evaluation));
        Self { evaluation, generated: generated.max_decoding_message_size(max_message_bytes), max_message_bytes }
    }
}

impl NamedService for EvaluationServer {
    const NAME: &'static str = SERVICE_NAME;
}

impl Service<http::Request<Body>> for EvaluationServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<http::Request<Body>>::poll_ready(&mut self.generated, context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        if request.uri().path() != GET_EVALUATION {
            return self.generated.call(request);
        }
        let mut grpc = Grpc::new(ProstCodec::<Stored, GetEvaluationRequest>::default())
            .max_decoding_message_size(self.max_message_bytes);
        let method = GetStored(Arc::clone(&self.evaluation));
        Box::pin(async move { Ok(grpc.unary(method, request).await) })
    }
}

struct GetStored(Arc<Evaluation>);

impl UnaryService<GetEvaluationRequest> for GetStored {
    type Response = Stored;
    type Future = BoxFuture<Response<Stored>, Status>;

    fn call(&mut self, request: Request<GetEvaluationRequest>) -> Self::Future {
        let evaluation = Arc::clone(&self.0);
        Box::pin(async move {
            let caller = Caller::of(&request);
            Ok(get_evaluation::handle(&evaluation, &caller, &request.into_inner()).await.map(Response::new)?)
        })
    }
}
