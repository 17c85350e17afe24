//! A service that does what its message says.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use junheng_runtime::Caller;
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto};
use tokio::sync::Notify;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, StreamingService, UnaryService};
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

tokio::task_local! {
    /// What was put around the call: who calls, and whether it has a deadline.
    pub(crate) static AROUND: String;
}

#[derive(Clone)]
pub(crate) struct Echo {
    pub(crate) max_message_bytes: usize,
    pub(crate) entered: Arc<Notify>,
    pub(crate) release: Arc<Notify>,
}

/// Reflection and metrics need the methods; their messages stay out.
pub(crate) fn descriptors() -> Vec<u8> {
    let method = |name: &str| MethodDescriptorProto { name: Some(name.to_owned()), ..MethodDescriptorProto::default() };
    let service = ServiceDescriptorProto {
        name: Some("Echo".to_owned()),
        method: vec![method("Say"), method("Chat")],
        ..ServiceDescriptorProto::default()
    };
    let file = FileDescriptorProto {
        name: Some("test.proto".to_owned()),
        package: Some("test".to_owned()),
        service: vec![service],
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec()
}

impl Echo {
    async fn answer(self, request: Request<String>) -> Result<Response<String>, Status> {
        let caller = Caller::of(&request);
        match request.into_inner().as_str() {
            "panic" => panic!("asked to"),
            "hang" => pending().await,
            "wait" => {
                self.entered.notify_one();
                self.release.notified().await;
                Ok(Response::new("waited".to_owned()))
            }
            "around" => Ok(Response::new(AROUND.try_with(String::clone).unwrap_or_default())),
            "missing" => Err(Status::new(Code::NotFound, "not here")),
            "caller" => {
                assert!(caller.peer.is_some());
                Ok(Response::new(format!("{} {}", caller.subject, caller.trace.id())))
            }
            text => Ok(Response::new(text.to_owned())),
        }
    }
}

impl NamedService for Echo {
    const NAME: &'static str = "test.Echo";
}

impl tower::Service<http::Request<Body>> for Echo {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let echo = self.clone();
        async move {
            let mut grpc = Grpc::new(ProstCodec::default()).max_decoding_message_size(echo.max_message_bytes);
            Ok(match request.uri().path() {
                "/test.Echo/Say" => grpc.unary(echo, request).await,
                "/test.Echo/Chat" => grpc.streaming(echo, request).await,
                _ => Status::unimplemented("").into_http(),
            })
        }
        .boxed()
    }
}

impl UnaryService<String> for Echo {
    type Response = String;
    type Future = BoxFuture<'static, Result<Response<String>, Status>>;

    fn call(&mut self, request: Request<String>) -> Self::Future {
        self.clone().answer(request).boxed()
    }
}

impl StreamingService<String> for Echo {
    type Response = String;
    type ResponseStream = BoxStream<'static, Result<String, Status>>;
    type Future = BoxFuture<'static, Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<String>>) -> Self::Future {
        let echo = self.clone();
        let answers = request.into_inner().then(move |text| {
            let echo = echo.clone();
            async move { Ok(echo.answer(Request::new(text?)).await?.into_inner()) }
        });
        std::future::ready(Ok(Response::new(answers.boxed()))).boxed()
    }
}
