//! `SubmitMonths`: takes many county-months over one stream and answers each in turn; one that fails does not end the stream.
//!
//! Several are at work at once, so that the database commits them together. Those of one region follow each other.

use std::{collections::VecDeque, pin::Pin};

use futures::{Stream, StreamExt as _, TryStreamExt as _};

use junheng_proto::ingest::v1::{
    SubmissionError, SubmitMonthsRequest, SubmitMonthsResponse, WrongField, submit_month_response,
    submit_months_response::Outcome,
};
use junheng_runtime::Caller;
use junheng_store::Access;
use junheng_wire::{status::RpcError, violations::Violations};
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Status, Streaming};
use tonic_types::{FieldViolation, StatusExt as _};
use tracing::Instrument as _;

use super::submit_month;
use crate::Ingest;

/// Submissions of one stream at work at once: as many as a process has connections to the database unless set otherwise. Whoever else wants one has
/// the next that is free.
const AT_ONCE: usize = 16;

/// The stream of answers.
pub(crate) type Answers = Pin<Box<dyn Stream<Item = Result<SubmitMonthsResponse, Status>> + Send>>;

pub(crate) fn handle(ingest: Ingest, caller: Caller, requests: Streaming<SubmitMonthsRequest>) -> Answers {
    let region = |request: &SubmitMonthsRequest| {
        request.submission.as_ref().map(|submission| submission.region.clone()).unwrap_or_default()
    };
    Box::pin(in_turn(requests, region, move |request| {
        let (ingest, caller) = (ingest.clone(), caller.clone());
        async move { answer(&ingest, &caller, request).await }
    }))
}

/// Works on up to [`AT_ONCE`] messages at once, each in a task of its own, and gives the answers in the order of the messages.
///
/// A message waits for the one before it of the same key. The next message is taken only when there is room for it, and room is
/// made only by taking an answer: so a caller who does not read his answers is not read either. The first fault of the stream
/// ends it, after the answers to what came before.
fn in_turn<M, K, A, W>(
    messages: impl Stream<Item = Result<M, Status>> + Send + 'static,
    key: impl Fn(&M) -> K + Send + 'static,
    work: impl Fn(M) -> W + Send + 'static,
) -> impl Stream<Item = Result<A, Status>> + Send
where
    M: Send + 'static,
    K: PartialEq + Send + 'static,
    A: Send + 'static,
    W: Future<Output = A> + Send + 'static,
{
    // The latest messages and when they are done; whatever came before them is answered.
    let mut latest: VecDeque<(K, Option<oneshot::Receiver<()>>)> = VecDeque::with_capacity(AT_ONCE);
    let begun = messages.map_ok(move |message| {
        let key = key(&message);
        let before = latest.iter_mut().rev().find(|(other, _)| *other == key).and_then(|(_, done)| done.take());
        let (done, when_done) = oneshot::channel::<()>();
        if latest.len() == AT_ONCE {
            latest.pop_front();
        }
        latest.push_back((key, Some(when_done)));
        let working = work(message);
        let turn = async move {
            if let Some(before) = before {
                // An error is the end of the one before, too.
                let _ended = before.await;
            }
            let answer = working.await;
            drop(done);
            answer
        };
        AbortOnDropHandle::new(tokio::spawn(Access::current().run(turn.in_current_span())))
    });
    let answered = begun.map(|begun| async {
        let ended = begun?.await;
        ended.map_err(|error| RpcError::Internal { what: format!("a submission of a stream: {error}") }.into())
    });
    answered.buffered(AT_ONCE)
}

async fn answer(ingest: &Ingest, caller: &Caller, request: SubmitMonthsRequest) -> SubmitMonthsResponse {
    let SubmitMonthsRequest { submission, overlooked } = request;
    let submission = submission.unwrap_or_default();
    let (request_id, region, month) =
        (submission.request_id.clone(), submission.region.clone(), submission.month.clone());
    let answered = match read_in_full(&overlooked) {
        Ok(()) => submit_month::handle(ingest, caller, submission).await,
        Err(error) => Err(error),
    };
    let outcome = match answered {
        Ok(response) => response.outcome.map(|outcome| match outcome {
            submit_month_response::Outcome::Receipt(receipt) => Outcome::Receipt(receipt),
            submit_month_response::Outcome::Refusal(refusal) => Outcome::Refusal(refusal),
            submit_month_response::Outcome::Held(held) => Outcome::Held(held),
        }),
        Err(error) => Some(Outcome::Error(encode(error))),
    };
    SubmitMonthsResponse { request_id, region, month, outcome }
}

