//! Reports on counties and bulletins on regions: pure functions to what people read.

mod annex;
mod basics;
mod bulletin;
mod changed_units;
mod changes;
mod charts;
mod composite;
mod conclusion;
mod document;
mod docx;
mod drafts;
pub(crate) mod escape;
pub(crate) mod figures;
mod gaps;
mod items;
pub(crate) mod labels;
mod missing;
pub(crate) mod number;
mod render;
mod resources;
pub(crate) mod shown;
mod standing;
mod typeset;
mod units;
pub(crate) mod words;
mod writer;

pub use bulletin::Bulletin;
pub(crate) use bulletin::notes;
use document::Document;
use junheng_proto::evaluation::v1::Evaluation;
use writer::Writer;

pub use standing::{Issued, Standing};

/// What the evaluation does not say of the county: names for people, and what a reader must know of the figures.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The county: 彰武县.
    pub county_name: String,
    /// The city above it: 阜新市.
    pub city_name: Option<String>,
    /// The province above it: 辽宁省.
    pub province_name: Option<String>,
    /// A note on the figures, in Chinese, printed at the top; empty when there is none.
    pub data_note: String,
}

/// Format of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// A Word document set as GB/T 9704 asks, to be edited, signed and sent.
    Docx,
    /// One self-contained HTML file, ready to print.
    Html,
    /// Markdown with tables; what a chart shows stands in the tables.
    Markdown,
}

impl Format {
    /// Returns the media type of the content.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Html => "html",
            Self::Markdown => "md",
        }
    }
}

/// A report that cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The template failed.
    #[error("cannot render the report")]
    Template(#[from] askama::Error),
    /// The document could not be packed.
    #[error("cannot pack the document")]
    Package(#[from] zip::result::ZipError),
    /// The document could not be written.
    #[error("cannot write the document")]
    Write(#[from] std::io::Error),
}

/// The self-check report (自查报告) on one county's month, from which all formats are rendered.
///
/// Figures are formatted once: school values and means with 2 decimals, coefficients of variation with 3, percentages with 2,
/// half away from zero. A figure that would then contradict its verdict gets more decimals and a mark. What is missing is
/// `—` or 未报送, never zero; an undetermined verdict is 待定 and neither failure nor success.
///
/// Legal source: the act that the evaluation names; each indicator and item is printed with its clause.
#[derive(Clone, Debug)]
pub struct CountyReport {
    document: Document,
    file_stem: String,
}

impl CountyReport {
    /// Writes the report on an evaluation.
    #[must_use]
    pub fn new(evaluation: &Evaluation, county: &Names) -> Self {
        Self::compared(evaluation, county, &[])
    }

    /// Writes the report on an evaluation, compared with those of earlier months under the same standard, in the order given. It is a
    /// draft.
    #[must_use]
    pub fn compared(evaluation: &Evaluation, county: &Names, earlier: &[Evaluation]) -> Self {
        Self::standing(evaluation, county, earlier, &Standing::default())
    }

    /// Writes the report on an evaluation as [`compared`](Self::compared), a draft or an issued one.
    #[must_use]
    pub fn standing(evaluation: &Evaluation, county: &Names, earlier: &[Evaluation], standing: &Standing) -> Self {
        let kind = words::kind(&evaluation.standard_title);
        let name = county_name(evaluation, county);
        let mut writer = Writer::default();
        basics::write(&mut writer, evaluation, &name);
        resources::write(&mut writer, evaluation);
        items::write(&mut writer, evaluation);
        conclusion::write(&mut writer, evaluation, &name);
        changes::write(&mut writer, evaluation, earlier);
        gaps::write(&mut writer, evaluation);
        missing::write(&mut writer, evaluation);
        writer.signature("报告单位（盖章）", "报告日期");
        annex::write(&mut writer, evaluation, standing);
        let mut document = Document {
            title: [format!("{name}义务教育"), kind.to_owned()],
            subtitle: words::month(&evaluation.month),
            mark: standing.mark(),
            note: words::sentence(&county.data_note),
            facts: facts(evaluation, county, &name, standing),
            conclusion: Some(conclusion::boxed(evaluation, &name)),
            blocks: writer.finished(),
        };
        typeset::document(&mut document);
        let file_stem = file_part(&format!("{name}-{}-{kind}", evaluation.month));
        Self { document, file_stem }
    }

    /// Renders one self-contained HTML file: no scripts, nothing loaded from elsewhere, ready to print on A4.
    ///
    /// # Errors
    ///
    /// [`ReportError::Template`] when the template fails.
    pub fn html(&self) -> Result<String, ReportError> {
        self.document.html()
    }

    /// Renders Markdown with tables. Names are escaped: none can become markup or break out of its cell.
    ///
    /// # Errors
    ///
    /// [`ReportError::Template`] when the template fails.
    pub fn markdown(&self) -> Result<String, ReportError> {
        self.document.markdown()
    }

    /// Renders a Word document (.docx) with real headings and tables, charts as pictures with their text, and page numbers.
    ///
    /// On a machine without a font for Chinese a chart is told in words instead.
    ///
    /// # Errors
    ///
    /// [`ReportError`] when a template fails or the package cannot be written.
    pub fn docx(&self) -> Result<Vec<u8>, ReportError> {
        self.document.docx()
    }

    /// Renders in the format asked for.
    ///
    /// # Errors
    ///
    /// [`ReportError`] when a template fails or the package cannot be written.
    pub fn render(&self, format: Format) -> Result<Vec<u8>, ReportError> {
        self.document.render(format)
    }

    /// Returns a good name for a file: 彰武县-2024-12-优质均衡发展自查报告.html.
    #[must_use]
    pub fn file_name(&self, format: Format) -> String {
        format!("{}.{}", self.file_stem, format.extension())
    }
}

fn county_name(evaluation: &Evaluation, county: &Names) -> String {
    let code = words::last_segment(&evaluation.region);
    if county.county_name.is_empty() { code.to_owned() } else { county.county_name.clone() }
}

/// A name without what file systems refuse.
pub(crate) fn file_part(name: &str) -> String {
    let refused = |character: char| character.is_control() || r#"/\:*?"<>|"#.contains(character);
    name.chars().map(|character| if refused(character) { '_' } else { character }).collect()
}

/// The title block: what was judged, by which standard, on what submission.
fn facts(evaluation: &Evaluation, county: &Names, name: &str, standing: &Standing) -> Vec<(String, String)> {
    let above = [&county.province_name, &county.city_name].into_iter().flatten().map(String::as_str);
    let region = words::last_segment(&evaluation.region);
    let place: String = above.chain([name]).collect();
    let mut facts = vec![
        ("评估对象", format!("{place}（行政区划代码{region}）")),
        ("评估月份", words::month(&evaluation.month)),
        ("评估标准", evaluation.standard_title.clone()),
        ("依据文件", evaluation.act.clone()),
    ];
    if let Some(basis) = &evaluation.basis {
        let revision = basis.revision.map_or_else(String::new, |revision| format!("第{revision}次报送"));
        let submission = words::last_segment(&basis.submission);
        let numbered = if submission.is_empty() { String::new() } else { format!("（编号：{submission}）") };
        facts.push(("报送版本", revision + &numbered));
        if let Some(known) = basis.known_at.as_ref().and_then(words::instant) {
            facts.push(("数据截止", known));
        }
    } else {
        facts.push(("报送版本", "由数据文件离线评估，无报送版本".to_owned()));
    }
    facts.extend(standing.facts());
    let filled = facts.into_iter().filter(|(_, fact)| !fact.is_empty());
    filled.map(|(label, fact)| (label.to_owned(), fact)).collect()
}
