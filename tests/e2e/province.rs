//! The counties under a province, a city and the nation are counted as their evaluations are, one by one.

use junheng_e2e::{
    Database, Suite,
    county::DATA_NOTE,
    on_both_databases,
    province::{MONTH, counties, report},
    run,
    suite::timestamp,
};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{
        CountyCounts, EvaluateProvinceRequest, Evaluation, GetProvinceSummaryRequest, GetProvinceSummaryResponse,
        ListEvaluationsRequest, ProvinceSummary, RegionSummary, StageTotals,
    },
};
use tonic::{Code, Status};

use crate::errors::assert_fields;

on_both_databases!(
    a_province_is_counted_as_its_counties_are_judged,
    a_city_is_broken_down_by_county_and_the_nation_by_province,
    a_county_without_an_evaluation_is_told_with_its_last_one,
    a_standard_that_nobody_knows_is_told,
    a_request_names_all_its_wrong_fields_at_once,
    the_program_prints_a_province_with_its_worst_counties_first,
);

async fn summary(suite: &Suite, region: &str, month: &str, standard: &str) -> Result<ProvinceSummary, Status> {
    let request = GetProvinceSummaryRequest {
        region: format!("regions/{region}"),
        month: month.to_owned(),
        standard: standard.to_owned(),
    };
    let response = suite.evaluations().get_province_summary(request).await?.into_inner();
    assert_eq!(response.read_at.as_ref().map(timestamp), Some(suite.now()));
    Ok(response.summary.unwrap())
}

async fn reported(database: Database) -> Suite {
    let suite = Suite::start(database).await;
    report(&suite, &counties()).await;
    suite
}

/// The evaluations of these counties for the month.
async fn evaluations(suite: &Suite, codes: &[&str]) -> Vec<Evaluation> {
    let mut found = vec![];
    for code in codes {
        found.push(suite.find_stored(&format!("regions/{code}"), MONTH).await.unwrap());
    }
    found
}

fn counts(registered: u32, evaluations: &[Evaluation]) -> CountyCounts {
    let with = |verdict| {
        let count = evaluations.iter().filter(|evaluation| evaluation.verdict() == verdict).count();
        Some(u32::try_from(count).unwrap())
    };
    CountyCounts {
        county_count: Some(registered),
        reported_county_count: Some(u32::try_from(evaluations.len()).unwrap()),
        evaluated_county_count: Some(u32::try_from(evaluations.len()).unwrap()),
        met_county_count: with(Verdict::Met),
        not_met_county_count: with(Verdict::NotMet),
        undetermined_county_count: with(Verdict::Undetermined),
    }
}

fn totals(evaluations: &[Evaluation]) -> Vec<StageTotals> {
    let of_stage = |stage: Stage| {
        let units = evaluations.iter().flat_map(|evaluation| &evaluation.resources);
        let units: Vec<_> =
            units.filter(|resources| resources.stage() == stage).flat_map(|resources| &resources.units).collect();
        let with =
            |verdict| Some(u32::try_from(units.iter().filter(|unit| unit.verdict() == verdict).count()).unwrap());
        let counties = evaluations.iter().filter(|evaluation| !crate::stage(evaluation, stage).units.is_empty());
        StageTotals {
            stage: stage.into(),
            county_count: Some(u32::try_from(counties.count()).unwrap()),
            unit_count: Some(u32::try_from(units.len()).unwrap()),
            met_unit_count: with(Verdict::Met),
            undetermined_unit_count: with(Verdict::Undetermined),
        }
    };
    [Stage::Primary, Stage::Junior].map(of_stage).to_vec()
}

fn child(code: &str, name: &str, registered: u32, evaluations: &[Evaluation]) -> RegionSummary {
    RegionSummary {
        region: format!("regions/{code}"),
        region_display_name: name.to_owned(),
        counties: Some(counts(registered, evaluations)),
        stages: totals(evaluations),
    }
}

