//! `RenderCountyReport`: the report on one county's month, from its stored evaluation.

use junheng_domain::code::{Month, RegionCode, RegionLevel};
use junheng_proto::{
    evaluation::v1::Evaluation,
    reporting::v1::{RenderCountyReportRequest, RenderCountyReportResponse, ReportFormat},
};
use junheng_runtime::Caller;
use junheng_store::{Reads, evaluations, regions};
use junheng_wire::{name, status::RpcError, violations::Violations};
use prost::Message as _;

use crate::{
    Reporting,
    report::{CountyReport, Format, Names},
};

/// The months that a report compares with: the one before, and the same of the year before.
const MONTHS_BEFORE: [i32; 2] = [1, 12];

#[tracing::instrument(name = "reporting.render_county_report", skip_all, fields(caller.subject = %caller.subject, evaluation.name = request.evaluation))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &RenderCountyReportRequest,
) -> Result<RenderCountyReportResponse, RpcError> {
    let mut violations = Violations::default();
    let parsed = violations.take("evaluation", name::parse_evaluation(&request.evaluation));
    let format = match ReportFormat::try_from(request.format) {
        Ok(ReportFormat::Html | ReportFormat::Unspecified) => Some(Format::Html),
        Ok(ReportFormat::Markdown) => Some(Format::Markdown),
        Ok(ReportFormat::Docx) => Some(Format::Docx),
        Err(_) => {
            violations.add("format", "is not a known format");
            None
        }
    };
    violations.finish()?;
    let missing = || RpcError::Missing { resource: request.evaluation.clone() };
    let ((county, month, standard), format) = parsed.zip(format).ok_or_else(missing)?;
    let reads = reporting.store.begin_read().await?;
    let found = read(&reads, &county, month, &standard).await?.ok_or_else(missing)?;
    reads.finish().await?;
    let report = found.report();
    let content = report.render(format).map_err(|error| RpcError::Internal { what: format!("rendering: {error}") })?;
    Ok(RenderCountyReportResponse {
        content,
        media_type: format.media_type().to_owned(),
        file_name: report.file_name(format),
        content_digest: found.evaluation.basis.map(|basis| basis.content_digest).unwrap_or_default(),
    })
}

/// What a report on a county's month is written from.
#[derive(Debug)]
pub(crate) struct Found {
    evaluation: Evaluation,
    names: Names,
    earlier: Vec<Evaluation>,
}

impl Found {
    /// The report.
    pub(crate) fn report(&self) -> CountyReport {
        CountyReport::compared(&self.evaluation, &self.names, &self.earlier)
    }
}

/// Reads what a report on a county's month is written from; `None`: there is no evaluation.
pub(crate) async fn read(
    reads: &impl Reads,
    county: &RegionCode,
    month: Month,
    standard: &str,
) -> Result<Option<Found>, RpcError> {
    let Some(row) = evaluations::find(reads, county, month, standard).await? else { return Ok(None) };
    let names = names(reads, county).await?;
    let mut earlier = Vec::new();
    for months in MONTHS_BEFORE {
        let Ok(before) = Month::from_ordinal(month.ordinal() - months) else { continue };
        if let Some(row) = evaluations::find(reads, county, before, standard).await? {
            earlier.push(decode(&row.evaluation)?);
        }
    }
    Ok(Some(Found { evaluation: decode(&row.evaluation)?, names, earlier }))
}

fn decode(stored: &[u8]) -> Result<Evaluation, RpcError> {
    Evaluation::decode(stored).map_err(|error| RpcError::Internal { what: format!("a stored evaluation: {error}") })
}

/// What the county and the regions above it are called.
async fn names(reads: &impl Reads, county: &RegionCode) -> Result<Names, RpcError> {
    let mut names = Names::default();
    let mut next = Some(county.clone());
    for _ in 0..3 {
        let Some(code) = next.take() else { break };
        let Some(region) = regions::find(reads, &code).await? else { break };
        next = region.parent;
        if code == *county {
            names.county_name = region.name;
            names.data_note = region.data_note;
        } else if region.level == RegionLevel::Province {
            names.province_name = Some(region.name);
        } else {
            names.city_name = Some(region.name);
        }
    }
    Ok(names)
}
