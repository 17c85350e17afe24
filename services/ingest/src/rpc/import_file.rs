//! `ImportFile`: takes one county's month as a workbook or as CSV tables, the way `SubmitMonth` takes a message.

use junheng_domain::{
    checks::SchoolRow,
    code::{Month, RegionCode},
    finding as domain,
};
use junheng_proto::ingest::v1::{
    FileReading, Finding, ImportFileHeader, ImportFileRequest, ImportFileResponse, Severity, SubmitMonthRequest,
    SubmitMonthResponse, import_file_request::Part, submit_month_response::Outcome,
};
use junheng_runtime::Caller;
use junheng_store::schools;
use junheng_wire::{
    facts, fingerprint, item, name,
    status::RpcError,
    violations::{Fault, Violations},
};
use tokio_stream::StreamExt as _;
use tonic::{Status, Streaming};

use super::{
    get_template::{blocking, template, written},
    submit_month,
};
use crate::{
    Ingest,
    file::{self, MAX_FILE_BYTES, MAX_FILES, NamedFile, Reading, Remark},
    submission::Origin,
};

/// Bytes that a chunk may have.
const MAX_CHUNK_BYTES: usize = 1 << 20;
/// Characters that a file's name may have.
const MAX_NAME: usize = 200;

/// A file as its chunks brought it.
#[derive(Debug)]
struct Upload {
    name: String,
    bytes: Vec<u8>,
}

#[tracing::instrument(name = "ingest.import_file", skip_all, fields(caller.subject = %caller.subject, request.id = tracing::field::Empty, region.name = tracing::field::Empty, submission.month = tracing::field::Empty))]
pub(crate) async fn handle(
    ingest: &Ingest,
    caller: &Caller,
    parts: Streaming<ImportFileRequest>,
) -> Result<ImportFileResponse, Status> {
    let (header, uploads) = receive(parts).await?;
    Ok(import(ingest, caller, header, uploads).await?)
}

/// Takes the header and the files, and stops at the first part that is wrong: nothing after it would be understood.
async fn receive(mut parts: Streaming<ImportFileRequest>) -> Result<(ImportFileHeader, Vec<Upload>), Status> {
    let Some(ImportFileRequest { part: Some(Part::Header(header)) }) = parts.try_next().await? else {
        return Err(invalid("header", ("is not the first message", "不是第一条消息")).into());
    };
    let mut uploads: Vec<Upload> = Vec::new();
    let mut total = 0;
    while let Some(message) = parts.try_next().await? {
        let Some(Part::Chunk(chunk)) = message.part else {
            return Err(invalid(
                "header",
                ("stands after the first message, or a message is empty", "只能在第一条消息中，且消息不能为空"),
            )
            .into());
        };
        if chunk.content.len() > MAX_CHUNK_BYTES {
            return Err(invalid(
                "chunk.content",
                (format!("has more than {MAX_CHUNK_BYTES} bytes"), format!("超过{MAX_CHUNK_BYTES}字节")),
            )
            .into());
        }
        total += chunk.content.len();
        if total > MAX_FILE_BYTES {
            return Err(RpcError::FileTooLarge { limit_mib: MAX_FILE_BYTES >> 20 }.into());
        }
        match uploads.last_mut() {
            Some(upload) if upload.name == chunk.file_name => upload.bytes.extend_from_slice(&chunk.content),
            _ => {
                let fine = (1..=MAX_NAME).contains(&chunk.file_name.chars().count())
                    && !chunk.file_name.chars().any(char::is_control);
                if !fine || uploads.iter().any(|upload| upload.name == chunk.file_name) {
                    let wrong = (
                        format!("is not 1 to {MAX_NAME} printable characters, or stands twice with another between"),
                        format!("须为1至{MAX_NAME}个可见字符，同一文件的各段须相连"),
                    );
                    return Err(invalid("chunk.file_name", wrong).into());
                }
                uploads.push(Upload { name: chunk.file_name, bytes: chunk.content });
            }
        }
        if uploads.len() > MAX_FILES {
            return Err(invalid(
                "chunk.file_name",
                (format!("names more than {MAX_FILES} files"), format!("文件超过{MAX_FILES}个")),
            )
            .into());
        }
    }
    if uploads.is_empty() {
        return Err(invalid("chunk", ("is missing: no file was sent", "没有给出：没有收到文件")).into());
    }
    Ok((header, uploads))
}

fn invalid(field: &str, fault: impl Into<Fault>) -> RpcError {
    let mut violations = Violations::default();
    violations.add(field, fault);
    RpcError::Invalid(violations)
}

