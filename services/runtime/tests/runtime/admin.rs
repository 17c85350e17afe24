use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use junheng_runtime::{Host, admin, telemetry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::limits;

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn operators_see_life_readiness_and_metrics() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let host = Host::new(&limits());
    let database = Arc::new(AtomicBool::new(false));
    let answering = Arc::clone(&database);
    host.readiness().add_check("database", move || {
        let answering = Arc::clone(&answering);
        async move { if answering.load(Ordering::SeqCst) { Ok(()) } else { Err("schema (m9999_future)".to_owned()) } }
    });
    tokio::spawn(admin::serve(listener, telemetry::metrics().unwrap(), host.readiness().clone()));

    let before = get(address, "/readyz").await;
    host.readiness().set_ready(true);
    let without_database = get(address, "/readyz").await;
    database.store(true, Ordering::SeqCst);
    let ready = get(address, "/readyz").await;

    assert!(before.starts_with("HTTP/1.1 503") && before.ends_with("not ready: process\n"), "{before}");
    assert!(without_database.ends_with("not ready: schema (m9999_future)\n"), "{without_database}");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get(address, "/metrics").await.contains("content-type: text/plain; version=0.0.4"));
}
