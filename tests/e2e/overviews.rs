//! How counties stand, side by side: gaps say why, those alike share a rank, and what changed is told with its reasons.

use junheng_e2e::{
    County, Database, Suite, on_both_databases,
    province::{MONTH, counties, report},
};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::Evaluation,
    ingest::v1::{ImportRegionsRequest, Receipt, Region, ReportingState, submit_month_response::Outcome},
    reporting::v1::{
        CompareCountiesRequest, CountyOverview, ExportTableRequest, GapReason, GetProvinceOverviewRequest,
        GetProvinceOverviewResponse, YearTarget,
    },
};
use tonic::Code;

use crate::errors::assert_fields;

on_both_databases!(
    an_overview_shows_what_the_evaluations_say,
    ranks_are_shared_by_those_alike_and_not_given_without_figures,
    a_county_that_fell_back_is_told_with_its_reasons,
    a_city_without_counties_is_one_and_a_province_without_any_has_none,
    pages_hold_every_county_once,
    counties_are_compared_in_the_order_asked_for,
    an_overview_names_all_wrong_fields_at_once,
);

/// Sends a county's month, acknowledging what warns, and waits until it is evaluated.
pub(crate) async fn send(suite: &Suite, county: &County, month: &str, request_id: &str) -> Receipt {
    let response = suite.submit(county.submission_for(month, request_id)).await.unwrap();
    let receipt = match response.outcome.unwrap() {
        Outcome::Receipt(receipt) => receipt,
        Outcome::Refusal(refusal) => panic!("{refusal:?}"),
        Outcome::Held(held) => {
            let rules: Vec<&str> = held.rules.iter().map(String::as_str).collect();
            let county = county.clone().acknowledging(&rules);
            suite.accepted(county.submission_for(month, &format!("{request_id}-acknowledged"))).await
        }
    };
    suite.stored(&county.region, month, &receipt).await;
    receipt
}

pub(crate) fn asked(region: &str, month: &str) -> GetProvinceOverviewRequest {
    GetProvinceOverviewRequest {
        region: format!("regions/{region}"),
        month: month.to_owned(),
        ..GetProvinceOverviewRequest::default()
    }
}

pub(crate) async fn overview(suite: &Suite, region: &str, month: &str) -> GetProvinceOverviewResponse {
    suite.overviews().get_province_overview(asked(region, month)).await.unwrap().into_inner()
}

fn of<'a>(counties: &'a [CountyOverview], code: &str) -> &'a CountyOverview {
    counties.iter().find(|county| county.region.ends_with(code)).unwrap()
}

/// Met units of all units of an evaluation, counted one by one.
fn share(evaluation: &Evaluation) -> Option<(usize, usize)> {
    let units = || evaluation.resources.iter().flat_map(|stage| &stage.units);
    let met = units().filter(|unit| unit.verdict() == Verdict::Met).count();
    (units().count() > 0).then(|| (met, units().count()))
}

/// The largest coefficient as a part of its limit; none while one of them is not known.
fn line(evaluation: &Evaluation) -> Option<f64> {
    let limited = evaluation.resources.iter().flat_map(|stage| &stage.indicators);
    let limited = limited.filter_map(|one| Some((one.variation, one.variation_limit?)));
    let ratios: Option<Vec<f64>> = limited.map(|(variation, limit)| Some(variation? / limit)).collect();
    ratios?.into_iter().reduce(f64::max)
}

pub(crate) async fn reported(database: Database) -> Suite {
    let suite = Suite::start(database).await;
    report(&suite, &counties()).await;
    suite
}

