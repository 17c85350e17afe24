//! `GetProvinceOverview`: how the counties under a region stand in a month.

use junheng_proto::reporting::v1::{GetProvinceOverviewRequest, GetProvinceOverviewResponse};
use junheng_runtime::Caller;
use junheng_wire::{name, page, status::RpcError, time};

use super::{overview_encoding as encode, overview_question as question};
use crate::{
    Reporting,
    overview::{Overview, RankBy},
};

#[tracing::instrument(name = "reporting.get_province_overview", skip_all, fields(caller.subject = %caller.subject, region.name = request.region, submission.month = request.month))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &GetProvinceOverviewRequest,
) -> Result<GetProvinceOverviewResponse, RpcError> {
    let (question, targets, page) = question::get_overview(request, (&reporting.settings, reporting.clock.now()))?;
    let overview = Overview::read(&reporting.store, &question).await?;
    let shares = encode::places(&overview, RankBy::MetShare);
    let lines = encode::places(&overview, RankBy::Line);
    let after = |county: &&crate::overview::County| page.after.as_ref().is_none_or(|after| county.code > *after);
    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    let mut rows: Vec<_> = overview.counties.iter().filter(after).take(size.saturating_add(1)).collect();
    let next_page_token = page::cut(&mut rows, page.size, |county| county.code.to_string());
    Ok(GetProvinceOverviewResponse {
        region: encode::place(overview.region.code.as_ref()),
        region_display_name: overview.region.name.clone(),
        month: overview.month.to_string(),
        standard: name::standard(&overview.standard.id),
        standard_title: overview.standard.title.clone(),
        counts: Some(encode::counts(overview.counts())),
        children: overview.children_counts().into_iter().map(encode::child).collect(),
        counties: rows.into_iter().map(|county| encode::county(&overview, county, &shares, &lines)).collect(),
        target: overview.progress(&targets).map(|progress| encode::progress(progress, &targets)),
        next_page_token,
        read_at: Some(time::encode(overview.at)),
    })
}
