//! Reading an overview: a dozen statements in one snapshot, whatever the number of counties.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_proto::evaluation::v1::{Evaluation, EvaluationSummary};
use junheng_store::{
    Reads, Store, evaluation_summaries,
    evaluation_summaries::{Filter, Listed, Order},
    evaluations,
    standings::Standings,
};
use junheng_wire::{
    name,
    status::RpcError,
    summary,
    violations::{NO_COUNTY, Violations},
};
use prost::Message as _;

use super::{County, Inflow, Judged, Overview, Territory};

/// What an overview is asked of.
#[derive(Debug, Clone)]
pub struct Question {
    /// The region; `None`: the nation.
    pub region: Option<RegionCode>,
    /// The month.
    pub month: Month,
    /// Id of the standard.
    pub standard: String,
    /// The present: whether something is overdue is said as of it.
    pub at: Timestamp,
}

impl Overview {
    /// Reads how the counties under a region stand in a month under a standard.
    ///
    /// An evaluation whose summary an older program stored is read as a whole: right, and slower until it is evaluated or listed anew.
    ///
    /// # Errors
    ///
    /// [`RpcError::Missing`] when nobody registered the region, [`RpcError::StandardMissing`] when nobody knows the standard.
    pub async fn read(store: &Store, question: &Question) -> Result<Self, RpcError> {
        let reads = store.begin_read().await?;
        let overview = Self::read_within(store, &reads, question).await?;
        reads.finish().await?;
        Ok(overview)
    }

    /// As [`read`](Self::read), within a snapshot that was begun.
    ///
    /// # Errors
    ///
    /// As [`Overview::read`].
    pub async fn read_within(store: &Store, reads: &impl Reads, question: &Question) -> Result<Self, RpcError> {
        Self::assemble(store, reads, question, None).await
    }

    /// Reads how some counties under a region stand, in the order given.
    ///
    /// # Errors
    ///
    /// As [`Overview::read`]; [`RpcError::Missing`] of a county that nobody registered, [`RpcError::Invalid`] of a region that is none.
    pub async fn read_counties(store: &Store, question: &Question, counties: &[RegionCode]) -> Result<Self, RpcError> {
        let reads = store.begin_read().await?;
        let overview = Self::assemble(store, &reads, question, Some(counties)).await?;
        reads.finish().await?;
        Ok(overview.only(counties))
    }

    async fn assemble(
        store: &Store,
        reads: &impl Reads,
        question: &Question,
        only: Option<&[RegionCode]>,
    ) -> Result<Self, RpcError> {
        let standard = find_standard(store, reads, &question.standard).await?;
        let territory = Territory::read(reads, question.region.as_ref()).await?;
        let mut counties = territory.counties();
        if let Some(only) = only {
            require(&territory, &counties, only)?;
            counties.retain(|county| only.contains(county));
        }
        let month = question.month;
        let before = Month::from_ordinal(month.ordinal() - 1).unwrap_or(month);
        let mut judged = judged(reads, &counties, (before, month), &standard.id).await?;
        let without: Vec<RegionCode> =
            counties.iter().filter(|county| !judged.contains_key(&((*county).clone(), month))).cloned().collect();
        let mut last = last(reads, &without, month, &standard.id).await?;
        let inflow = MonthsInflow::read(reads, &territory, &counties, (month, month), question.at, None).await?;
        let county = |code: RegionCode| {
            let place = territory.place(&code);
            let key = |month| (code.clone(), month);
            let own = judged.remove(&key(month));
            let of_before = if before == month { None } else { judged.remove(&key(before)) };
            County {
                name: place.name,
                note: place.note,
                child: territory.child_of(&code),
                inflow: inflow.of(&code, month),
                judged: own,
                before: of_before,
                last: last.remove(&code),
                code,
            }
        };
        let counties = counties.into_iter().map(county).collect();
        let children = territory.children();
        Ok(Self {
            region: territory.region,
            above: territory.above,
            month,
            standard,
            at: question.at,
            counties,
            children,
        })
    }
}

/// Refuses what is no county.
fn require(territory: &Territory, counties: &[RegionCode], only: &[RegionCode]) -> Result<(), RpcError> {
    if let Some(unknown) = only.iter().find(|code| !territory.holds(code)) {
        return Err(RpcError::Missing { resource: name::region(unknown) });
    }
    let mut violations = Violations::default();
    for (place, _) in only.iter().enumerate().filter(|(_, code)| !counties.contains(code)) {
        violations.add(&format!("regions[{place}]"), NO_COUNTY);
    }
    violations.finish()
}

