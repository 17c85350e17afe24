//! `GetSeries`: figures month by month.

use junheng_proto::reporting::v1::{GetSeriesRequest, GetSeriesResponse};
use junheng_runtime::Caller;
use junheng_wire::status::RpcError;

use super::{overview_encoding as encode, overview_question as question};
use crate::Reporting;

#[tracing::instrument(name = "reporting.get_series", skip_all, fields(caller.subject = %caller.subject, region.name = request.subject))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &GetSeriesRequest,
) -> Result<GetSeriesResponse, RpcError> {
    let question = question::series(request, caller, reporting.clock.now())?;
    let answer = question.read(&reporting.store).await?;
    Ok(encode::answer(answer, question.at))
}
