//! A program in another language finds the services by reflection alone, and is understood.

use std::process::Output;

use junheng_e2e::{County, Database, Suite, county::data_folder, on_both_databases, python};
use junheng_proto::ingest::v1::{GetSubmissionRequest, SubmitMonthResponse, submit_month_response::Outcome};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/foreign/submit_month.py");

on_both_databases!(a_python_program_without_generated_code_submits_a_month);

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

/// Runs the script; its answer is canonical protobuf JSON.
async fn submit(suite: &Suite, county: &County, request_id: &str) -> SubmitMonthResponse {
    let (address, region, month) = (suite.ingest_address().to_string(), county.region.clone(), county.month.clone());
    let request_id = request_id.to_owned();
    let run = move || -> Output {
        let python = python();
        let ready = std::process::Command::new(&python).args(["-c", "import grpc, grpc_reflection"]).output();
        assert!(
            ready.is_ok_and(|ready| ready.status.success()),
            "{} has no grpcio and grpcio-reflection: run `make tools`, or set JUNHENG_PYTHON to a Python that has them",
            python.display()
        );
        let schools = data_folder().join("zhangwu-2024/schools.csv");
        let mut command = std::process::Command::new(python);
        command.arg(SCRIPT).args([address, region, month, request_id]).arg(schools).output().unwrap()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains(&format!("accepted as {}/submissions/{}.1, revision 1, ", county.region, county.month)),
        "{told}"
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
