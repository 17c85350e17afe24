//! Figures month by month: a missing month is a gap that says why, a merger is followed, a correction counts from when it was known.

use junheng_e2e::{County, Database, Suite, on_both_databases, suite::instant};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    ingest::v1::{School, SchoolFacts, school_event::Change},
    reporting::v1::{
        ExportTableRequest, GapReason, GetSeriesRequest, GetSeriesResponse, Measure, Series, SeriesRelation,
        TableFormat, export_table_request::Question,
    },
};
use tonic::Code;

use crate::{
    errors::assert_fields,
    overviews::send,
    school_history::{FIRST, event, name, record},
};

on_both_databases!(
    a_missing_month_is_a_gap_that_says_why,
    a_city_is_all_its_units_together_and_a_line_a_county,
    a_correction_counts_from_when_it_was_known,
    a_school_is_followed_through_a_merger,
    what_a_subject_does_not_have_is_refused,
    a_series_is_exported_month_by_month,
);

const NEW: &str = "2121000009";

fn asked(subject: &str, measure: Measure, indicator: &str, (from, to): (&str, &str)) -> GetSeriesRequest {
    GetSeriesRequest {
        subject: subject.to_owned(),
        measure: measure.into(),
        indicator: indicator.to_owned(),
        from_month: from.to_owned(),
        to_month: to.to_owned(),
        ..GetSeriesRequest::default()
    }
}

async fn series(suite: &Suite, request: GetSeriesRequest) -> GetSeriesResponse {
    suite.overviews().get_series(request).await.unwrap().into_inner()
}

fn gaps(series: &Series) -> Vec<GapReason> {
    series.points.iter().map(junheng_proto::reporting::v1::SeriesPoint::gap).collect()
}

fn values(series: &Series) -> Vec<Option<f64>> {
    series.points.iter().map(|point| point.value).collect()
}

async fn a_missing_month_is_a_gap_that_says_why(database: Database) {
    use GapReason::{Awaited, Missing, Undetermined, Unspecified};
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    send(&suite, &county, "2025-10", "october").await;
    let mut open = county.clone();
    open.facts[0].teaching_area_m2 = None;
    send(&suite, &open, "2025-12", "december").await;
    let months = ("2025-10", "2026-01");

    let found = series(&suite, asked(&county.region, Measure::Variation, "L4", months)).await;

    assert_eq!((found.title.contains("差异系数"), found.unit.as_str(), found.series.len()), (true, "", 2));
    let primary = &found.series[0];
    assert_eq!((primary.stage(), primary.relation()), (Stage::Primary, SeriesRelation::Own));
    // It is the sixth of February: January is not due yet.
    assert_eq!(gaps(primary), [Unspecified, Missing, Undetermined, Awaited]);
    let stored = suite.find_stored(&county.region, "2025-10").await.unwrap();
    let indicator = crate::stage(&stored, Stage::Primary).indicators.iter().find(|one| one.id == "L4").unwrap();
    assert_eq!(values(primary), [indicator.variation, None, None, None]);
    assert_eq!(primary.points[0].verdict(), Verdict::Met);
    assert_eq!((primary.points[0].limit, primary.points[1].limit), (Some(0.5), None));
    let means = series(&suite, asked(&county.region, Measure::Mean, "L4", months)).await;
    assert_eq!((values(&means.series[0])[0], means.unit.as_str()), (indicator.mean, "平方米/生"));
    let shares = series(&suite, asked(&county.region, Measure::MetShare, "", months)).await;
    assert_eq!(values(&shares.series[1]), [Some(1.0), None, Some(1.0), None], "junior lacks nothing");
}