/// Refuses a message of which something would be overlooked, as a unary call refuses it.
fn read_in_full(overlooked: &str) -> Result<(), RpcError> {
    let mut violations = Violations::default();
    if let Some((place, what)) = overlooked.rsplit_once(": ") {
        violations.add(place.strip_prefix("submission: ").unwrap_or(place), unread(what));
    } else if !overlooked.is_empty() {
        violations.add("submission", unread(overlooked));
    }
    violations.finish()
}

/// What would be overlooked, as the reader of messages says it in English.
fn unread(what: &str) -> (String, String) {
    (what.to_owned(), format!("有不能识别的内容（{what}）"))
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

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use futures::stream;

    use super::*;

    /// Messages are keys with a place; each counts as taken when the stream gives it.
    fn messages(keys: Vec<u32>, taken: &Arc<AtomicUsize>) -> impl Stream<Item = Result<(u32, usize), Status>> + use<> {
        let taken = Arc::clone(taken);
        stream::iter(keys.into_iter().zip(0..).map(move |message| {
            taken.fetch_add(1, Ordering::SeqCst);
            Ok(message)
        }))
    }

    /// Waits the longer the earlier a message is among its neighbours, so that without order the later would be done first.
    async fn wait(place: usize) {
        tokio::time::sleep(Duration::from_millis(2 * (8 - place as u64 % 8))).await;
    }

    #[tokio::test]
    async fn answers_come_in_the_order_of_the_messages() {
        let answers = in_turn(
            messages((0..50).collect(), &Arc::default()),
            |(key, _)| *key,
            async |(_, place)| {
                wait(place).await;
                place
            },
        );

        let answers: Vec<usize> = answers.map(Result::unwrap).collect().await;

        assert_eq!(answers, (0..50).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn messages_of_one_key_follow_each_other() {
        let (working, most) = (Arc::new(Mutex::new(vec![])), Arc::new(AtomicUsize::new(0)));
        let keys: Vec<u32> = (0..60).map(|place| [1, 1, 2, 3, 1, 2][place % 6]).collect();
        let (begun, seen) = (Arc::clone(&working), Arc::clone(&most));
        let answers = in_turn(
            messages(keys, &Arc::default()),
            |(key, _)| *key,
            move |(key, place)| {
                let (working, most) = (Arc::clone(&begun), Arc::clone(&seen));
                async move {
                    {
                        let mut working = working.lock().unwrap();
                        assert!(!working.contains(&key), "two of {key} at once");
                        working.push(key);
                        most.fetch_max(working.len(), Ordering::SeqCst);
                    }
                    wait(place).await;
                    working.lock().unwrap().retain(|other| *other != key);
                    (key, place)
                }
            },
        );

        let answers: Vec<(u32, usize)> = answers.map(Result::unwrap).collect().await;

        assert_eq!(answers.len(), 60);
        assert_eq!(most.load(Ordering::SeqCst), 3, "the three keys side by side");
    }

    #[tokio::test]
    async fn no_more_is_taken_than_the_caller_reads() {
        let taken = Arc::default();
        let mut answers =
            Box::pin(in_turn(messages((0..100).collect(), &taken), |(key, _)| *key, async |(key, _)| key));

        for read in 1..=5 {
            assert_eq!(answers.next().await.unwrap().unwrap(), read - 1);
            tokio::time::sleep(Duration::from_millis(30)).await;

            let taken = taken.load(Ordering::SeqCst);
            assert!(taken < read as usize + AT_ONCE, "{taken} taken, {read} read");
        }
    }

    #[tokio::test]
    async fn what_came_before_a_fault_of_the_stream_is_answered() {
        let messages = stream::iter([Ok(1), Ok(2), Err(Status::cancelled("gone"))]);
        let answers: Vec<_> = in_turn(messages, |key| *key, async |key| key).collect().await;

        assert!(matches!(answers.as_slice(), [Ok(1), Ok(2), Err(_)]), "{answers:?}");
    }

    #[tokio::test]
    async fn a_panic_is_one_answer_and_sets_the_next_of_its_key_free() {
        let answers = in_turn(
            messages(vec![7, 7], &Arc::default()),
            |(key, _)| *key,
            async |(_, place)| {
                assert!(place > 0, "as wanted");
                place
            },
        );

        let answers: Vec<_> = answers.collect().await;

        assert!(matches!(answers.as_slice(), [Err(_), Ok(1)]), "{answers:?}");
    }
}