/// Finds a standard by its id.
pub(crate) async fn find_standard(store: &Store, reads: &impl Reads, id: &str) -> Result<Arc<Standard>, RpcError> {
    let found = store.standards().find(reads, id).await?;
    found.map(|found| found.standard).ok_or_else(|| RpcError::StandardMissing { resource: name::standard(id) })
}

/// The stored evaluations of counties and months by a standard, in numbers.
pub(crate) async fn judged(
    reads: &impl Reads,
    counties: &[RegionCode],
    (from, to): (Month, Month),
    standard_id: &str,
) -> Result<BTreeMap<(RegionCode, Month), Judged>, RpcError> {
    let filter = Filter { counties, from: Some(from), to: Some(to), standard_id: Some(standard_id), verdicts: &[] };
    let mut found = BTreeMap::new();
    for listed in evaluation_summaries::list(reads, filter, Order::Region, None, u32::MAX).await? {
        let summary = summarized(reads, &listed).await?;
        let (county, month) = (listed.position.county, listed.position.month);
        found.insert((county, month), Judged::of(&summary, month, listed.evaluated_at));
    }
    Ok(found)
}

/// The summary of a listed evaluation; where it has none, or one without figures, it is made of the whole.
async fn summarized(reads: &impl Reads, listed: &Listed) -> Result<EvaluationSummary, RpcError> {
    let stored = listed.summary.as_ref().map(|bytes| EvaluationSummary::decode(bytes.as_slice())).transpose();
    let stored = stored.map_err(|error| RpcError::Internal { what: format!("a stored summary: {error}") })?;
    if let Some(stored) = stored.filter(summary::has_figures) {
        return Ok(stored);
    }
    let at = &listed.position;
    let row = evaluations::find(reads, &at.county, at.month, &at.standard_id).await?;
    let row = row.ok_or_else(|| RpcError::Internal { what: "an evaluation that was listed is gone".to_owned() })?;
    Ok(summary::encode(&decode(&row.evaluation)?))
}

pub(crate) fn decode(stored: &[u8]) -> Result<Evaluation, RpcError> {
    Evaluation::decode(stored).map_err(|error| RpcError::Internal { what: format!("a stored evaluation: {error}") })
}

/// The last evaluation before a month of each of these counties.
async fn last(
    reads: &impl Reads,
    counties: &[RegionCode],
    month: Month,
    standard_id: &str,
) -> Result<BTreeMap<RegionCode, Judged>, RpcError> {
    let mut by_month: BTreeMap<Month, Vec<RegionCode>> = BTreeMap::new();
    for (county, month) in evaluations::list_last_months(reads, counties, standard_id, month).await? {
        by_month.entry(month).or_default().push(county);
    }
    let mut found = BTreeMap::new();
    for (month, counties) in by_month {
        let of_month = judged(reads, &counties, (month, month), standard_id).await?;
        found.extend(of_month.into_iter().map(|((county, _), judged)| (county, judged)));
    }
    Ok(found)
}

/// How counties stand with months.
pub(crate) struct MonthsInflow(Standings);

impl MonthsInflow {
    /// Reads what was sent for the months, as far as was known at `as_of`; `None`: all that is known now.
    pub(crate) async fn read(
        reads: &impl Reads,
        territory: &Territory,
        counties: &[RegionCode],
        months: (Month, Month),
        at: Timestamp,
        as_of: Option<Timestamp>,
    ) -> Result<Self, RpcError> {
        let chains = counties.iter().map(|code| (code.clone(), territory.chain(code))).collect();
        Ok(Self(Standings::read(reads, chains, months, at, as_of).await?))
    }

    /// How one county stands with one of the months.
    pub(crate) fn of(&self, county: &RegionCode, month: Month) -> Inflow {
        let next = Month::from_ordinal(month.ordinal() + 1).unwrap_or(month);
        let of = self.0.of(county, month);
        let sent = of.sent;
        Inflow {
            standing: of.standing,
            due_on: of.due.due_on(month),
            next_due_on: self.0.begun(county, next).then(|| self.0.due(county, next).due_on(next)),
            overdue: of.overdue,
            first_accepted: sent.sent.first_accepted,
            last_accepted: sent.last_accepted,
            revision: sent.revision,
            withdrawn: sent.sent.first_accepted.is_some() && !sent.sent.counts,
        }
    }
}
