//! Overviews, comparisons and series → `junheng.reporting.v1`.

use std::collections::BTreeMap;

use junheng_domain::{code::RegionCode, school::Stage, verdict::Verdict};
use junheng_proto::{common::v1 as common, evaluation::v1::EvaluationSummary, reporting::v1 as proto};
use junheng_wire::{inflow, name, time};

use crate::overview::{
    Counts, County, Figure, Gap, Judged, Overview, Place, RankBy, TargetProgress, Targets, link_title,
    series::{Point, Relation, Series, SeriesAnswer, Subject},
};

/// The places of counties in a ranking.
pub(super) fn places(overview: &Overview, by: RankBy) -> BTreeMap<&RegionCode, u32> {
    overview.ranking(by).into_iter().filter_map(|ranked| Some((&ranked.county.code, ranked.rank.ok()?))).collect()
}

pub(super) fn county(
    overview: &Overview,
    county: &County,
    shares: &BTreeMap<&RegionCode, u32>,
    lines: &BTreeMap<&RegionCode, u32>,
) -> proto::CountyOverview {
    let judged = county.judged.as_ref();
    proto::CountyOverview {
        region: name::region(&county.code),
        region_display_name: county.name.clone(),
        region_data_note: county.note.clone(),
        state: inflow::encode_standing(county.inflow.standing).into(),
        due_on: county.inflow.due_on.to_string(),
        overdue: county.inflow.overdue,
        withdrawn: county.inflow.withdrawn,
        first_accepted_at: county.inflow.first_accepted.map(time::encode),
        last_accepted_at: county.inflow.last_accepted.map(time::encode),
        revision: county.inflow.revision,
        summary: judged.map(|judged| EvaluationSummary {
            region_display_name: county.name.clone(),
            region_data_note: county.note.clone(),
            evaluated_at: Some(time::encode(judged.evaluated_at)),
            ..judged.summary.clone()
        }),
        gap: judged.map_or_else(|| gap(county.gap()), |_| proto::GapReason::Unspecified).into(),
        last_evaluated_month: county.last.as_ref().map(|last| last.month.to_string()).unwrap_or_default(),
        age_months: county.age_months(overview.month).and_then(|age| u32::try_from(age).ok()),
        met_share: judged.and_then(Judged::share).map(crate::overview::Share::to_f64),
        met_share_rank: shares.get(&county.code).copied(),
        line: judged.and_then(Judged::line).map(|line| proto::DistanceToLine {
            stage: stage(line.stage).into(),
            indicator: line.indicator,
            variation: Some(line.variation),
            limit: Some(line.limit),
            ratio: Some(line.ratio),
        }),
        line_rank: lines.get(&county.code).copied(),
        change: county.changes().map(|changes| proto::MonthChange {
            verdict_before: verdict(Some(changes.verdict.0)).into(),
            worse: changes.worse(),
            reasons: changes.reasons(overview),
        }),
    }
}

pub(super) const fn counts(counts: Counts) -> proto::OverviewCounts {
    proto::OverviewCounts {
        county_count: Some(counts.counties),
        reported_county_count: Some(counts.reported),
        late_county_count: Some(counts.late),
        overdue_county_count: Some(counts.overdue),
        evaluated_county_count: Some(counts.evaluated),
        met_county_count: Some(counts.met),
        not_met_county_count: Some(counts.not_met),
        undetermined_county_count: Some(counts.undetermined),
        unit_count: Some(counts.units),
        met_unit_count: Some(counts.met_units),
        undetermined_unit_count: Some(counts.open_units),
    }
}

pub(super) fn child((child, of_child): (&Place, Counts)) -> proto::ChildOverview {
    proto::ChildOverview {
        region: place(child.code.as_ref()),
        region_display_name: child.name.clone(),
        counts: Some(counts(of_child)),
    }
}

/// Name of a region or the nation.
pub(super) fn place(code: Option<&RegionCode>) -> String {
    code.map_or_else(|| name::NATION.to_owned(), name::region)
}

