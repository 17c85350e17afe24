//! Schools change, merge, split and move; every month is judged by what they were in it.

use junheng_e2e::{County, Database, Setup, Suite, on_both_databases};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    ingest::v1::{
        GetSchoolRequest, GetSchoolResponse, GroupRole, ImportSchoolsRequest, ListSchoolsRequest,
        RecordSchoolEventsRequest, RecordSchoolEventsResponse, School, SchoolClosed, SchoolEvent, SchoolLinkKind,
        SchoolSplit, Severity, school_event::Change,
    },
};
use tonic_types::StatusExt as _;

use crate::{rules, stage};

on_both_databases!(
    a_retyping_changes_the_months_from_then_on_and_no_other,
    a_merger_is_followed_both_ways,
    a_split_school_goes_on_or_closes,
    all_faults_of_events_are_found_at_once_and_nothing_is_recorded,
    an_import_corrects_what_is_held_or_changes_it_from_a_day_on,
);

pub(crate) const FIRST: &str = "2121000001";
const SECOND: &str = "2121000002";
const NEW: &str = "2121000009";

pub(crate) fn name(county: &County, code: &str) -> String {
    format!("{}/schools/{code}", county.region)
}

pub(crate) fn event(county: &County, code: &str, date: &str, change: Change) -> SchoolEvent {
    SchoolEvent {
        school: name(county, code),
        date: date.to_owned(),
        document: "教发〔2024〕1号".to_owned(),
        change: Some(change),
        known_at: None,
    }
}

fn opened(title: &str) -> Change {
    Change::Opened(School { display_name: title.to_owned(), school_type: "211".to_owned(), ..School::default() })
}

fn request(county: &County, request_id: &str, events: &[SchoolEvent]) -> RecordSchoolEventsRequest {
    RecordSchoolEventsRequest {
        parent: county.region.clone(),
        events: events.to_vec(),
        request_id: request_id.to_owned(),
        validate_only: false,
    }
}

pub(crate) async fn record(
    suite: &Suite,
    county: &County,
    request_id: &str,
    events: &[SchoolEvent],
) -> RecordSchoolEventsResponse {
    suite.registry().record_school_events(request(county, request_id, events)).await.unwrap().into_inner()
}

pub(crate) async fn get(suite: &Suite, school: &str, known_at: Option<jiff::Timestamp>) -> GetSchoolResponse {
    let request = GetSchoolRequest { name: school.to_owned(), known_at: known_at.map(junheng_e2e::suite::instant) };
    suite.registry().get_school(request).await.unwrap().into_inner()
}

/// The codes of the schools that are open on a day.
pub(crate) async fn open_on(
    suite: &Suite,
    county: &County,
    day: &str,
    known_at: Option<jiff::Timestamp>,
) -> Vec<String> {
    let request = ListSchoolsRequest {
        parent: county.region.clone(),
        as_of_date: day.to_owned(),
        known_at: known_at.map(junheng_e2e::suite::instant),
        ..ListSchoolsRequest::default()
    };
    let listed = suite.registry().list_schools(request).await.unwrap().into_inner().schools;
    listed.into_iter().map(|school| school.name.rsplit('/').next().unwrap().to_owned()).collect()
}

/// The months that wait to be evaluated: county and month.
pub(crate) async fn marked(suite: &Suite) -> Vec<(String, String)> {
    let mut marks: Vec<_> =
        suite.marks().await.into_iter().map(|mark| (mark.county.to_string(), mark.month.to_string())).collect();
    marks.sort();
    marks
}

