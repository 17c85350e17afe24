//! `GetProvinceSummary`: how the counties under a region stand in a month, counted in one snapshot.

use junheng_domain::{
    code::{Month, RegionCode},
    standard::NATIONAL_DEFAULT,
};
use junheng_proto::evaluation::v1::{GetProvinceSummaryRequest, GetProvinceSummaryResponse, UnevaluatedCounty};
use junheng_runtime::Caller;
use junheng_store::{
    evaluation_summaries,
    evaluation_summaries::{Filter, Order},
    evaluations, submissions,
};
use junheng_wire::{name, status::RpcError, territory::Territory, time, violations::Violations};

use super::{province_counts::ProvinceCounts, summaries};
use crate::{Evaluation, standards};

/// A question whose form is right.
struct Question {
    /// `None`: the nation.
    region: Option<RegionCode>,
    month: Month,
    standard: String,
}

#[tracing::instrument(name = "evaluation.get_province_summary", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    evaluation: &Evaluation,
    caller: &Caller,
    request: &GetProvinceSummaryRequest,
) -> Result<GetProvinceSummaryResponse, RpcError> {
    let Question { region, month, standard } = decode(request)?;
    let standard = standards::find(&evaluation.store, &evaluation.store, &standard).await?.standard;
    let of_month = |counties| Filter {
        counties,
        from: Some(month),
        to: Some(month),
        standard_id: Some(&standard.id),
        verdicts: &[],
    };
    // Whatever is stored by this instant is in the snapshot that begins after it.
    let read_at = evaluation.clock.now();
    let reads = evaluation.store.begin_read().await?;
    let territory = Territory::read(&reads, region.as_ref()).await?;
    let counties = territory.counties().to_vec();
    let reported = submissions::list_reported(&reads, &counties, month).await?;
    let mut counts = ProvinceCounts::new(&territory, &counties, &reported, &standard);
    let mut waiting = false;
    for row in evaluation_summaries::list(&reads, of_month(&counties), Order::Region, None, u32::MAX).await? {
        waiting |= row.summary.is_none();
        counts.add(&row.position.county, &summaries::read(&reads, &territory, &row).await?);
    }
    let unevaluated = counts.unevaluated();
    let last = evaluations::list_last_months(&reads, &unevaluated, &standard.id, month).await?;
    reads.finish().await?;
    if waiting {
        // They were counted all the same; whoever asks next reads less.
        summaries::fill(&evaluation.store, of_month(&counties)).await?;
    }
    let mut summary = counts.encode(month);
    summary.unevaluated_counties = unevaluated
        .iter()
        .map(|county| UnevaluatedCounty {
            region: name::region(county),
            region_display_name: territory.title_of(county),
            reported: reported.contains(county),
            last_evaluated_month: last.get(county).map(ToString::to_string).unwrap_or_default(),
        })
        .collect();
    Ok(GetProvinceSummaryResponse { summary: Some(summary), read_at: Some(time::encode(read_at)) })
}

fn decode(request: &GetProvinceSummaryRequest) -> Result<Question, RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region_or_nation(&request.region));
    let month = violations.take("month", request.month.parse::<Month>());
    let standard = if request.standard.is_empty() {
        Some(NATIONAL_DEFAULT.to_owned())
    } else {
        violations.take("standard", name::parse_standard(&request.standard))
    };
    violations.finish()?;
    let (Some(region), Some(month), Some(standard)) = (region, month, standard) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    Ok(Question { region, month, standard })
}
