//! Standards: [`domain::standard::Standard`] → `junheng.evaluation.v1.Standard`.

use junheng_domain::{self as domain, quantity::Quantity, standard as rules};
use junheng_proto::evaluation::v1 as proto;

use crate::{evaluation::stage, name};

/// Encodes a standard; its document only where asked for.
#[must_use]
pub fn encode(standard: &rules::Standard, with_document: bool) -> proto::Standard {
    proto::Standard {
        name: name::standard(&standard.id),
        display_name: standard.title.clone(),
        act: standard.act.clone(),
        issued_on: standard.issued_on.to_string(),
        weighting: standard.weighting.id().to_owned(),
        indicators: standard
            .resources
            .indicators
            .iter()
            .map(|indicator| self::indicator(indicator, &standard.resources))
            .collect(),
        items: standard.items.iter().map(item).collect(),
        document: if with_document { standard.document.clone() } else { String::new() },
    }
}

fn indicator(indicator: &rules::Indicator, resources: &rules::Resources) -> proto::Indicator {
    let limit = |(of, rule): (&domain::school::Stage, &rules::StageRule)| proto::StageLimit {
        stage: stage(*of),
        threshold: rule.threshold.map(Quantity::to_f64),
        variation_limit: rule.variation_limit.map(Quantity::to_f64),
    };
    proto::Indicator {
        id: indicator.id.clone(),
        title: indicator.title.clone(),
        unit: indicator.unit.clone(),
        limits: indicator.stages.iter().map(limit).collect(),
        rule: resources.rule.clone(),
        source: indicator.source.clone(),
    }
}

fn item(item: &rules::Item) -> proto::ItemRule {
    proto::ItemRule {
        id: item.id.clone(),
        part: item.part.clone(),
        title: item.title.clone(),
        operands: item.operands.iter().map(|operand| operand.id.clone()).collect(),
        tests: item.tests.iter().map(|test| test.rule.clone()).collect(),
        source: item.source.clone(),
    }
}
