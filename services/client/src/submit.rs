//! Sending months: one, or many at a time.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{Stream, StreamExt as _, channel::oneshot};
use junheng_proto::ingest::v1::{
    AcknowledgeSubmissionRequest, Acknowledgement, GetSubmissionRequest, Held, ImportFileHeader,
    ListSubmissionsRequest, Receipt, Refusal, Severity, Submission, SubmissionState, SubmitMonthRequest,
    acknowledge_submission_response, submission_service_client::SubmissionServiceClient, submit_month_response,
};
use prost::Message as _;
use tonic::Code;

use crate::{
    client::Client,
    error::ClientError,
    import::NamedFile,
    journal::{Begun, Ending, Journal, JournalError},
};

/// A month to send.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sending {
    /// The month.
    pub request: SubmitMonthRequest,
    /// The files that its rows were read from: they are sent instead of the rows, and findings stand at their cells. Empty: the rows are sent.
    pub files: Vec<NamedFile>,
}

impl From<SubmitMonthRequest> for Sending {
    fn from(request: SubmitMonthRequest) -> Self {
        Self { request, files: vec![] }
    }
}

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
    /// ([`Client::with_journal`]) the same after a restart, too; what was accepted or held then is told as it stands by now.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the service answers with a status or not in time, or the journal cannot be kept;
    /// [`ClientError::Overtaken`] when what the journal has of the month does not count any more. A refusal for its findings is no error.
    pub async fn submit_month(&self, request: SubmitMonthRequest) -> Result<Outcome, ClientError> {
        self.submit_named(request.into()).await.1
    }

    /// Sends a month, and tells the id that it was sent under.
    async fn submit_named(&self, mut sending: Sending) -> (String, Result<Outcome, ClientError>) {
        let request = &mut sending.request;
        let Some(journal) = self.journal.as_ref().filter(|_| !request.validate_only) else {
            if request.request_id.is_empty() {
                request.request_id = uuid::Uuid::new_v4().to_string();
            }
            return (request.request_id.clone(), self.submit_once(sending).await);
        };
        loop {
            let begun = match begin(Arc::clone(journal), self.endpoint.clone(), sending.clone()).await {
                Ok(begun) => begun,
                Err(error) => return (sending.request.request_id, Err(error)),
            };
            let request_id = begun.request_id().to_owned();
            let outcome = self.submit_begun(&begun, &sending).await;
            let ending = match &outcome {
                Ok(Some(Outcome::Accepted(_))) => Some(Ending::Accepted),
                Ok(Some(Outcome::Held(held))) => Some(Ending::Held(held.submission.clone())),
                Ok(Some(Outcome::Refused(_)) | None) => Some(Ending::Nothing),
                Err(error) => (begun.held.is_none() && error.final_for()).then_some(Ending::Nothing),
            };
            if let Some(ending) = ending {
                let journal = Arc::clone(journal);
                // What cannot be noted now is asked for again under the same id: the answer is the same.
                let noted = tokio::task::spawn_blocking(move || journal.finish(&begun, &ending)).await;
                // What was refused since goes anew, under another id: not where the old one stays in the journal.
                if let (Ok(None), Ok(Err(error))) = (&outcome, noted) {
                    return (request_id, Err(error.into()));
                }
            }
            match outcome {
                Ok(None) => {}
                Ok(Some(outcome)) => return (request_id, Ok(outcome)),
                Err(error) => return (request_id, Err(error)),
            }
        }
    }

    /// Sends what was begun, or asks what became of it where it was held before; `None`: it was refused since.
    async fn submit_begun(&self, begun: &Begun, sending: &Sending) -> Result<Option<Outcome>, ClientError> {
        let request = &sending.request;
        if let Some(name) = &begun.held {
            return self.outcome_by_now(name, request).await;
        }
        let mut named = sending.clone();
        begun.request_id().clone_into(&mut named.request.request_id);
        let answered = self.submit_once(named).await?;
        match &answered {
            // The first reply, and not how it stands by now.
            Outcome::Held(held) if begun.again => return self.outcome_by_now(&held.submission, request).await,
            Outcome::Accepted(_) if begun.again => self.require_not_withdrawn(request).await?,
            _ => {}
        }
        Ok(Some(answered))
    }

    /// How a submission that was held stands; `None`: it was refused since, or there is none.
    async fn outcome_by_now(&self, name: &str, request: &SubmitMonthRequest) -> Result<Option<Outcome>, ClientError> {
        let found = match self.get_submission(GetSubmissionRequest { name: name.to_owned() }).await {
            Ok(found) => found.submission,
            Err(error) if error.service().is_some_and(|service| service.code == Code::NotFound) => None,
            Err(error) => return Err(error),
        };
        if found.as_ref().is_some_and(|found| found.state() == SubmissionState::Superseded) {
            return Err(ClientError::Overtaken { submission: name.to_owned(), withdrawal_reason: None });
        }
        let outcome = found.and_then(outcome_of);
        if matches!(outcome, Some(Outcome::Accepted(_))) {
            self.require_not_withdrawn(request).await?;
        }
        Ok(outcome)
    }

    /// A month that was accepted may have been withdrawn since: whoever goes on after a crash must not take it for reported.
    async fn require_not_withdrawn(&self, sent: &SubmitMonthRequest) -> Result<(), ClientError> {
        let mut request = ListSubmissionsRequest {
            parent: sent.region.clone(),
            month: sent.month.clone(),
            page_size: 20,
            page_token: String::new(),
        };
        loop {
            let page = self.list_submissions(request.clone()).await?;
            // The newest come first; what is refused or held is no revision.
            if let Some(newest) = page.submissions.into_iter().find(|one| one.revision.is_some()) {
                return if newest.state() == SubmissionState::Withdrawn {
                    let withdrawal_reason = Some(newest.withdrawal_reason);
                    Err(ClientError::Overtaken { submission: newest.name, withdrawal_reason })
                } else {
                    Ok(())
                };
            }
            if page.next_page_token.is_empty() {
                return Ok(());
            }
            request.page_token = page.next_page_token;
        }
    }

    async fn submit_once(&self, Sending { request, files }: Sending) -> Result<Outcome, ClientError> {
        use submit_month_response::Outcome as Answer;
        let response = if files.is_empty() {
            self.call(request, async |channel, request, bytes| {
                SubmissionServiceClient::new(channel).max_decoding_message_size(bytes).submit_month(request).await
            })
            .await?
        } else {
            let submission = SubmitMonthRequest { schools: vec![], items: vec![], ..request };
            let header = ImportFileHeader { submission: Some(submission), annotate: false };
            self.import_file(header, files).await?.submission.unwrap_or_default()
        };
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

    /// Sends many months, as rows or as files, at most `concurrency` (at least one) at a time, and gives each outcome as it comes: not in the order
    /// of the requests. Each is sent and repeated as by [`Client::submit_month`]; one that fails stops no other.
    ///
    /// Months of one county go in the order given, one after another, as what is checked against a month before it depends on that one; the
    /// next one goes not before the outcome was given out and another one is asked for, so what the caller does with it comes first.
    /// Whatever waits for its county takes one of the places, so let neighbours be of several counties.
    pub fn submit_many<'a, S>(&'a self, requests: S, concurrency: usize) -> impl Stream<Item = Submitted> + 'a
    where
        S: Stream<Item: Into<Sending>> + 'a,
    {
        let turns = Turns::default();
        let submit = move |(index, sending): (usize, S::Item)| {
            let sending: Sending = sending.into();
            let request = &sending.request;
            let (before, turn) = turns.take(&request.region);
            async move {
                if let Some(before) = before {
                    // It ends when the one before is done, by being dropped.
                    let _done = before.await;
                }
                let request = &sending.request;
                let (region, month) = (request.region.clone(), request.month.clone());
                let of_files: usize = sending.files.iter().map(|file| file.content.len()).sum();
                let bytes = if sending.files.is_empty() { request.encoded_len() } else { of_files };
                let (request_id, outcome) = self.submit_named(sending).await;
                drop(turn);
                (Submitted { index, region, month, request_id, outcome, progress: Progress::default() }, bytes)
            }
        };
        let submitted = requests.enumerate().map(submit).buffer_unordered(concurrency.max(1));
        submitted.scan(Progress::default(), |progress, (mut submitted, bytes)| {
            progress.add(&submitted.outcome, bytes);
            submitted.progress = *progress;
            futures::future::ready(Some(submitted))
        })
    }
}

