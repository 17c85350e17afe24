//! A program in another language finds the services by reflection alone, and is understood.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};

use junheng_e2e::{County, Database, Suite, county::data_folder, on_both_databases, python};
use junheng_proto::ingest::v1::{
    GetSubmissionRequest, ListSubmissionsRequest, SubmitMonthResponse, submit_month_response::Outcome,
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/foreign/submit_month.py");

on_both_databases!(
    a_python_program_without_generated_code_submits_a_month,
    a_column_that_nobody_knows_is_told_and_nothing_sent,
    a_status_is_told_with_its_reason_and_in_chinese,
);

async fn a_python_program_without_generated_code_submits_a_month(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;

    let replied = submit(&suite, &county, "python").await;

    let Some(Outcome::Receipt(receipt)) = replied.outcome.clone() else { panic!("{replied:#?}") };
    assert_eq!((receipt.revision, receipt.school_count, receipt.item_count), (Some(1), Some(30), Some(0)));
    let request = GetSubmissionRequest { name: receipt.submission };
    let kept = suite.submissions().get_submission(request).await.unwrap().into_inner().submission.unwrap();
    let mut facts = county.facts.clone();
    facts.sort_by(|a, b| a.school_code.cmp(&b.school_code));
    assert_eq!(kept.schools, facts);
    // Rust and Python send the same content, so a retry may come from either.
    let mut same = county.submission("python");
    same.items.clear();
    assert_eq!(suite.submit(same).await.unwrap(), replied);
    assert_eq!(submit(&suite, &county, "python").await, replied);
}

async fn a_column_that_nobody_knows_is_told_and_nothing_sent(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schools.csv");
    fs::write(&path, "school_code,name,pupils_primry\n3121000001,x,180\n").unwrap();

    let output = run(&suite, &county, "typo", &path).await;

    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), told.trim()), (Some(1), "unknown columns: pupils_primry"));
    let request = ListSubmissionsRequest { parent: county.region.clone(), ..ListSubmissionsRequest::default() };
    assert_eq!(suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions, []);
}

async fn a_status_is_told_with_its_reason_and_in_chinese(database: Database) {
    let (suite, county) = (Suite::start(database).await, County { month: "2024-13".to_owned(), ..County::zhangwu() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schools.csv");
    // As a spreadsheet saves it.
    fs::write(&path, "\u{feff}school_code,books\n3121000001,180\n").unwrap();

    let output = run(&suite, &county, "status", &path).await;

    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.starts_with("INVALID_ARGUMENT: "), "{told}");
    for line in
        ["INVALID_FIELD", "month is not a month such as 2024-12", "请求中有字段不符合要求：month 须写成 2024-12"]
    {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
}

#[test]
fn a_server_that_is_down_is_asked_again() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let arguments = [&nobody.to_string(), "regions/210922", "2024-12", "a", "none.csv"];

    let mut command = Command::new(python());
    let mut child = command.arg(SCRIPT).args(arguments).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(child.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    assert!(told.starts_with("UNAVAILABLE, again in "), "{told}");
}

/// Runs the script with a file.
async fn run(suite: &Suite, county: &County, request_id: &str, schools: &Path) -> Output {
    let (address, region, month) = (suite.ingest_address().to_string(), county.region.clone(), county.month.clone());
    let (request_id, schools) = (request_id.to_owned(), schools.to_owned());
    let run = move || -> Output {
        let python = python();
        let ready = Command::new(&python).args(["-c", "import grpc, grpc_reflection, grpc_status"]).output();
        assert!(
            ready.is_ok_and(|ready| ready.status.success()),
            "{} has no grpcio, grpcio-reflection and grpcio-status: run `make tools`, or set JUNHENG_PYTHON to a Python that has them",
            python.display()
        );
        Command::new(python).arg(SCRIPT).args([address, region, month, request_id]).arg(schools).output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// Submits the packaged schools; the answer is canonical protobuf JSON.
async fn submit(suite: &Suite, county: &County, request_id: &str) -> SubmitMonthResponse {
    let output = run(suite, county, request_id, &data_folder().join("zhangwu-2024/schools.csv")).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains(&format!("accepted as {}/submissions/{}.1, revision 1, ", county.region, county.month)),
        "{told}"
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