async fn a_city_is_all_its_units_together_and_a_line_a_county(database: Database) {
    let suite = Suite::start(database).await;
    let (one, mut two) = (County::met_at("219902", "21"), County::met_at("219903", "22"));
    two.facts[0].teaching_area_m2 = Some(1.0);
    two.facts[0].multimedia_rooms = Some(0);
    let three = County::met_at("219904", "23");
    for county in [&one, &two, &three] {
        suite.register(county).await;
    }
    send(&suite, &one, "2024-11", "one-november").await;
    send(&suite, &one, "2024-12", "one").await;
    send(&suite, &two, "2024-12", "two").await;
    let months = ("2024-10", "2024-12");

    let found = series(&suite, asked("regions/219900", Measure::MetShare, "", months)).await;

    let primary: Vec<_> = found.series.iter().filter(|series| series.stage() == Stage::Primary).collect();
    assert_eq!(primary.len(), 4);
    assert_eq!((primary[0].relation(), primary[1].relation()), (SeriesRelation::Own, SeriesRelation::Below));
    // Three units each: two primary schools and the primary part of a nine-year school.
    assert_eq!(values(primary[0]), [None, Some(1.0), Some(5.0 / 6.0)]);
    assert_eq!(
        primary[0].points.iter().map(|point| point.county_count).collect::<Vec<_>>(),
        [Some(0), Some(1), Some(2)]
    );
    // Nobody of the province reported before November: there was no duty to.
    assert_eq!(primary[0].points[0].gap(), GapReason::NotBegun);
    assert_eq!(values(primary[2]), [None, None, Some(2.0 / 3.0)]);
    assert_eq!(gaps(primary[3]), [GapReason::NotBegun, GapReason::Missing, GapReason::Missing]);
    let counties = series(&suite, asked("regions/219900", Measure::MetCountyShare, "", months)).await;
    assert_eq!(counties.series.len(), 1);
    assert_eq!(values(&counties.series[0]), [None, Some(1.0 / 3.0), Some(1.0 / 3.0)], "of all three, reported or not");
    // Pages: the city's own line comes with the first, every county once.
    let mut request = GetSeriesRequest { page_size: 2, ..asked("regions/219900", Measure::MetShare, "", months) };
    let first = series(&suite, request.clone()).await;
    request.page_token = first.next_page_token.clone();
    let second = series(&suite, request).await;
    let both: Vec<Series> = first.series.into_iter().chain(second.series).collect();
    assert_eq!((both, second.next_page_token.as_str()), (found.series, ""));
}

async fn a_correction_counts_from_when_it_was_known(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let mut wrong = county.clone();
    wrong.facts[0].backbone_teachers_primary = Some(50);
    suite.tick();
    send(&suite, &wrong, "2024-12", "first").await;
    suite.tick();
    let then = suite.now();
    let request = || asked(&county.region, Measure::Variation, "L2", ("2024-11", "2024-12"));
    let as_of = || GetSeriesRequest { as_of: Some(instant(then)), ..request() };
    let before = series(&suite, request()).await;
    suite.tick();

    send(&suite, &county, "2024-12", "corrected").await;

    let (now, past) = (series(&suite, request()).await, series(&suite, as_of()).await);
    assert_eq!(past.series, before.series, "what was known then is known for ever");
    assert!(past.series[0].points[1].value > Some(0.5) && now.series[0].points[1].value < Some(0.5));
    assert_eq!((past.series[0].points[1].revision, now.series[0].points[1].revision), (Some(1), Some(2)));
    let earlier = GetSeriesRequest { as_of: Some(instant(then - jiff::SignedDuration::from_hours(1))), ..request() };
    assert_eq!(gaps(&series(&suite, earlier).await.series[0]), [GapReason::NotBegun; 2], "nothing was known");
    let future =
        GetSeriesRequest { as_of: Some(instant(suite.now() + jiff::SignedDuration::from_hours(1))), ..request() };
    assert_fields(&suite.overviews().get_series(future).await.unwrap_err(), &["as_of"]);
}

