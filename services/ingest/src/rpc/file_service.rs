//! `FileService`: each RPC in its file.

use junheng_proto::ingest::v1::{
    GetTemplateRequest, GetTemplateResponse, ImportFileRequest, ImportFileResponse, file_service_server::FileService,
};
use junheng_runtime::Caller;
use tonic::{Request, Response, Status, Streaming};

use super::{get_template, import_file};
use crate::Ingest;

#[tonic::async_trait]
impl FileService for Ingest {
    async fn get_template(
        &self,
        request: Request<GetTemplateRequest>,
    ) -> Result<Response<GetTemplateResponse>, Status> {
        let caller = Caller::of(&request);
        Ok(get_template::handle(self, &caller, &request.into_inner()).await.map(Response::new)?)
    }

    async fn import_file(
        &self,
        request: Request<Streaming<ImportFileRequest>>,
    ) -> Result<Response<ImportFileResponse>, Status> {
        let caller = Caller::of(&request);
        import_file::handle(self, &caller, request.into_inner()).await.map(Response::new)
    }
}
