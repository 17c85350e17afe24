//! A verdict is explained down to the figure that was reported, and a coefficient is attributed to its units.

use junheng_e2e::{County, Database, Suite, on_both_databases, suite::instant};
use junheng_proto::{
    common::v1::{Stage, Verdict},
    evaluation::v1::{
        AttributeVariationRequest, ExplainVerdictRequest, ExplanationKind, ExplanationNode, operand::Value,
    },
    ingest::v1::SubmitMonthRequest,
};
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

on_both_databases!(
    a_verdict_is_explained_down_to_the_submission_of_each_figure,
    a_carried_declaration_names_the_submission_that_brought_it,
    what_was_declared_too_long_ago_is_shown_as_stale,
    an_explanation_as_of_an_instant_stays,
    a_coefficient_is_attributed_to_its_units,
    a_wrong_path_stage_or_indicator_is_told,
);

const UNIT: &str = "2121000001";

async fn explained(
    suite: &Suite,
    county: &County,
    path: &str,
    as_of: Option<junheng_proto::Timestamp>,
) -> Result<ExplanationNode, Status> {
    let request = ExplainVerdictRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        standard: String::new(),
        as_of,
        path: path.to_owned(),
        depth: Some(8),
    };
    Ok(suite.evaluations().explain_verdict(request).await?.into_inner().root.unwrap())
}

async fn a_verdict_is_explained_down_to_the_submission_of_each_figure(database: Database) {
    let suite = Suite::start(database).await;
    let county = County::zhangwu();
    suite.register(&county).await;
    let receipt = suite.accepted(county.submission("explained")).await;
    let evaluation = suite.stored(&county.region, &county.month, &receipt).await;

    let root = explained(&suite, &county, "", None).await.unwrap();

    assert_eq!((root.kind(), root.verdict()), (ExplanationKind::County, evaluation.verdict()));
    let parts: Vec<_> = root.children.iter().map(|part| (part.path.as_str(), part.verdict())).collect();
    let wanted: Vec<_> = evaluation.parts.iter().map(|part| (part.id.as_str(), part.verdict())).collect();
    assert_eq!(parts, wanted);
    let mut open = vec![&root];
    let (mut figures, mut indicators) = (0, 0);
    while let Some(node) = open.pop() {
        assert!(!node.source.is_empty(), "{}", node.path);
        for operand in &node.operands {
            let figure = operand.operand.as_ref().unwrap();
            assert_eq!(figure.value.is_some(), !operand.submission.is_empty(), "{} {}", node.path, figure.id);
            if figure.value.is_some() {
                assert_eq!((operand.submission.as_str(), operand.revision), (receipt.submission.as_str(), Some(1)));
                figures += 1;
            }
        }
        indicators += usize::from(node.kind() == ExplanationKind::Indicator);
        open.extend(&node.children);
    }
    // 28 primary and 26 junior units of seven indicators.
    assert_eq!(indicators, 54 * 7);
    assert!(figures > 1_000, "{figures}");
    for stage in &evaluation.resources {
        let id = if stage.stage() == Stage::Primary { "primary" } else { "junior" };
        let node = explained(&suite, &county, &format!("resources/{id}"), None).await.unwrap();
        let units: Vec<_> = node.children.iter().filter(|node| node.kind() == ExplanationKind::Unit).collect();
        assert_eq!(units.len(), stage.units.len());
        for (node, unit) in units.into_iter().zip(&stage.units) {
            let path = format!("resources/{id}/{}", unit.school_code);
            assert_eq!((node.path.as_str(), node.verdict()), (path.as_str(), unit.verdict()));
            assert_eq!(node.children.len(), unit.indicators.len(), "{path}");
            for (child, indicator) in node.children.iter().zip(&unit.indicators) {
                assert_eq!(
                    (child.verdict(), child.value, child.gap),
                    (indicator.verdict(), indicator.value, indicator.shortfall)
                );
            }
            if unit.verdict() == Verdict::NotMet {
                let below_floor = node.reason.as_ref().unwrap().zh_cn.contains("低于底线");
                assert!(below_floor || unit.reached_count.is_some_and(|count| count < 6), "{path}");
            }
        }
    }
}

async fn a_carried_declaration_names_the_submission_that_brought_it(database: Database) {
    let suite = Suite::start(database).await;
    let county = County::met();
    suite.register(&county).await;
    let first = suite.accepted(county.submission_for("2024-10", "first")).await;
    suite.tick();
    let later = SubmitMonthRequest { items: vec![], ..county.submission("later") };
    let current = suite.accepted(later).await;

    let node = explained(&suite, &county, "quality/Q2/1", None).await.unwrap();

    assert_eq!(node.operands.len(), 2);
    for operand in &node.operands {
        assert_eq!(operand.submission, first.submission);
        assert_eq!(operand.operand.as_ref().unwrap().month, "2024-10");
        assert!(matches!(operand.operand.as_ref().unwrap().value, Some(Value::Quantity(_))));
    }
    let unit = explained(&suite, &county, "resources/primary", None).await.unwrap();
    let operand = unit.children.iter().flat_map(|node| &node.children).flat_map(|node| &node.operands).next().unwrap();
    assert_eq!(operand.submission, current.submission);
    assert!(operand.form.starts_with("教基"), "{operand:?}");
}

