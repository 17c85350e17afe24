//! The console in a real browser: a headless Chromium walks through the pages of a served database.
//!
//! `walk.mjs` does the walking and says what it saw. `make tools` installs Chromium and what drives it; screenshots are left in
//! `target/screenshots/`.
#![expect(clippy::unwrap_used, reason = "a test ends at its first fault")]

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

use junheng_e2e::{County, Database, Setup, Suite, province};
use junheng_proto::reporting::v1::{IssueReportRequest, ReportFormat};
use junheng_runtime::config::TargetsConfig;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// A name that would do harm if it ever became markup.
const HOSTILE: &str = "<img src=x onerror=alert(1)>第一小学";

fn target_folder() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from(ROOT).join("target"), PathBuf::from)
}

/// Counties of a province with verdicts of every kind, noted as made up; one sent something that was refused.
async fn seeded() -> Suite {
    let mut setup = Setup::default();
    setup.reporting.targets = vec![TargetsConfig {
        region: "210000".to_owned(),
        shares: "2025=30,2030=60,2035=100".to_owned(),
        source: "虚构的示例目标，仅供测试".to_owned(),
    }];
    let suite = Suite::start_with(Database::sqlite(), setup).await;
    let mut counties: Vec<County> = province::counties();
    counties.retain(|county| !county.region.ends_with("220101"));
    for (county, name) in counties.iter_mut().zip("甲乙丙丁戊己庚".chars()) {
        let own = county.regions.iter_mut().find(|region| region.name == county.region).unwrap();
        if own.data_note.is_empty() {
            "虚构的示例数据，仅供测试".clone_into(&mut own.data_note);
            own.display_name = format!("示例{name}县");
        }
    }
    HOSTILE.clone_into(&mut counties[0].schools[0].display_name);
    province::report(&suite, &counties).await;
    let mut wrong = counties[0].submission_for("2025-01", "january");
    "2121009999".clone_into(&mut wrong.schools[0].school_code);
    suite.refused(wrong).await;
    let request = IssueReportRequest {
        evaluation: "regions/210922/evaluations/2024-12.national-quality-2017".to_owned(),
        format: ReportFormat::Xlsx.into(),
        request_id: "issue".to_owned(),
        ..IssueReportRequest::default()
    };
    suite.reports().issue_report(request).await.unwrap();
    suite
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_can_use_every_page_in_a_browser() {
    let suite = seeded().await;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("browser/walk.mjs");

    let mut node = Command::new("node");
    node.arg(script)
        .env("CONSOLE", format!("http://{}", suite.console_address()))
        .env("TOOLS", target_folder().join("tools/node_modules"))
        .env("SCREENSHOTS", target_folder().join("screenshots"))
        .stdin(Stdio::null());
    let walk = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();

    let told = [walk.stdout, walk.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(walk.status.success(), "{told}");
}
