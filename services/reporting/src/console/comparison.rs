//! 县际比较: counties below a region side by side, in a month by a standard.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::Uri,
};
use junheng_domain::{code::RegionCode, verdict::Verdict};
use junheng_runtime::Caller;
use junheng_store::evaluations;
use junheng_wire::summary::COMPOSITE;

use super::{
    Console,
    county::verdict,
    download::{Tabled, Wanted, deliver},
    error::PageError,
    grid::{Cell, Grid},
    link,
    overview::counties::{WHAT_OBSTACLES_ARE, obstacles},
    page::{Choice, Page, Shown},
    period::{self, Asked, Period},
    place::{Place, Territory},
};
use crate::{
    overview::{Compared, Overview, Question},
    report::{
        number::{MISSING, beside, percent, rounded},
        shown,
    },
    table::Table,
};

/// Counties that stand side by side at most.
const COMPARED: usize = 10;
/// The parameter that names a county, as often as there are counties.
const COUNTY: &str = "county";

#[derive(Template)]
#[template(path = "console/comparison.html", config = "templates/askama.toml", whitespace = "minimize")]
struct View {
    page: Page,
    action: String,
    period: Option<Period>,
    choices: Vec<Choice>,
    text: String,
    grids: Vec<Grid>,
    whole: String,
    overview: Option<Overview>,
}

impl Tabled for View {
    fn page(&self) -> &Page {
        &self.page
    }

    fn grids(&mut self) -> Vec<&mut Grid> {
        self.grids.iter_mut().collect()
    }

    fn whole(&self) -> Vec<Table> {
        self.overview.as_ref().map(Overview::comparison_tables).unwrap_or_default()
    }
}

/// Shows the form that chooses counties, and those that were chosen.
pub(super) async fn show(
    State(console): State<Console>,
    Extension(caller): Extension<Caller>,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
    Query(wanted): Query<Wanted>,
    Query(parameters): Query<Vec<(String, String)>>,
    address: Uri,
) -> Shown {
    let reads = console.store.begin_read().await?;
    let place = Place::find(&reads, &caller, &code).await?;
    let region = &place.region.code;
    let territory = Territory::read(&reads, &caller, Some(region)).await?;
    let judged = evaluations::list_judged(&reads, &territory.counties).await?;
    let period = asked.choose(&judged)?;
    let chosen = chosen(&parameters, &territory)?;
    let choice = |county: &RegionCode| Choice {
        value: county.to_string(),
        text: territory.name(county),
        chosen: chosen.contains(county),
    };
    let mut frame = Page::new(format!("{}县际比较", place.region.name))
        .within("/")
        .below(place.crumbs(true, period.as_ref()))
        .noted(place.notes_with(&territory));
    let mut view = View {
        page: Page::default(),
        action: format!("/regions/{region}/comparison"),
        choices: territory.counties.iter().map(choice).collect(),
        text: format!("请选择2至{COMPARED}个县（市、区），再点“比较”。"),
        grids: vec![],
        whole: String::new(),
        overview: None,
        period: None,
    };
    if let Some(period) = period {
        let kept = chosen.iter().map(|county| (COUNTY, county.to_string())).collect();
        let mut chooser = period::chooser(&console.store, &reads, view.action.clone(), &judged, &period).await?;
        chooser.kept = kept;
        frame = frame.choosing(chooser);
        if (2..=COMPARED).contains(&chosen.len()) {
            let question = Question {
                region: Some(region.clone()),
                month: period.month,
                standard: period.standard.clone(),
                at: console.clock.now(),
            };
            let overview = Overview::read_within(&console.store, &reads, &question).await?.only(&chosen);
            view.text.clear();
            view.grids = vec![verdicts(&overview, &period), figures(&overview, true), figures(&overview, false)];
            let month = period.month.to_string();
            let codes: Vec<String> = chosen.iter().map(ToString::to_string).collect();
            let mut parameters = vec![("month", month.as_str()), ("standard", period.standard.as_str())];
            parameters.extend(codes.iter().map(|code| (COUNTY, code.as_str())));
            parameters.push(("as", "xlsx"));
            view.whole = link::query(&view.action, &parameters);
            view.overview = Some(overview);
        }
        view.period = Some(period);
    } else {
        "所属县级单位尚无评估结果。".clone_into(&mut view.text);
    }
    reads.finish().await?;
    view.page = frame;
    deliver(view, &address, &wanted)
}

