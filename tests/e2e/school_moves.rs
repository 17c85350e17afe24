//! A school that moves to another county is open in one of the two in every month, whatever stops in between.

use junheng_e2e::{County, Database, Setup, Suite, on_both_databases};
use junheng_proto::{
    common::v1::Stage,
    ingest::v1::{GetSchoolRequest, ImportSchoolsRequest, School, SchoolLinkKind, school_event::Change},
};
use sea_orm::ConnectionTrait as _;
use tonic::Code;

use crate::{
    school_history::{FIRST, event, get, marked, name, open_on, record},
    stage,
};

on_both_databases!(
    a_school_moves_to_another_county_and_never_counts_twice,
    a_move_that_stopped_halfway_is_completed_by_its_retry,
    a_move_is_undone_and_done_again_as_often_as_is_wanted,
);

/// Two counties that reported September 2024 and November; the one's first school is to move on 1 November.
async fn two_counties(database: Database) -> (Suite, County, County) {
    let suite = Suite::start(database).await;
    let (one, other) = (County::met_at("219902", "21"), County::met_at("219903", "22"));
    for county in [&one, &other] {
        suite.register(county).await;
        for month in ["2024-09", "2024-11"] {
            let receipt = suite.accepted(county.submission_for(month, month)).await;
            suite.stored(&county.region, month, &receipt).await;
        }
    }
    junheng_e2e::eventually("no marks", async || suite.marks().await.is_empty().then_some(())).await;
    let suite = suite.restart_with(Setup { working: false, ..Setup::default() }).await;
    suite.tick();
    (suite, one, other)
}

async fn a_school_moves_to_another_county_and_never_counts_twice(database: Database) {
    let (suite, one, other) = two_counties(database).await;
    let moves = [event(&one, FIRST, "2024-11-01", Change::MovedTo(other.region.clone()))];

    let done = record(&suite, &one, "moved", &moves).await;

    assert_eq!((done.recorded_count, &done.touched_months), (Some(1), &vec!["2024-11".to_owned()]));
    let november = ["219902", "219903"].map(|county| (county.to_owned(), "2024-11".to_owned()));
    assert_eq!(marked(&suite).await, november, "both counties, and no month before");
    for month in ["2024-09", "2024-10", "2024-11"] {
        for day in ["01", "30"] {
            let day = format!("{month}-{day}");
            let here = open_on(&suite, &one, &day, None).await.contains(&FIRST.to_owned());
            let there = open_on(&suite, &other, &day, None).await.contains(&FIRST.to_owned());
            assert_eq!((here, there), (month != "2024-11", month == "2024-11"), "{day}");
        }
    }
    let units = async |county: &County, month: &str| {
        let evaluation = suite.evaluate(&county.region, month, None).await.unwrap();
        stage(&evaluation, Stage::Primary).unit_count.unwrap()
    };
    assert_eq!((units(&one, "2024-09").await, units(&other, "2024-09").await), (3, 3));
    assert_eq!((units(&one, "2024-11").await, units(&other, "2024-11").await), (2, 4));
    let there = get(&suite, &name(&other, FIRST), None).await;
    let school = there.school.as_ref().unwrap();
    assert_eq!((school.display_name.as_str(), school.opened_on.as_str()), ("第一小学", "2024-11-01"));
    assert_eq!(there.events[0].change, Some(Change::MovedFrom(one.region.clone())));
    assert_eq!(there.events[0].document, "教发〔2024〕1号");
    let here = get(&suite, &name(&one, FIRST), None).await;
    assert_eq!(there.predecessors, here.successors);
    assert_eq!(there.predecessors[0].kind(), SchoolLinkKind::Moved);
    assert_eq!((here.successors.len(), there.successors.len()), (1, 0));

    // The county that lost it cannot report it, nor move it once more; nor can another register it.
    suite.tick();
    let refused = record(&suite, &one, "moved-again", &moves).await;
    assert_eq!((refused.recorded_count, refused.findings[0].rule.as_str()), (None, "event_school_open"));
    let third = County::met_at("219904", "23");
    suite.register(&third).await;
    let school = School { name: name(&third, FIRST), ..one.schools[0].clone() };
    let import = ImportSchoolsRequest {
        parent: third.region.clone(),
        schools: vec![school],
        request_id: "x".to_owned(),
        effective_on: String::new(),
        validate_only: false,
    };
    let refused = suite.registry().import_schools(import).await.unwrap().into_inner();
    assert_eq!((refused.changed_count, refused.findings[0].rule.as_str()), (None, "school_in_county"));
    // It moves back on the same day: it never left.
    let back = [event(&other, FIRST, "2024-11-01", Change::MovedTo(one.region.clone()))];
    assert_eq!(record(&suite, &other, "back", &back).await.recorded_count, Some(1));
    assert_eq!((units(&one, "2024-11").await, units(&other, "2024-11").await), (3, 3));
    let (here, there) = (get(&suite, &name(&one, FIRST), None).await, get(&suite, &name(&other, FIRST), None).await);
    assert_eq!((here.periods.len(), here.events.len()), (1, 0), "nothing of it is left here");
    assert_eq!((here.predecessors.len(), &here.predecessors), (2, &there.predecessors), "it went and came back");
}

