//! Sending a month as files.

use junheng_proto::ingest::v1::{
    FileChunk, ImportFileHeader, ImportFileRequest, ImportFileResponse, file_service_client::FileServiceClient,
    import_file_request::Part,
};
use tonic::Request;

use crate::{client::Client, error::ClientError};

/// Bytes of a chunk; the service takes up to 1 MiB.
const CHUNK_BYTES: usize = 256 << 10;

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// Its name, as findings name it.
    pub name: String,
    /// What is in it: a workbook (.xlsx), or a CSV table of schools or of county items in UTF-8 or GBK.
    pub content: Vec<u8>,
}

impl Client {
    /// Sends one county's month as a workbook or as CSV tables, and repeats it as any other call. A header without a `request_id` gets one, the
    /// same for all attempts. A refusal for its findings is no error: the answer says what became of the month.
    ///
    /// The journal does not note it: name the `request_id` where the same files may be sent again after a crash.
    ///
    /// # Errors
    ///
    /// [`ClientError`] when the service answers with a status or not in time.
    pub async fn import_file(
        &self,
        mut header: ImportFileHeader,
        files: Vec<NamedFile>,
    ) -> Result<ImportFileResponse, ClientError> {
        if let Some(submission) = header.submission.as_mut().filter(|submission| submission.request_id.is_empty()) {
            submission.request_id = uuid::Uuid::new_v4().to_string();
        }
        self.call(parts(header, files), async |channel, request, bytes| {
            let (metadata, extensions, parts) = request.into_parts();
            let request = Request::from_parts(metadata, extensions, futures::stream::iter(parts));
            FileServiceClient::new(channel).max_decoding_message_size(bytes).import_file(request).await
        })
        .await
    }
}

/// The messages of an import: the header, then each file in chunks.
fn parts(header: ImportFileHeader, files: Vec<NamedFile>) -> Vec<ImportFileRequest> {
    let chunk =
        |name: &str, content: &[u8]| Part::Chunk(FileChunk { file_name: name.to_owned(), content: content.to_vec() });
    let mut parts = vec![Part::Header(header)];
    for NamedFile { name, content } in files {
        // A file of nothing is a file, too.
        parts.extend(content.is_empty().then(|| chunk(&name, &[])));
        parts.extend(content.chunks(CHUNK_BYTES).map(|piece| chunk(&name, piece)));
    }
    parts.into_iter().map(|part| ImportFileRequest { part: Some(part) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_in_chunks_that_a_service_takes() {
        let files = [("a.csv", 2 * CHUNK_BYTES + 1), ("b.csv", 0)];
        let files = files.map(|(name, bytes)| NamedFile { name: name.to_owned(), content: vec![b'1'; bytes] });

        let parts = parts(ImportFileHeader::default(), files.to_vec());

        let sizes: Vec<_> = parts
            .iter()
            .map(|message| match message.part.as_ref().unwrap() {
                Part::Header(_) => ("", 0),
                Part::Chunk(chunk) => (chunk.file_name.as_str(), chunk.content.len()),
            })
            .collect();
        assert_eq!(sizes, [("", 0), ("a.csv", CHUNK_BYTES), ("a.csv", CHUNK_BYTES), ("a.csv", 1), ("b.csv", 0)]);
    }
}
