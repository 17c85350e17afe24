//! `GetReportingStatus`: how the counties under a region stand with one month or several.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    inflow::Standing,
};
use junheng_proto::ingest::v1::{
    CountyReporting, GetReportingStatusRequest, GetReportingStatusResponse, ReportingTotals,
};
use junheng_runtime::Caller;
use junheng_store::{inflow::Newest, regions, standings::Standings};
use junheng_wire::{
    inflow, name, page,
    status::RpcError,
    territory::Territory,
    time,
    violations::{BEFORE_FROM_MONTH, BESIDE_MONTH, IN_THE_FUTURE, NO_INSTANT, Violations},
};

use super::PAGE;
use crate::{
    Ingest,
    inflow::{close, now},
};

/// Months that one question may be about.
const MONTHS: i32 = 24;

/// A question whose form is right.
struct Question {
    /// `None`: the nation.
    region: Option<RegionCode>,
    /// Oldest first.
    months: Vec<Month>,
    as_of: Option<Timestamp>,
    size: u32,
    after: Option<RegionCode>,
}

/// What is known of the counties.
struct Known {
    territory: Territory,
    standings: Standings,
    newest: BTreeMap<RegionCode, Newest>,
}

#[tracing::instrument(name = "ingest.get_reporting_status", skip_all, fields(caller.subject = %caller.subject, region.name = request.region))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    request: &GetReportingStatusRequest,
) -> Result<GetReportingStatusResponse, RpcError> {
    let question = decode(request, now(ingest)?)?;
    let known = read(ingest, &question).await?;
    let first = question.after.is_none();
    let totals = if first { known.totals(&question.months) } else { vec![] };
    let after = |county: &&RegionCode| question.after.as_ref().is_none_or(|after| *county > after);
    let size = usize::try_from(question.size).unwrap_or(usize::MAX);
    let mut rows: Vec<&RegionCode> = known.territory.counties().iter().filter(after).take(size + 1).collect();
    let next_page_token = page::cut(&mut rows, question.size, ToString::to_string);
    let counties = rows.into_iter().map(|county| known.county(county, &question.months)).collect();
    Ok(GetReportingStatusResponse {
        totals,
        counties,
        next_page_token,
        as_of: Some(time::encode(known.standings.at())),
    })
}

fn decode(request: &GetReportingStatusRequest, now: Timestamp) -> Result<Question, RpcError> {
    let mut violations = Violations::default();
    let region = violations.take("region", name::parse_region_or_nation(&request.region));
    let mut month = |field: &str, text: &str| violations.take(field, text.parse::<Month>());
    let (from, to) = if request.month.is_empty() {
        (month("from_month", &request.from_month), month("to_month", &request.to_month))
    } else {
        let only = month("month", &request.month);
        (only, only)
    };
    for (field, text) in [("from_month", &request.from_month), ("to_month", &request.to_month)] {
        if !request.month.is_empty() && !text.is_empty() {
            violations.add(field, BESIDE_MONTH);
        }
    }
    let count = from.zip(to).map(|(from, to)| to.ordinal() - from.ordinal() + 1);
    if count.is_some_and(|count| count < 1) {
        violations.add("to_month", BEFORE_FROM_MONTH);
    } else if count.is_some_and(|count| count > MONTHS) {
        violations.add("to_month", (format!("makes more than {MONTHS} months"), format!("超过{MONTHS}个月")));
    }
    let as_of = request.as_of.as_ref().and_then(|message| {
        let instant = time::decode(message).and_then(|at| Timestamp::from_millisecond(at.as_millisecond()).ok());
        match instant {
            None => violations.add("as_of", NO_INSTANT),
            Some(instant) if instant > now => violations.add("as_of", IN_THE_FUTURE),
            Some(_) => {}
        }
        instant
    });
    let size = page::size(request.page_size, PAGE.0, PAGE.1, &mut violations);
    let after = page::token(&request.page_token, &mut violations, |token| token.parse().ok());
    violations.finish()?;
    let (Some(region), Some(from), Some(to)) = (region, from, to) else {
        return Err(RpcError::Internal { what: "a wrong field was not told".to_owned() });
    };
    let months = (from.ordinal()..=to.ordinal()).filter_map(|ordinal| Month::from_ordinal(ordinal).ok()).collect();
    Ok(Question { region, months, as_of, size, after })
}