async fn an_overview_shows_what_the_evaluations_say(database: Database) {
    let suite = reported(database).await;

    let found = overview(&suite, "210000", MONTH).await;

    assert_eq!((found.region.as_str(), found.region_display_name.as_str()), ("regions/210000", "辽宁省"));
    let codes: Vec<_> = found.counties.iter().map(|county| &county.region["regions/".len()..]).collect();
    assert_eq!(codes, ["210901", "210922", "210971", "211001", "211002", "211003", "219001"]);
    for county in &found.counties {
        let Some(evaluation) = suite.find_stored(&county.region, MONTH).await else {
            assert_eq!((county.summary.as_ref(), county.gap()), (None, GapReason::Missing), "{}", county.region);
            assert_eq!((county.state(), county.overdue), (ReportingState::Missing, true));
            assert_eq!((county.met_share, county.met_share_rank, county.line.as_ref()), (None, None, None));
            continue;
        };
        let summary = county.summary.as_ref().unwrap();
        assert_eq!((summary.verdict(), county.gap()), (evaluation.verdict(), GapReason::Unspecified));
        // It came long after its due day.
        assert_eq!((county.state(), county.revision), (ReportingState::Late, Some(1)));
        let wanted = share(&evaluation).map(|(met, units)| (f64::from(u32::try_from(met).unwrap()), units));
        let wanted = wanted.map(|(met, units)| met / f64::from(u32::try_from(units).unwrap()));
        assert_eq!(county.met_share, wanted, "{}", county.region);
        assert_eq!(county.line.as_ref().and_then(|line| line.ratio), line(&evaluation), "{}", county.region);
        for (of_stage, resources) in summary.stages.iter().zip(&evaluation.resources) {
            for (one, whole) in of_stage.indicators.iter().zip(&resources.indicators) {
                assert_eq!((&one.id, one.mean, one.variation), (&whole.id, whole.mean, whole.variation));
                assert_eq!((one.variation_low, one.variation_high), (whole.variation_low, whole.variation_high));
                assert_eq!((one.verdict, one.variation_limit), (whole.verdict, whole.variation_limit));
            }
        }
        let failed = evaluation.items.iter().filter(|item| item.verdict() == Verdict::NotMet);
        assert_eq!(summary.not_met_items, failed.map(|item| item.id.clone()).collect::<Vec<_>>());
    }
    let late = of(&found.counties, "211003");
    assert_eq!((late.last_evaluated_month.as_str(), late.age_months), ("2024-11", Some(1)));
    let never = of(&found.counties, "219001");
    assert_eq!((never.last_evaluated_month.as_str(), never.age_months), ("", None));
    let counts = found.counts.unwrap();
    assert_eq!(
        (counts.county_count, counts.reported_county_count, counts.late_county_count),
        (Some(7), Some(5), Some(5))
    );
    assert_eq!((counts.overdue_county_count, counts.evaluated_county_count), (Some(2), Some(5)));
    assert_eq!((counts.met_county_count, counts.not_met_county_count), (Some(1), Some(3)));
    // All units of the counties are met, not met or undetermined, and each is counted once.
    let stages = || found.counties.iter().filter_map(|county| county.summary.as_ref()).flat_map(|of| &of.stages);
    let open: u32 = stages().filter_map(|stage| stage.undetermined_unit_count).sum();
    assert_eq!(counts.undetermined_unit_count, Some(open));
    assert_eq!(counts.unit_count, Some(stages().filter_map(|stage| stage.unit_count).sum()));
    let children: Vec<_> = found.children.iter().map(|child| child.region_display_name.as_str()).collect();
    assert_eq!(children, ["阜新市", "辽阳市", "达标县"]);
    assert_eq!(found.children.iter().map(|child| child.counts.unwrap().county_count.unwrap()).sum::<u32>(), 7);
    // All by 2035, unless the province says otherwise.
    let target = found.target.unwrap();
    assert_eq!(
        (target.target.unwrap().year, target.wanted_county_count, target.short_county_count),
        (Some(2035), Some(7), Some(6))
    );
    let targets = vec![YearTarget { year: Some(2025), share_basis_points: Some(2_000) }];
    let request = GetProvinceOverviewRequest { targets, ..asked("210000", MONTH) };
    let own = suite.overviews().get_province_overview(request).await.unwrap().into_inner().target.unwrap();
    assert_eq!(
        (own.wanted_county_count, own.short_county_count),
        (Some(2), Some(1)),
        "a share of a county is a whole one"
    );
}