async fn a_school_is_followed_through_a_merger(database: Database) {
    use GapReason::{NotOpen, Unspecified};
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    for month in ["2024-07", "2024-08"] {
        send(&suite, &county, month, month).await;
    }
    suite.tick();
    let then = suite.now();
    suite.tick();
    let opened = School { display_name: "中心小学".to_owned(), school_type: "211".to_owned(), ..School::default() };
    let second = county.facts[1].school_code.clone();
    let events = [
        event(&county, FIRST, "2024-09-01", Change::MergedInto(name(&county, NEW))),
        event(&county, &second, "2024-09-01", Change::MergedInto(name(&county, NEW))),
        event(&county, NEW, "2024-09-01", Change::Opened(opened)),
    ];
    let recorded = record(&suite, &county, "merged", &events).await;
    assert_eq!(recorded.findings, []);
    let mut merged = county.clone();
    let facts = SchoolFacts { school_code: NEW.to_owned(), ..merged.facts[0].clone() };
    merged.facts.splice(0..2, [facts]);
    send(&suite, &merged, "2024-09", "september").await;
    let months = ("2024-07", "2024-09");

    let of_first = series(&suite, asked(&name(&county, FIRST), Measure::Value, "L4", months)).await;
    let of_new = series(&suite, asked(&name(&county, NEW), Measure::Unspecified, "L4", months)).await;

    let relations = |found: &GetSeriesResponse| -> Vec<_> {
        found
            .series
            .iter()
            .map(|series| (series.subject.rsplit('/').next().unwrap().to_owned(), series.relation()))
            .collect()
    };
    let own = |code: &str| (code.to_owned(), SeriesRelation::Own);
    assert_eq!(relations(&of_first), [own(FIRST), (NEW.to_owned(), SeriesRelation::Successor)]);
    let before = |code: &str| (code.to_owned(), SeriesRelation::Predecessor);
    assert_eq!(relations(&of_new), [own(NEW), before(FIRST), before(&second)]);
    assert_eq!(gaps(&of_first.series[0]), [Unspecified, Unspecified, NotOpen]);
    assert_eq!(gaps(&of_first.series[1]), [NotOpen, NotOpen, Unspecified]);
    let stored = suite.find_stored(&county.region, "2024-09").await.unwrap();
    let unit = crate::unit(&stored, Stage::Primary, NEW).indicators.iter().find(|one| one.id == "L4").unwrap();
    assert_eq!(values(&of_new.series[0])[2], unit.value);
    assert_eq!((of_new.series[0].points[2].limit, of_new.unit.as_str()), (Some(4.5), "平方米/生"));
    assert_eq!(of_new.series[0].subject_display_name, "中心小学");
    let links: Vec<_> =
        of_first.links.iter().map(|link| (link.day.as_str(), link.kind.as_str(), link.to.clone())).collect();
    assert_eq!(links, [("2024-09-01", "并入", name(&county, NEW))]);
    // Before anybody recorded the merger there was none.
    let past =
        GetSeriesRequest { as_of: Some(instant(then)), ..asked(&name(&county, FIRST), Measure::Value, "L4", months) };
    let past = series(&suite, past).await;
    assert_eq!((relations(&past), past.links.len()), (vec![own(FIRST)], 0));
    assert_eq!(values(&past.series[0])[..2], values(&of_first.series[0])[..2]);
    assert_eq!(past.series[0].points[2].gap(), GapReason::Missing);
}

async fn what_a_subject_does_not_have_is_refused(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    let months = ("2024-01", "2024-12");
    let refused = async |request: GetSeriesRequest| suite.overviews().get_series(request).await.unwrap_err();
    let school = name(&county, FIRST);

    assert_fields(&refused(asked(&county.region, Measure::Value, "L4", months)).await, &["measure"]);
    assert_fields(&refused(asked(&county.region, Measure::MetCountyShare, "", months)).await, &["measure"]);
    assert_fields(&refused(asked(&school, Measure::MetShare, "", months)).await, &["measure"]);
    assert_fields(&refused(asked(&county.region, Measure::Mean, "L9", months)).await, &["indicator"]);
    assert_fields(&refused(asked(&county.region, Measure::Mean, "composite", months)).await, &["indicator"]);
    assert_fields(&refused(asked(&county.region, Measure::MetShare, "L1", months)).await, &["indicator"]);
    assert_fields(&refused(asked(&county.region, Measure::Mean, "L1", ("2024-12", "2024-01"))).await, &["to_month"]);
    assert_fields(&refused(asked(&county.region, Measure::Mean, "L1", ("2019-12", "2024-12"))).await, &["to_month"]);
    let wrong = GetSeriesRequest {
        measure: 99,
        stage: 7,
        standard: "x".to_owned(),
        ..asked("x", Measure::Mean, "L1", ("a", "b"))
    };
    assert_fields(&refused(wrong).await, &["subject", "measure", "stage", "from_month", "to_month", "standard"]);
    let unknown = asked(&format!("{}/schools/2121099999", county.region), Measure::Value, "L4", months);
    assert_eq!(refused(unknown).await.code(), Code::NotFound);
    assert_eq!(refused(asked("regions/330101", Measure::Mean, "L4", months)).await.code(), Code::NotFound);
}

async fn a_series_is_exported_month_by_month(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    send(&suite, &county, "2024-12", "december").await;
    let request = asked(&county.region, Measure::Mean, "L4", ("2024-11", "2024-12"));
    let answer = series(&suite, request.clone()).await;

    let exported = ExportTableRequest {
        question: Some(Question::Series(request)),
        format: TableFormat::Csv.into(),
        ..ExportTableRequest::default()
    };
    let exported = suite.overviews().export_table(exported).await.unwrap().into_inner();

    assert_eq!(exported.tables, ["series"]);
    let text = String::from_utf8(exported.content).unwrap();
    let rows: Vec<Vec<String>> = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes())
        .records()
        .map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect())
        .collect();
    assert_eq!(rows.len(), 4);
    let november = ["219902", "", "达标县", "本身", "小学", "2024-11", "", "", "", "未开始", "", ""];
    assert_eq!(rows[0], november);
    assert_eq!(rows[1][6].parse::<f64>().ok(), answer.series[0].points[1].value);
    assert_eq!((rows[1][9].as_str(), rows[1][11].as_str()), ("", "1"));
}
