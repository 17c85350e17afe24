//! `ListChanges`: the revisions under a region that became known since the last time, each exactly once.
//!
//! The clocks of all counties are closed up to the present first: after that everything up to it is committed, and whatever comes is later.
//! So the windows of two tokens neither overlap nor leave anything out, however many write meanwhile.

use jiff::Timestamp;
use junheng_domain::code::RegionCode;
use junheng_proto::ingest::v1::{ListChangesRequest, ListChangesResponse};
use junheng_runtime::Caller;
use junheng_store::inflow::{self as revisions, Revision};
use junheng_wire::{
    fingerprint,
    inflow::{Resume, encode_change},
    name, page,
    status::RpcError,
    territory::Territory,
    time,
    violations::{UNKNOWN_TOKEN, Violations},
};

use super::PAGE;
use crate::{
    Ingest,
    inflow::{close, now},
};

/// Digits of the digest of counties that a token carries.
const DIGEST: usize = 12;

#[tracing::instrument(name = "ingest.list_changes", skip_all, fields(caller.subject = %caller.subject, region.name = request.region))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &ListChangesRequest,
) -> Result<ListChangesResponse, RpcError> {
    let (region, resume, size) = decode(request)?;
    let present = now(ingest)?;
    let territory = Territory::read(&ingest.store, region.as_ref()).await?;
    let counties = territory.counties();
    let digest = digest(counties);
    let counties_changed = resume.as_ref().is_some_and(|resume| resume.counties != digest);
    let (after, to, place) = match resume {
        // The pages of a window have one end.
        Some(Resume { to, place: Some(place), .. }) => (Timestamp::MIN, to, Some(place)),
        // The replica that gave the token may have been ahead of this one.
        Some(Resume { to, .. }) => (to, present.max(to), None),
        None => (Timestamp::UNIX_EPOCH, present, None),
    };
    // Never ahead of the present: a token may be made up, and a clock is not set back.
    close(ingest, counties, to.min(present)).await?;
    let mut rows = revisions::list_revisions(&ingest.store, counties, (after, to), place.as_ref(), size + 1).await?;
    let more = !page::cut(&mut rows, size, |_| "more".to_owned()).is_empty();
    let place = rows.last().map(Revision::place).filter(|_| more);
    let token = Resume { region, counties: digest, to, place }.token();
    Ok(ListChangesResponse {
        changes: rows.iter().map(encode_change).collect(),
        resume_token: token,
        more: Some(more),
        complete_to: (!more).then(|| time::encode(to)),
        counties_changed: Some(counties_changed),
    })
}

fn decode(request: &ListChangesRequest) -> Result<(Option<RegionCode>, Option<Resume>, u32), RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region_or_nation(&request.region));
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let resume = Some(&request.resume_token).filter(|token| !token.is_empty()).and_then(|token| {
        let resume = Resume::read(token);
        match (&resume, &region) {
            (None, _) => violations.add("resume_token", UNKNOWN_TOKEN),
            (Some(resume), Some(region)) if resume.region != *region => {
                violations.add("resume_token", ("was given for another region", "是另一个区划的标记"));
            }
            _ => {}
        }
        resume
    });
    violations.finish()?;
    let region = region.ok_or_else(|| RpcError::Missing { resource: request.region.clone() })?;
    Ok((region, resume, size))
}

/// Digest of the counties, so that a mirror learns that others belong to the region now.
fn digest(counties: &[RegionCode]) -> String {
    let codes: String = counties.iter().map(RegionCode::as_str).collect();
    let mut digest = fingerprint::of_text(&codes);
    digest.truncate(DIGEST);
    digest
}
