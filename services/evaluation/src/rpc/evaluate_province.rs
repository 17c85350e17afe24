//! `EvaluateProvince`: evaluates every county under a region as of one instant, and answers each as it comes, by code.

use std::pin::Pin;

use futures::{Stream, StreamExt as _, stream};
use jiff::Timestamp;
use junheng_domain::code::{Month, RegionCode};
use junheng_proto::evaluation::v1::{
    CountyError, CountyEvaluations, CountyNotReported, CountyResult, EvaluateProvinceRequest, EvaluateProvinceResponse,
    EvaluationSummary, EvaluationView, ProvinceProgress, county_result::Outcome,
};
use junheng_runtime::Caller;
use junheng_store::{Access, clock};
use junheng_wire::{
    name,
    status::RpcError,
    summary,
    territory::Territory,
    time,
    violations::{IN_THE_FUTURE, Violations},
};
use tokio_util::task::AbortOnDropHandle;
use tonic::Status;
use tonic_types::StatusExt as _;
use tracing::Instrument as _;

use super::question::{close_above, close_clock};
use crate::{Evaluation, judge, standards};

/// Counties that are judged side by side, and that a caller who reads slowly has waiting at most.
const AHEAD: usize = 4;

/// The stream of results.
pub(crate) type Results = Pin<Box<dyn Stream<Item = Result<EvaluateProvinceResponse, Status>> + Send>>;

/// A question whose form is right.
struct Question {
    /// `None`: the nation.
    region: Option<RegionCode>,
    month: Month,
    standard: Option<String>,
    as_of: Option<Timestamp>,
    full: bool,
}

/// A county that is asked for.
#[derive(Clone)]
struct County {
    code: RegionCode,
    title: String,
    note: String,
}

/// What is asked of every county.
#[derive(Clone)]
struct Asked {
    evaluation: Evaluation,
    caller: Caller,
    month: Month,
    standard: Option<String>,
    as_of: Timestamp,
    full: bool,
}

#[tracing::instrument(name = "evaluation.evaluate_province", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &EvaluateProvinceRequest,
) -> Result<Results, RpcError> {
    let question = decode(request)?;
    if let Some(id) = &question.standard {
        standards::find(&evaluation.store, &evaluation.store, id).await?;
    }
    let territory = Territory::read(&evaluation.store, question.region.as_ref()).await?;
    let counties = territory.counties().to_vec();
    let as_of = question.as_of.unwrap_or_else(|| evaluation.clock.now());
    refuse_future(evaluation, &counties, as_of).await?;
    if question.standard.is_none() {
        close_above(evaluation, caller, &counties, as_of).await?;
    }
    let asked = Asked {
        evaluation: evaluation.clone(),
        caller: caller.clone(),
        month: question.month,
        standard: question.standard,
        as_of,
        full: question.full,
    };
    let county = |code| County { title: territory.title_of(&code), note: territory.note_of(&code), code };
    Ok(results(asked, counties.into_iter().map(county).collect()))
}

fn decode(request: &EvaluateProvinceRequest) -> Result<Question, RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region_or_nation(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    let standard = if request.standard.is_empty() {
        None
    } else {
        violations.take("standard", name::parse_standard(&request.standard))
    };
    let as_of = super::as_of("as_of", request.as_of.as_ref(), &mut violations);
    let view = super::view(request.view, &mut violations);
    violations.finish()?;
    let (Some(region), Some(month)) = (region, month) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(Question { region, month, standard, as_of, full: view == EvaluationView::Full })
}

/// What lies in the future cannot be asked, unless the clocks of all counties have passed it already.
async fn refuse_future(evaluation: &Evaluation, counties: &[RegionCode], as_of: Timestamp) -> Result<(), RpcError> {
    if as_of <= evaluation.clock.now() {
        return Ok(());
    }
    let closed = clock::list(&evaluation.store, counties).await?;
    let mut violations = Violations::default();
    if counties.iter().any(|county| closed.get(county).is_none_or(|closed| *closed < as_of)) {
        violations.add("as_of", IN_THE_FUTURE);
    }
    violations.finish()
}