pub(super) fn progress(progress: TargetProgress, of: &Targets) -> proto::TargetProgress {
    proto::TargetProgress {
        target: Some(proto::YearTarget {
            year: u32::try_from(progress.target.year).ok(),
            share_basis_points: Some(progress.target.share_basis_points),
        }),
        wanted_county_count: Some(progress.wanted),
        met_county_count: Some(progress.met),
        short_county_count: Some(progress.short()),
        source: of.source().to_owned(),
    }
}

pub(super) fn figure(figure: Figure<'_>) -> proto::ComparedFigure {
    let cells = figure.cells.into_iter().map(|cell| proto::ComparedCell {
        mean: cell.mean.ok(),
        mean_rank: cell.mean_rank,
        variation: cell.variation.ok(),
        variation_rank: cell.variation_rank,
        verdict: verdict(cell.verdict).into(),
        gap: cell.variation.err().map_or(proto::GapReason::Unspecified, gap).into(),
    });
    proto::ComparedFigure {
        stage: stage(figure.column.stage).into(),
        indicator: figure.column.id.to_owned(),
        title: figure.column.title.to_owned(),
        cells: cells.collect(),
    }
}

pub(super) fn answer(answer: SeriesAnswer, at: jiff::Timestamp) -> proto::GetSeriesResponse {
    let link = |link: &junheng_domain::history::Link| proto::SeriesLink {
        day: link.day.to_string(),
        kind: link_title(link.kind).to_owned(),
        from: name::school(&link.from.county, &link.from.school),
        to: name::school(&link.to.county, &link.to.school),
    };
    proto::GetSeriesResponse {
        series: answer.series.iter().map(series).collect(),
        links: answer.links.iter().map(link).collect(),
        title: answer.title,
        unit: answer.unit,
        next_page_token: answer.next.map(|county| county.to_string()).unwrap_or_default(),
        read_at: Some(time::encode(at)),
    }
}

fn series(series: &Series) -> proto::Series {
    let subject = match &series.subject {
        Subject::Region(code) => place(code.as_ref()),
        Subject::School(school) => name::school(&school.county, &school.school),
    };
    let relation = match series.relation {
        Relation::Own => proto::SeriesRelation::Own,
        Relation::Below => proto::SeriesRelation::Below,
        Relation::Predecessor => proto::SeriesRelation::Predecessor,
        Relation::Successor => proto::SeriesRelation::Successor,
    };
    proto::Series {
        subject,
        subject_display_name: series.name.clone(),
        relation: relation.into(),
        stage: series.stage.map_or(common::Stage::Unspecified, stage).into(),
        points: series.points.iter().map(point).collect(),
        data_note: series.note.clone(),
    }
}

fn point(point: &Point) -> proto::SeriesPoint {
    proto::SeriesPoint {
        month: point.month.to_string(),
        value: point.figure.ok(),
        gap: point.figure.err().map_or(proto::GapReason::Unspecified, gap).into(),
        verdict: verdict(point.verdict).into(),
        limit: point.limit,
        county_count: point.counties,
        revision: point.revision,
    }
}

const fn gap(gap: Gap) -> proto::GapReason {
    match gap {
        Gap::Awaited => proto::GapReason::Awaited,
        Gap::Missing => proto::GapReason::Missing,
        Gap::Held => proto::GapReason::Held,
        Gap::RefusedOnly => proto::GapReason::RefusedOnly,
        Gap::NotEvaluated => proto::GapReason::NotEvaluated,
        Gap::Undetermined => proto::GapReason::Undetermined,
        Gap::Undefined => proto::GapReason::Undefined,
        Gap::NoUnits => proto::GapReason::NoUnits,
        Gap::NotOpen => proto::GapReason::NotOpen,
        Gap::NotJudged => proto::GapReason::NotJudged,
        Gap::NotBegun => proto::GapReason::NotBegun,
    }
}

const fn stage(stage: Stage) -> common::Stage {
    match stage {
        Stage::Primary => common::Stage::Primary,
        Stage::Junior => common::Stage::Junior,
        Stage::Senior => common::Stage::Unspecified,
    }
}

const fn verdict(verdict: Option<Verdict>) -> common::Verdict {
    match verdict {
        Some(Verdict::Met) => common::Verdict::Met,
        Some(Verdict::NotMet) => common::Verdict::NotMet,
        Some(Verdict::Undetermined) => common::Verdict::Undetermined,
        None => common::Verdict::Unspecified,
    }
}
