//! Where figures come from: what is stored, or as of an instant the facts, judged anew.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    evaluation::evaluate,
    standard::Standard,
};
use junheng_proto::evaluation::v1::Evaluation;
use junheng_store::{Reads, cases, evaluations};
use junheng_wire::{evaluation, status::RpcError, summary};

use super::SeriesQuestion;
use crate::overview::{Judged, read};

/// The evaluations of counties by month, in numbers.
pub(super) async fn judged(
    reads: &impl Reads,
    question: &SeriesQuestion,
    counties: &[RegionCode],
    standard: &Arc<Standard>,
) -> Result<BTreeMap<(RegionCode, Month), Judged>, RpcError> {
    let Some(as_of) = question.as_of else {
        return read::judged(reads, counties, question.months, &standard.id).await;
    };
    let judge = move |month, evaluation: &Evaluation| Judged::of(&summary::encode(evaluation), month, as_of);
    anew(reads, question, counties, standard, as_of, judge).await
}

/// The evaluations of a county by month, as a whole.
pub(super) async fn whole(
    reads: &impl Reads,
    question: &SeriesQuestion,
    county: &RegionCode,
    standard: &Arc<Standard>,
) -> Result<BTreeMap<Month, Evaluation>, RpcError> {
    let Some(as_of) = question.as_of else {
        let rows = evaluations::list_of_county(reads, county, question.months, &standard.id).await?;
        return rows.into_iter().map(|row| Ok((row.month, read::decode(&row.evaluation)?))).collect();
    };
    let whole = |_, evaluation: &Evaluation| evaluation.clone();
    let judged = anew(reads, question, std::slice::from_ref(county), standard, as_of, whole).await?;
    Ok(judged.into_iter().map(|((_, month), evaluation)| (month, evaluation)).collect())
}

/// Judges what was known at an instant, apart from the threads that serve.
async fn anew<T: Send + 'static>(
    reads: &impl Reads,
    question: &SeriesQuestion,
    counties: &[RegionCode],
    standard: &Arc<Standard>,
    as_of: Timestamp,
    take: impl Fn(Month, &Evaluation) -> T + Send + 'static,
) -> Result<BTreeMap<(RegionCode, Month), T>, RpcError> {
    let months = question.all_months();
    let asked: Vec<_> =
        counties.iter().flat_map(|county| months.iter().map(|month| (county.clone(), *month))).collect();
    let cases = cases::read(reads, &asked, Some(as_of)).await?;
    let standard = Arc::clone(standard);
    let judge = move || {
        let of = |case: cases::Case| {
            let evaluation = evaluation::encode(&evaluate(&standard, &case.facts), &case.county, None);
            ((case.county, case.facts.month), take(case.facts.month, &evaluation))
        };
        cases.into_iter().flatten().map(of).collect()
    };
    let judged = tokio::task::spawn_blocking(judge).await;
    judged.map_err(|error| RpcError::Internal { what: format!("judging: {error}") })
}
