//! A program that starts before its database is ready lives and is not ready, and migrates only when it is told to.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::Child,
    time::Duration,
};

use junheng_e2e::{Database, eventually, postgres::Cluster, run, spawn};
use junheng_store::{Options, Store};

/// A program that is killed when the test ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may be gone already.
        let _killed = self.0.kill();
        let _waited = self.0.wait();
    }
}

/// The status of a page of the admin port; `None` while nobody listens.
fn status(address: SocketAddr, page: &str) -> Option<String> {
    answer(address, page)?.split(' ').nth(1).map(str::to_owned)
}

/// What a page of the admin port answers; `None` while nobody listens.
fn answer(address: SocketAddr, page: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {page} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_lives_and_is_not_ready_until_its_schema_is_there() {
    let database = Database::postgres();
    let admin = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let settings = [
        format!("database.url={}", database.url()),
        format!("admin.listen={admin}"),
        "ingest.listen=127.0.0.1:0".to_owned(),
        "evaluation.listen=127.0.0.1:0".to_owned(),
        "reporting.listen=127.0.0.1:0".to_owned(),
        "reporting.console_listen=".to_owned(),
    ];
    let mut arguments = vec!["serve"];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
    let _program = Killed(spawn(&arguments));

    let alive = async || (status(admin, "/healthz")? == "200").then_some(());
    eventually("a program that lives", alive).await;
    assert_eq!(status(admin, "/readyz").unwrap(), "503");
    assert!(run(&["migrate", "--database", database.url()]).status.success());
    eventually("a program that is ready", async || (status(admin, "/readyz")? == "200").then_some(())).await;

    // A newer program changes the schema in a way that this one does not work with.
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)";
    assert_eq!(database.query(newer), "");
    let refused = answer(admin, "/readyz").unwrap();
    assert!(refused.contains(" 503 ") && refused.ends_with("not ready: schema (m9999_future)\n"), "{refused}");
    assert_eq!(status(admin, "/healthz").unwrap(), "200");
    // And one that only expands.
    assert_eq!(database.query("INSERT INTO schema_expansions (version) VALUES ('m9999_future')"), "");
    assert_eq!(status(admin, "/readyz").unwrap(), "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_whose_database_is_away_says_so_and_where_it_was() {
    let cluster = Cluster::start_primary("away").unwrap();
    let url = cluster.create_database().unwrap();
    assert!(run(&["migrate", "--database", &url]).status.success());
    let admin = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let settings = [
        format!("database.url={url}"),
        format!("admin.listen={admin}"),
        "database.connect_timeout_ms=500".to_owned(),
        "ingest.listen=127.0.0.1:0".to_owned(),
        "evaluation.listen=127.0.0.1:0".to_owned(),
        "reporting.listen=127.0.0.1:0".to_owned(),
        "reporting.console_listen=".to_owned(),
    ];
    let mut arguments = vec!["serve"];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
    let _program = Killed(spawn(&arguments));
    let says = |line: &'static str| async move || answer(admin, "/metrics")?.contains(line).then_some(());
    eventually("a program that is ready", says("junheng_obstacle{obstacle=\"database\"} 0\n")).await;
    eventually("a program that is ready", async || (status(admin, "/readyz")? == "200").then_some(())).await;
    let patience = Duration::from_millis(500);
    let options = Options { max_connections: 1, connect_timeout: patience, ..Options::new(&url) };
    let store = Store::connect(&options).await;
    let store = store.unwrap();

    cluster.crash().unwrap();
    eventually("the reason", says("junheng_obstacle{obstacle=\"database\"} 1\n")).await;
    assert!(answer(admin, "/readyz").unwrap().ends_with("not ready: database\n"));
    let told = format!("{:?}", store.begin_read().await.unwrap_err());
    assert!(told.contains(&format!("no connection to {}", cluster.socket().parent().unwrap().display())), "{told}");

    cluster.run().unwrap();
    eventually("the database again", says("junheng_obstacle{obstacle=\"database\"} 0\n")).await;
    let _only = store.begin_read().await.unwrap();
    let told = format!("{:?}", store.begin_read().await.unwrap_err());
    assert!(told.contains("no connection was free within 500 ms"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_gives_up_waiting_and_says_why() {
    let database = Database::postgres();
    let url = format!("database.url={}", database.url());

    let ended = run(&["serve", "--set", &url, "--set", "admin.listen=", "--set", "database.start_timeout_ms=300"]);

    assert_eq!(ended.status.code(), Some(1));
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(log.contains("waiting for the database") && log.contains("run `junheng migrate` first"), "{log}");
}

/// What a program that ended told, where every line of it is a JSON object.
fn lines(arguments: &[&str]) -> Vec<serde_json::Value> {
    let ended = run(arguments);
    assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
    let told = String::from_utf8(ended.stderr).unwrap();
    let line =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line:?} is no JSON, of {arguments:?}"));
    told.lines().map(line).collect()
}

#[test]
fn json_logs_say_in_a_line_each_why_a_program_waits_and_ends() {
    // Nobody listens there any more.
    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let url = format!("database.url=postgres://town:secret@{nobody}/town?sslmode=disable");
    let why = format!("no connection to {nobody}/town as town: nothing listens there");
    for command in ["serve", "migrate"] {
        let settings = ["log.format=json", &url, "admin.listen=", "database.start_timeout_ms=300"];
        let arguments = settings.iter().flat_map(|setting| ["--set", setting]);

        let told = lines(&[command].into_iter().chain(arguments).collect::<Vec<_>>());

        let of = |message: &str| told.iter().find(|line| line["message"] == message).cloned().unwrap_or_default();
        for message in ["waiting for the database", "cannot go on"] {
            let error = of(message)["error"].to_string();
            assert!(error.contains(&why) && !error.contains("secret"), "{command}: {told:?}");
            assert_eq!(error.matches("Connection refused").count(), 1, "{error}");
        }
    }
    let wrong =
        lines(&["serve", "--set", "log.format=json", "--set", "limits.concurrency=0", "--set", "database.url="]);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0]["error"].as_str().unwrap().contains("limits.concurrency"), "{wrong:?}");
}
