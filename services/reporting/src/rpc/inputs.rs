//! What a report is made of, read at once, and the report that is made of it.

use std::fmt::Write as _;

use junheng_domain::{
    code::{Month, RegionCode, RegionLevel, SchoolCode},
    facts::DatedItem,
    school::School,
    standard::ITEM_VALID_MONTHS_AT_MOST,
};
use junheng_proto::{evaluation::v1::Evaluation, reporting::v1::ReportFormat};
use junheng_store::{CountyMonth, Reads, county_items, evaluations, regions, school_facts, schools};
use junheng_wire::{
    fingerprint, item, name,
    status::RpcError,
    violations::{UNKNOWN_FORMAT, Violations},
};
use prost::Message as _;

use crate::{
    report::{CountyReport, Format, Names, Standing},
    workbook::{self, Declaration, Reported},
};

/// The months that a report compares with: the one before, and the same of the year before.
const MONTHS_BEFORE: [i32; 2] = [1, 12];

/// Which report is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) county: RegionCode,
    pub(crate) month: Month,
    pub(crate) standard: String,
    pub(crate) format: ReportFormat,
}

impl Asked {
    /// Reads the fields of a request; `None` where one is wrong, which is told then.
    pub(super) fn decode(evaluation: &str, format: i32, violations: &mut Violations) -> Option<Self> {
        let parsed = violations.take("evaluation", name::parse_evaluation(evaluation));
        let format = match ReportFormat::try_from(format) {
            Ok(ReportFormat::Unspecified) => Some(ReportFormat::Html),
            Ok(format) => Some(format),
            Err(_) => {
                violations.add("format", UNKNOWN_FORMAT);
                None
            }
        };
        let ((county, month, standard), format) = parsed.zip(format)?;
        Some(Self { county, month, standard, format })
    }

    pub(super) fn evaluation(&self) -> String {
        name::evaluation(&self.county, self.month, &self.standard)
    }

    fn missing(&self) -> RpcError {
        RpcError::Missing { resource: self.evaluation() }
    }
}

/// What a report is made of.
#[derive(Debug)]
pub(crate) struct Inputs {
    format: ReportFormat,
    names: Names,
    pub(super) evaluation: Evaluation,
    pub(super) evaluated_at: jiff::Timestamp,
    earlier: Vec<Evaluation>,
    reported: Reported,
    /// SHA-256 of all of it.
    pub(crate) digest: String,
}

/// A report, rendered.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) content: Vec<u8>,
    pub(crate) media_type: String,
    pub(crate) file_name: String,
}

impl Inputs {
    /// Reads what a report is made of.
    pub(crate) async fn read(reads: &impl Reads, asked: &Asked) -> Result<Self, RpcError> {
        let row = evaluations::find(reads, &asked.county, asked.month, &asked.standard).await?;
        let row = row.ok_or_else(|| asked.missing())?;
        let names = names(reads, &asked.county).await?;
        let mut of = vec![fingerprint::of_bytes(&row.evaluation), of_names(&names)];
        let mut earlier = vec![];
        for months in MONTHS_BEFORE {
            let Ok(before) = Month::from_ordinal(asked.month.ordinal() - months) else { continue };
            if let Some(row) = evaluations::find(reads, &asked.county, before, &asked.standard).await? {
                of.push(fingerprint::of_bytes(&row.evaluation));
                earlier.push(decode(&row.evaluation)?);
            }
        }
        let evaluation = decode(&row.evaluation)?;
        let mut reported = Reported::default();
        if asked.format == ReportFormat::Xlsx {
            let county = asked.county.clone();
            let at = CountyMonth { county, month: asked.month, as_of: row.known_at };
            let submission = evaluation.basis.as_ref().and_then(|basis| name::parse_submission(&basis.submission).ok());
            reported = read_reported(reads, at, submission.map(|(.., number)| number)).await?;
            of.push(of_reported(&reported));
        }
        let digest = fingerprint::of_text(&of.join("\n"));
        Ok(Self { format: asked.format, names, evaluation, evaluated_at: row.evaluated_at, earlier, reported, digest })
    }

