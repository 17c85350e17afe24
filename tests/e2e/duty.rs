//! Since when counties have to report.

use junheng_e2e::{County, Database, Setup, Suite, on_both_databases, suite::instant};
use junheng_proto::{
    ingest::v1::{GetReportingStatusRequest, ReportingState, WithdrawMonthRequest},
    reporting::v1::GapReason,
};

use crate::{
    inflow::{at, set, states, status, three_counties, total},
    overviews,
};

on_both_databases!(
    nothing_is_missing_before_the_duty_to_report_began,
    a_county_alone_is_told_the_same_duty_as_its_province,
    what_a_county_was_told_of_its_duty_outlasts_its_neighbours,
    a_month_that_was_withdrawn_begins_no_duty,
);

/// The first county's neighbours have to report since anybody of the province did; other provinces have not.
async fn nothing_is_missing_before_the_duty_to_report_began(database: Database) {
    use ReportingState::{Awaited, Late, Missing, NotBegun, RefusedOnly};

    let suite = Suite::start(database).await;
    let [first, ..] = three_counties(&suite).await;
    suite.register(&County::met_at("229911", "44")).await;
    suite.hands.set(at("2026-03-10T00:00:00Z"));
    let months = |region: &str| GetReportingStatusRequest {
        region: region.to_owned(),
        from_month: "2025-12".to_owned(),
        to_month: "2026-02".to_owned(),
        ..Default::default()
    };
    let then = GetReportingStatusRequest { as_of: Some(instant(suite.now())), ..months("regions/-") };

    let nobody = status(&suite, then.clone()).await;
    let mut wrong = first.submission_for("2025-12", "wrong");
    "2121009999".clone_into(&mut wrong.schools[0].school_code);
    suite.refused(wrong).await;
    let sent = suite.accepted(first.submission_for("2026-01", "a")).await;
    let begun = status(&suite, months("regions/-")).await;
    set(&suite, "regions/219800", "2025-12", Some(15)).await.unwrap();
    let set_earlier = status(&suite, months("regions/210000")).await;

    assert_eq!(sent.revision, Some(1));
    for (region, states) in states(&nobody) {
        assert_eq!(states, [NotBegun, NotBegun, Awaited], "{region}");
    }
    let province = total(&nobody, "regions/210000", "2026-01");
    assert_eq!(
        (province.expected_count, province.not_begun_count, province.overdue_count),
        (Some(0), Some(3), Some(0))
    );
    assert_eq!((province.completeness, province.timeliness), (None, None));
    assert_eq!(status(&suite, then).await, nobody, "what came since changes nothing of what was known then");

    assert_eq!(states(&begun)["regions/219911"], [RefusedOnly, Late, Awaited]);
    let december = &begun.counties.iter().find(|county| county.region == "regions/219911").unwrap().months[0];
    assert_eq!((december.overdue, december.refused_count), (Some(false), Some(1)), "it was not due");
    assert_eq!(states(&begun)["regions/219821"], [NotBegun, Missing, Awaited]);
    assert_eq!(states(&begun)["regions/229911"], [NotBegun, NotBegun, Awaited]);
    let nation = total(&begun, "regions/-", "2026-01");
    assert_eq!((nation.expected_count, nation.not_begun_count, nation.overdue_count), (Some(3), Some(1), Some(2)));
    assert_eq!((nation.missing_count, nation.completeness), (Some(2), Some(1.0 / 3.0)));

    assert_eq!(states(&set_earlier)["regions/219821"], [Missing, Missing, Awaited]);
    assert_eq!(states(&set_earlier)["regions/219911"], [RefusedOnly, Late, Awaited]);
    let december = total(&set_earlier, "regions/210000", "2025-12");
    assert_eq!((december.expected_count, december.not_begun_count), (Some(2), Some(1)));
    assert_eq!((december.completeness, december.overdue_count), (Some(0.0), Some(1)));
}