async fn a_province_is_counted_as_its_counties_are_judged(database: Database) {
    use Verdict::{Met, NotMet, Undetermined};
    let suite = reported(database).await;
    let all = evaluations(&suite, &["210901", "210922", "210971", "211001", "211002"]).await;

    let found = summary(&suite, "210000", MONTH, "").await.unwrap();

    // What makes the counties different is really there.
    let verdicts: Vec<_> = all.iter().map(Evaluation::verdict).collect();
    assert_eq!(verdicts, [Met, NotMet, NotMet, Undetermined, NotMet]);
    assert_eq!((found.region.as_str(), found.region_display_name.as_str()), ("regions/210000", "辽宁省"));
    assert_eq!((found.month.as_str(), found.standard.as_str()), (MONTH, "standards/national-quality-2017"));
    assert_eq!(found.standard_title, all[0].standard_title);
    assert_eq!(found.counties, Some(counts(7, &all)));
    assert_eq!(found.stages, totals(&all));
    assert!(found.stages.iter().any(|stage| stage.undetermined_unit_count > Some(0)));
    let parts: Vec<_> = all[0].parts.iter().map(|part| (part.id.as_str(), part.title.as_str())).collect();
    assert_eq!(found.parts.iter().map(|part| (part.id.as_str(), part.title.as_str())).collect::<Vec<_>>(), parts);
    for part in &found.parts {
        let with = |verdict| {
            let those = all.iter().filter(|evaluation| crate::part(evaluation, &part.id) == verdict);
            Some(u32::try_from(those.count()).unwrap())
        };
        assert_eq!(part.met_county_count, with(Met), "{}", part.id);
        assert_eq!(part.not_met_county_count, with(NotMet), "{}", part.id);
        assert_eq!(part.undetermined_county_count, with(Undetermined), "{}", part.id);
    }
    assert_eq!(found.indicators.len(), 14);
    for (index, indicator) in found.indicators.iter().enumerate() {
        assert_eq!(indicator.id, format!("L{}", index % 7 + 1));
        assert_eq!(indicator.stage(), if index < 7 { Stage::Primary } else { Stage::Junior });
        let with = |verdict| {
            let those = all.iter().filter(|evaluation| {
                let mut of_stage = crate::stage(evaluation, indicator.stage()).indicators.iter();
                of_stage.any(|one| one.id == indicator.id && one.verdict() == verdict)
            });
            Some(u32::try_from(those.count()).unwrap())
        };
        assert_eq!(indicator.exceeded_county_count, with(NotMet), "{indicator:?}");
        assert_eq!(indicator.undetermined_county_count, with(Undetermined), "{indicator:?}");
    }
    let beyond = crate::stage(&all[2], Stage::Primary);
    assert_eq!((beyond.verdict(), beyond.met_unit_count), (NotMet, beyond.unit_count));
    assert!(found.indicators[1].exceeded_county_count > Some(0), "L2 of primary: {:?}", found.indicators[1]);
    let cities = [
        child("210900", "阜新市", 2, &all[..2]),
        child("211000", "辽阳市", 4, &all[2..]),
        child("219001", "达标县", 1, &[]),
    ];
    assert_eq!(found.children, cities);
    let notes: Vec<_> = found.notes.iter().map(|note| (note.region.as_str(), note.data_note.as_str())).collect();
    assert_eq!(notes, [("regions/210922", DATA_NOTE)]);
}

async fn a_city_is_broken_down_by_county_and_the_nation_by_province(database: Database) {
    let suite = reported(database).await;
    let liaoyang = evaluations(&suite, &["210971", "211001", "211002"]).await;
    let liaoning = evaluations(&suite, &["210901", "210922", "210971", "211001", "211002"]).await;
    let jilin = evaluations(&suite, &["220101"]).await;

    let city = summary(&suite, "211000", MONTH, "standards/national-quality-2017").await.unwrap();
    let nation = summary(&suite, "-", MONTH, "").await.unwrap();
    let county = summary(&suite, "220101", MONTH, "").await.unwrap();

    let counties = [
        child("210971", "达标县", 1, &liaoyang[..1]),
        child("211001", "达标县", 1, &liaoyang[1..2]),
        child("211002", "边界县", 1, &liaoyang[2..]),
        child("211003", "达标县", 1, &[]),
    ];
    assert_eq!(city.children, counties);
    assert_eq!(city.counties, Some(counts(4, &liaoyang)));
    assert_eq!((nation.region.as_str(), nation.region_display_name.as_str()), ("regions/-", "全国"));
    assert_eq!(nation.children, [child("210000", "辽宁省", 7, &liaoning), child("220000", "吉林省", 1, &jilin)]);
    assert_eq!(nation.counties, Some(counts(8, &[liaoning, jilin.clone()].concat())));
    assert_eq!((county.children, county.counties), (vec![], Some(counts(1, &jilin))));
}