async fn ranks_are_shared_by_those_alike_and_not_given_without_figures(database: Database) {
    let suite = reported(database).await;

    let found = overview(&suite, "210000", MONTH).await;

    let full: Vec<_> = found.counties.iter().filter(|county| county.met_share == Some(1.0)).collect();
    assert_eq!(full.len(), 3);
    assert!(full.iter().all(|county| county.met_share_rank == Some(1)));
    let mut others: Vec<_> =
        found.counties.iter().filter(|county| county.met_share.is_some_and(|share| share < 1.0)).collect();
    others.sort_by(|one, other| other.met_share.unwrap().total_cmp(&one.met_share.unwrap()));
    assert_eq!(others.iter().map(|county| county.met_share_rank).collect::<Vec<_>>(), [Some(4), Some(5)]);
    let mut lines: Vec<_> = found.counties.iter().filter(|county| county.line.is_some()).collect();
    lines.sort_by_key(|county| county.line_rank);
    let ratios: Vec<f64> = lines.iter().map(|county| county.line.as_ref().unwrap().ratio.unwrap()).collect();
    assert!(ratios.is_sorted() && ratios.len() >= 3, "{ratios:?}");
    // 210901 and 211001 have the same schools.
    assert_eq!((of(&found.counties, "210901").line_rank, of(&found.counties, "211001").line_rank), (Some(1), Some(1)));
    let beyond = of(&found.counties, "210971").line.as_ref().unwrap();
    assert_eq!((beyond.stage(), beyond.indicator.as_str()), (Stage::Primary, "L2"));
    assert!(beyond.ratio > Some(1.0));
}

/// The county with L2 of primary beyond its limit, and a declaration that no longer holds.
fn worse(county: &County) -> County {
    let mut worse = county.clone();
    worse.facts[0].backbone_teachers_primary = Some(50);
    *worse.item_mut("G1", "declared_met") = junheng_e2e::county::declaration("G1", "declared_met", false);
    worse
}

async fn a_county_that_fell_back_is_told_with_its_reasons(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;
    send(&suite, &county, "2024-10", "october").await;
    send(&suite, &county, "2024-11", "november").await;
    send(&suite, &worse(&county), "2024-12", "december").await;
    send(&suite, &county, "2025-01", "january").await;

    let change = async |month: &str| of(&overview(&suite, "219900", month).await.counties, "219902").change.clone();

    assert_eq!(change("2024-10").await, None, "the month before has no evaluation");
    let same = change("2024-11").await.unwrap();
    assert_eq!((same.verdict_before(), same.worse, same.reasons.len()), (Verdict::Met, false, 0));
    let fell = change("2024-12").await.unwrap();
    assert_eq!((fell.verdict_before(), fell.worse), (Verdict::Met, true));
    assert!(fell.reasons[0].starts_with("新增不达标指标G1"), "{:?}", fell.reasons);
    assert!(
        fell.reasons[1].starts_with("小学") && fell.reasons[1].contains("超过限值（限值0.50）"),
        "{:?}",
        fell.reasons
    );
    let rose = change("2025-01").await.unwrap();
    assert_eq!((rose.verdict_before(), rose.worse), (Verdict::NotMet, false));
    assert!(rose.reasons[0].starts_with("新增达标指标G1"), "{:?}", rose.reasons);
}

