//! Every kind of bad input in one place: what comes of it, and that nothing of it is written.
//!
//! Each table is a list of cases: what is wrong, and the rules with their places, or the status, that tell it. After each the facts of the month are
//! what they were before, byte for byte, there is no revision more, and nothing waits to be evaluated. What a reader of files makes of each
//! cell is tested beside it, in `services/ingest/src/file/tests`; hostile bytes are thrown at the readers in `services/ingest/tests/fuzz.rs`.

mod files;
mod messages;

use junheng_e2e::{County, Database, Setup, Suite};
use junheng_proto::ingest::v1::{Finding, GetFactsRequest, GetFactsResponse, ListSubmissionsRequest, Severity};
use tonic::Status;
use tonic_types::StatusExt as _;

/// The county with its month accepted, and a neighbour; nothing is evaluated, so that whatever is marked stays marked.
struct Scene {
    suite: Suite,
    county: County,
    neighbour: County,
    before: (GetFactsResponse, usize),
}

impl Scene {
    async fn start(database: Database) -> Self {
        let suite = Suite::start_with(database, Setup { working: false, ..Setup::default() }).await;
        let (neighbour, mut county) = (County::met_at("219903", "22"), County::met());
        // A school that was open no longer when the month began.
        let closed = junheng_proto::ingest::v1::SchoolFacts { school_code: CLOSED.to_owned(), ..Default::default() };
        county.add("211", "撤销的小学", closed);
        county.schools.last_mut().unwrap().closed_on = "2024-11-30".to_owned();
        county.facts.pop();
        suite.register(&neighbour).await;
        suite.register(&county).await;
        suite.accepted(county.submission("good")).await;
        let before = (facts(&suite, &county).await, suite.marks().await.len());
        Self { suite, county, neighbour, before }
    }

    /// Nothing of what came since the start is written: no fact, no revision, no work for an evaluator.
    async fn assert_nothing_written(&self, what: &str) {
        let after = (facts(&self.suite, &self.county).await, self.suite.marks().await.len());
        assert_eq!(after, self.before, "{what}");
        let request =
            ListSubmissionsRequest { parent: self.county.region.clone(), ..ListSubmissionsRequest::default() };
        let listed = self.suite.submissions().list_submissions(request).await.unwrap().into_inner().submissions;
        assert_eq!(listed.iter().filter(|one| one.revision.is_some()).count(), 1, "{what}");
    }
}

/// A school that was closed before the month.
const CLOSED: &str = "2121000009";

async fn facts(suite: &Suite, county: &County) -> GetFactsResponse {
    let request = GetFactsRequest { region: county.region.clone(), month: county.month.clone(), as_of: None };
    suite.submissions().get_facts(request).await.unwrap().into_inner()
}

/// The errors, each by its rule and place, in the order of both; each says in both languages what is wrong and how to mend it.
fn errors(findings: &[Finding]) -> Vec<(&str, &str)> {
    let errors = findings.iter().filter(|finding| finding.severity() == Severity::Error);
    let mut told: Vec<_> = errors
        .inspect(|finding| {
            let texts = [&finding.message, &finding.message_en, &finding.remedy, &finding.remedy_en];
            assert!(texts.iter().all(|text| !text.is_empty()), "{finding:?}");
        })
        .map(|finding| (finding.rule.as_str(), finding.path.as_str()))
        .collect();
    told.sort_unstable();
    told
}

/// The reason of a status.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap_or_else(|| panic!("{status:?}")).reason
}