async fn a_retyping_changes_the_months_from_then_on_and_no_other(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut receipts = vec![];
    for month in ["2024-08", "2024-09", "2024-10"] {
        receipts.push(suite.accepted(county.submission_for(month, month)).await);
    }
    for (month, receipt) in ["2024-08", "2024-09", "2024-10"].into_iter().zip(&receipts) {
        let stored = suite.stored(&county.region, month, receipt).await;
        assert_eq!(stored.verdict(), Verdict::Met, "{month}");
    }
    // Evaluations of the months are done before the clock of the questions.
    junheng_e2e::eventually("no marks", async || suite.marks().await.is_empty().then_some(())).await;
    suite.tick();
    let before = suite.now();
    suite.tick();
    let mut answers = vec![];
    for month in ["2024-08", "2024-09"] {
        answers.push(suite.evaluate(&county.region, month, Some(before)).await.unwrap());
    }
    let suite = suite.restart_with(Setup { working: false, ..Setup::default() }).await;

    let retyped = [event(&county, FIRST, "2024-09-01", Change::Retyped("312".to_owned()))];
    let done = record(&suite, &county, "retyped", &retyped).await;

    assert_eq!((done.recorded_count, &done.findings), (Some(1), &vec![]));
    assert_eq!(done.touched_months, ["2024-09", "2024-10"]);
    let touched = ["2024-09", "2024-10"].map(|month| ("219902".to_owned(), month.to_owned()));
    assert_eq!(marked(&suite).await, touched, "nothing else is evaluated anew");
    let now = async |month: &str| suite.evaluate(&county.region, month, None).await.unwrap();
    let (august, september) = (now("2024-08").await, now("2024-09").await);
    assert_eq!(august, answers[0], "the month before is as it was");
    assert_ne!(september.verdict(), Verdict::Met, "its junior part reported nothing");
    assert_eq!(stage(&september, Stage::Junior).unit_count, Some(3));
    assert_eq!(stage(&answers[1], Stage::Junior).unit_count, Some(2));
    let as_before = suite.evaluate(&county.region, "2024-09", Some(before)).await.unwrap();
    assert_eq!(as_before, answers[1], "what was known before is known for ever");
    // Repeated, it is answered as before and marks nothing anew.
    assert_eq!(record(&suite, &county, "retyped", &retyped).await, done);
    // A submission for a month is checked by the type of that month.
    let mut facts = county.clone();
    facts.school_mut(FIRST).pupils_junior = Some(10);
    facts.school_mut(FIRST).classes_junior = Some(1);
    facts.school_mut(FIRST).largest_class_junior = Some(10);
    let refused = suite.refused(facts.submission_for("2024-08", "august-with-junior")).await;
    assert_eq!(rules(&refused.findings, Severity::Error), ["stage_of_type"; 2]);
    suite.accepted(facts.submission_for("2024-09", "september-with-junior")).await;
    let school = get(&suite, &name(&county, FIRST), None).await;
    let periods: Vec<_> = school.periods.iter().map(|one| (one.from_date.as_str(), one.to_date.as_str())).collect();
    assert_eq!(periods, [("", "2024-09-01"), ("2024-09-01", "")]);
    let types = school.periods.iter().map(|one| one.school.as_ref().unwrap().school_type.as_str());
    assert_eq!(types.collect::<Vec<_>>(), ["211", "312"]);
    assert_eq!(SchoolEvent { known_at: None, ..school.events[0].clone() }, retyped[0]);
    assert_eq!(school.events[0].known_at, done.known_at);
}

async fn a_merger_is_followed_both_ways(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    suite.tick();
    let before = suite.now();
    let first_then = get(&suite, &name(&county, FIRST), Some(before)).await;
    suite.tick();
    let nine_year = county.facts[2].school_code.clone();
    let events = [
        event(&county, FIRST, "2024-09-01", Change::MergedInto(name(&county, NEW))),
        event(&county, SECOND, "2024-09-01", Change::MergedInto(name(&county, NEW))),
        event(&county, NEW, "2024-09-01", opened("中心小学")),
        event(&county, NEW, "2025-09-01", Change::MergedInto(name(&county, &nine_year))),
    ];
    let validated = RecordSchoolEventsRequest { validate_only: true, ..request(&county, "", &events) };
    let validated = suite.registry().record_school_events(validated).await.unwrap().into_inner();
    assert_eq!((validated.recorded_count, validated.findings.len()), (None, 0));
    assert_eq!(open_on(&suite, &county, "2024-09-01", None).await.len(), 4);

    record(&suite, &county, "merged", &events).await;

    let first = get(&suite, &name(&county, FIRST), None).await;
    let new = get(&suite, &name(&county, NEW), None).await;
    let last = get(&suite, &name(&county, &nine_year), None).await;
    let ends = |links: &[junheng_proto::ingest::v1::SchoolLink]| -> Vec<(String, String)> {
        let code = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        links.iter().map(|link| (code(&link.from_school), code(&link.to_school))).collect()
    };
    let link = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(ends(&first.successors), [link(FIRST, NEW), link(NEW, &nine_year)]);
    assert_eq!(ends(&first.predecessors), []);
    assert_eq!(ends(&new.predecessors), [link(FIRST, NEW), link(SECOND, NEW)]);
    assert_eq!(ends(&new.successors), [link(NEW, &nine_year)]);
    assert_eq!(ends(&last.predecessors), [link(FIRST, NEW), link(SECOND, NEW), link(NEW, &nine_year)]);
    let links = &first.successors[0];
    assert_eq!((links.date.as_str(), links.kind()), ("2024-09-01", SchoolLinkKind::Merged));
    assert_eq!((links.from_display_name.as_str(), links.to_display_name.as_str()), ("第一小学", "中心小学"));
    assert_eq!(open_on(&suite, &county, "2024-08-31", None).await, [FIRST, SECOND, &nine_year, "3121000004"]);
    assert_eq!(open_on(&suite, &county, "2024-09-01", None).await, [NEW, &nine_year, "3121000004"]);
    assert_eq!(open_on(&suite, &county, "2025-09-01", None).await, [nine_year.as_str(), "3121000004"]);
    // As it was known before.
    assert_eq!(open_on(&suite, &county, "2024-09-01", Some(before)).await, [FIRST, SECOND, &nine_year, "3121000004"]);
    assert_eq!(get(&suite, &name(&county, FIRST), Some(before)).await, first_then);
    assert_eq!((first_then.successors.len(), first_then.events.len()), (0, 0));
    // A merger that is corrected away is no lineage any more.
    let import = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: vec![county.schools[0].clone()],
        request_id: "reopened".to_owned(),
        effective_on: String::new(),
        validate_only: false,
    };
    suite.registry().import_schools(import).await.unwrap();
    let first = get(&suite, &name(&county, FIRST), None).await;
    assert_eq!((first.successors.len(), first.events.len()), (0, 0));
    assert_eq!(get(&suite, &name(&county, NEW), None).await.predecessors.len(), 1);
}

