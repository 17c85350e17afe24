//! `SubmitMonths`: takes many county-months over one stream and answers each in turn; one that fails does not end the stream.

use std::pin::Pin;

use junheng_proto::ingest::v1::{
    SubmissionError, SubmitMonthsRequest, SubmitMonthsResponse, WrongField, submit_month_response,
    submit_months_response::Outcome,
};
use junheng_runtime::Caller;
use junheng_wire::status::RpcError;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Status, Streaming};
use tonic_types::{FieldViolation, StatusExt as _};

use super::submit_month;
use crate::Ingest;

/// The stream of answers.
pub(crate) type Answers = Pin<Box<dyn Stream<Item = Result<SubmitMonthsResponse, Status>> + Send>>;

pub(crate) fn handle(ingest: Ingest, caller: Caller, requests: Streaming<SubmitMonthsRequest>) -> Answers {
    Box::pin(requests.then(move |request| {
        let (ingest, caller) = (ingest.clone(), caller.clone());
        async move { Ok(answer(&ingest, &caller, request?).await) }
    }))
}

async fn answer(ingest: &Ingest, caller: &Caller, request: SubmitMonthsRequest) -> SubmitMonthsResponse {
    let submission = request.submission.unwrap_or_default();
    let (request_id, region, month) =
        (submission.request_id.clone(), submission.region.clone(), submission.month.clone());
    let outcome = match submit_month::handle(ingest, caller, submission).await {
        Ok(response) => response.outcome.map(|outcome| match outcome {
            submit_month_response::Outcome::Receipt(receipt) => Outcome::Receipt(receipt),
            submit_month_response::Outcome::Refusal(refusal) => Outcome::Refusal(refusal),
            submit_month_response::Outcome::Held(held) => Outcome::Held(held),
        }),
        Err(error) => Some(Outcome::Error(encode(error))),
    };
    SubmitMonthsResponse { request_id, region, month, outcome }
}

/// What a unary call would answer as a status.
fn encode(error: RpcError) -> SubmissionError {
    // Making the status logs what is ours to mend.
    let status = Status::from(error);
    let details = status.get_error_details();
    let wrong_field = |violation: &FieldViolation| WrongField {
        field: violation.field.clone(),
        description: violation.description.clone(),
    };
    SubmissionError {
        code: status.code().into(),
        reason: details.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
        message: status.message().to_owned(),
        localized_message: details.localized_message().map(|text| text.message.clone()).unwrap_or_default(),
        metadata: details.error_info().map(|info| info.metadata.clone()).unwrap_or_default(),
        wrong_fields: details
            .bad_request()
            .map(|bad| bad.field_violations.iter().map(wrong_field).collect())
            .unwrap_or_default(),
    }
}