async fn what_was_declared_too_long_ago_is_shown_as_stale(database: Database) {
    let suite = Suite::start(database).await;
    let county = County::met();
    suite.register(&county).await;
    let first = suite.accepted(county.submission_for("2023-11", "first")).await;
    suite.tick();
    suite.accepted(SubmitMonthRequest { items: vec![], ..county.submission_for("2024-12", "later") }).await;

    let node = explained(&suite, &county, "quality/Q2/1", None).await.unwrap();

    assert_eq!(node.verdict(), Verdict::Undetermined);
    for operand in &node.operands {
        let figure = operand.operand.as_ref().unwrap();
        assert!(figure.stale && figure.value.is_none(), "{operand:?}");
        assert_eq!((figure.month.as_str(), operand.submission.as_str()), ("2023-11", first.submission.as_str()));
    }
}

async fn an_explanation_as_of_an_instant_stays(database: Database) {
    let suite = Suite::start(database).await;
    let mut county = County::met();
    suite.register(&county).await;
    suite.accepted(county.submission("first")).await;
    suite.tick();
    let as_of = Some(instant(suite.now()));
    let before = explained(&suite, &county, "", as_of).await.unwrap();
    suite.tick();
    county.item_mut("Q2", "disabled_children_enrolled").value =
        Some(junheng_proto::ingest::v1::county_item::Value::Quantity(1.0));
    suite.accepted(county.submission("corrected")).await;

    let again = explained(&suite, &county, "", as_of).await.unwrap();
    let now = explained(&suite, &county, "", None).await.unwrap();

    assert_eq!(before.encode_to_vec(), again.encode_to_vec());
    assert_eq!((before.verdict(), now.verdict()), (Verdict::Met, Verdict::NotMet));
}

async fn a_coefficient_is_attributed_to_its_units(database: Database) {
    let suite = Suite::start(database).await;
    let county = County::zhangwu();
    suite.register(&county).await;
    suite.accepted(county.submission("attributed")).await;
    let request = AttributeVariationRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        stage: Stage::Primary.into(),
        indicator: "L5".to_owned(),
        ..AttributeVariationRequest::default()
    };

    let answer = suite.evaluations().attribute_variation(request.clone()).await.unwrap().into_inner();
    let all = AttributeVariationRequest { stage: 0, indicator: String::new(), ..request };
    let all = suite.evaluations().attribute_variation(all).await.unwrap().into_inner();

    assert_eq!((answer.variations.len(), all.variations.len()), (1, 14));
    let variation = &answer.variations[0];
    assert_eq!(variation.units.len(), 28);
    let shares: f64 = variation.units.iter().map(|unit| unit.variance_share.unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-12, "{shares}");
    let coefficient = variation.indicator.as_ref().unwrap().variation.unwrap();
    assert_eq!(format!("{coefficient:.6}"), "0.371783");
    let mean = variation.indicator.as_ref().unwrap().mean.unwrap();
    let lifted: Vec<_> = variation.units.iter().take_while(|unit| unit.lift_amount.is_some()).collect();
    assert!(!lifted.is_empty() && lifted.iter().all(|unit| unit.value.unwrap() < mean));
    assert!(lifted.windows(2).all(|pair| pair[0].variation_after_lift <= pair[1].variation_after_lift));
    assert!(lifted[0].variation_after_lift.unwrap() < coefficient);
}

async fn a_wrong_path_stage_or_indicator_is_told(database: Database) {
    let suite = Suite::start(database).await;
    let county = County::met();
    suite.register(&county).await;
    suite.accepted(county.submission("wrong")).await;
    let fields = |status: &Status| -> Vec<String> {
        let told = status.get_details_bad_request().unwrap().field_violations;
        told.into_iter().map(|violation| violation.field).collect()
    };

    let status = explained(&suite, &county, &format!("resources/primary/{UNIT}/L99"), None).await.unwrap_err();
    assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["path".to_owned()]));
    let request =
        ExplainVerdictRequest { region: "x".to_owned(), month: "x".to_owned(), ..ExplainVerdictRequest::default() };
    let status = suite.evaluations().explain_verdict(request).await.unwrap_err();
    assert_eq!(fields(&status), ["region", "month"]);
    let known = AttributeVariationRequest {
        region: county.region.clone(),
        month: county.month.clone(),
        ..AttributeVariationRequest::default()
    };
    let request = AttributeVariationRequest { indicator: "L99".to_owned(), ..known.clone() };
    let status = suite.evaluations().attribute_variation(request).await.unwrap_err();
    assert_eq!(fields(&status), ["indicator"]);
    let request = AttributeVariationRequest { stage: 99, region: "x".to_owned(), ..known };
    let status = suite.evaluations().attribute_variation(request).await.unwrap_err();
    assert_eq!(fields(&status), ["region", "stage"]);
}