async fn import(
    ingest: &Ingest,
    caller: &Caller,
    header: ImportFileHeader,
    uploads: Vec<Upload>,
) -> Result<ImportFileResponse, RpcError> {
    let mut request = header.submission.unwrap_or_default();
    let span = tracing::Span::current();
    span.record("request.id", &request.request_id);
    span.record("region.name", &request.region);
    span.record("submission.month", &request.month);
    if !request.schools.is_empty() || !request.items.is_empty() {
        return Err(invalid(
            "header.submission.schools",
            ("or items stand beside the files", "、items 不能与文件同时给出"),
        ));
    }
    let mut reading = blocking(move || {
        let contents = uploads.iter().map(|upload| upload.bytes.as_slice());
        let digest = fingerprint::of_bytes(contents.map(fingerprint::of_bytes).collect::<String>().as_bytes());
        let files = uploads.iter().map(|upload| NamedFile { name: &upload.name, bytes: &upload.bytes });
        (file::read(&files.collect::<Vec<_>>()), digest)
    })
    .await?;
    let county = name::parse_region(&request.region).ok().zip(request.month.parse::<Month>().ok());
    let mut origin = fill(&mut request, &mut reading.0, reading.1, county.as_ref());
    let reading = reading.0;
    if let Some((county, month)) = county.as_ref().filter(|_| reading.meant().is_some()) {
        origin.findings.extend(check_names(ingest, county, *month, &reading).await?);
    }
    let submission = submit_month::submit(ingest, caller, &request, origin).await?;
    let files = reading.sources.iter().map(|source| FileReading {
        file_name: source.name.clone(),
        encoding: source.encoding.map(file::Encoding::name).unwrap_or_default().to_owned(),
    });
    let mut response = ImportFileResponse { files: files.collect(), ..ImportFileResponse::default() };
    if let (true, Some((county, month))) = (header.annotate && !findings(&submission).is_empty(), county) {
        let remarks: Vec<Remark> = findings(&submission).iter().map(remark).collect();
        let (content, name) = annotated(ingest, &county, month, reading, remarks).await?;
        (response.annotated, response.annotated_file_name) = (content, name);
    }
    response.submission = Some(submission);
    Ok(response)
}

/// Fills the rows of a request with what was read, and says what they were read from; `file` is the digest of the files.
fn fill(
    request: &mut SubmitMonthRequest,
    reading: &mut Reading,
    file: String,
    meant: Option<&(RegionCode, Month)>,
) -> Origin {
    request.schools = reading.facts.iter().map(|row| facts::encode(&row.facts)).collect();
    request.items = reading.items.iter().map(|row| item::encode(&row.item)).collect();
    let mut findings = std::mem::take(&mut reading.findings);
    findings.extend(meant.map(|(county, month)| reading.check_meant(county, *month)).unwrap_or_default());
    findings.extend(reading.unreadable_codes());
    let digest = match (findings.is_empty(), reading.meant()) {
        (false, _) => file,
        (true, Some(_)) => names(reading),
        (true, None) => String::new(),
    };
    let schools_unread = domain::error_count(&findings) > 0 && reading.schools_unread();
    Origin { findings, places: reading.places.clone(), digest, schools_unread }
}

/// Digest of the names beside the schools, which are held against the registry and stand in no field of the request.
fn names(reading: &Reading) -> String {
    let mut names: Vec<_> = reading.registry.iter().map(|row| format!("{} {}", row.code, row.name)).collect();
    names.sort_unstable();
    fingerprint::of_text(&names.join("\n"))
}

/// Holds the names of a template's rows against the registry: who sorts columns apart from each other gives a school another's figures.
async fn check_names(
    ingest: &Ingest,
    county: &RegionCode,
    month: Month,
    reading: &Reading,
) -> Result<Vec<domain::Finding>, RpcError> {
    let registered = schools::list_as_of(&ingest.store, county, None).await?;
    let differs = |row: &SchoolRow| {
        let school = registered.iter().find(|school| school.code().as_str() == row.code)?.in_month(month)?;
        if school.name == row.name {
            return None;
        }
        let fault = domain::Fault::SchoolNameDiffers { school: (&school.code).into(), name: (&school.name).into() };
        let path = reading.places.path(&format!("{}.name", row.path));
        Some(domain::Finding::of(fault, path).of_school(&school.code).found(&row.name))
    };
    Ok(reading.registry.iter().filter(|row| !row.name.is_empty()).filter_map(differs).collect())
}

fn findings(response: &SubmitMonthResponse) -> &[Finding] {
    match &response.outcome {
        Some(Outcome::Receipt(receipt)) => &receipt.findings,
        Some(Outcome::Refusal(refusal)) => &refusal.findings,
        Some(Outcome::Held(held)) => &held.findings,
        None => &[],
    }
}

fn remark(finding: &Finding) -> Remark {
    Remark {
        error: finding.severity() == Severity::Error,
        path: finding.path.clone(),
        school: finding.school_code.clone(),
        found: finding.found.clone(),
        message: finding.message.clone(),
        allowed: finding.allowed.clone(),
        remedy: finding.remedy.clone(),
    }
}

async fn annotated(
    ingest: &Ingest,
    county: &RegionCode,
    month: Month,
    reading: Reading,
    remarks: Vec<Remark>,
) -> Result<(Vec<u8>, String), RpcError> {
    let reads = ingest.store.begin_read().await?;
    let template = template(ingest, &reads, county, month, None).await?;
    reads.finish().await?;
    let name = template.file_name().replace("报送表", "问题");
    Ok((written(blocking(move || file::annotate(&template, &reading, &remarks)).await?)?, name))
}
