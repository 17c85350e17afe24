//! A county: its verdict down to the reported figures, its units, its months, its submissions, its reports.

mod spread;
pub(super) mod submissions;
mod trend;
mod units;
pub(super) mod verdict;

use std::collections::BTreeSet;

use askama::Template;
use axum::http::Uri;
use junheng_domain::{
    code::{Month, RegionCode},
    standard::Standard,
};
use junheng_proto::{
    common::v1::Stage,
    evaluation::v1::{Evaluation, StageResources, Unit},
};
use junheng_store::{
    ReadTransaction, evaluations, reports as issued_reports,
    submissions::{self as stored_submissions, State},
};
use junheng_wire::summary::COMPOSITE;
use prost::Message as _;

use super::{
    Console,
    download::{Tabled, Wanted, deliver},
    error::PageError,
    findings::last_sent,
    grid::{Cell, Grid},
    link::{self, Link},
    list::List,
    overview::counties::{WHAT_OBSTACLES_ARE, obstacles},
    page::{Choice, Page, Shown},
    period::{self, Asked, Period},
    place::Place,
    region::Filter,
    reports,
    tree::Node,
};
use crate::{
    chart::Drawing,
    overview::{self, Judged},
    report::{
        number::{MISSING, percent},
        shown::{self, Figure},
    },
};

/// Months before the one shown that are listed with it.
const MONTHS_BEFORE: i32 = 23;
/// Submissions of the month that are listed.
const SUBMISSIONS: u32 = 50;
/// Issued reports of the month that are listed.
const REPORTS: u32 = 50;

#[derive(Template)]
#[template(path = "console/county.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    /// What was sent for a later month and does not count yet, if anything.
    later: Option<Link>,
    verdict: shown::Shown,
    conclusion: String,
    facts: Vec<(&'static str, String)>,
    reports: Vec<Link>,
    issued: Option<Grid>,
    tree: Vec<Node>,
    stages: Vec<StageView>,
    filter: units::Form,
    units: Grid,
    trend: Option<Figure>,
    indicators: Vec<Choice>,
    /// One indicator: its coefficient over the months, and how evenly pupils share it.
    spread: Vec<Figure>,
    /// Why others are not drawn.
    undrawn: Vec<String>,
    series: Grid,
    submissions: Grid,
    links: Vec<Link>,
    /// What the figures rest on, to be checked against.
    origin: Vec<(&'static str, String)>,
}

impl Tabled for View {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        let stages = self.stages.iter_mut().map(|stage| &mut stage.indicators);
        stages.chain([&mut self.units, &mut self.series, &mut self.submissions]).chain(&mut self.issued).collect()
    }
}

/// Resources of a stage.
struct StageView {
    title: &'static str,
    indicators: Grid,
    figures: Vec<Figure>,
    /// Why others are not drawn.
    undrawn: Vec<String>,
}

/// Shows a county.
pub(super) async fn page(
    console: &Console,
    reads: &ReadTransaction,
    place: &Place,
    asked: &Asked,
    filter: &Filter,
    (address, wanted): (&Uri, &Wanted),
) -> Shown {
    let code = &place.region.code;
    let judged = evaluations::list_judged(reads, std::slice::from_ref(code)).await?;
    let Some(period) = asked.choose(&judged)? else {
        let sent = stored_submissions::list(reads, code, None, None, SUBMISSIONS).await?;
        let page = Page::new(&*place.region.name).within("/").below(place.crumbs(false, None)).noted(place.notes());
        let text =
            "该县尚无评估结果。数据报送并通过检查后，系统自动评估；已退回或待确认的，点击报送记录查看问题和处理办法。";
        let links = vec![
            Link::new("查看报送情况", link::inflow(Some(code), None)),
            Link::new("查看数据质量", link::findings(Some(code), None)),
        ];
        let grids = vec![submissions::grid(code, &sent)];
        return deliver(List { page, text: text.to_owned(), grids, links }, address, wanted);
    };
    let chooser = period::chooser(&console.store, reads, link::region(code, None), &judged, &period).await?;
    let evaluation = find(reads, place, &period).await?;
    let months = months(reads, place, &period).await?;
    let sent = stored_submissions::list(reads, code, Some(period.month), None, SUBMISSIONS).await?;
    let later = later(console, reads, code, &judged, period.month).await?;
    let issued = issued_reports::list(reads, code, Some(period.month), None, REPORTS).await?;
    let (indicators, spread, undrawn) = spreads(&evaluation, &months, &filter.indicator)?;
    let name = &place.region.name;
    let title = format!("{name}{}评估结果", shown::month(&evaluation.month));
    let standard = console.store.standards().find(reads, &period.standard).await?;
    let standard = standard.ok_or_else(|| PageError::Missing("评估标准".to_owned()))?.standard;
    let view = View {
        page: Page::new(title)
            .within("/")
            .below(place.crumbs(false, Some(&period)))
            .noted(place.notes())
            .choosing(chooser),
        later,
        verdict: shown::verdict(evaluation.verdict()),
        conclusion: shown::conclusion(&evaluation, name),
        facts: facts(&evaluation),
        reports: reports::drafts(code, &period),
        issued: reports::issued_grid(code, &issued),
        tree: verdict::tree(&evaluation, place, &period),
        stages: stages(&evaluation, place, &period)?,
        filter: units::Form::new(place, &period, filter, &evaluation),
        units: units::grid(&evaluation, place, &period, filter),
        trend: trend::draw(&months)
            .filter(|of| !of.is_blank())
            .map(|drawing| shown::placed(&drawing, "trend"))
            .transpose()?,
        indicators,
        spread,
        undrawn,
        series: series(place, &period, &months, &standard),
        submissions: submissions::grid(code, &sent),
        origin: origin(&evaluation),
        links: vec![
            Link::new("查看逐月变化", link::series(code, Some(&period))),
            Link::new("查看报送情况", link::inflow(Some(code), Some(period.month))),
            Link::new("查看数据质量", link::findings(Some(code), Some(period.month))),
            Link::new("查看评估标准", link::standard(&period.standard)),
        ],
    };
    deliver(view, address, wanted)
}