/// The end of each county's queue.
#[derive(Default)]
struct Turns(Mutex<HashMap<String, oneshot::Receiver<()>>>);

impl Turns {
    /// Queues up: what to wait for, and what to drop when done.
    fn take(&self, region: &str) -> (Option<oneshot::Receiver<()>>, oneshot::Sender<()>) {
        let (turn, next) = oneshot::channel();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (last.insert(region.to_owned(), next), turn)
    }
}

/// What an answer would say of a submission now; `None` where it neither counts nor waits.
fn outcome_of(found: Submission) -> Option<Outcome> {
    match found.state() {
        SubmissionState::Accepted => Some(Outcome::Accepted(Receipt {
            submission: found.name,
            revision: found.revision,
            school_count: found.school_count,
            item_count: found.item_count,
            content_digest: found.content_digest,
            known_at: found.known_at,
            findings: found.findings,
            finding_groups: found.finding_groups,
            request_id: found.request_id,
            // What is stored of a submission has no signature: only the answer that was not received had one.
            ..Receipt::default()
        })),
        SubmissionState::Held => {
            let open = unacknowledged(&found);
            Some(Outcome::Held(Held {
                submission: found.name,
                warning_count: Some(open.values().sum()),
                rules: open.into_keys().collect(),
                school_count: found.school_count,
                item_count: found.item_count,
                content_digest: found.content_digest,
                held_at: found.held_at,
                findings: found.findings,
                finding_groups: found.finding_groups,
            }))
        }
        SubmissionState::Refused
        | SubmissionState::Superseded
        | SubmissionState::Withdrawn
        | SubmissionState::Unspecified => None,
    }
}

