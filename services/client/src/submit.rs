//! Sending months: one, or many at a time.

use futures::{Stream, StreamExt as _};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, Held, Receipt, Refusal, SubmitMonthRequest, acknowledge_submission_response,
    submission_service_client::SubmissionServiceClient, submit_month_response,
};

use crate::{client::Client, error::ClientError};

/// What became of a month.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It counts, or would when only validated.
    Accepted(Receipt),
    /// Nothing of it counts; the findings say why.
    Refused(Refusal),
    /// It does not count, or would not, until its warnings are acknowledged.
    Held(Held),
}

/// One month of many, and what became of it.
#[derive(Debug)]
pub struct Submitted {
    /// Place in the stream of requests, from 0.
    pub index: usize,
    /// The county, `regions/210922`.
    pub region: String,
    /// The month, `2024-12`.
    pub month: String,
    /// The request as it was named.
    pub request_id: String,
    /// What became of it.
    pub outcome: Result<Outcome, ClientError>,
}

impl Client {
    /// Sends one county's month. Without a `request_id` it gets one, the same for all attempts.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the service answers with a status or not in time. A refusal for its findings is no error.
    pub async fn submit_month(&self, mut request: SubmitMonthRequest) -> Result<Outcome, ClientError> {
        use submit_month_response::Outcome as Answer;
        name(&mut request);
        let response = self
            .call(request, async |channel, request, bytes| {
                SubmissionServiceClient::new(channel).max_decoding_message_size(bytes).submit_month(request).await
            })
            .await?;
        match response.outcome {
            Some(Answer::Receipt(receipt)) => Ok(Outcome::Accepted(receipt)),
            Some(Answer::Refusal(refusal)) => Ok(Outcome::Refused(refusal)),
            Some(Answer::Held(held)) => Ok(Outcome::Held(held)),
            None => Err(ClientError::WithoutOutcome),
        }
    }

    /// Acknowledges warnings of a held submission, which is checked anew. Give it a `request_id` of its own.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the service answers with a status or not in time.
    pub async fn acknowledge_submission(&self, request: AcknowledgeSubmissionRequest) -> Result<Outcome, ClientError> {
        use acknowledge_submission_response::Outcome as Answer;
        let response = self
            .call(request, async |channel, request, bytes| {
                let client = SubmissionServiceClient::new(channel);
                client.max_decoding_message_size(bytes).acknowledge_submission(request).await
            })
            .await?;
        match response.outcome {
            Some(Answer::Receipt(receipt)) => Ok(Outcome::Accepted(receipt)),
            Some(Answer::Refusal(refusal)) => Ok(Outcome::Refused(refusal)),
            Some(Answer::Held(held)) => Ok(Outcome::Held(held)),
            None => Err(ClientError::WithoutOutcome),
        }
    }

    /// Sends many months, at most `concurrency` (at least one) at a time, and gives each outcome as it comes: not in the order
    /// of the requests. Each is sent and repeated as by [`Client::submit_month`]; one that fails stops no other.
    ///
    /// A month that must follow another of the same county belongs into a later stream.
    pub fn submit_many<'a, S>(&'a self, requests: S, concurrency: usize) -> impl Stream<Item = Submitted> + 'a
    where
        S: Stream<Item = SubmitMonthRequest> + 'a,
    {
        let submit = move |(index, mut request): (usize, SubmitMonthRequest)| async move {
            name(&mut request);
            let (region, month) = (request.region.clone(), request.month.clone());
            let request_id = request.request_id.clone();
            let outcome = self.submit_month(request).await;
            Submitted { index, region, month, request_id, outcome }
        };
        requests.enumerate().map(submit).buffer_unordered(concurrency.max(1))
    }
}

fn name(request: &mut SubmitMonthRequest) {
    if request.request_id.is_empty() {
        request.request_id = uuid::Uuid::new_v4().to_string();
    }
}
