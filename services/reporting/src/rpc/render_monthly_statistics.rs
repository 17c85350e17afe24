//! `RenderMonthlyStatistics`: what a county's schools and itself reported for a month, as a workbook.

use junheng_domain::code::{Month, RegionCode};
use junheng_proto::reporting::v1::{RenderMonthlyStatisticsRequest, RenderMonthlyStatisticsResponse};
use junheng_runtime::Caller;
use junheng_store::{
    CountyMonth, ReadTransaction, Reads, clock, regions,
    submissions::{self, Given, Submission},
};
use junheng_wire::{name, status::RpcError, time, violations::Violations};

use super::inputs::{names, read_reported};
use crate::{
    Reporting,
    report::{Names, words},
    workbook::{self, Acknowledged, Reported, Statistics},
};

/// What the statistics are made of.
struct Inputs {
    county: RegionCode,
    month: Month,
    names: Names,
    current: Submission,
    reported: Reported,
}

#[tracing::instrument(name = "reporting.render_monthly_statistics", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &RenderMonthlyStatisticsRequest,
) -> Result<RenderMonthlyStatisticsResponse, RpcError> {
    let mut violations = Violations::default();
    let county = violations.take("region", name::parse_region(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    violations.finish()?;
    let wrong = || RpcError::Internal { what: "a wrong field was not told".to_owned() };
    let (county, month) = county.zip(month).ok_or_else(wrong)?;
    render(reporting.store.begin_read().await?, county, month).await
}

/// Reads and renders what a county reported for a month.
pub(crate) async fn render(
    reads: ReadTransaction,
    county: RegionCode,
    month: Month,
) -> Result<RenderMonthlyStatisticsResponse, RpcError> {
    let inputs = read(&reads, county, month).await?;
    reads.finish().await?;
    let rendering = tokio::task::spawn_blocking(move || write(&inputs));
    rendering.await.map_err(|error| RpcError::Internal { what: format!("rendering: {error}") })?
}

async fn read(reads: &impl Reads, county: RegionCode, month: Month) -> Result<Inputs, RpcError> {
    if regions::find(reads, &county).await?.is_none() {
        return Err(RpcError::Missing { resource: name::region(&county) });
    }
    let not_reported = || RpcError::MonthNotReported { resource: name::region(&county) };
    let as_of = clock::find(reads, &county).await?.ok_or_else(not_reported)?;
    let current = submissions::find_current(reads, &county, month, None).await?.ok_or_else(not_reported)?;
    let at = CountyMonth { county: county.clone(), month, as_of };
    let reported = read_reported(reads, at, Some(current.number)).await?;
    Ok(Inputs { names: names(reads, &county).await?, county, month, current, reported })
}

fn write(inputs: &Inputs) -> Result<RenderMonthlyStatisticsResponse, RpcError> {
    let content = &inputs.current.content;
    let submission = name::submission(&inputs.county, inputs.month, inputs.current.number);
    let acknowledged: Vec<Acknowledged> = content.acknowledgements.iter().map(given).collect();
    let statistics = Statistics {
        names: &inputs.names,
        region: inputs.county.as_str(),
        month: inputs.month,
        submission: &submission,
        revision: inputs.current.state.revision().unwrap_or_default(),
        content_digest: &content.content_digest,
        known: told(content.known_at),
        reported: &inputs.reported,
        findings: &content.findings,
        groups: &inputs.current.finding_groups,
        acknowledged: &acknowledged,
    };
    let bytes = statistics.write().map_err(|error| RpcError::Internal { what: format!("rendering: {error}") })?;
    Ok(RenderMonthlyStatisticsResponse {
        content: bytes,
        media_type: workbook::MEDIA_TYPE.to_owned(),
        file_name: statistics.file_name(),
        submission: submission.clone(),
        content_digest: content.content_digest.clone(),
    })
}

fn given(given: &Given) -> Acknowledged {
    let acknowledgement = &given.acknowledgement;
    Acknowledged {
        rule: acknowledgement.rule.clone(),
        school: acknowledgement.school.as_ref().map(ToString::to_string).unwrap_or_default(),
        reason: acknowledgement.reason.clone(),
        by: given.by.clone(),
        at: told(given.at),
    }
}

fn told(at: jiff::Timestamp) -> String {
    words::instant(&time::encode(at)).unwrap_or_default()
}
