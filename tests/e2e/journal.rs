//! `junheng push` killed in the middle goes on where it was, and says when it waits.

use std::{fs, path::Path};

use junheng_e2e::{County, Database, Suite, county::data_folder, eventually, on_both_databases, run, spawn};
use junheng_proto::ingest::v1::{ListSubmissionsRequest, Submission};
use tempfile::TempDir;

on_both_databases!(
    a_push_that_was_killed_goes_on_and_doubles_nothing,
    a_push_without_an_answer_says_that_it_waits,
    months_of_a_county_go_in_order_and_one_acknowledged_since_is_told_so,
    a_month_that_was_withdrawn_since_is_not_taken_for_reported,
);

const MONTHS: usize = 60;

/// A file of schools for each of many months.
fn write(folder: &Path) -> Vec<String> {
    let name = |number: usize| format!("210922-{}-{:02}-schools.csv", 2015 + number / 12, 1 + number % 12);
    let write = |number| {
        let path = folder.join(name(number));
        fs::copy(data_folder().join("zhangwu-2024/schools.csv"), &path).unwrap();
        path.display().to_string()
    };
    (0..MONTHS).map(write).collect()
}

async fn listed(suite: &Suite, county: &County) -> Vec<Submission> {
    let request =
        ListSubmissionsRequest { parent: county.region.clone(), page_size: 1000, ..ListSubmissionsRequest::default() };
    suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions
}

async fn a_push_that_was_killed_goes_on_and_doubles_nothing(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;
    let folder = TempDir::new().unwrap();
    let mut arguments = vec!["push".to_owned()];
    arguments.extend(write(folder.path()));
    let journal = folder.path().join("journal").display().to_string();
    let server = format!("http://{}", suite.ingest_address());
    arguments.extend(["--server", &server, "--journal", &journal].map(ToOwned::to_owned));
    arguments.extend(["--acknowledge", "month_repeated=各月所用数据相同"].map(ToOwned::to_owned));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();

    let mut child = spawn(&arguments);
    eventually("some months", async || (listed(&suite, &county).await.len() >= 10).then_some(())).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let before = listed(&suite, &county).await.len();
    let again = tokio::task::block_in_place(|| run(&arguments));

    assert!((10..MONTHS).contains(&before), "killed after {before} months");
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let kept = listed(&suite, &county).await;
    assert_eq!(kept.len(), MONTHS);
    assert!(kept.iter().all(|submission| submission.revision == Some(1)), "none is doubled");
}

async fn a_push_without_an_answer_says_that_it_waits(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;
    let schools = data_folder().join("zhangwu-2024/schools.csv").display().to_string();
    let server = format!("http://{}", suite.ingest_address());
    suite.lose_database().await;

    let output = tokio::task::block_in_place(|| {
        run(&["push", &schools, "--county", "210922", "--month", "2024-12", "--server", &server])
    });

    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("数据库暂不可用") && told.contains("秒后重试（第2次"), "{told}");
    assert!(told.contains("请求编号"), "{told}");
}

async fn months_of_a_county_go_in_order_and_one_acknowledged_since_is_told_so(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;
    let folder = TempDir::new().unwrap();
    let mut files = write(folder.path());
    files.truncate(3);
    // However they are named on the command line.
    files.reverse();
    let journal = folder.path().join("journal").display().to_string();
    let server = format!("http://{}", suite.ingest_address());
    let push = || {
        let mut arguments = vec!["push"];
        arguments.extend(files.iter().map(String::as_str));
        arguments.extend(["--server", &server, "--journal", &journal]);
        let output = tokio::task::block_in_place(|| run(&arguments));
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };

    let (code, first) = push();
    let kept = listed(&suite, &county).await;
    for month in ["2015-02", "2015-03"] {
        let name = format!("{}/submissions/{month}.1", county.region);
        let arguments = ["acknowledge", &name, "--acknowledge-all", "所用数据相同", "--server", &server];
        let output = tokio::task::block_in_place(|| run(&arguments));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (again, told) = push();

    assert_eq!(code, Some(1), "{first}");
    let accepted: Vec<_> = kept.iter().filter(|one| one.revision.is_some()).map(|one| one.month.as_str()).collect();
    assert_eq!((accepted.as_slice(), kept.len()), (["2015-01"].as_slice(), 3), "the oldest goes first: {first}");
    assert_eq!(again, Some(0), "{told}");
    assert_eq!(told.matches("已接收").count(), 3, "{told}");
    assert_eq!(listed(&suite, &county).await.len(), 3, "nothing is sent again");
}

async fn a_month_that_was_withdrawn_since_is_not_taken_for_reported(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;
    let folder = TempDir::new().unwrap();
    let mut files = write(folder.path());
    files.truncate(1);
    let journal = folder.path().join("journal").display().to_string();
    let server = format!("http://{}", suite.ingest_address());
    let junheng = |arguments: &[&str]| {
        let output = tokio::task::block_in_place(|| run(arguments));
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let push = ["push", &files[0], "--server", &server, "--journal", &journal];
    assert_eq!(junheng(&push).0, Some(0));
    let withdraw = ["withdraw", "210922", "2015-01", "--reason", "误报", "--server", &server];
    let (code, told) = junheng(&withdraw);
    assert_eq!(code, Some(0), "{told}");

    let (code, told) = junheng(&push);

    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("已撤回") && told.contains("误报") && !told.contains("已接收"), "{told}");
    assert_eq!(listed(&suite, &county).await.len(), 2, "nothing is written");
    let (code, told) = junheng(&[push.as_slice(), &["--request-id", "again"]].concat());
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(listed(&suite, &county).await[0].revision, Some(3));
}