/// Counts the warnings that no acknowledgement covers, by rule. Of a rule that is acknowledged for single schools, those beyond the
/// findings that are told one by one count as open.
fn unacknowledged(found: &Submission) -> BTreeMap<String, u32> {
    let mut open: BTreeMap<String, u32> = BTreeMap::new();
    for group in found.finding_groups.iter().filter(|group| group.severity() == Severity::Warning) {
        *open.entry(group.rule.clone()).or_default() += group.count.unwrap_or_default();
    }
    for given in found.acknowledgements.iter().filter(|given| given.school_code.is_empty()) {
        open.remove(&given.rule);
    }
    for finding in found.findings.iter().filter(|finding| finding.severity() == Severity::Warning) {
        let covers =
            |given: &Acknowledgement| (&given.rule, &given.school_code) == (&finding.rule, &finding.school_code);
        if let Some(count) = open.get_mut(&finding.rule)
            && found.acknowledgements.iter().any(covers)
        {
            *count = count.saturating_sub(1);
        }
    }
    open.retain(|_, count| *count > 0);
    open
}

/// Notes a month on the disk, away from the threads that make calls.
async fn begin(journal: Arc<Journal>, endpoint: String, sending: Sending) -> Result<Begun, ClientError> {
    let beginning = tokio::task::spawn_blocking(move || journal.begin(&endpoint, &sending));
    let begun = beginning
        .await
        .map_err(|error| JournalError::File { path: PathBuf::new(), source: std::io::Error::other(error) })?;
    Ok(begun?)
}
