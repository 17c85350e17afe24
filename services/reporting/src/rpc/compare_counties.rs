//! `CompareCounties`: several counties of one month side by side.

use junheng_domain::code::RegionCode;
use junheng_proto::reporting::v1::{CompareCountiesRequest, CompareCountiesResponse};
use junheng_runtime::Caller;
use junheng_wire::{status::RpcError, time};

use super::{overview_encoding as encode, overview_question as question};
use crate::{
    Reporting,
    overview::{Overview, Question, RankBy},
};

#[tracing::instrument(name = "reporting.compare_counties", skip_all, fields(caller.subject = %caller.subject, submission.month = request.month, regions.count = request.regions.len()))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &CompareCountiesRequest,
) -> Result<CompareCountiesResponse, RpcError> {
    let (counties, question) = question::comparison(request, reporting.clock.now())?;
    let overview = read(reporting, &counties, &question).await?;
    let shares = encode::places(&overview, RankBy::MetShare);
    let lines = encode::places(&overview, RankBy::Line);
    Ok(CompareCountiesResponse {
        counties: overview.counties.iter().map(|county| encode::county(&overview, county, &shares, &lines)).collect(),
        figures: overview.figures().into_iter().map(encode::figure).collect(),
        read_at: Some(time::encode(overview.at)),
    })
}

/// Reads the counties that are compared, in their order.
pub(super) async fn read(
    reporting: &Reporting,
    counties: &[RegionCode],
    question: &Question,
) -> Result<Overview, RpcError> {
    Overview::read_counties(&reporting.store, question, counties).await
}
