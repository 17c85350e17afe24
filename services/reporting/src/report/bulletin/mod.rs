//! The monthly bulletin (每月调度通报) of a region: who reported, what came out, what changed and why, ranking, gaps, what is due.
//!
//! Only what data shows: no praise, no cause that no figure bears out. A county without figures is told as such and ranked nowhere.

mod due;
mod gaps;
mod general;
mod inflow;
mod ranking;
mod verdicts;

use jiff::Timestamp;

use super::{
    Format, ReportError,
    document::Document,
    file_part, typeset,
    words::{self, last_segment},
    writer::Writer,
};
use crate::overview::{County, Overview, Targets};

/// What stands above the title: nothing is issued here, whoever sends a bulletin takes it away.
const DRAFT: &str = "草稿";
/// Rows of a ranking that stand in the body; a longer one is an annex.
const BODY_ROWS: usize = 20;

/// The monthly bulletin of a region, from which all formats are rendered.
///
/// Figures are printed as in the county report: shares with 2 decimals of a percent, coefficients of variation with 3, half away from zero.
/// Shares and ranks follow from exact numbers, not from printed ones.
#[derive(Clone, Debug)]
pub struct Bulletin {
    document: Document,
    file_stem: String,
}

impl Bulletin {
    /// Writes the bulletin of an overview.
    #[must_use]
    pub fn new(overview: &Overview, targets: &Targets) -> Self {
        let mut writer = Writer::default();
        general::write(&mut writer, overview, targets);
        inflow::write(&mut writer, overview);
        verdicts::write(&mut writer, overview);
        ranking::write(&mut writer, overview);
        gaps::write(&mut writer, overview);
        due::write(&mut writer, overview);
        writer.signature("印发机关（盖章）", "成文日期");
        ranking::write_annexes(&mut writer, overview);
        inflow::write_annex(&mut writer, overview);
        let month = overview.month.to_string();
        let name = &overview.region.name;
        let mut document = Document {
            title: [format!("{name}义务教育"), format!("{}每月调度通报", kind(&overview.standard.title))],
            subtitle: words::month(&month),
            mark: DRAFT,
            note: notes(overview),
            facts: facts(overview),
            conclusion: None,
            blocks: writer.finished(),
        };
        typeset::document(&mut document);
        Self { document, file_stem: file_part(&format!("{name}-{month}-调度通报")) }
    }

    /// Renders in the format asked for.
    ///
    /// # Errors
    ///
    /// [`ReportError`] when a template fails or the package cannot be written.
    pub fn render(&self, format: Format) -> Result<Vec<u8>, ReportError> {
        self.document.render(format)
    }

    /// Returns a good name for a file: 阜新市-2024-12-调度通报.docx.
    #[must_use]
    pub fn file_name(&self, format: Format) -> String {
        format!("{}.{}", self.file_stem, format.extension())
    }
}

/// What a standard of this title judges.
fn kind(standard_title: &str) -> &'static str {
    if standard_title.contains("优质均衡") { "优质均衡发展" } else { "均衡发展" }
}

fn facts(overview: &Overview) -> Vec<(String, String)> {
    let above = overview.above.iter().rev().map(|place| place.name.as_str());
    let place: String = above.chain([overview.region.name.as_str()]).collect();
    let code = overview.region.code.as_ref().map_or_else(String::new, |code| format!("（行政区划代码{code}）"));
    let facts = [
        ("通报范围", format!("{place}{code}，{}个县（市、区）", overview.counties.len())),
        ("评估月份", words::month(&overview.month.to_string())),
        ("评估标准", overview.standard.title.clone()),
        ("依据文件", overview.standard.act.clone()),
        ("数据截止", instant(overview.at)),
        ("印发状态", "草稿（未印发）".to_owned()),
    ];
    let filled = facts.into_iter().filter(|(_, fact)| !fact.is_empty());
    filled.map(|(label, fact)| (label.to_owned(), fact)).collect()
}

/// Names that are told of noted counties one by one; of more their number.
const NOTED_ONE_BY_ONE: usize = 3;

/// What a reader must know of the figures: of the region, and of counties whose figures are shown.
pub(crate) fn notes(overview: &Overview) -> String {
    let own = Some(overview.region.note.clone()).filter(|note| !note.is_empty());
    let single = overview.counties.iter().all(|county| Some(&county.code) == overview.region.code.as_ref());
    // What is said of the whole region is not said again of its counties.
    let has_note = |county: &&County| !single && !county.note.is_empty() && county.note != overview.region.note;
    // Counties of the same note share it.
    let mut shared: Vec<(&str, Vec<&str>)> = vec![];
    for county in overview.counties.iter().filter(has_note) {
        match shared.iter_mut().find(|(note, _)| *note == county.note) {
            Some((_, names)) => names.push(&county.name),
            None => shared.push((&county.note, vec![&county.name])),
        }
    }
    // A note may begin with a colon of its own: 合成数据：虚构的县.
    let of = |(note, names): (&str, Vec<&str>)| match names.as_slice() {
        [name] => format!("{name}（{note}）"),
        names if names.len() > NOTED_ONE_BY_ONE => {
            format!("{}等{}个县（市、区）（{note}）", names[..NOTED_ONE_BY_ONE].join("、"), names.len())
        }
        names => format!("{}（{note}）", names.join("、")),
    };
    let notes: Vec<String> = own.into_iter().chain(shared.into_iter().map(of)).collect();
    words::sentence(&notes.join("；"))
}

fn instant(at: Timestamp) -> String {
    words::instant(&junheng_wire::time::encode(at)).unwrap_or_default()
}

/// An instant to the minute, as a table shows it: 1月5日10:23.
fn short_instant(at: Timestamp) -> String {
    let there = jiff::tz::Offset::constant(8).to_datetime(at);
    format!("{}年{}月{}日{:02}:{:02}", there.year(), there.month(), there.day(), there.hour(), there.minute())
}

/// Names of counties, one after the other.
fn names<'a>(counties: impl IntoIterator<Item = &'a County>) -> String {
    counties.into_iter().map(|county| county.name.as_str()).collect::<Vec<_>>().join("、")
}

/// An indicator as it is called: L2 每百名学生拥有县级以上骨干教师数; the composite coefficient by its title alone.
fn indicator(overview: &Overview, id: &str) -> String {
    let title = overview.indicator_title(id);
    if id == junheng_wire::summary::COMPOSITE { title.to_owned() } else { format!("{} {title}", last_segment(id)) }
}