/// What the county sent for a month after the newest that was evaluated, where that is the one shown: nobody shall take an older
/// month for the newest.
async fn later(
    console: &Console,
    reads: &ReadTransaction,
    code: &RegionCode,
    judged: &[(Month, String)],
    shown_month: Month,
) -> Result<Option<Link>, PageError> {
    let newest = judged.first().is_some_and(|(newest, _)| *newest == shown_month);
    let last = last_sent(reads, code, console.clock.now()).await?;
    let Some(last) = last.filter(|last| newest && last.content.month > shown_month) else {
        return Ok(None);
    };
    let what = match last.state {
        State::Accepted { .. } => "已接收，等待评估",
        State::Refused => "有错误，已退回，须改正后重新报送",
        State::Held => "有警告，等待说明并确认，尚未计入",
        State::Superseded | State::Withdrawn { .. } => "已撤回",
    };
    let month = |month: Month| shown::month(&month.to_string());
    let text = format!("{}的报送{what}。本页是{}的结果。", month(last.content.month), month(shown_month));
    Ok(Some(Link::new(text, link::submission(code, last.content.month, last.number))))
}

/// The stored evaluation of a county's month.
pub(super) async fn find(reads: &ReadTransaction, place: &Place, period: &Period) -> Result<Evaluation, PageError> {
    let row = evaluations::find(reads, &place.region.code, period.month, &period.standard).await?;
    let row = row.ok_or_else(|| PageError::Missing("评估结果".to_owned()))?;
    Evaluation::decode(row.evaluation.as_slice())
        .map_err(|error| PageError::Internal(format!("a stored evaluation: {error}")))
}

async fn months(reads: &ReadTransaction, place: &Place, period: &Period) -> Result<Vec<(Month, Judged)>, PageError> {
    let first = Month::from_ordinal(period.month.ordinal() - MONTHS_BEFORE).unwrap_or(period.month);
    let counties = std::slice::from_ref(&place.region.code);
    let found = overview::judged(reads, counties, (first, period.month), &period.standard).await?;
    Ok(found.into_iter().map(|((_, month), judged)| (month, judged)).rev().collect())
}

fn facts(evaluation: &Evaluation) -> Vec<(&'static str, String)> {
    let mut facts = vec![("评估标准", evaluation.standard_title.clone()), ("依据文件", evaluation.act.clone())];
    if let Some(basis) = &evaluation.basis {
        facts.push(("报送版本", format!("第{}版", basis.revision.unwrap_or_default())));
        facts.extend(basis.known_at.as_ref().and_then(shown::instant).map(|at| ("数据截至", at)));
    }
    facts
}

fn origin(evaluation: &Evaluation) -> Vec<(&'static str, String)> {
    let Some(basis) = &evaluation.basis else { return vec![] };
    vec![("报送记录", basis.submission.clone()), ("所报数据的摘要（SHA-256）", basis.content_digest.clone())]
}

