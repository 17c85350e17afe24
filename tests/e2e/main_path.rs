//! A county's month goes in; a receipt, an evaluation and a report come out, with the published figures.

use junheng_e2e::{County, Database, Suite, county::DATA_NOTE, on_both_databases};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{Evaluation, StageResources},
    ingest::v1::Receipt,
    reporting::v1::{RenderCountyReportRequest, ReportFormat},
};

use crate::{item, part, stage};

on_both_databases!(
    a_reported_month_gets_a_receipt,
    an_accepted_month_is_evaluated_with_the_published_figures,
    an_evaluation_is_explained_down_to_the_reported_figures,
    a_county_that_meets_everything_is_met,
    a_report_shows_the_figures_and_what_they_rest_on,
);

/// Variation of the reconstructed amounts, L1 to L7, as `data/zhangwu-2024/README.md` has it.
const PRIMARY_VARIATION: [&str; 7] =
    ["0.093827", "0.166488", "0.131130", "0.332541", "0.371783", "0.242773", "0.107377"];
const JUNIOR_VARIATION: [&str; 7] =
    ["0.101322", "0.246221", "0.409485", "0.257888", "0.197118", "0.137368", "0.140287"];

async fn reported(database: Database) -> (Suite, Receipt, Evaluation) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("december")).await;
    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;
    (suite, receipt, evaluation)
}

async fn a_reported_month_gets_a_receipt(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::zhangwu());
    suite.register(&county).await;

    let receipt = suite.accepted(county.submission("december")).await;

    assert_eq!(receipt.submission, "regions/210922/submissions/2024-12.1");
    assert_eq!(receipt.revision, Some(1));
    assert_eq!(receipt.school_count, Some(30));
    assert_eq!(receipt.item_count, Some(43));
    assert_eq!(receipt.content_digest.len(), 64);
    assert!(receipt.content_digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    assert!(receipt.known_at.is_some());
    assert_eq!(receipt.findings, []);
}

async fn an_accepted_month_is_evaluated_with_the_published_figures(database: Database) {
    let (_suite, receipt, evaluation) = reported(database).await;

    let basis = evaluation.basis.clone().unwrap();
    assert_eq!((basis.submission, basis.revision), (receipt.submission, Some(1)));
    assert_eq!((basis.content_digest, basis.known_at), (receipt.content_digest, receipt.known_at));
    assert_eq!(evaluation.name, "regions/210922/evaluations/2024-12.national-quality-2017");
    assert_eq!(evaluation.verdict(), Verdict::NotMet);
    let parts: Vec<_> = evaluation.parts.iter().map(|part| (part.id.as_str(), part.verdict())).collect();
    assert_eq!(
        parts,
        [
            ("prerequisite", Verdict::Undetermined),
            ("resources", Verdict::NotMet),
            ("government", Verdict::NotMet),
            ("quality", Verdict::NotMet),
            ("recognition", Verdict::Undetermined),
            ("vetoes", Verdict::Undetermined),
        ]
    );
    let primary = stage(&evaluation, Stage::Primary);
    assert_stage(primary, (28, 24), [28, 28, 28, 24, 25, 26, 28], PRIMARY_VARIATION);
    assert_eq!(not_met(primary), ["2121000025", "2121000026", "2121000027", "2121000028"]);
    let junior = stage(&evaluation, Stage::Junior);
    assert_stage(junior, (26, 23), [26, 26, 24, 24, 25, 26, 26], JUNIOR_VARIATION);
    assert_eq!(not_met(junior), ["3121000001", "3121000029", "3121000030"]);
}

fn assert_stage(resources: &StageResources, units: (u32, u32), reached: [u32; 7], variation: [&str; 7]) {
    assert_eq!((resources.unit_count, resources.met_unit_count), (Some(units.0), Some(units.1)));
    assert_eq!(resources.undetermined_unit_count, Some(0));
    assert_eq!(resources.verdict(), Verdict::NotMet);
    let ids: Vec<_> = resources.indicators.iter().map(|indicator| indicator.id.as_str()).collect();
    assert_eq!(ids, ["L1", "L2", "L3", "L4", "L5", "L6", "L7"]);
    let found: Vec<_> = resources.indicators.iter().map(|indicator| indicator.reached_unit_count.unwrap()).collect();
    assert_eq!(found, reached);
    let found: Vec<_> =
        resources.indicators.iter().map(|indicator| format!("{:.6}", indicator.variation.unwrap())).collect();
    assert_eq!(found, variation);
    assert!(resources.indicators.iter().all(|indicator| indicator.verdict() == Verdict::Met));
}

