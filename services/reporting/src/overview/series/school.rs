//! Series of a school, of those that it came from, and of those that it became.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use junheng_domain::{
    code::{Month, RegionCode, SchoolCode},
    history::{Link, SchoolHistory, SchoolRef, links, predecessors, successors},
    school::Stage,
    standard::Standard,
};
use junheng_proto::evaluation::v1::{Evaluation, Unit};
use junheng_store::{ReadTransaction, Store, school_events, schools};
use junheng_wire::{name, status::RpcError, violations::Violations};

use super::{Measure, Point, Relation, Series, SeriesQuestion, Subject, source};
use crate::overview::{Gap, Territory, read::MonthsInflow, stage as stage_of, verdict};

/// Counties that a lineage is followed through at most: a school moves between neighbours, not across a nation.
const COUNTIES: usize = 16;

/// What is held of a county's schools.
struct Held {
    schools: BTreeMap<SchoolCode, SchoolHistory>,
    /// The links of the events that what is held bears out.
    links: Vec<Link>,
    /// The links of all events, which may lead to counties where they are borne out.
    traces: Vec<Link>,
}

/// What is known of a county's months.
struct Known {
    evaluations: BTreeMap<Month, Evaluation>,
    inflow: MonthsInflow,
    note: String,
}

/// Reads the series of a school and of its lineage, with the links, oldest first.
pub(super) async fn read(
    question: &SeriesQuestion,
    store: &Store,
    standard: &Arc<Standard>,
    own: &SchoolRef,
) -> Result<(Vec<Series>, Vec<Link>), RpcError> {
    if question.measure != Measure::Value {
        let mut violations = Violations::default();
        violations.add("measure", ("is of a region, and the subject is a school", "针对区划，而所问的是学校"));
        violations.finish()?;
    }
    let reads = store.begin_read().await?;
    let held = lineage(&reads, question, own).await?;
    let missing = || RpcError::Missing { resource: name::school(&own.county, &own.school) };
    held.get(&own.county).and_then(|held| held.schools.get(&own.school)).ok_or_else(missing)?;
    let all = once(held.values().flat_map(|held| held.links.clone()).collect());
    let (before, after) = (predecessors(&all, own), successors(&all, own));
    let mut subjects = vec![(own.clone(), Relation::Own)];
    let related = before.iter().map(|link| (&link.from, Relation::Predecessor));
    for (school, relation) in related.chain(after.iter().map(|link| (&link.to, Relation::Successor))) {
        if !subjects.iter().any(|(known, _)| known == school) {
            subjects.push((school.clone(), relation));
        }
    }
    let counties: BTreeSet<RegionCode> = subjects.iter().map(|(school, _)| school.county.clone()).collect();
    question.bound(counties.len())?;
    let mut known = BTreeMap::new();
    for county in counties {
        let territory = Territory::read(&reads, Some(&county)).await?;
        let evaluations = source::whole(&reads, question, &county, standard).await?;
        let only = std::slice::from_ref(&county);
        let inflow = MonthsInflow::read(&reads, &territory, only, question.months, question.at, question.as_of).await?;
        known.insert(county, Known { evaluations, inflow, note: territory.region.note });
    }
    reads.finish().await?;
    let mut series = vec![];
    for (school, relation) in subjects {
        let (Some(known), Some(history)) =
            (known.get(&school.county), held.get(&school.county).and_then(|held| held.schools.get(&school.school)))
        else {
            continue;
        };
        series.extend(lines(question, known, history, &school, relation));
    }
    let mut all: Vec<Link> = before.into_iter().chain(after).collect();
    all.sort();
    all.dedup();
    Ok((series, all))
}

/// The lines of one school. Where every stage was asked about, those that it never has a unit of are left out, unless that is all of them.
fn lines(
    question: &SeriesQuestion,
    known: &Known,
    history: &SchoolHistory,
    school: &SchoolRef,
    relation: Relation,
) -> Vec<Series> {
    let line = |stage: &Stage| Series {
        subject: Subject::School(school.clone()),
        name: history.at(question.months.1.last_day()).name,
        note: known.note.clone(),
        relation,
        stage: Some(*stage),
        points: question
            .all_months()
            .into_iter()
            .map(|month| point(question, known, history, school, *stage, month))
            .collect(),
    };
    let mut lines: Vec<Series> = question.stages.iter().map(line).collect();
    let taught = |series: &Series| series.points.iter().any(has_unit);
    if lines.iter().any(taught) {
        lines.retain(taught);
    }
    lines
}

/// Whether there is a unit, with a figure or one left open.
const fn has_unit(point: &Point) -> bool {
    matches!(point.figure, Ok(_) | Err(Gap::Undetermined))
}

fn point(
    question: &SeriesQuestion,
    known: &Known,
    history: &SchoolHistory,
    school: &SchoolRef,
    stage: Stage,
    month: Month,
) -> Point {
    if history.in_month(month).is_none() {
        return Point::gap(month, Gap::NotOpen);
    }
    let inflow = known.inflow.of(&school.county, month);
    let Some(evaluation) = known.evaluations.get(&month) else {
        return Point::gap(month, Gap::of(inflow.standing));
    };
    let resources = evaluation.resources.iter().find(|resources| stage_of(resources.stage()) == Some(stage));
    let unit = |unit: &&Unit| unit.school_code == school.school.as_str();
    let found = resources.and_then(|resources| {
        let indicator = resources.indicators.iter().find(|indicator| indicator.id == question.indicator)?;
        let unit = resources.units.iter().find(unit)?;
        Some((indicator, unit.indicators.iter().find(|one| one.id == question.indicator)?))
    });
    let Some((indicator, value)) = found else {
        return Point { revision: inflow.revision, ..Point::gap(month, Gap::NotJudged) };
    };
    Point {
        month,
        figure: value.value.ok_or(Gap::Undetermined),
        verdict: verdict(value.verdict()),
        limit: indicator.threshold,
        counties: None,
        revision: inflow.revision,
    }
}

/// Reads every county that the lineage leads to, until it leads to no further one.
async fn lineage(
    reads: &ReadTransaction,
    question: &SeriesQuestion,
    own: &SchoolRef,
) -> Result<BTreeMap<RegionCode, Held>, RpcError> {
    let mut counties: BTreeMap<RegionCode, Held> = BTreeMap::new();
    while counties.len() < COUNTIES {
        let traces = once(counties.values().flat_map(|held| held.traces.clone()).collect());
        let reached = [predecessors(&traces, own), successors(&traces, own)].into_iter().flatten();
        let reached = reached.flat_map(|link| [link.from.county, link.to.county]);
        let next = [own.county.clone()]
            .into_iter()
            .chain(reached)
            .find(|county| !counties.contains_key(county) && question.scope.covers(county.as_str()));
        let Some(county) = next else { break };
        let held = schools::list_as_of(reads, &county, question.as_of).await?;
        let held: BTreeMap<_, _> = held.into_iter().map(|history| (history.code().clone(), history)).collect();
        let events = school_events::list(reads, &county, question.as_of).await?;
        let traces = links(&county, events.iter().map(|one| &one.event));
        let borne_out = events
            .iter()
            .map(|one| &one.event)
            .filter(|event| held.get(&event.school).is_some_and(|history| history.bears_out(event)));
        let links = links(&county, borne_out);
        counties.insert(county, Held { schools: held, links, traces });
    }
    Ok(counties)
}

/// Each link once: both counties of a move tell of it.
fn once(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_unstable();
    links.dedup();
    links
}
