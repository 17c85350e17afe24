//! Issued reports: [`junheng_store::reports::Report`] → `junheng.reporting.v1.Report`.

use junheng_proto::reporting::v1::{self as proto, ReportFormat};
use junheng_store::reports::Report;

use crate::{name, time};

/// The formats and the ids that they are stored under.
const FORMATS: [(ReportFormat, &str); 4] = [
    (ReportFormat::Html, "html"),
    (ReportFormat::Markdown, "md"),
    (ReportFormat::Docx, "docx"),
    (ReportFormat::Xlsx, "xlsx"),
];

/// Id of a format; of one that is not said HTML's.
#[must_use]
pub fn format_id(format: ReportFormat) -> &'static str {
    FORMATS.iter().find(|(known, _)| *known == format).map_or("html", |(_, id)| id)
}

/// Encodes an issued report without its content.
#[must_use]
pub fn encode(report: &Report) -> proto::Report {
    let (county, month) = (&report.county, report.month);
    let format =
        FORMATS.iter().find(|(_, id)| *id == report.format).map_or(ReportFormat::Unspecified, |(known, _)| *known);
    proto::Report {
        name: name::report(county, report.number),
        evaluation: name::evaluation(county, month, &report.standard_id),
        month: month.to_string(),
        standard: name::standard(&report.standard_id),
        format: format.into(),
        media_type: report.media_type.clone(),
        file_name: report.file_name.clone(),
        byte_count: Some(report.byte_count),
        digest: report.digest.clone(),
        inputs_digest: report.inputs_digest.clone(),
        submission: report.submission.map(|(number, _)| name::submission(county, month, number)).unwrap_or_default(),
        revision: report.submission.map(|(_, revision)| revision),
        evaluated_at: Some(time::encode(report.evaluated_at)),
        issued_by: report.issued_by.clone(),
        issued_at: Some(time::encode(report.known_at)),
    }
}