/// Why a chart is not drawn although the month was reported.
fn undrawn(title: &str, stages: &[StageResources]) -> String {
    let missing = |unit: &&Unit| unit.pupils.is_none() || unit.indicators.iter().any(|one| one.value.is_none());
    let units = stages.iter().flat_map(|stage| &stage.units).filter(missing);
    // A school of two stages is one.
    let schools: BTreeSet<&str> = units.map(|unit| unit.school_code.as_str()).collect();
    match schools.len() {
        0 => format!("{title}：所有数值都为零或没有评估单元，无法计算，未绘图。"),
        count => {
            format!("{title}：学校数据缺失，无法计算，未绘图；{count}所学校有数据未报送，各校缺少的数据见结论及依据。")
        }
    }
}

/// What one indicator can be chosen, its charts, and why others are not drawn.
type Chosen = (Vec<Choice>, Vec<Figure>, Vec<String>);

fn spreads(evaluation: &Evaluation, months: &[(Month, Judged)], wanted: &str) -> Result<Chosen, askama::Error> {
    let Some(spread::Spreads { choices, months, shares }) = spread::draw(evaluation, months, wanted) else {
        return Ok((vec![], vec![], vec![]));
    };
    let shares = (1_u32..).zip(shares).map(|(place, drawing)| (format!("lorenz-{place}"), drawing));
    let all = months.into_iter().map(|drawing| ("spread".to_owned(), drawing)).chain(shares);
    let (blank, drawn): (Vec<_>, Vec<_>) = all.partition(|(_, drawing)| drawing.is_blank());
    let figures = drawn.iter().map(|(id, drawing)| shown::placed(drawing, id)).collect::<Result<Vec<_>, _>>()?;
    let mut why: Vec<String> =
        blank.iter().map(|(_, drawing)| undrawn(drawing.title(), &evaluation.resources)).collect();
    let composite = choices.iter().any(|choice| choice.chosen && choice.value == COMPOSITE);
    if composite && drawn.is_empty() && why.is_empty() {
        why.push(format!("{}只有一个月的数据，未绘图；选择单项指标，可以看洛伦兹曲线。", shown::COMPOSITE));
    }
    Ok((choices, figures, why))
}

fn stages(evaluation: &Evaluation, place: &Place, period: &Period) -> Result<Vec<StageView>, askama::Error> {
    let mut stages = vec![];
    for (number, resources) in (1..).zip(&evaluation.resources).filter(|(_, resources)| !resources.units.is_empty()) {
        let (blank, drawings): (Vec<Drawing>, Vec<Drawing>) =
            shown::drawings(resources).into_iter().partition(Drawing::is_blank);
        let of = std::slice::from_ref(resources);
        let figures =
            (1_u32..).zip(&drawings).map(|(place, drawing)| shown::placed(drawing, &format!("chart-{number}-{place}")));
        stages.push(StageView {
            title: shown::stage(resources.stage()),
            indicators: verdict::indicators(resources, &format!("indicators-{number}"), place, period),
            figures: figures.collect::<Result<_, _>>()?,
            undrawn: blank.iter().map(|drawing| undrawn(drawing.title(), of)).collect(),
        });
    }
    Ok(stages)
}

fn series(place: &Place, period: &Period, months: &[(Month, Judged)], standard: &Standard) -> Grid {
    let columns = [
        ("月份", "l"),
        ("结论", "c"),
        ("不达标（待定）项目", "l"),
        ("单元达标率", "r"),
        ("小学达标单元", "r"),
        ("初中达标单元", "r"),
        ("超限系数（个）", "r"),
    ];
    let mut grid = Grid::new("series", "各月结果（同一评估标准）", &columns);
    for (month, judged) in months {
        let of = Period { month: *month, standard: period.standard.clone() };
        let units = |stage| {
            let stage = judged.stages.iter().find(|of| shown::stage(stage) == of.stage.title());
            stage.and_then(|stage| Some(format!("{}/{}", stage.met?, stage.units)))
        };
        let missing = || MISSING.to_owned();
        grid.rows.push(vec![
            Cell::head(shown::month(&month.to_string()), link::region(&place.region.code, Some(&of))),
            Cell::badge(shown::verdict(verdict::encoded(judged.verdict))),
            obstacles(judged, standard, &place.region.code, &of),
            judged.share().map_or_else(missing, |share| percent(share.to_f64(), 2)).into(),
            units(Stage::Primary).unwrap_or_else(missing).into(),
            units(Stage::Junior).unwrap_or_else(missing).into(),
            judged.exceeded_told().into(),
        ]);
    }
    grid.notes.push(WHAT_OBSTACLES_ARE.to_owned());
    grid
}