/// Whoever may see one county alone is told of it what its province is told, by ingest and by reporting.
async fn a_county_alone_is_told_the_same_duty_as_its_province(database: Database) {
    let suite = Suite::start(database).await;
    let [first, second, _] = three_counties(&suite).await;
    suite.accepted(first.submission_for("2024-12", "a")).await;
    suite.tick();
    let asked = GetReportingStatusRequest {
        region: second.region.clone(),
        from_month: "2024-11".to_owned(),
        to_month: "2025-01".to_owned(),
        ..Default::default()
    };
    let as_of = GetReportingStatusRequest { as_of: Some(instant(suite.now())), ..asked.clone() };
    let whole = status(&suite, asked.clone()).await;
    let regions = Some(vec!["219912".to_owned()]);
    let suite = suite.restart_with(Setup { regions, ..Setup::default() }).await;

    let alone = status(&suite, asked).await;
    let then = status(&suite, as_of).await;
    let november = overviews::overview(&suite, "219912", "2024-11").await;
    let december = overviews::overview(&suite, "219912", "2024-12").await;

    let expected = [ReportingState::NotBegun, ReportingState::Missing, ReportingState::Missing];
    for told in [&whole, &alone, &then] {
        assert_eq!(states(told)[&second.region], expected);
    }
    assert_eq!((november.counties[0].state(), november.counties[0].gap()), (expected[0], GapReason::NotBegun));
    assert!(!november.counties[0].overdue && december.counties[0].overdue);
    assert_eq!((december.counties[0].state(), december.counties[0].gap()), (expected[1], GapReason::Missing));
}

/// Since when a county has to report depends on what its neighbours had reported by then, and not on what they report later.
async fn what_a_county_was_told_of_its_duty_outlasts_its_neighbours(database: Database) {
    let suite = Suite::start(database).await;
    let [first, second, _] = three_counties(&suite).await;
    let asked = GetReportingStatusRequest {
        region: second.region.clone(),
        from_month: "2024-11".to_owned(),
        to_month: "2024-12".to_owned(),
        as_of: Some(instant(suite.now())),
        ..Default::default()
    };

    let before = status(&suite, asked.clone()).await;
    // At the very instant that was asked for.
    suite.accepted(first.submission_for("2024-11", "a")).await;
    let after = status(&suite, asked).await;

    assert_eq!(after, before);
    assert_eq!(states(&before)[&second.region][0], ReportingState::NotBegun);
}

async fn a_month_that_was_withdrawn_begins_no_duty(database: Database) {
    let suite = Suite::start(database).await;
    let [first, second, _] = three_counties(&suite).await;
    let asked = || GetReportingStatusRequest {
        region: second.region.clone(),
        from_month: "2024-11".to_owned(),
        to_month: "2024-11".to_owned(),
        ..Default::default()
    };
    suite.accepted(first.submission_for("2024-12", "a")).await;
    suite.tick();
    suite.accepted(first.submission_for("2014-11", "typing-error")).await;
    let mistaken = status(&suite, asked()).await;
    let then = GetReportingStatusRequest { as_of: Some(instant(suite.now())), ..asked() };
    status(&suite, then.clone()).await;
    suite.tick();
    let withdrawal = WithdrawMonthRequest {
        region: first.region.clone(),
        month: "2014-11".to_owned(),
        request_id: "withdrawal".to_owned(),
        reason: "月份填错".to_owned(),
        ..WithdrawMonthRequest::default()
    };
    suite.submissions().withdraw_month(withdrawal).await.unwrap();

    let mended = status(&suite, asked()).await;

    assert_eq!(states(&mistaken)[&second.region], [ReportingState::Missing]);
    assert_eq!(states(&mended)[&second.region], [ReportingState::NotBegun]);
    assert_eq!(states(&status(&suite, then).await)[&second.region], [ReportingState::Missing], "as it was known then");
}
