//! What operators see of a call.

use std::fs;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use junheng_runtime::access::Access;
use junheng_runtime::config::AccessConfig;
use junheng_runtime::telemetry::{self, Metrics};
use junheng_runtime::{Clock, Config, Host};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::{Code, Request};
use tracing::subscriber::DefaultGuard;

use crate::harness::{Server, chat, eventually, limits, raw, say};

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Catches what this thread logs: a test runs on one thread.
    pub(crate) fn catch() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    pub(crate) fn lines(&self, message: &str) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["message"] == message).collect()
    }

    async fn answered(&self, count: usize) -> Vec<Value> {
        eventually(async || self.lines("call answered").len() >= count).await;
        self.lines("call answered")
    }
}

fn requests(metrics: &Metrics, method: &str, code: &str) -> bool {
    let series = format!("junheng_rpc_requests_total{{method=\"{method}\",code=\"{code}\"}}");
    metrics.render().contains(&series)
}

#[tokio::test]
async fn an_error_in_the_headers_is_one_line_with_its_code() {
    let (log, _guard) = Log::catch();
    let metrics = telemetry::metrics().unwrap();
    let server = Server::start(&limits()).await;

    server.say("missing").await.unwrap_err();
    let lines = log.answered(1).await;

    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["rpc.method"], "test.Echo/Say");
    assert_eq!(line["rpc.code"], "NOT_FOUND");
    assert_eq!(line["caller.subject"], "anonymous");
    assert_eq!(line["trace.id"].as_str().unwrap().len(), 32);
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
    assert!(requests(&metrics, "test.Echo/Say", "NOT_FOUND"));
    assert!(metrics.render().contains("junheng_rpc_duration_seconds_bucket{method=\"test.Echo/Say\",le=\"0.001\"}"));
}

#[tokio::test]
async fn the_line_of_a_stream_has_the_code_of_its_trailers() {
    let (log, _guard) = Log::catch();
    let metrics = telemetry::metrics().unwrap();
    let server = Server::start(&limits()).await;

    let (say, said) = tokio::sync::mpsc::unbounded_channel();
    let said = tokio_stream::wrappers::UnboundedReceiverStream::new(said);
    let mut answers = chat(server.channel().await, said).await.unwrap();
    say.send("a".to_owned()).unwrap();
    answers.message().await.unwrap();
    assert!(log.lines("call answered").is_empty());
    say.send("missing".to_owned()).unwrap();
    let status = answers.message().await.unwrap_err();
    let lines = log.answered(1).await;

    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["rpc.code"], "NOT_FOUND");
    assert!(requests(&metrics, "test.Echo/Chat", "NOT_FOUND"));
}

#[tokio::test]
async fn a_panic_is_logged_with_the_incident_that_its_caller_gets() {
    let (log, _guard) = Log::catch();
    let server = Server::start(&limits()).await;

    let status = server.say("panic").await.unwrap_err();
    let lines = log.answered(1).await;

    let panics = log.lines("call panicked");
    let details = tonic_types::StatusExt::get_details_error_info(&status).unwrap();
    assert_eq!(panics.len(), 1);
    assert_eq!(panics[0]["incident.id"], details.metadata["incident"]);
    assert_eq!(panics[0]["panic.message"].as_str().map(|text| text.starts_with("asked to")), Some(true));
    assert_eq!(panics[0]["span"]["trace.id"], lines[0]["trace.id"]);
    assert_eq!((&lines[0]["level"], &lines[0]["error.reason"]), (&"ERROR".into(), &"INTERNAL".into()));
}

#[tokio::test]
async fn a_caller_that_goes_away_is_logged_as_cancelled() {
    let (log, _guard) = Log::catch();
    let server = Server::start(&limits()).await;
    let waiting = tokio::spawn(say(server.channel().await, Request::new("wait".to_owned())));
    server.echo.entered.notified().await;

    waiting.abort();

    assert_eq!(log.answered(1).await[0]["rpc.code"], "CANCELLED");
}

#[tokio::test]
async fn a_path_that_nobody_serves_is_no_label() {
    let metrics = telemetry::metrics().unwrap();
    let server = Server::start(&limits()).await;

    let status = raw(server.address, "/made.Up/Path", &[], &[], true).await;

    assert_eq!(status.code(), Code::Unimplemented);
    eventually(async || requests(&metrics, "unknown", "UNIMPLEMENTED")).await;
    assert!(!metrics.render().contains("made.Up"));
}

#[tokio::test]
async fn a_call_that_went_well_is_one_line() {
    let (log, _guard) = Log::catch();
    let server = Server::start(&limits()).await;

    server.say("hello").await.unwrap();
    let lines = log.answered(1).await;

    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["rpc.code"], &lines[0]["level"]), (&"OK".into(), &"INFO".into()));
    assert_eq!(lines[0].get("error.reason"), None);
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_line_says_where_a_call_comes_from() {
    let (log, _guard) = Log::catch();
    for (index, (trusted, told)) in
        [("127.0.0.0/8", "203.0.113.7"), ("10.0.0.0/8", "127.0.0.1:")].into_iter().enumerate()
    {
        let host = Host::new(&limits()).with_proxies(&[trusted.parse().unwrap()]);
        let server = Server::start_on(host, &limits()).await;

        let forwarded = [("x-forwarded-for", "198.51.100.1, 203.0.113.7")];
        raw(server.address, "/test.Echo/Say", &forwarded, &[], true).await;

        let lines = log.answered(index + 1).await;
        let peer = lines[index]["caller.peer"].as_str().unwrap();
        assert!(peer.starts_with(told), "{trusted}: {peer}");
    }
}

#[tokio::test]
async fn keys_that_are_read_and_rotated_are_a_line_each() {
    let (log, _guard) = Log::catch();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jwks.json");
    let publish = |ids: &[&str]| {
        let key =
            |id| json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let keys = ids.iter().map(key).collect::<Vec<_>>();
        // As a mounted Secret changes: at once.
        let new = folder.path().join("new.json");
        fs::write(&new, json!({"keys": keys}).to_string()).unwrap();
        fs::rename(new, &file).unwrap();
    };
    publish(&["first"]);
    let config = AccessConfig {
        issuer: "issuer".to_owned(),
        audience: "audience".to_owned(),
        jwks: file.display().to_string(),
        jwks_refresh_ms: 10,
        ..Config::defaults().unwrap().access
    };
    let access = Access::open(&config, Clock::system()).await.unwrap();
    let keeping = tokio::spawn(access.keep());
    let told = || {
        let lines = log.lines("keys of tokens read, others than before");
        lines.iter().map(|line| line["keys.ids"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(), ["first"]);
    publish(&["first", "second"]);
    eventually(async || told() == ["first", "first, second"]).await;

    fs::remove_file(&file).unwrap();
    let kept = "keys of tokens cannot be read, those that were read before stay in use";
    eventually(async || !log.lines(kept).is_empty()).await;
    assert_eq!(log.lines(kept)[0]["keys.source"], config.jwks);
    keeping.abort();
}