async fn a_split_school_goes_on_or_closes(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let into =
        |codes: &[&str]| Change::Split(SchoolSplit { parts: codes.iter().map(|code| name(&county, code)).collect() });
    let events = [
        event(&county, FIRST, "2024-09-01", into(&[FIRST, "2121000008"])),
        event(&county, SECOND, "2024-09-01", into(&[NEW, "2121000008"])),
        event(&county, NEW, "2024-09-01", opened("新小学")),
        event(&county, "2121000008", "2024-09-01", opened("另一小学")),
    ];

    let done = record(&suite, &county, "split", &events).await;

    assert_eq!((done.recorded_count, done.findings), (Some(4), vec![]));
    let open = open_on(&suite, &county, "2024-09-01", None).await;
    assert_eq!(open[..3], [FIRST, "2121000008", NEW]);
    assert!(!open.contains(&SECOND.to_owned()));
    let part = get(&suite, &name(&county, "2121000008"), None).await;
    let from: Vec<_> = part.predecessors.iter().map(|link| (link.kind(), link.from_school.clone())).collect();
    assert_eq!(from, [FIRST, SECOND].map(|code| (SchoolLinkKind::Split, name(&county, code))));
}

async fn all_faults_of_events_are_found_at_once_and_nothing_is_recorded(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let foreign = County::met_at("219903", "22");
    suite.register(&foreign).await;
    let theirs = foreign.facts[0].school_code.clone();
    let region = |code: &str| format!("regions/{code}");
    let closed = || Change::Closed(SchoolClosed {});
    let events = [
        event(&county, NEW, "2024-09-01", closed()),
        event(&county, FIRST, "2024-09-01", Change::Renamed("第一小学".to_owned())),
        event(&county, FIRST, "2024-09-02", Change::MovedTo(foreign.region.clone())),
        event(&county, FIRST, "2024-09-01", Change::MovedTo(region("219905"))),
        event(&county, SECOND, "2024-09-01", Change::MovedTo(region("219900"))),
        event(&county, SECOND, "2024-10-01", closed()),
        event(&county, SECOND, "2024-09-01", Change::Split(SchoolSplit { parts: vec![name(&county, SECOND)] })),
        event(&county, &theirs, "2024-09-01", opened("别县的学校")),
        // What is right is not recorded either.
        event(&county, "3121000004", "2024-09-01", Change::Renamed("新名".to_owned())),
    ];

    let refused = record(&suite, &county, "faulty", &events).await;
    let validated = RecordSchoolEventsRequest { validate_only: true, ..request(&county, "", &events) };
    let validated = suite.registry().record_school_events(validated).await.unwrap().into_inner();

    let mut found: Vec<_> =
        refused.findings.iter().map(|finding| (finding.path.as_str(), finding.rule.as_str())).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("events[0]", "school_registered"),
            ("events[1]", "event_unchanged"),
            ("events[2]", "event_first_of_month"),
            ("events[3].moved_to", "event_county"),
            ("events[4].moved_to", "event_county"),
            ("events[5]", "event_school_open"),
            ("events[6]", "event_parts"),
            ("events[7]", "school_in_county"),
        ]
    );
    assert_eq!(validated.findings, refused.findings);
    assert_eq!((refused.recorded_count, refused.known_at, refused.touched_months.len()), (None, None, 0));
    let school = get(&suite, &name(&county, "3121000004"), None).await;
    assert_eq!((school.periods.len(), school.events.len()), (1, 0));

    let malformed = [
        SchoolEvent { school: name(&foreign, FIRST), date: "yesterday".to_owned(), ..SchoolEvent::default() },
        event(&county, FIRST, "2024-09-01", Change::Retyped("999".to_owned())),
        event(&county, FIRST, "2024-09-01", Change::MovedFrom(foreign.region.clone())),
        event(&county, FIRST, "2024-09-01", Change::Opened(School { name: "x".to_owned(), ..School::default() })),
    ];
    let status = suite.registry().record_school_events(request(&county, "", &malformed)).await.unwrap_err();
    let fields: Vec<_> =
        status.get_details_bad_request().unwrap().field_violations.into_iter().map(|one| one.field).collect();
    assert_eq!(
        fields,
        [
            "request_id",
            "events[0].school",
            "events[0].date",
            "events[0].change",
            "events[1].retyped",
            "events[2].moved_from",
            "events[3].opened.name",
            "events[3].opened.display_name",
            "events[3].opened.school_type",
        ]
    );
}

