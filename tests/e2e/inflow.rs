//! What is reported when: the calendar, and how counties stand.

use std::collections::BTreeMap;

use jiff::Timestamp;
use junheng_e2e::{
    County, Database, Suite, on_both_databases,
    suite::{instant, timestamp},
};
use junheng_proto::ingest::v1::{
    GetReportingCalendarRequest, GetReportingStatusRequest, GetReportingStatusResponse, MonthReporting, ReportingState,
    ReportingTotals, SetReportingCalendarRequest, SetReportingCalendarResponse, WithdrawMonthRequest,
    inflow_service_client::InflowServiceClient,
};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

on_both_databases!(
    the_nearest_calendar_holds_from_its_month_on,
    setting_a_calendar_is_done_once_and_told_all_that_is_wrong,
    counties_stand_on_time_late_missing_awaited_or_refused,
    what_waits_beside_a_month_that_counts_is_told_and_what_was_withdrawn_is_no_newest_month,
    how_they_stood_at_an_instant_stays_the_same,
    counties_come_in_pages_and_totals_once,
    a_question_about_months_is_told_all_that_is_wrong,
);

pub(super) fn inflow(suite: &Suite) -> InflowServiceClient<Channel> {
    InflowServiceClient::new(suite.ingest_channel())
}

/// Counties 219911 and 219912 in the city 219900, 219821 in the city 219800.
pub(super) async fn three_counties(suite: &Suite) -> [County; 3] {
    let counties =
        [("219911", "41"), ("219912", "42"), ("219821", "43")].map(|(code, serial)| County::met_at(code, serial));
    for county in &counties {
        suite.register(county).await;
    }
    counties
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) async fn set(
    suite: &Suite,
    region: &str,
    from: &str,
    due_day: Option<u32>,
) -> Result<SetReportingCalendarResponse, Status> {
    let request = SetReportingCalendarRequest {
        region: region.to_owned(),
        from_month: from.to_owned(),
        due_day,
        request_id: format!("{from}-{}", due_day.unwrap_or_default()),
    };
    inflow(suite).set_reporting_calendar(request).await.map(tonic::Response::into_inner)
}

/// The region whose entry holds, the day, and the date of a month.
async fn holding(suite: &Suite, region: &str, month: &str) -> (String, u32, String) {
    let request = GetReportingCalendarRequest { region: region.to_owned(), month: month.to_owned() };
    let found = inflow(suite).get_reporting_calendar(request).await.unwrap().into_inner();
    let calendar = found.calendar.unwrap();
    (calendar.region, calendar.due_day.unwrap(), found.due_on)
}

async fn the_nearest_calendar_holds_from_its_month_on(database: Database) {
    let suite = Suite::start(database).await;
    three_counties(&suite).await;
    let none = holding(&suite, "regions/219911", "2024-12").await;

    set(&suite, "regions/210000", "2024-06", Some(10)).await.unwrap();
    set(&suite, "regions/219900", "2024-12", Some(28)).await.unwrap();
    set(&suite, "regions/219900", "2025-02", None).await.unwrap();

    assert_eq!(none, (String::new(), 15, "2025-01-15".to_owned()));
    let held = |region: &str, day, due: &str| (region.to_owned(), day, due.to_owned());
    assert_eq!(holding(&suite, "regions/219911", "2024-05").await, held("", 15, "2024-06-15"));
    assert_eq!(holding(&suite, "regions/219911", "2024-11").await, held("regions/210000", 10, "2024-12-10"));
    assert_eq!(holding(&suite, "regions/219911", "2025-01").await, held("regions/219900", 28, "2025-02-28"));
    assert_eq!(holding(&suite, "regions/219821", "2025-01").await, held("regions/210000", 10, "2025-02-10"));
    assert_eq!(holding(&suite, "regions/219911", "2025-02").await, held("regions/210000", 10, "2025-03-10"));
}

async fn setting_a_calendar_is_done_once_and_told_all_that_is_wrong(database: Database) {
    let suite = Suite::start(database).await;
    three_counties(&suite).await;

    let first = set(&suite, "regions/210000", "2024-06", Some(10)).await.unwrap();
    suite.tick();
    let again = set(&suite, "regions/210000", "2024-06", Some(10)).await.unwrap();
    let missing = set(&suite, "regions/990000", "2024-06", Some(10)).await.unwrap_err();
    let wrong = set(&suite, "x", "2024", Some(29)).await.unwrap_err();

    assert_eq!(again, first);
    assert_eq!(missing.code(), Code::NotFound);
    let fields: Vec<_> = wrong
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(fields, ["region", "from_month", "due_day"]);
}

