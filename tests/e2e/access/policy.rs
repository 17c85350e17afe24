//! The policy and the descriptors say the same; where they do not, it is found.

use junheng_proto::{DESCRIPTORS, POLICY};
use junheng_runtime::access::{Fault, Policy};

/// What is served beside our own services.
pub(super) fn served() -> [&'static [u8]; 4] {
    [
        DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ]
}

fn faults(policy: &str) -> Vec<String> {
    let error = Policy::read(policy, &served()).err();
    error.map(|error| error.0.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

#[test]
fn every_rpc_has_an_entry_and_every_entry_an_rpc() {
    assert_eq!(faults(POLICY), Vec::<String>::new());
}

#[test]
fn an_rpc_without_an_entry_is_found() {
    let without = POLICY.replace("GetFacts = ", "GetFigures = ");

    let error = Policy::read(&without, &served()).unwrap_err();

    let service = "junheng.ingest.v1.SubmissionService";
    assert_eq!(
        error.0,
        [Fault::Missing(format!("{service}/GetFacts")), Fault::Unknown(format!("{service}/GetFigures")),]
    );
}

#[test]
fn a_line_that_cannot_hold_is_found() {
    let line = r#"GetFacts = { kind = "read", roles = ["readers"], region = "region" }"#;
    assert!(POLICY.contains(line));
    for (instead, fault) in [
        (r#"kind = "read", roles = ["readers"], region = "county""#, "there is no such field"),
        (r#"kind = "read", roles = ["readers"], region = "as_of""#, "does not end at a text"),
        (r#"kind = "read", roles = ["readers"], region = "region.name""#, "leads through what is no message"),
        (r#"kind = "read", roles = ["readers"]"#, "says no region, not even `none`"),
        (r#"kind = "read", roles = ["readers"], region = "none", each = ["region"]"#, "belongs to no region"),
        (r#"kind = "read", roles = ["readers"], region = "region", each = ["region"]"#, "is there already"),
        (r#"kind = "read", roles = ["readers"], region = "region", messages = "all""#, "`messages` goes with a stream"),
        (r#"kind = "read", roles = ["reader"], region = "region""#, "reader is neither a role nor a group"),
        (r#"kind = "write", roles = ["readers"], region = "region""#, "auditor writes nothing"),
        (r#"kind = "read", roles = ["readers"], region = "region", else = 1"#, "unknown field"),
    ] {
        let found = faults(&POLICY.replace(line, &format!("GetFacts = {{ {instead} }}")));

        assert!(found.iter().any(|found| found.contains(fault)), "{instead}: {found:?}");
    }
    let streamed =
        POLICY.replace(r#"region = "submission.region", messages = "all""#, r#"region = "submission.region""#);
    assert!(faults(&streamed)[0].contains("`messages` goes with a stream"));
    let listed = POLICY.replace(r#"each = ["regions.name", "regions.parent"]"#, r#"region = "regions.name""#);
    assert!(faults(&listed)[0].contains("leads to several"));
}

#[test]
fn a_page_that_shows_no_rpc_is_found() {
    let line = r#""/inflow" = { shows = ["junheng.ingest.v1.InflowService/GetReportingStatus"] }"#;
    assert!(POLICY.contains(line));
    for (instead, fault) in [
        (r#"shows = ["junheng.ingest.v1.InflowService/GetStatus"]"#, "GetStatus is no RPC that reads"),
        (
            r#"shows = ["junheng.ingest.v1.InflowService/SetReportingCalendar"]"#,
            "SetReportingCalendar is no RPC that reads",
        ),
        (r#"roles = ["anyone"]"#, "unknown field"),
    ] {
        let found = faults(&POLICY.replace(line, &format!(r#""/inflow" = {{ {instead} }}"#)));

        assert!(found.iter().any(|found| found.contains(fault)), "{instead}: {found:?}");
    }
}

#[test]
fn pages_and_their_entries_are_held_against_each_other() {
    let policy = Policy::read(POLICY, &served()).unwrap();
    let mut routes: Vec<&str> = policy.pages().map(|(route, _)| route).collect();
    assert_eq!(policy.fit_pages(&routes), Ok(()));

    let left_out = routes.pop().unwrap().to_owned();
    routes.push("/secrets");

    let mut wanted = [Fault::PageMissing("/secrets".to_owned()), Fault::PageUnknown(left_out)];
    wanted.sort_by_cached_key(ToString::to_string);
    assert_eq!(policy.fit_pages(&routes).unwrap_err().0, wanted);
}

#[test]
fn a_missing_policy_serves_nothing() {
    let found = faults("[services]");

    assert!(found.len() > 40 && found.iter().all(|fault| fault.ends_with("has no entry")), "{found:?}");
}