/// The counties that an address names, each once, in its order.
fn chosen(parameters: &[(String, String)], territory: &Territory) -> Result<Vec<RegionCode>, PageError> {
    let mut chosen = vec![];
    for (_, value) in parameters.iter().filter(|(name, _)| name == COUNTY) {
        let known = value.parse().ok().filter(|code| territory.counties.contains(code));
        let code: RegionCode = known.ok_or_else(|| PageError::Choice("县".to_owned()))?;
        if !chosen.contains(&code) {
            chosen.push(code);
        }
    }
    Ok(chosen)
}

fn verdicts(overview: &Overview, period: &Period) -> Grid {
    let columns =
        [("县级单位", "l"), ("结论", "c"), ("不达标（待定）项目", "l"), ("单元达标率", "r"), ("超限系数（个）", "r")];
    let mut grid = Grid::new("verdicts", "结论", &columns);
    for county in &overview.counties {
        let head = Cell::head(county.name.clone(), link::region(&county.code, Some(period)));
        let Some(judged) = &county.judged else {
            let missing = [MISSING; 3].map(Cell::from);
            grid.rows.push([head, Cell::from(county.gap().title())].into_iter().chain(missing).collect());
            continue;
        };
        grid.rows.push(vec![
            head,
            Cell::badge(shown::verdict(verdict::encoded(judged.verdict))),
            obstacles(judged, &overview.standard, &county.code, period),
            judged.share().map_or_else(|| MISSING.to_owned(), |share| percent(share.to_f64(), 2)).into(),
            judged.exceeded_told().into(),
        ]);
    }
    grid.notes.push(WHAT_OBSTACLES_ARE.to_owned());
    grid
}

/// Coefficients, or means, of the counties: a row an indicator, a column a county.
fn figures(overview: &Overview, variations: bool) -> Grid {
    let (id, caption) = if variations { ("variations", "差异系数") } else { ("means", "全县均值") };
    let mut heads = vec![("指标", "l"), ("学段", "c")];
    if variations {
        heads.push(("限值", "r"));
    }
    heads.extend(overview.counties.iter().map(|county| (county.name.as_str(), "r")));
    let mut grid = Grid::new(id, caption, &heads);
    for figure in overview.figures() {
        let column = figure.column;
        let limit = column.limit;
        let cell = |cell: &Compared| {
            let (figure, rank) =
                if variations { (cell.variation, cell.variation_rank) } else { (cell.mean, cell.mean_rank) };
            let text = match figure {
                Ok(figure) if variations => beside(figure, limit, 3, true),
                Ok(figure) => rounded(figure, 2),
                Err(gap) => gap.title().to_owned(),
            };
            let beyond = variations && cell.verdict == Some(Verdict::NotMet);
            let aside = match (beyond, rank == Some(1)) {
                (true, true) => "超限（第1）",
                (true, false) => "超限",
                (false, true) => "（第1）",
                (false, false) => "",
            };
            Cell { tone: if beyond { "beyond" } else { "" }, aside, ..Cell::from(text) }
        };
        let cells: Vec<Cell> = figure.cells.iter().map(cell).collect();
        if !variations && column.id == COMPOSITE {
            // There is no mean of the composite.
            continue;
        }
        let name =
            if column.id == COMPOSITE { column.title.to_owned() } else { format!("{} {}", column.id, column.title) };
        let mut row = vec![Cell::head(name, ""), column.stage.title().into()];
        if variations {
            row.push(shown::variation_limit(limit).into());
        }
        grid.rows.push(row.into_iter().chain(cells).collect());
    }
    let note = if variations {
        "“（第1）”为所比较各县中最小（最均衡）的。"
    } else {
        "“（第1）”为所比较各县中最高的。"
    };
    grid.notes.push(note.to_owned());
    grid
}