pub(super) async fn status(suite: &Suite, request: GetReportingStatusRequest) -> GetReportingStatusResponse {
    inflow(suite).get_reporting_status(request).await.unwrap().into_inner()
}

fn of_month(region: &str, month: &str) -> GetReportingStatusRequest {
    GetReportingStatusRequest { region: region.to_owned(), month: month.to_owned(), ..Default::default() }
}

pub(super) fn states(response: &GetReportingStatusResponse) -> BTreeMap<String, Vec<ReportingState>> {
    let rows = response.counties.iter();
    rows.map(|county| (county.region.clone(), county.months.iter().map(MonthReporting::state).collect())).collect()
}

pub(super) fn total<'a>(response: &'a GetReportingStatusResponse, region: &str, month: &str) -> &'a ReportingTotals {
    response.totals.iter().find(|totals| totals.region == region && totals.month == month).unwrap()
}

async fn counties_stand_on_time_late_missing_awaited_or_refused(database: Database) {
    use ReportingState::{Awaited, Late, Missing, OnTime, RefusedOnly};

    let suite = Suite::start(database).await;
    let [first, second, third] = three_counties(&suite).await;
    suite.hands.set(at("2026-02-15T23:59:00+08:00"));
    suite.accepted(first.submission_for("2026-01", "a")).await;
    let mut bad = second.submission_for("2026-01", "bad");
    bad.schools[0].teaching_area_m2 = Some(-1.0);
    suite.refused(bad).await;
    let before = status(&suite, of_month("regions/210000", "2026-01")).await;

    suite.hands.set(at("2026-02-16T00:00:00+08:00"));
    let passed = status(&suite, of_month("regions/210000", "2026-01")).await;
    suite.accepted(third.submission_for("2026-01", "late")).await;
    let mut corrected = first.submission_for("2026-01", "b");
    corrected.schools[0].books = Some(77_777);
    suite.accepted(corrected).await;
    let after = status(&suite, of_month("regions/210000", "2026-01")).await;

    let by = |first, second, third| {
        let rows = [("regions/219911", first), ("regions/219912", second), ("regions/219821", third)];
        rows.into_iter().map(|(region, state)| (region.to_owned(), vec![state])).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(states(&before), by(OnTime, RefusedOnly, Awaited));
    assert_eq!(states(&passed), by(OnTime, RefusedOnly, Missing));
    assert_eq!(states(&after), by(OnTime, RefusedOnly, Late));
    let (early, late) = (total(&before, "regions/210000", "2026-01"), total(&passed, "regions/210000", "2026-01"));
    assert_eq!((early.overdue_count, early.awaited_count), (Some(0), Some(1)));
    assert_eq!((late.overdue_count, late.missing_count, late.refused_only_count), (Some(2), Some(1), Some(1)));
    let province = total(&after, "regions/210000", "2026-01");
    assert_eq!((province.expected_count, province.on_time_count, province.late_count), (Some(3), Some(1), Some(1)));
    assert_eq!((province.completeness, province.timeliness), (Some(2.0 / 3.0), Some(1.0 / 3.0)));
    assert_eq!(province.corrected_count, Some(1));
    let regions: Vec<_> = after.totals.iter().map(|totals| totals.region.as_str()).collect();
    assert_eq!(regions, ["regions/210000", "regions/219800", "regions/219900"]);
    let city = total(&after, "regions/219900", "2026-01");
    assert_eq!((city.expected_count, city.completeness, city.overdue_count), (Some(2), Some(0.5), Some(1)));
    let row = &after.counties.iter().find(|county| county.region == first.region).unwrap();
    let month = &row.months[0];
    assert_eq!((month.revision, month.corrected, month.submission_count), (Some(2), Some(true), Some(2)));
    assert_eq!(month.due_on, "2026-02-15");
    assert_eq!(timestamp(month.first_accepted_at.as_ref().unwrap()), at("2026-02-15T23:59:00+08:00"));
    assert_ne!(month.last_accepted_at, month.first_accepted_at);
    assert_eq!((row.last_accepted_month.as_str(), row.age_months), ("2026-01", Some(1)));
    let never = after.counties.iter().find(|county| county.region == second.region).unwrap();
    assert_eq!((never.last_accepted_month.as_str(), never.age_months, &never.last_accepted_at), ("", None, &None));
}

async fn what_waits_beside_a_month_that_counts_is_told_and_what_was_withdrawn_is_no_newest_month(database: Database) {
    let suite = Suite::start(database).await;
    let [first, ..] = three_counties(&suite).await;
    suite.accepted(first.submission_for("2024-12", "a")).await;
    let asked = async || status(&suite, of_month(&first.region, "2024-12")).await.counties.remove(0);
    let before = asked().await;
    let mut incomplete = first.submission_for("2024-12", "b");
    incomplete.schools.pop();
    suite.held(incomplete).await;

    let held = asked().await;
    let withdrawal = WithdrawMonthRequest {
        region: first.region.clone(),
        month: "2024-12".to_owned(),
        reason: "误报".to_owned(),
        request_id: "w".to_owned(),
        ..WithdrawMonthRequest::default()
    };
    suite.submissions().withdraw_month(withdrawal).await.unwrap();
    let withdrawn = asked().await;

    assert_eq!((before.months[0].held, before.months[0].revision), (Some(false), Some(1)));
    assert_eq!((held.months[0].held, held.months[0].revision), (Some(true), Some(1)));
    assert_eq!(held.months[0].state, before.months[0].state);
    assert_eq!(held.last_accepted_month, "2024-12");
    assert_eq!((withdrawn.last_accepted_month.as_str(), withdrawn.age_months), ("", None));
    assert_eq!(withdrawn.last_accepted_at, before.last_accepted_at, "when it was accepted stays so");
}

async fn how_they_stood_at_an_instant_stays_the_same(database: Database) {
    let suite = Suite::start(database).await;
    let [first, ..] = three_counties(&suite).await;
    suite.hands.set(at("2026-02-10T00:00:00Z"));
    let request = GetReportingStatusRequest { as_of: Some(instant(suite.now())), ..of_month("regions/-", "2026-01") };
    let asked = status(&suite, request.clone()).await;

    suite.accepted(first.submission_for("2026-01", "same-instant")).await;
    set(&suite, "regions/210000", "2025-01", Some(1)).await.unwrap();
    let again = status(&suite, request).await;
    let now = status(&suite, of_month("regions/-", "2026-01")).await;

    assert_eq!(again, asked);
    assert_eq!(states(&asked)["regions/219911"], [ReportingState::Awaited]);
    assert_eq!(states(&now)["regions/219911"], [ReportingState::Late]);
}

async fn counties_come_in_pages_and_totals_once(database: Database) {
    let suite = Suite::start(database).await;
    let [first, ..] = three_counties(&suite).await;
    suite.accepted(first.submission_for("2024-11", "a")).await;
    let mut request = GetReportingStatusRequest {
        region: "regions/210000".to_owned(),
        from_month: "2024-11".to_owned(),
        to_month: "2024-12".to_owned(),
        page_size: 2,
        ..Default::default()
    };

    let one = status(&suite, request.clone()).await;
    request.page_token.clone_from(&one.next_page_token);
    let two = status(&suite, request).await;

    assert_eq!((one.counties.len(), two.counties.len(), two.next_page_token.as_str()), (2, 1, ""));
    assert_eq!((one.totals.len(), two.totals.len()), (6, 0));
    assert_eq!(one.counties[0].region, "regions/219821");
    assert_eq!(states(&one)["regions/219911"], [ReportingState::Late, ReportingState::Missing]);
    assert_eq!(total(&one, "regions/219900", "2024-11").late_count, Some(1));
    assert_eq!(total(&one, "regions/219900", "2024-12").late_count, Some(0));
}

async fn a_question_about_months_is_told_all_that_is_wrong(database: Database) {
    let suite = Suite::start(database).await;
    three_counties(&suite).await;
    let ask = async |request: GetReportingStatusRequest| {
        let status = inflow(&suite).get_reporting_status(request).await.unwrap_err();
        let violations = status.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
    };
    let months = |from: &str, to: &str| GetReportingStatusRequest {
        region: "regions/210000".to_owned(),
        from_month: from.to_owned(),
        to_month: to.to_owned(),
        ..Default::default()
    };

    let future = Some(instant(suite.now() + jiff::SignedDuration::from_secs(60)));
    let wrong = GetReportingStatusRequest { as_of: future, page_size: -1, month: "x".into(), ..months("2024-01", "") };

    assert_eq!(ask(wrong).await, ["month", "from_month", "as_of", "page_size"]);
    assert_eq!(ask(months("2024-02", "2024-01")).await, ["to_month"]);
    assert_eq!(ask(months("2022-12", "2024-12")).await, ["to_month"]);
    assert_eq!(ask(months("", "")).await, ["from_month", "to_month"]);
    assert_eq!(status(&suite, months("2023-01", "2024-12")).await.counties[0].months.len(), 24);
}
