//! Files against a service that is unavailable at first.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt as _;
use junheng_client::{Client, NamedFile, Policy};
use junheng_proto::ingest::v1::{
    GetTemplateRequest, GetTemplateResponse, ImportFileHeader, ImportFileRequest, ImportFileResponse,
    SubmitMonthRequest,
    file_service_server::{FileService, FileServiceServer},
    import_file_request::Part,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, Streaming, transport::Server};

/// What arrived with each attempt: the id of the request, and the files.
type Attempt = (String, Vec<(String, Vec<u8>)>);

/// Is unavailable for the first attempt, and keeps what it saw.
#[derive(Clone, Default)]
struct Files(Arc<Mutex<Vec<Attempt>>>);

#[tonic::async_trait]
impl FileService for Files {
    async fn get_template(&self, _: Request<GetTemplateRequest>) -> Result<Response<GetTemplateResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    async fn import_file(
        &self,
        request: Request<Streaming<ImportFileRequest>>,
    ) -> Result<Response<ImportFileResponse>, Status> {
        let mut parts = request.into_inner();
        let mut attempt = Attempt::default();
        while let Some(part) = parts.next().await {
            match part?.part.unwrap() {
                Part::Header(header) => attempt.0 = header.submission.unwrap().request_id,
                Part::Chunk(chunk) => match attempt.1.last_mut() {
                    Some((name, content)) if *name == chunk.file_name => content.extend(chunk.content),
                    _ => attempt.1.push((chunk.file_name, chunk.content)),
                },
            }
        }
        let mut seen = self.0.lock().unwrap();
        seen.push(attempt);
        if seen.len() == 1 {
            return Err(Status::unavailable("again"));
        }
        Ok(Response::new(ImportFileResponse { annotated_file_name: "a.xlsx".to_owned(), ..Default::default() }))
    }
}

#[tokio::test]
async fn files_are_sent_again_whole_under_the_same_request_id() {
    let service = Files::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_service(FileServiceServer::new(service.clone()));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let policy = Policy { first_delay: Duration::from_millis(2), ..Policy::default() };
    let client = Client::connect_with(format!("http://{address}"), policy).await.unwrap();
    let header = ImportFileHeader { submission: Some(SubmitMonthRequest::default()), annotate: true };
    let schools = NamedFile { name: "学校.csv".to_owned(), content: vec![b'1'; 600_000] };
    let items = NamedFile { name: "指标.csv".to_owned(), content: b"item".to_vec() };

    let response = client.import_file(header, vec![schools.clone(), items.clone()]).await.unwrap();

    assert_eq!(response.annotated_file_name, "a.xlsx");
    let seen = service.0.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(!seen[0].0.is_empty());
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].1, [(schools.name, schools.content), (items.name, items.content)]);
}
