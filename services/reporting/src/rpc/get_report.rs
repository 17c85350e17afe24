//! `GetReport`: an issued report, byte for byte, piece by piece as the caller reads; held against its digest.

use std::pin::Pin;

use futures::{Stream, StreamExt as _, stream};
use junheng_domain::code::RegionCode;
use junheng_proto::reporting::v1::{GetReportRequest, GetReportResponse, get_report_response::Part};
use junheng_runtime::Caller;
use junheng_store::{Store, reports};
use junheng_wire::{fingerprint::Pieces, name, report, status::RpcError, violations::Violations};
use tonic::Status;

use crate::Reporting;

/// The stream of parts.
pub(crate) type Parts = Pin<Box<dyn Stream<Item = Result<GetReportResponse, Status>> + Send>>;

/// A report on its way.
struct Sending {
    store: Store,
    county: RegionCode,
    number: u32,
    place: u32,
    digest: String,
    sent: Pieces,
}

#[tracing::instrument(name = "reporting.get_report", skip_all, fields(caller.subject = %caller.subject, report.name = request.name))]
pub(crate) async fn handle(
    reporting: &Reporting,
    caller: &Caller,
    request: &GetReportRequest,
) -> Result<Parts, RpcError> {
    let mut violations = Violations::default();
    let parsed = violations.take("name", name::parse_report(&request.name));
    violations.finish()?;
    let missing = || RpcError::Missing { resource: request.name.clone() };
    let (county, number) = parsed.ok_or_else(missing)?;
    let found = reports::find(&reporting.store, &county, number).await?.ok_or_else(missing)?;
    let first = GetReportResponse { part: Some(Part::Report(report::encode(&found))) };
    let sending = Sending {
        store: reporting.store.clone(),
        county,
        number,
        place: 0,
        digest: found.digest,
        sent: Pieces::default(),
    };
    let chunks = stream::try_unfold(sending, |sending| async { next(sending).await.map_err(Status::from) });
    Ok(Box::pin(stream::iter([Ok(first)]).chain(chunks)))
}

/// The next piece. After the last one what was sent must be what was issued.
async fn next(mut sending: Sending) -> Result<Option<(GetReportResponse, Sending)>, RpcError> {
    let piece = reports::find_piece(&sending.store, &sending.county, sending.number, sending.place).await?;
    let Some(piece) = piece else {
        if sending.sent.finish() == sending.digest {
            return Ok(None);
        }
        let what = format!("the content of {} is not what was issued", name::report(&sending.county, sending.number));
        return Err(RpcError::Internal { what });
    };
    sending.sent.add(&piece);
    sending.place += 1;
    Ok(Some((GetReportResponse { part: Some(Part::Chunk(piece)) }, sending)))
}
