//! One push is one trace: a collector of OTLP sees the client, the service and the database in it, and the evaluation linked to it.

use std::sync::{Arc, Mutex};

use junheng_e2e::{
    County, Database, Program,
    county::data_folder,
    eventually, on_both_databases, run_with,
    suite::{connect, register},
};
use junheng_proto::ingest::v1::registry_service_client::RegistryServiceClient;
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    trace::v1::Span,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

on_both_databases!(a_push_is_one_trace_from_the_client_to_the_evaluation);

/// Keeps what it is sent, with the program that sent it.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, Span)>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for resource in request.into_inner().resource_spans {
            let attributes = resource.resource.unwrap_or_default().attributes;
            let service = attributes.into_iter().find(|attribute| attribute.key == "service.name");
            let service = match service.and_then(|service| service.value).and_then(|value| value.value) {
                Some(Value::StringValue(name)) => name,
                other => panic!("no service.name: {other:?}"),
            };
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.0.lock().unwrap().extend(spans.map(|span| (service.clone(), span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start() -> (Self, String) {
        let (collector, listener) = (Self::default(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = TraceServiceServer::new(collector.clone());
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener)));
        (collector, endpoint)
    }

    fn spans(&self) -> Vec<Span> {
        self.0.lock().unwrap().iter().map(|(_, span)| span.clone()).collect()
    }
}

fn said(span: &Span, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        other => Some(format!("{other:?}")),
    }
}

async fn a_push_is_one_trace_from_the_client_to_the_evaluation(database: Database) {
    let (collector, endpoint) = Collector::start().await;
    let program =
        Program::serve(&database, &[&format!("traces.endpoint={endpoint}"), "evaluation.poll_interval_ms=20"]);
    let county = County::zhangwu();
    register(&mut RegistryServiceClient::new(connect(program.ingest()).await), &county).await;
    let folder = data_folder().join("zhangwu-2024");
    let (schools, items) = (folder.join("schools.csv"), folder.join("items.csv"));
    let server = format!("http://{}", program.ingest());
    let arguments = [
        "push",
        schools.to_str().unwrap(),
        items.to_str().unwrap(),
        "--county",
        "210922",
        "--month",
        "2024-12",
        "--acknowledge-all",
        "重构的演示数据",
        "--server",
        &server,
    ];

    let pushed = tokio::task::block_in_place(|| run_with(&arguments, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]));

    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
    let sent = |span: &&Span| said(span, "rpc.request").as_deref() == Some("ImportFileRequest");
    let client = collector.spans().iter().find(sent).cloned().unwrap();
    let of_push = |name: &str| {
        let same = |span: &Span| span.trace_id == client.trace_id && span.name == name;
        collector.spans().into_iter().find(same)
    };
    let rpc = eventually("the span of the call", async || of_push("junheng.ingest.v1.FileService/ImportFile")).await;
    assert_eq!(rpc.parent_span_id, client.span_id);
    assert_eq!(said(&rpc, "rpc.service").as_deref(), Some("junheng.ingest.v1.FileService"));
    assert_eq!(said(&rpc, "rpc.method").as_deref(), Some("ImportFile"));
    assert_eq!(said(&rpc, "rpc.code").as_deref(), Some("OK"));
    let handler = of_push("ingest.import_file").unwrap();
    assert_eq!(handler.parent_span_id, rpc.span_id);
    let write = of_push("database.write").unwrap();
    assert_eq!(write.parent_span_id, handler.span_id);
    let linked = |span: &Span| {
        let to_push = span.links.iter().any(|link| link.trace_id == client.trace_id && link.span_id == rpc.span_id);
        span.name == "evaluation.evaluate" && to_push
    };
    let evaluation = eventually("the linked evaluation", async || collector.spans().into_iter().find(linked)).await;
    assert_ne!(evaluation.trace_id, client.trace_id);
    let linked_traces: Vec<_> = evaluation.links.iter().map(|link| &link.trace_id).collect();
    assert_eq!(linked_traces.len(), linked_traces.iter().collect::<std::collections::BTreeSet<_>>().len());
    let idle = |span: &Span| span.parent_span_id.is_empty() && span.name.starts_with("database.");
    assert!(!collector.spans().iter().any(idle), "a look for work is no trace");
    assert_eq!(said(&evaluation, "region.code").as_deref(), Some("210922"));
    let services: std::collections::BTreeSet<String> =
        collector.0.lock().unwrap().iter().map(|(service, _)| service.clone()).collect();
    assert_eq!(services, ["junheng".to_owned()].into());
}
