//! Stored summaries: decoding them, and making those that are not there.

use junheng_proto::evaluation::v1 as proto;
use junheng_store::{
    Reads, Store, evaluation_summaries,
    evaluation_summaries::{Filter, Key, Listed},
    evaluations,
};
use junheng_wire::{name, status::RpcError, summary, territory::Territory, time};
use prost::Message as _;

use super::decode;

/// Evaluations that are summarized in one round.
const ROUND: u32 = 32;

/// Makes the summaries of evaluations that a program stored that knew nothing of them.
///
/// What is derived from an evaluation is no new knowledge of the county: it takes no lock, moves no clock and leaves no audit row.
/// Each is tried once; one that waits on is listed without a summary.
pub(super) async fn fill(store: &Store, filter: Filter<'_>) -> Result<(), RpcError> {
    let mut after = None;
    loop {
        let waiting = evaluation_summaries::list_waiting(store, filter, after.as_ref(), ROUND).await?;
        for of_county in waiting.chunk_by(|one, next| one.0 == next.0) {
            fill_county(store, of_county).await?;
        }
        after = waiting.into_iter().last();
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Makes the summaries of evaluations of one county, in one transaction.
async fn fill_county(store: &Store, waiting: &[Key]) -> Result<(), RpcError> {
    let mut made = vec![];
    for (county, month, standard_id) in waiting {
        let Some(row) = evaluations::find(store, county, *month, standard_id).await? else { continue };
        match decode(&row) {
            Ok(evaluation) => made.push((row, summary::stored(&evaluation))),
            // Whoever asks for this one is told; the others are listed all the same.
            Err(error) => tracing::warn!(
                evaluation.name = name::evaluation(county, *month, standard_id),
                error = &error as &dyn std::error::Error,
                "an evaluation cannot be summarized"
            ),
        }
    }
    let transaction = store.begin_write().await?;
    for (row, stored) in &made {
        evaluation_summaries::put(&transaction, row, stored).await?;
    }
    Ok(transaction.commit().await?)
}

/// The summary of an evaluation as it is listed.
pub(super) async fn read(
    reads: &impl Reads,
    territory: &Territory,
    listed: &Listed,
) -> Result<proto::EvaluationSummary, RpcError> {
    let stored = match &listed.summary {
        Some(bytes) => proto::EvaluationSummary::decode(bytes.as_slice())
            .map_err(|error| RpcError::Internal { what: format!("a stored summary: {error}") })?,
        None => summary::encode(&evaluation(reads, listed).await?),
    };
    Ok(proto::EvaluationSummary {
        region_display_name: territory.title_of(&listed.position.county),
        region_data_note: territory.note_of(&listed.position.county),
        evaluated_at: Some(time::encode(listed.evaluated_at)),
        ..stored
    })
}

/// The whole of an evaluation as it is listed, out of the same snapshot.
pub(super) async fn evaluation(reads: &impl Reads, listed: &Listed) -> Result<proto::Evaluation, RpcError> {
    let at = &listed.position;
    let row = evaluations::find(reads, &at.county, at.month, &at.standard_id).await?;
    decode(&row.ok_or_else(|| RpcError::Internal { what: "an evaluation that was listed is gone".to_owned() })?)
}