async fn a_city_without_counties_is_one_and_a_province_without_any_has_none(database: Database) {
    let suite = Suite::start(database).await;
    let region = |code: &str, name: &str| Region {
        name: format!("regions/{code}"),
        display_name: name.to_owned(),
        ..Region::default()
    };
    let regions = vec![region("440000", "广东省"), region("441900", "东莞市"), region("450000", "广西壮族自治区")];
    let request = ImportRegionsRequest { regions, request_id: "regions".to_owned() };
    suite.registry().import_regions(request).await.unwrap();

    let city = overview(&suite, "441900", "2026-01").await;
    let province = overview(&suite, "450000", "2026-01").await;

    assert_eq!(city.counties.len(), 1);
    // The month is due on the 15th of February; it is the 6th.
    assert_eq!((city.counties[0].gap(), city.counties[0].due_on.as_str()), (GapReason::Awaited, "2026-02-15"));
    assert!(!city.counties[0].overdue);
    assert_eq!((province.counties.len(), province.counts.unwrap().county_count, province.target), (0, Some(0), None));
    let unknown = suite.overviews().get_province_overview(asked("460000", "2026-01")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
}

async fn pages_hold_every_county_once(database: Database) {
    let suite = reported(database).await;
    let whole = overview(&suite, "210000", MONTH).await;
    let mut request = GetProvinceOverviewRequest { page_size: 3, ..asked("210000", MONTH) };
    let mut counties = vec![];
    loop {
        let page = suite.overviews().get_province_overview(request.clone()).await.unwrap().into_inner();
        assert_eq!(page.counts, whole.counts);
        assert!(page.counties.len() <= 3);
        counties.extend(page.counties);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }

    assert_eq!(counties, whole.counties, "ranks are among all of them, on every page");
}

async fn counties_are_compared_in_the_order_asked_for(database: Database) {
    let suite = reported(database).await;
    let request = |codes: &[&str]| CompareCountiesRequest {
        regions: codes.iter().map(|code| format!("regions/{code}")).collect(),
        month: MONTH.to_owned(),
        ..CompareCountiesRequest::default()
    };

    let found = suite.overviews().compare_counties(request(&["220101", "210971", "219001", "210901"])).await;

    let found = found.unwrap().into_inner();
    let codes: Vec<_> = found.counties.iter().map(|county| &county.region["regions/".len()..]).collect();
    assert_eq!(codes, ["220101", "210971", "219001", "210901"]);
    assert_eq!(found.figures.len(), 14);
    for figure in &found.figures {
        let cells = &figure.cells;
        for (cell, code) in cells.iter().zip(&codes) {
            let evaluation = suite.find_stored(&format!("regions/{code}"), MONTH).await;
            let resources = evaluation.as_ref().map(|one| crate::stage(one, figure.stage()));
            let whole = resources.and_then(|stage| stage.indicators.iter().find(|one| one.id == figure.indicator));
            assert_eq!((cell.mean, cell.variation), whole.map_or((None, None), |one| (one.mean, one.variation)));
        }
        assert_eq!((cells[2].gap(), cells[2].mean_rank, cells[2].variation_rank), (GapReason::Missing, None, None));
        // 220101 and 210901 are alike; 210971 is, but for L2 of primary.
        let ranks: Vec<_> = cells.iter().map(|cell| cell.variation_rank).collect();
        let differs = figure.indicator == "L2" && figure.stage() == Stage::Primary;
        let wanted = if differs { [Some(1), Some(3), None, Some(1)] } else { [Some(1), Some(1), None, Some(1)] };
        assert_eq!(ranks, wanted, "{} {:?}", figure.indicator, figure.stage());
    }
    let refused = async |codes: &[&str]| suite.overviews().compare_counties(request(codes)).await.unwrap_err();
    assert_fields(&refused(&["210901", "210901"]).await, &["regions[1]"]);
    assert_fields(&refused(&["210901", "210900"]).await, &["regions[1]"]);
    assert_fields(&refused(&[]).await, &["regions"]);
    assert_eq!(refused(&["210901", "330101"]).await.code(), Code::NotFound);
}

async fn an_overview_names_all_wrong_fields_at_once(database: Database) {
    let suite = Suite::start(database).await;
    let request = GetProvinceOverviewRequest {
        region: "210000".to_owned(),
        month: "2024-13".to_owned(),
        standard: "x/y".to_owned(),
        targets: vec![YearTarget { year: Some(2025), share_basis_points: Some(10_001) }],
        page_size: -1,
        page_token: "here".to_owned(),
    };

    let refused = suite.overviews().get_province_overview(request).await.unwrap_err();

    assert_fields(&refused, &["region", "month", "standard", "targets", "page_size", "page_token"]);
    let nothing = suite.overviews().export_table(ExportTableRequest { format: 9, ..Default::default() }).await;
    assert_fields(&nothing.unwrap_err(), &["format", "question"]);
}