async fn a_move_that_stopped_halfway_is_completed_by_its_retry(database: Database) {
    let shared = database.shared();
    let (suite, one, other) = two_counties(database).await;
    let moves = [event(&one, FIRST, "2024-11-01", Change::MovedTo(other.region.clone()))];
    let done = record(&suite, &one, "moved", &moves).await;
    let whole = get(&suite, &name(&other, FIRST), None).await;
    // As if the service had died between the two writes.
    let raw = sea_orm::Database::connect(shared.url()).await.unwrap();
    for table in ["school_periods", "school_events"] {
        let statement = format!("DELETE FROM {table} WHERE county_code = '219903' AND school_code = '{FIRST}'");
        raw.execute_unprepared(&statement).await.unwrap();
    }
    raw.execute_unprepared("DELETE FROM marks").await.unwrap();
    raw.close().await.unwrap();
    let halfway = GetSchoolRequest { name: name(&other, FIRST), known_at: None };
    assert_eq!(suite.registry().get_school(halfway).await.unwrap_err().code(), Code::NotFound);
    suite.tick();

    assert_eq!(record(&suite, &one, "moved", &moves).await, done);

    let completed = get(&suite, &name(&other, FIRST), None).await;
    assert_eq!((completed.periods, completed.predecessors), (whole.periods, whole.predecessors));
    assert_eq!(marked(&suite).await, [("219903".to_owned(), "2024-11".to_owned())]);
    // Once more, nothing is done twice.
    record(&suite, &one, "moved", &moves).await;
    assert_eq!(get(&suite, &name(&other, FIRST), None).await.events.len(), 1);
}

async fn a_move_is_undone_and_done_again_as_often_as_is_wanted(database: Database) {
    let (suite, one, other) = two_counties(database).await;
    let there = [event(&one, FIRST, "2024-11-01", Change::MovedTo(other.region.clone()))];
    let back = [event(&other, FIRST, "2024-11-01", Change::MovedTo(one.region.clone()))];
    let open = async |county: &County| open_on(&suite, county, "2024-11-30", None).await.contains(&FIRST.to_owned());

    for round in 1..=3 {
        let done = record(&suite, &one, &format!("there-{round}"), &there).await;
        assert_eq!(done.recorded_count, Some(1), "{round}: {done:?}");
        assert_eq!((open(&one).await, open(&other).await), (false, true), "there, round {round}");
        suite.tick();
        // Whoever repeats the first request changes nothing, whatever came after it.
        record(&suite, &one, "there-1", &there).await;
        assert_eq!((open(&one).await, open(&other).await), (false, true), "repeated, round {round}");
        suite.tick();

        let done = record(&suite, &other, &format!("back-{round}"), &back).await;
        assert_eq!(done.recorded_count, Some(1), "{round}: {done:?}");
        assert_eq!((open(&one).await, open(&other).await), (true, false), "back, round {round}");
        suite.tick();
        record(&suite, &one, "there-1", &there).await;
        assert_eq!((open(&one).await, open(&other).await), (true, false), "repeated after round {round}");
        suite.tick();
    }
}