    /// Renders the report; it says whether it is a draft or was issued.
    pub(crate) async fn render(self, standing: Standing) -> Result<Rendered, RpcError> {
        let rendering = tokio::task::spawn_blocking(move || self.render_now(&standing));
        rendering.await.map_err(|error| RpcError::Internal { what: format!("rendering: {error}") })?
    }

    fn render_now(&self, standing: &Standing) -> Result<Rendered, RpcError> {
        let failed = |error: &dyn std::error::Error| RpcError::Internal { what: format!("rendering: {error}") };
        let format = match self.format {
            ReportFormat::Docx => Format::Docx,
            ReportFormat::Markdown => Format::Markdown,
            ReportFormat::Html | ReportFormat::Unspecified => Format::Html,
            ReportFormat::Xlsx => {
                let form = Declaration::new(&self.evaluation, &self.names, &self.reported, standing);
                let content = form.write().map_err(|error| failed(&error))?;
                return Ok(Rendered {
                    content,
                    media_type: workbook::MEDIA_TYPE.to_owned(),
                    file_name: form.file_name(),
                });
            }
        };
        let report = CountyReport::standing(&self.evaluation, &self.names, &self.earlier, standing);
        let content = report.render(format).map_err(|error| failed(&error))?;
        Ok(Rendered { content, media_type: format.media_type().to_owned(), file_name: report.file_name(format) })
    }
}

/// Reads what a county reported for a month as far as was known at an instant: of a submission, and what else counts.
///
/// A school that reported and is not open in the month is among the schools.
pub(super) async fn read_reported(
    reads: &impl Reads,
    at: CountyMonth,
    submission: Option<u32>,
) -> Result<Reported, RpcError> {
    let facts = match submission {
        Some(number) => school_facts::list(reads, &at.county, at.month, number).await?,
        None => vec![],
    };
    let known = schools::list_as_of(reads, &at.county, Some(at.as_of)).await?;
    let reporting = |code: &SchoolCode| facts.iter().any(|facts| facts.school == *code);
    let schools = known.iter().filter_map(|history| {
        history.in_month(at.month).or_else(|| reporting(history.code()).then(|| history.view_in(at.month)))
    });
    let schools = schools.collect();
    let items =
        county_items::list_latest(reads, &[at], ITEM_VALID_MONTHS_AT_MOST).await?.into_iter().flatten().collect();
    Ok(Reported { schools, facts, items })
}

fn decode(stored: &[u8]) -> Result<Evaluation, RpcError> {
    Evaluation::decode(stored).map_err(|error| RpcError::Internal { what: format!("a stored evaluation: {error}") })
}

fn of_names(names: &Names) -> String {
    let above = [&names.province_name, &names.city_name].map(|name| name.as_deref().unwrap_or_default());
    fingerprint::of_text(&[above[0], above[1], &names.county_name, &names.data_note].join("\n"))
}

/// Digest of what an evaluation does not hold itself; its digest covers what the schools reported.
fn of_reported(reported: &Reported) -> String {
    let mut text = String::new();
    for School { code, name, school_type, organiser_type, urban_rural_code, .. } in &reported.schools {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{code} {school_type} {organiser_type:?} {urban_rural_code:?} {name}");
    }
    let items = reported.items.iter().map(|dated: &DatedItem| fingerprint::of(&item::encode_dated(dated)));
    fingerprint::of_text(&items.fold(text, |text, item| text + &item))
}

/// What the county and the regions above it are called.
pub(super) async fn names(reads: &impl Reads, county: &RegionCode) -> Result<Names, RpcError> {
    let mut names = Names::default();
    let mut next = Some(county.clone());
    for _ in 0..3 {
        let Some(code) = next.take() else { break };
        let Some(region) = regions::find(reads, &code).await? else { break };
        next = region.parent;
        if code == *county {
            names.county_name = region.name;
            names.data_note = region.data_note;
        } else if region.level == RegionLevel::Province {
            names.province_name = Some(region.name);
        } else {
            names.city_name = Some(region.name);
        }
    }
    Ok(names)
}
