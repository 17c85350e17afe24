//! Sending months: one, or many at a time.

use std::{path::PathBuf, sync::Arc};

use futures::{Stream, StreamExt as _};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, Held, Receipt, Refusal, SubmitMonthRequest, acknowledge_submission_response,
    submission_service_client::SubmissionServiceClient, submit_month_response,
};
use prost::Message as _;

use crate::{
    client::Client,
    error::ClientError,
    journal::{Begun, Journal, JournalError},
};

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
    /// How far the stream is with it.
    pub progress: Progress,
}

/// How far many months are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Months that are done, whatever became of them.
    pub done: usize,
    /// Those that were accepted.
    pub accepted: usize,
    /// Those that were refused.
    pub refused: usize,
    /// Those that are held until their warnings are acknowledged.
    pub held: usize,
    /// Those that failed: it is not known what became of them, or they were not taken at all.
    pub failed: usize,
    /// Size of the requests that are done. Units: bytes.
    pub bytes: u64,
}

impl Progress {
    fn add(&mut self, outcome: &Result<Outcome, ClientError>, bytes: usize) {
        self.done += 1;
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        *match outcome {
            Ok(Outcome::Accepted(_)) => &mut self.accepted,
            Ok(Outcome::Refused(_)) => &mut self.refused,
            Ok(Outcome::Held(_)) => &mut self.held,
            Err(_) => &mut self.failed,
        } += 1;
    }
}

impl Client {
    /// Sends one county's month. Without a `request_id` it gets one, the same for all attempts; with a journal
    /// ([`Client::with_journal`]) the same after a restart, too.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the service answers with a status or not in time, or the journal cannot be kept. A refusal for its findings
    /// is no error.
    pub async fn submit_month(&self, request: SubmitMonthRequest) -> Result<Outcome, ClientError> {
        self.submit_named(request).await.1
    }

    /// Sends a month, and tells the id that it was sent under.
    async fn submit_named(&self, mut request: SubmitMonthRequest) -> (String, Result<Outcome, ClientError>) {
        let journal = self.journal.as_ref().filter(|_| !request.validate_only);
        let begun = match journal {
            Some(journal) => match begin(Arc::clone(journal), self.endpoint.clone(), request.clone()).await {
                Ok(begun) => {
                    begun.request_id().clone_into(&mut request.request_id);
                    Some((Arc::clone(journal), begun))
                }
                Err(error) => return (request.request_id, Err(error)),
            },
            None => None,
        };
        if request.request_id.is_empty() {
            request.request_id = uuid::Uuid::new_v4().to_string();
        }
        let request_id = request.request_id.clone();
        let outcome = self.submit_once(request).await;
        let ended = match &outcome {
            // What is neither refused nor failed stands under its id.
            Ok(outcome) => Some(!matches!(outcome, Outcome::Refused(_))),
            Err(error) => error.final_for().then_some(false),
        };
        if let (Some((journal, begun)), Some(accepted)) = (begun, ended) {
            // What cannot be noted now is asked for again under the same id: the answer is the same.
            let _noted = tokio::task::spawn_blocking(move || journal.finish(&begun, accepted)).await;
        }
        (request_id, outcome)
    }

    async fn submit_once(&self, request: SubmitMonthRequest) -> Result<Outcome, ClientError> {
        use submit_month_response::Outcome as Answer;
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
        let submit = move |(index, request): (usize, SubmitMonthRequest)| async move {
            let (region, month, bytes) = (request.region.clone(), request.month.clone(), request.encoded_len());
            let (request_id, outcome) = self.submit_named(request).await;
            (Submitted { index, region, month, request_id, outcome, progress: Progress::default() }, bytes)
        };
        let submitted = requests.enumerate().map(submit).buffer_unordered(concurrency.max(1));
        submitted.scan(Progress::default(), |progress, (mut submitted, bytes)| {
            progress.add(&submitted.outcome, bytes);
            submitted.progress = *progress;
            futures::future::ready(Some(submitted))
        })
    }
}

/// Notes a month on the disk, away from the threads that make calls.
async fn begin(journal: Arc<Journal>, endpoint: String, request: SubmitMonthRequest) -> Result<Begun, ClientError> {
    let beginning = tokio::task::spawn_blocking(move || journal.begin(&endpoint, &request));
    let begun = beginning
        .await
        .map_err(|error| JournalError::File { path: PathBuf::new(), source: std::io::Error::other(error) })?;
    Ok(begun?)
}
