//! What became of a county's months is kept: evaluations, audit and the end of their marks, in one transaction of the county.

use jiff::Timestamp;
use junheng_proto::{common::v1::Verdict, evaluation::v1 as proto};
use junheng_runtime::telemetry::names;
use junheng_store::{
    Store, audit, clock, evaluation_summaries, evaluations,
    marks::{self, Finished, Mark},
};
use junheng_wire::{name, status::RpcError, summary};
use prost::Message as _;

use crate::{judge, work::Read};

/// A month that was judged.
pub(crate) struct Judged {
    /// As of which instant; `None`: it was not reported.
    known_at: Option<Timestamp>,
    evaluated_at: Timestamp,
    evaluations: Vec<Encoded>,
}

/// An evaluation, encoded as it is stored.
struct Encoded {
    name: String,
    content_digest: String,
    row: evaluations::Evaluation,
    summary: evaluation_summaries::Summary,
}

/// Judges a month under its standards and encodes what came out. It computes for long: not on a thread that serves.
pub(crate) fn judge(mark: &Mark, read: Read, evaluated_at: Timestamp) -> Judged {
    let Read { case: Some(case), standards } = read else {
        return Judged { known_at: None, evaluated_at, evaluations: vec![] };
    };
    let encode = |standard_id: String, evaluation: proto::Evaluation| {
        let row = evaluations::Evaluation {
            county: mark.county.clone(),
            month: mark.month,
            standard_id,
            verdict: verdict_id(&evaluation).to_owned(),
            known_at: case.known_at,
            evaluated_at,
            evaluation: evaluation.encode_to_vec(),
        };
        let summary = summary::stored(&evaluation);
        let content_digest = evaluation.basis.map(|basis| basis.content_digest).unwrap_or_default();
        Encoded { name: evaluation.name, content_digest, row, summary }
    };
    let judged = standards.iter().zip(judge::compute(&case, &standards));
    let evaluations = judged.map(|(standard, evaluation)| encode(standard.id.clone(), evaluation)).collect();
    Judged { known_at: Some(case.known_at), evaluated_at, evaluations }
}

/// Keeps a county's months, each beside its mark, by month; only those whose marks are still ours.
pub(crate) async fn keep(store: &Store, marks: &[Mark], judged: &[Judged]) -> Result<(), RpcError> {
    let transaction = store.begin_write().await?;
    // A submission writes marks and audit in an order of the database's own.
    if let Some(mark) = marks.first() {
        clock::hold(&transaction, &mark.county).await?;
    }
    let (mut ours, mut stored, mut superseded) = (vec![], vec![], vec![]);
    for (mark, judged) in marks.iter().zip(judged) {
        let known_at = judged.known_at.unwrap_or(mark.marked_at);
        match marks::finish(&transaction, mark, known_at).await? {
            Finished::Done | Finished::MarkedAgain => {
                ours.push((mark, judged));
            }
            Finished::Lost => tracing::warn!(
                region.code = mark.county.as_str(),
                submission.month = %mark.month,
                "the lease ran out before the evaluation was stored; somebody else has it"
            ),
        }
    }
    for (mark, judged) in ours {
        let mut standards = vec![];
        for evaluation in &judged.evaluations {
            standards.push(evaluation.row.standard_id.as_str());
            // One that knows more may be there already.
            if evaluations::put(&transaction, &evaluation.row, &evaluation.summary).await? {
                stored.push((mark, evaluation));
            }
        }
        // Of a month that was withdrawn nothing stays stored: it was not reported as far as was known when it was marked.
        let known_at = judged.known_at.unwrap_or(mark.marked_at);
        let others = evaluations::delete_others(&transaction, &mark.county, mark.month, &standards, known_at).await?;
        superseded.extend(others.iter().map(|id| deletion(mark, judged, id, known_at)));
    }
    for (mark, evaluation) in &stored {
        audit::append(&transaction, &audited(mark, evaluation)).await?;
    }
    for entry in &superseded {
        audit::append(&transaction, entry).await?;
    }
    transaction.commit().await?;
    for (mark, Encoded { name, row, .. }) in stored {
        metrics::counter!(names::EVALUATIONS, "verdict" => row.verdict.clone()).increment(1);
        metrics::histogram!(names::EVALUATION_DELAY)
            .record(row.evaluated_at.duration_since(mark.marked_at).as_secs_f64());
        tracing::info!(evaluation.name = name, evaluation.verdict = row.verdict, "evaluation stored");
    }
    for entry in superseded {
        tracing::info!(evaluation.name = entry.resource, "evaluation deleted, its standard no longer judges the month");
    }
    Ok(())
}

fn verdict_id(evaluation: &proto::Evaluation) -> &'static str {
    match evaluation.verdict() {
        Verdict::Met => "met",
        Verdict::NotMet => "not_met",
        Verdict::Undetermined | Verdict::Unspecified => "undetermined",
    }
}

/// Tells that the evaluation by a standard was deleted.
fn deletion(mark: &Mark, judged: &Judged, standard_id: &str, known_at: Timestamp) -> audit::Entry {
    let judging = judged.evaluations.iter().map(|evaluation| name::standard(&evaluation.row.standard_id));
    audit::Entry {
        scope: Some(mark.county.clone()),
        at: judged.evaluated_at,
        who: audit::Who { subject: "evaluation".to_owned(), trace_id: trace_id(mark), ..audit::Who::default() },
        action: "delete_evaluation".to_owned(),
        resource: name::evaluation(&mark.county, mark.month, standard_id),
        outcome: if judged.known_at.is_some() { "superseded" } else { "withdrawn" }.to_owned(),
        request_id: String::new(),
        // What judges the month instead, and as far as was known when.
        detail: judging.chain([known_at.to_string()]).collect::<Vec<_>>().join(" "),
    }
}

fn trace_id(mark: &Mark) -> String {
    mark.trace_parent.split('-').nth(1).unwrap_or_default().to_owned()
}

fn audited(mark: &Mark, Encoded { name, content_digest, row, .. }: &Encoded) -> audit::Entry {
    audit::Entry {
        scope: Some(row.county.clone()),
        at: row.evaluated_at,
        who: audit::Who { subject: "evaluation".to_owned(), trace_id: trace_id(mark), ..audit::Who::default() },
        action: "store_evaluation".to_owned(),
        resource: name.clone(),
        outcome: row.verdict.clone(),
        request_id: String::new(),
        // What it rests on, and up to which instant.
        detail: format!("{content_digest} {}", row.known_at),
    }
}
