//! Getting an issued report.

use std::fmt::Write as _;

use junheng_proto::reporting::v1::{
    GetReportRequest, Report, get_report_response::Part, report_service_client::ReportServiceClient,
};
use sha2::{Digest as _, Sha256};
use tonic::Response;

use crate::{client::Client, error::ClientError};

/// An issued report with its content, byte for byte as it was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuedReport {
    /// What it is.
    pub report: Report,
    /// Its content.
    pub content: Vec<u8>,
}

impl Client {
    /// Gets an issued report, and holds what arrived against its digest.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the service answers with a status or not in time, and [`ClientError::DamagedReport`] when the content is not
    /// what was issued.
    pub async fn get_report(&self, request: GetReportRequest) -> Result<IssuedReport, ClientError> {
        let received = self
            .call(request, async |channel, request, bytes| {
                let mut service = ReportServiceClient::new(channel).max_decoding_message_size(bytes);
                let mut parts = service.get_report(request).await?.into_inner();
                let (mut report, mut content) = (None, vec![]);
                while let Some(message) = parts.message().await? {
                    match message.part {
                        Some(Part::Report(described)) => report = Some(described),
                        Some(Part::Chunk(chunk)) => content.extend(chunk),
                        None => {}
                    }
                }
                Ok(Response::new((report, content)))
            })
            .await?;
        let (Some(report), content) = received else { return Err(ClientError::WithoutOutcome) };
        if digest(&content) == report.digest {
            Ok(IssuedReport { report, content })
        } else {
            Err(ClientError::DamagedReport)
        }
    }
}

fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
