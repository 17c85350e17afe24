use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;

use junheng_runtime::{Api, Config, Process, ServeError};
use serde_json::Value;
use tonic::transport::Endpoint;

use crate::echo::{Echo, descriptors};
use crate::harness::{chat, open};

fn config(filter: &str) -> Config {
    let settings =
        [("admin.listen", ""), ("ingest.listen", "127.0.0.1:0"), ("log.filter", filter), ("log.format", "json")];
    let flags = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    Config::load_from(None, [], &flags).unwrap()
}

/// Logs and signals belong to the process: the other tests of this file start one of their own.
#[tokio::test]
async fn a_task_that_ends_too_early_stops_the_process() {
    let process = Process::with_config(config("off")).await.unwrap();
    let stop = process.stop().clone();
    process.spawn("steady", async move { stop.cancelled().await });
    process.spawn("worker", async { panic!("asked to") });
    let listen = process.config().ingest.listen;

    let served = process.serve([(listen, Api::new(descriptors()))]).await;

    assert!(matches!(served, Err(ServeError::Task { name: "worker" })), "{served:?}");
}

#[tokio::test]
#[ignore = "the process that the tests of signals start"]
async fn served_until_signalled() {
    let process = Process::with_config(config("info")).await.unwrap();
    let limits = &process.config().limits;
    let echo = Echo { max_message_bytes: limits.max_message_bytes, entered: Arc::default(), release: Arc::default() };
    let listen = process.config().ingest.listen;
    let api = Api::new(descriptors()).add_service(echo);
    process.serve([(listen, api)]).await.unwrap();
}

struct Program {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Program {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "process::served_until_signalled"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    fn await_line(&mut self, message: &str) -> Value {
        let mut line = String::new();
        while self.log.read_line(&mut line).unwrap() > 0 {
            if let Ok(value) = serde_json::from_str::<Value>(&line)
                && value["message"] == message
            {
                return value;
            }
            line.clear();
        }
        panic!("the process ended without {message}");
    }

    fn signal(&self, name: &str) {
        let killed = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(killed.unwrap().success());
    }
}

#[test]
fn a_signal_stops_the_process_in_order() {
    for name in ["TERM", "INT"] {
        let mut program = Program::start();
        program.await_line("listening");

        program.signal(name);

        program.await_line("stopped");
        assert!(program.child.wait().unwrap().success());
    }
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    let mut program = Program::start();
    let listening = program.await_line("listening");
    let address = listening["listen"].as_str().unwrap();
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    // A stream that stays open holds up the drain for longer than the test runs.
    let mut answers = chat(endpoint.connect().await.unwrap(), open(&["a"])).await.unwrap();
    answers.message().await.unwrap();

    program.signal("TERM");
    program.await_line("stopping");
    program.signal("TERM");

    program.await_line("second signal, ending at once");
    assert_eq!(program.child.wait().unwrap().code(), Some(1));
}