fn not_met(resources: &StageResources) -> Vec<&str> {
    let units = resources.units.iter().filter(|unit| unit.verdict() == Verdict::NotMet);
    units.map(|unit| unit.school_code.as_str()).collect()
}

async fn an_evaluation_is_explained_down_to_the_reported_figures(database: Database) {
    let (_suite, _receipt, evaluation) = reported(database).await;

    let failed = evaluation.items.iter().filter(|item| item.verdict() == Verdict::NotMet);
    assert_eq!(failed.map(|item| item.id.as_str()).collect::<Vec<_>>(), ["G3", "Q4"]);
    let institutions = |id: &str| {
        let item = evaluation.items.iter().find(|item| item.id == id).unwrap();
        let failing = item.tests.iter().flat_map(|test| &test.institutions);
        let codes: std::collections::BTreeSet<_> = failing.map(|institution| &institution.school_code).collect();
        codes.len()
    };
    assert_eq!((institutions("G3"), institutions("Q4")), (10, 21));
    assert_eq!(item(&evaluation, "Q9"), Verdict::Undetermined);
    let sibuzi = crate::unit(&evaluation, Stage::Junior, "3121000001");
    assert_eq!((sibuzi.school_name.as_str(), sibuzi.pupils), ("四堡子九年制学校", Some(247)));
    let short: Vec<_> = sibuzi.indicators.iter().filter(|one| one.verdict() == Verdict::NotMet).collect();
    assert!(!short.is_empty() && short.iter().all(|one| one.shortfall.is_some_and(|shortfall| shortfall > 0.0)));
    assert!(sibuzi.indicators.iter().all(|one| !one.operands.is_empty()));
    let waited: Vec<_> = evaluation.missing.iter().map(|missing| missing.rule.as_str()).collect();
    assert!(["P1", "P2", "Q9", "S1", "V1", "V6"].iter().all(|rule| waited.contains(rule)), "{waited:?}");
}

async fn a_county_that_meets_everything_is_met(database: Database) {
    let (suite, county) = (Suite::start(database).await, County::met());
    suite.register(&county).await;

    let receipt = suite.accepted(county.submission("december")).await;

    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;
    let open: Vec<_> = evaluation.parts.iter().filter(|part| part.verdict() != Verdict::Met).collect();
    assert!(open.is_empty(), "{open:#?}");
    assert_eq!(evaluation.verdict(), Verdict::Met);
    assert_eq!(part(&evaluation, "vetoes"), Verdict::Met);
    assert_eq!(evaluation.missing, []);
}

async fn a_report_shows_the_figures_and_what_they_rest_on(database: Database) {
    let (suite, receipt, evaluation) = reported(database).await;

    for (format, media_type, ending) in [
        (ReportFormat::Html, "text/html; charset=utf-8", ".html"),
        (ReportFormat::Markdown, "text/markdown; charset=utf-8", ".md"),
    ] {
        let request = RenderCountyReportRequest { evaluation: evaluation.name.clone(), format: format.into() };
        let report = suite.reports().render_county_report(request).await.unwrap().into_inner();

        assert_eq!(report.media_type, media_type);
        assert!(report.file_name.starts_with("彰武县-2024-12") && report.file_name.ends_with(ending));
        assert_eq!(report.content_digest, receipt.content_digest);
        let text = String::from_utf8(report.content).unwrap();
        for expected in [
            "彰武县",
            "不达标",
            "85.71%",
            "88.46%",
            "0.333",
            "0.409",
            "四堡子九年制学校",
            "第二初级中学",
            DATA_NOTE,
            receipt.content_digest.as_str(),
            "第1次报送",
        ] {
            assert!(text.contains(expected), "{media_type}: {expected} is not in the report");
        }
    }
}
