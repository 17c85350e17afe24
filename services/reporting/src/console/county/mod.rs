//! A county: its verdict down to the reported figures, its units, its months, its submissions, its reports.

mod spread;
pub(super) mod submissions;
mod trend;
mod units;
pub(super) mod verdict;

use askama::Template;
use junheng_domain::code::Month;
use junheng_proto::{common::v1::Stage, evaluation::v1::Evaluation};
use junheng_store::{ReadTransaction, evaluations, reports as issued_reports, submissions as stored_submissions};
use prost::Message as _;

use super::{
    Console,
    error::PageError,
    grid::{Cell, Grid},
    link::{self, Link},
    page::{Choice, Page, Shown, show},
    period::{self, Asked, Period},
    place::Place,
    region::Filter,
    reports,
    tree::Node,
};
use crate::{
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
    spread: Option<Figure>,
    series: Grid,
    submissions: Grid,
    links: Vec<Link>,
}

/// Resources of a stage.
struct StageView {
    title: &'static str,
    indicators: Grid,
    figures: Vec<Figure>,
}

#[derive(Template)]
#[template(path = "console/list.html", config = "templates/askama.toml", whitespace = "minimize")]
struct Bare {
    page: Page,
    text: &'static str,
    grids: Vec<Grid>,
}

/// Shows a county.
pub(super) async fn page(
    console: &Console,
    reads: &ReadTransaction,
    place: &Place,
    asked: &Asked,
    filter: &Filter,
) -> Shown {
    let code = &place.region.code;
    let judged = evaluations::list_judged(reads, std::slice::from_ref(code)).await?;
    let Some(period) = asked.choose(&judged)? else {
        let sent = stored_submissions::list(reads, code, None, None, SUBMISSIONS).await?;
        let page = Page::new(&*place.region.name).within("/").below(place.crumbs(false, None)).noted(place.notes());
        let text = "该县尚无评估结果。数据报送并通过检查后，系统自动评估。";
        return show(&Bare { page, text, grids: vec![submissions::grid(code, &sent)] });
    };
    let chooser = period::chooser(&console.store, reads, link::region(code, None), &judged, &period).await?;
    let evaluation = find(reads, place, &period).await?;
    let months = months(reads, place, &period).await?;
    let sent = stored_submissions::list(reads, code, Some(period.month), None, SUBMISSIONS).await?;
    let issued = issued_reports::list(reads, code, Some(period.month), None, REPORTS).await?;
    let (indicators, spread) = spread::draw(&evaluation, &months, &filter.indicator)
        .map_or((vec![], None), |spreads| (spreads.choices, Some(spreads.drawing)));
    let name = &place.region.name;
    let title = format!("{name}{}评估结果", shown::month(&evaluation.month));
    show(&View {
        page: Page::new(title)
            .within("/")
            .below(place.crumbs(false, Some(&period)))
            .noted(place.notes())
            .choosing(chooser),
        verdict: shown::verdict(evaluation.verdict()),
        conclusion: shown::conclusion(&evaluation, name),
        facts: facts(&evaluation),
        reports: reports::drafts(code, &period),
        issued: reports::issued_grid(code, &issued),
        tree: verdict::tree(&evaluation, place, &period),
        stages: stages(&evaluation)?,
        filter: units::Form::new(place, &period, filter, &evaluation),
        units: units::grid(&evaluation, place, &period, filter),
        trend: trend::draw(&months).map(|drawing| shown::placed(&drawing, "trend")).transpose()?,
        indicators,
        spread: spread.map(|drawing| shown::placed(&drawing, "spread")).transpose()?,
        series: series(place, &period, &months),
        submissions: submissions::grid(code, &sent),
        links: vec![
            Link::new("查看报送情况", link::inflow(Some(code), Some(period.month))),
            Link::new("查看数据质量", link::findings(Some(code), Some(period.month))),
            Link::new("查看评估标准", link::standard(&period.standard)),
        ],
    })
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
        facts.push(("数据摘要", basis.content_digest.clone()));
    }
    facts
}

fn stages(evaluation: &Evaluation) -> Result<Vec<StageView>, askama::Error> {
    let mut stages = vec![];
    for (number, resources) in (1..).zip(&evaluation.resources).filter(|(_, resources)| !resources.units.is_empty()) {
        let drawings = shown::drawings(resources);
        let figures =
            (1_u32..).zip(&drawings).map(|(place, drawing)| shown::placed(drawing, &format!("chart-{number}-{place}")));
        stages.push(StageView {
            title: shown::stage(resources.stage()),
            indicators: verdict::indicators(resources, &format!("indicators-{number}")),
            figures: figures.collect::<Result<_, _>>()?,
        });
    }
    Ok(stages)
}

fn series(place: &Place, period: &Period, months: &[(Month, Judged)]) -> Grid {
    let columns = [
        ("月份", "l"),
        ("结论", "c"),
        ("小学达标单元", "r"),
        ("初中达标单元", "r"),
        ("单元达标率", "r"),
        ("超限系数（个）", "r"),
        ("不达标项目", "l"),
    ];
    let mut grid = Grid::new("series", "各月结果（同一评估标准）", &columns);
    for (month, judged) in months {
        let of = Period { month: *month, standard: period.standard.clone() };
        let units = |stage| {
            let stage = judged.stages.iter().find(|of| shown::stage(stage) == of.stage.title());
            stage.and_then(|stage| Some(format!("{}/{}", stage.met?, stage.units)))
        };
        let missing = || MISSING.to_owned();
        let items = judged.not_met_items.join("、");
        grid.rows.push(vec![
            Cell::head(shown::month(&month.to_string()), link::region(&place.region.code, Some(&of))),
            Cell::badge(shown::verdict(verdict::encoded(judged.verdict))),
            units(Stage::Primary).unwrap_or_else(missing).into(),
            units(Stage::Junior).unwrap_or_else(missing).into(),
            judged.share().map_or_else(missing, |share| percent(share.to_f64(), 2)).into(),
            judged.exceeded().to_string().into(),
            if items.is_empty() { missing().into() } else { items.into() },
        ]);
    }
    grid
}
