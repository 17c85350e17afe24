//! `junheng push` sends a workbook as the file that it is: what only the file shows is found as by `ImportFile`.

use junheng_e2e::{County, Database, Suite, Workbook, on_both_databases, run};
use junheng_proto::ingest::v1::{
    GetSubmissionRequest, GetTemplateRequest, ListSubmissionsRequest, Submission, SubmissionState,
};
use tempfile::TempDir;

on_both_databases!(
    rows_that_were_sorted_apart_are_noticed_by_push,
    a_correction_that_clears_an_element_goes_beside_a_workbook,
    what_was_filled_in_badly_is_kept_with_all_that_was_found,
);

struct Scene {
    suite: Suite,
    county: County,
    workbook: Workbook,
    folder: TempDir,
}

impl Scene {
    async fn start(database: Database) -> Self {
        let (suite, county) = (Suite::start(database).await, County::met());
        suite.register(&county).await;
        let (region, month) = (county.region.clone(), county.month.clone());
        let request = GetTemplateRequest { region, month, standard: String::new() };
        let mut workbook = Workbook::open(&suite.files().get_template(request).await.unwrap().into_inner().content);
        workbook.fill(&county);
        Self { suite, county, workbook, folder: TempDir::new().unwrap() }
    }

    /// Runs the program with a workbook, and gives its exit code and all that it said.
    fn push(&self, more: &[&str]) -> (Option<i32>, String) {
        let file = self.folder.path().join("报送表.xlsx");
        std::fs::write(&file, self.workbook.bytes()).unwrap();
        let server = format!("http://{}", self.suite.ingest_address());
        let arguments = [&["push", file.to_str().unwrap(), "--server", &server], more].concat();
        let output = tokio::task::block_in_place(|| run(&arguments));
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    }

    /// Writes a file, and gives its path.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    async fn listed(&self) -> Vec<Submission> {
        let request =
            ListSubmissionsRequest { parent: self.county.region.clone(), ..ListSubmissionsRequest::default() };
        self.suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions
    }
}

async fn rows_that_were_sorted_apart_are_noticed_by_push(database: Database) {
    let mut scene = Scene::start(database).await;
    scene.workbook.school("B5", "第二小学");
    let journal = scene.folder.path().join("journal").display().to_string();
    let told = |(code, told): (Option<i32>, String)| {
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("school_name_differs") && told.contains("学校数据!B5"), "{told}");
    };

    told(scene.push(&["--validate-only"]));
    assert_eq!(scene.listed().await.len(), 0);
    told(scene.push(&["--journal", &journal]));
    told(scene.push(&["--journal", &journal]));

    let listed = scene.listed().await;
    assert_eq!((listed.len(), listed[0].state()), (1, SubmissionState::Held), "sent once");
    let (code, told) = scene.push(&["--journal", &journal, "--acknowledge-all", "两校合署，名称已报批"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("已接收"), "{told}");
    let listed = scene.listed().await;
    assert_eq!((listed.len(), listed[0].revision), (1, Some(1)));
    // The same figures as a message of rows has the same digest.
    let replaced = scene.suite.accepted(scene.county.submission("rows")).await;
    assert_eq!(replaced.content_digest, listed[0].content_digest);
}

async fn a_correction_that_clears_an_element_goes_beside_a_workbook(database: Database) {
    let scene = Scene::start(database).await;
    scene.suite.accepted(scene.county.submission("first")).await;
    let school = &scene.county.facts[0].school_code;

    // An element that the template leaves empty, so that the workbook does not set it.
    let (code, told) = scene.push(&["--merge", "--base-revision", "1", "--clear", &format!("{school}.pupils_junior")]);

    assert_eq!(code, Some(0), "{told}");
    assert_eq!(scene.listed().await[0].revision, Some(2));
    let stale = scene.push(&["--merge", "--base-revision", "1"]);
    assert_eq!(stale.0, Some(1), "{}", stale.1);
    assert!(stale.1.contains("REVISION_CONFLICT"), "{}", stale.1);
}

async fn what_was_filled_in_badly_is_kept_with_all_that_was_found(database: Database) {
    let mut scene = Scene::start(database).await;
    scene.workbook.school("AA5", "许多");
    scene.workbook.school("A6", "2199999999");
    let annotated = scene.write("问题.xlsx", "");

    let (code, told) = scene.push(&["--annotated", &annotated]);

    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("已退回") && told.contains("学校数据!AA5") && told.contains("学校数据!A6"), "{told}");
    assert!(std::fs::read(&annotated).unwrap().starts_with(b"PK"), "{told}");
    let kept = |listed: Vec<Submission>| (listed.len(), listed[0].state(), listed[0].name.clone());
    let (count, state, name) = kept(scene.listed().await);
    assert_eq!((count, state), (1, SubmissionState::Refused));
    let paths = async |name: String| -> Vec<String> {
        let found = scene.suite.submissions().get_submission(GetSubmissionRequest { name }).await.unwrap();
        found.into_inner().submission.unwrap().findings.into_iter().map(|finding| finding.path).collect()
    };
    let told = paths(name).await;
    assert!(["学校数据!AA5", "学校数据!A6"].iter().all(|cell| told.iter().any(|path| path == cell)), "{told:?}");

    // A table, too; and what cannot be opened says so before it is asked whose it is.
    let (table, broken) =
        (scene.write("s.csv", "school_code,books\n2121000001,many\n"), scene.write("b.xlsx", "PK\x03\x04"));
    let server = format!("http://{}", scene.suite.ingest_address());
    let of = |file: &str, more: &[&str]| {
        let arguments = [&["push", file, "--server", &server], more].concat();
        let output = tokio::task::block_in_place(|| run(&arguments));
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let code = scene.county.region.trim_start_matches("regions/");
    assert_eq!(of(&table, &["--county", code, "--month", &scene.county.month]).0, Some(1));
    let (count, state, name) = kept(scene.listed().await);
    assert_eq!((count, state), (2, SubmissionState::Refused));
    assert_eq!(paths(name).await.iter().filter(|path| path.ends_with("s.csv:2.books")).count(), 1);
    let (code, told) = of(&broken, &[]);
    assert!(code == Some(1) && told.contains("错误 workbook"), "{told}");
}