async fn a_county_without_an_evaluation_is_told_with_its_last_one(database: Database) {
    let suite = reported(database).await;
    let told = async |month: &str| -> Vec<(String, bool, String)> {
        let summary = summary(&suite, "210000", month, "").await.unwrap();
        let told = summary.unevaluated_counties.into_iter();
        told.map(|county| (county.region, county.reported, county.last_evaluated_month)).collect()
    };
    let county = |code: &str, last: &str| (format!("regions/{code}"), false, last.to_owned());

    assert_eq!(told(MONTH).await, [county("211003", "2024-11"), county("219001", "")]);
    let november = told("2024-11").await;
    assert_eq!(november.len(), 5);
    // What was evaluated for later months does not count as the last one.
    assert!(november.iter().all(|(_, reported, last)| !reported && last.is_empty()), "{november:?}");
    assert_eq!(told("2025-01").await[0], county("210901", MONTH));
}

async fn a_standard_that_nobody_knows_is_told(database: Database) {
    let suite = Suite::start(database).await;
    suite.register(&counties()[0]).await;

    let status = summary(&suite, "210000", MONTH, "standards/none").await.unwrap_err();

    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(tonic_types::StatusExt::get_details_error_info(&status).unwrap().reason, "STANDARD_MISSING");
}

async fn the_program_prints_a_province_with_its_worst_counties_first(database: Database) {
    let suite = reported(database).await;
    let server = format!("http://{}", suite.evaluation_address());
    let printed = async |region: &str, more: &[&str]| {
        let arguments = [&["province", region, "--month", MONTH, "--server", &server], more].concat();
        let arguments: Vec<String> = arguments.into_iter().map(ToOwned::to_owned).collect();
        let ended = tokio::task::spawn_blocking(move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
        let output = ended.await.unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), told)
    };

    let (code, text, told) = printed("210000", &[]).await;
    let (_, city, _) = printed("210900", &[]).await;
    let (_, json, _) = printed("210000", &["--json"]).await;
    let (refused, nothing, why) = printed("999999", &[]).await;

    assert_eq!((code, told.as_str()), (Some(0), ""));
    for line in [
        "县7个：已报送5个，已评估5个；达标1个，不达标3个，待定1个",
        "  211000  辽阳市   4       3       3     0       2     1",
        "  211003  达标县  未报送  2024-11",
        "  219001  达标县  未报送  无",
        DATA_NOTE,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let ranked = text.split("各县，由差到好").nth(1).unwrap().lines().skip(2).take(5);
    let ranked: Vec<_> = ranked.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(ranked, ["211002", "210922", "210901", "210971", "211001"]);
    assert!(text.contains("小学L2"), "{text}");
    assert!(!city.contains("下级区划") && city.contains("彰武县"), "{city}");
    let parsed: GetProvinceSummaryResponse = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed.summary, Some(summary(&suite, "210000", MONTH, "").await.unwrap()));
    assert!(json.contains("\"undeterminedCountyCount\": 1") && json.contains("\"metCountyCount\": 0"));
    assert_eq!((refused, nothing.as_str()), (Some(1), ""));
    assert!(why.contains("RESOURCE_MISSING"), "{why}");
}

async fn a_request_names_all_its_wrong_fields_at_once(database: Database) {
    let suite = Suite::start(database).await;
    let text = |text: &str| text.to_owned();
    let as_of = Some(junheng_proto::Timestamp { seconds: i64::MAX, nanos: -1 });

    let request = ListEvaluationsRequest {
        parent: text("x"),
        month: text("x"),
        page_size: -1,
        page_token: text("x"),
        from_month: text("x"),
        to_month: text("x"),
        standard: text("x"),
        verdicts: vec![1, 0, 99],
        order_by: 99,
        view: 99,
    };
    let status = suite.evaluations().list_evaluations(request).await.unwrap_err();
    assert_fields(
        &status,
        &[
            "parent",
            "month",
            "page_size",
            "page_token",
            "from_month",
            "to_month",
            "standard",
            "verdicts[1]",
            "verdicts[2]",
            "order_by",
            "view",
        ],
    );
    let request = GetProvinceSummaryRequest { region: text("x"), month: text("x"), standard: text("x") };
    let status = suite.evaluations().get_province_summary(request).await.unwrap_err();
    assert_fields(&status, &["region", "month", "standard"]);
    let request = EvaluateProvinceRequest { region: text("x"), month: text("x"), standard: text("x"), as_of, view: 99 };
    let status = suite.evaluations().evaluate_province(request).await.unwrap_err();
    assert_fields(&status, &["region", "month", "standard", "as_of", "view"]);
}