/// Reads everything by a few statements, in one snapshot.
async fn read(ingest: &Ingest, question: &Question) -> Result<Known, RpcError> {
    if let Some(as_of) = question.as_of {
        let territory = Territory::read(&ingest.store, question.region.as_ref()).await?;
        let counties: Vec<RegionCode> = territory.counties().to_vec();
        let chains = regions::list_above(&ingest.store, &counties).await?;
        let mut closed: BTreeSet<RegionCode> = chains.into_iter().flatten().collect();
        // Since when there is a duty to report is of all counties of a province.
        let provinces: BTreeSet<RegionCode> = counties.iter().map(RegionCode::province).collect();
        let beside = regions::list_within(&ingest.store, None).await?.into_iter().map(|region| region.code);
        closed.extend(beside.filter(|code| provinces.contains(&code.province())));
        close(ingest, &closed.into_iter().collect::<Vec<_>>(), as_of).await?;
    }
    let at = question.as_of.map_or_else(|| now(ingest), Ok)?;
    let reads = ingest.store.begin_read().await?;
    let territory = Territory::read(&reads, question.region.as_ref()).await?;
    let counties: Vec<RegionCode> = territory.counties().to_vec();
    let chains: BTreeMap<_, _> = counties.iter().cloned().zip(regions::list_above(&reads, &counties).await?).collect();
    let (Some(first), Some(last)) = (question.months.first(), question.months.last()) else {
        return Err(RpcError::Internal { what: "no month was asked about".to_owned() });
    };
    let standings = Standings::read(&reads, chains, (*first, *last), at, question.as_of).await?;
    let until = question.as_of.unwrap_or(Timestamp::MAX);
    let newest = junheng_store::inflow::list_newest(&reads, &counties, until).await?;
    reads.finish().await?;
    Ok(Known { territory, standings, newest })
}

impl Known {
    fn county(&self, county: &RegionCode, months: &[Month]) -> CountyReporting {
        let newest = self.newest.get(county);
        let newest_month = newest.and_then(|newest| newest.month);
        let present = Month::at(self.standings.at()).ok();
        let month = |month: &Month| inflow::encode_month(*month, &self.standings.of(county, *month));
        CountyReporting {
            region: name::region(county),
            region_display_name: self.territory.title_of(county),
            months: months.iter().map(month).collect(),
            last_accepted_month: newest_month.map(|month| month.to_string()).unwrap_or_default(),
            last_accepted_at: newest.map(|newest| time::encode(newest.accepted)),
            age_months: newest_month.zip(present).map(|(newest, present)| present.ordinal() - newest.ordinal()),
        }
    }

    fn totals(&self, months: &[Month]) -> Vec<ReportingTotals> {
        let mut totals = vec![];
        for (region, title, counties) in self.territory.groups() {
            totals.extend(months.iter().map(|month| self.count((region.clone(), title.clone()), &counties, *month)));
        }
        totals
    }

    fn count(&self, region: (String, String), counties: &BTreeSet<&RegionCode>, month: Month) -> ReportingTotals {
        let mut standings: BTreeMap<Standing, u32> = BTreeMap::new();
        let (mut overdue, mut corrected) = (0, 0);
        let (mut first, mut last): (Option<Timestamp>, Option<Timestamp>) = (None, None);
        for county in counties {
            let of = self.standings.of(county, month);
            let sent = of.sent;
            *standings.entry(of.standing).or_default() += 1;
            overdue += u32::from(of.overdue);
            corrected += u32::from(sent.revision.is_some_and(|revision| revision > 1));
            let earlier = |at: Timestamp| first.map_or(at, |first| first.min(at));
            first = sent.sent.first_accepted.map(earlier).or(first);
            last = last.max(sent.last_accepted);
        }
        let of = |standing| standings.get(&standing).copied().unwrap_or_default();
        let expected = standings.iter().filter(|(standing, _)| standing.expected()).map(|(_, count)| count).sum();
        let share = |count: u32| (expected > 0).then(|| f64::from(count) / f64::from(expected));
        let (on_time, late) = (of(Standing::OnTime), of(Standing::Late));
        ReportingTotals {
            region: region.0,
            region_display_name: region.1,
            month: month.to_string(),
            expected_count: Some(expected),
            on_time_count: Some(on_time),
            late_count: Some(late),
            held_count: Some(of(Standing::Held)),
            refused_only_count: Some(of(Standing::RefusedOnly)),
            missing_count: Some(of(Standing::Missing)),
            awaited_count: Some(of(Standing::Awaited)),
            not_begun_count: Some(of(Standing::NotBegun)),
            overdue_count: Some(overdue),
            corrected_count: Some(corrected),
            completeness: share(on_time + late),
            timeliness: share(on_time),
            first_accepted_at: first.map(time::encode),
            last_accepted_at: last.map(time::encode),
        }
    }
}
