//! Stored summaries: decoding them, and making those that are not there.

use junheng_proto::evaluation::v1 as proto;
use junheng_store::{
    Reads, Store, evaluation_summaries,
    evaluation_summaries::{Filter, Listed},
    evaluations,
};
use junheng_wire::{status::RpcError, summary, time};
use prost::Message as _;

use super::decode;
use crate::territory::Territory;

/// Evaluations that are summarized in one round.
const ROUND: u32 = 32;

/// Makes the summaries of evaluations that a program stored that knew nothing of them.
///
/// What is derived from an evaluation is no new knowledge of the county: it takes no lock, moves no clock and leaves no audit row.
pub(super) async fn fill(store: &Store, filter: Filter<'_>) -> Result<(), RpcError> {
    let mut before = vec![];
    loop {
        let waiting = evaluation_summaries::list_waiting(store, filter, ROUND).await?;
        // Those that stay though they were written are listed without a summary.
        if waiting.is_empty() || waiting == before {
            return Ok(());
        }
        for (county, month, standard_id) in &waiting {
            let Some(row) = evaluations::find(store, county, *month, standard_id).await? else { continue };
            let stored = summary::stored(&decode(&row)?);
            let transaction = store.begin_write().await?;
            evaluation_summaries::put(&transaction, &row, &stored).await?;
            transaction.commit().await?;
        }
        before = waiting;
    }
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