async fn an_import_corrects_what_is_held_or_changes_it_from_a_day_on(database: Database) {
    let suite = Suite::start_with(database, Setup { working: false, ..Setup::default() }).await;
    let mut county = County::met();
    suite.register(&county).await;
    for month in ["2024-08", "2024-09"] {
        suite.accepted(county.submission_for(month, month)).await;
    }
    let import = async |school: &School, request_id: &str, effective_on: &str| {
        let request = ImportSchoolsRequest {
            parent: county.region.clone(),
            schools: vec![school.clone()],
            request_id: request_id.to_owned(),
            effective_on: effective_on.to_owned(),
            validate_only: false,
        };
        suite.registry().import_schools(request).await.unwrap().into_inner()
    };
    let mut school = county.schools[0].clone();
    school.group = "实验教育集团".to_owned();
    school.group_role = GroupRole::Head.into();
    school.school_type = "312".to_owned();
    school.urban_rural_code = "111".to_owned();

    let changed = import(&school, "changed", "2024-09-01").await;
    let again = import(&school, "changed-2", "2024-09-01").await;

    assert_eq!((changed.changed_count, again.changed_count, again.unchanged_count), (Some(1), Some(0), Some(1)));
    let found = get(&suite, &name(&county, FIRST), None).await;
    let before = found.periods[0].school.clone().unwrap();
    assert_eq!((before.school_type.as_str(), before.group.as_str()), ("211", ""));
    assert_eq!(found.school, Some(school.clone()));
    assert_eq!((found.periods.len(), found.events.len()), (2, 3), "retyped, reclassified, joined");
    // A correction: the present period was wrong, the one before it stays.
    school.display_name = "第一学校".to_owned();
    import(&school, "corrected", "").await;
    let found = get(&suite, &name(&county, FIRST), None).await;
    let names = found.periods.iter().map(|one| one.school.as_ref().unwrap().display_name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["第一小学", "第一学校"]);
    assert_eq!(found.events.len(), 3, "nothing happened");
    // Corrected to what it was before, it never changed.
    county.schools[0].display_name = "第一小学".to_owned();
    import(&county.schools[0], "undone", "").await;
    let found = get(&suite, &name(&county, FIRST), None).await;
    assert_eq!((found.periods.len(), found.events.len()), (1, 0));
    let status = import_fails(&suite, &county).await;
    assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "effective_on");
}

async fn import_fails(suite: &Suite, county: &County) -> tonic::Status {
    let request = ImportSchoolsRequest {
        parent: county.region.clone(),
        schools: county.schools.clone(),
        request_id: "malformed".to_owned(),
        effective_on: "2024-09".to_owned(),
        validate_only: false,
    };
    suite.registry().import_schools(request).await.unwrap_err()
}