/// The progress alone, then each county.
///
/// A county is judged in a task of its own, so that a caller who does not read on holds no snapshot open; a task begins when one of those before
/// it was taken, and is aborted when the stream is dropped.
fn results(asked: Asked, counties: Vec<County>) -> Results {
    let count = u32::try_from(counties.len()).unwrap_or(u32::MAX);
    let as_of = asked.as_of;
    let progress = move |done| {
        Some(ProvinceProgress {
            as_of: Some(time::encode(as_of)),
            county_count: Some(count),
            done_county_count: Some(done),
        })
    };
    let first = EvaluateProvinceResponse { progress: progress(0), county: None };
    let judged = stream::iter(counties).map(move |county| {
        let span = tracing::info_span!("county", region.code = county.code.as_str());
        let (asked, judged) = (asked.clone(), county.clone());
        let access = Access::current();
        let task = tokio::spawn(access.run(async move { evaluate(&asked, &judged).await }.instrument(span)));
        let task = AbortOnDropHandle::new(task);
        async move {
            let broken = |error| Err(RpcError::Internal { what: format!("evaluating a county: {error}") });
            result(county, task.await.unwrap_or_else(broken))
        }
    });
    let answers = judged
        .buffered(AHEAD)
        .zip(stream::iter(1..))
        .map(move |(county, done)| Ok(EvaluateProvinceResponse { progress: progress(done), county: Some(county) }));
    Box::pin(stream::iter([Ok(first)]).chain(answers))
}

fn result(county: County, evaluated: Result<Option<CountyEvaluations>, RpcError>) -> CountyResult {
    let outcome = match evaluated {
        Ok(Some(evaluations)) => Outcome::Evaluated(evaluations),
        Ok(None) => Outcome::NotReported(CountyNotReported {}),
        Err(error) => Outcome::Error(encode(error)),
    };
    CountyResult {
        region: name::region(&county.code),
        region_display_name: county.title,
        region_data_note: county.note,
        outcome: Some(outcome),
    }
}

async fn evaluate(asked: &Asked, county: &County) -> Result<Option<CountyEvaluations>, RpcError> {
    let Asked { evaluation, caller, month, standard, as_of, full } = asked;
    close_clock(evaluation, caller, &county.code, *as_of).await?;
    let store = &evaluation.store;
    let reads = store.begin_read().await?;
    let asked = [(county.code.clone(), *month)];
    let Some(case) = judge::read(&reads, &asked, Some(*as_of)).await?.pop().flatten() else { return Ok(None) };
    let standards = match standard {
        Some(id) => vec![standards::find(store, &reads, id).await?.standard],
        None => standards::in_force(store, &reads, &county.code, *month, Some(*as_of)).await?,
    };
    reads.finish().await?;
    let evaluations = judge::judge(case, standards).await?;
    if *full {
        return Ok(Some(CountyEvaluations { evaluations, summaries: vec![] }));
    }
    let named = |summary| EvaluationSummary {
        region_display_name: county.title.clone(),
        region_data_note: county.note.clone(),
        ..summary
    };
    let summaries = evaluations.iter().map(summary::encode).map(named).collect();
    Ok(Some(CountyEvaluations { summaries, evaluations: vec![] }))
}

/// What a call for the county alone would answer as a status.
fn encode(error: RpcError) -> CountyError {
    // Making the status logs what is ours to mend.
    let status = Status::from(error);
    let details = status.get_error_details();
    CountyError {
        code: status.code().into(),
        reason: details.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
        message: status.message().to_owned(),
        localized_message: details.localized_message().map(|text| text.message.clone()).unwrap_or_default(),
        metadata: details.error_info().map(|info| info.metadata.clone()).unwrap_or_default(),
    }
}
