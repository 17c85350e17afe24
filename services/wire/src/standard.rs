//! Standards: [`domain::standard::Standard`] → `junheng.evaluation.v1.Standard`.

use jiff::civil::Date;
use junheng_domain::{self as domain, quantity::Quantity, standard as rules};
use junheng_proto::evaluation::v1 as proto;
use junheng_store::{in_force_entries::StandardInForce, standards::Registered};

use crate::{evaluation::stage, name, time};

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
        extends: standard.extends.as_deref().map(name::standard).unwrap_or_default(),
        valid_from: day(standard.valid_from),
        valid_to: day(standard.valid_to),
        registered_at: None,
        waivers: standard.waivers.iter().map(waiver).collect(),
    }
}

fn day(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// Encodes a standard with when it was registered; its document only where asked for.
#[must_use]
pub fn encode_registered(registered: &Registered, with_document: bool) -> proto::Standard {
    proto::Standard {
        registered_at: registered.registered_at.map(time::encode),
        ..encode(&registered.standard, with_document)
    }
}

/// Encodes all faults of a document.
#[must_use]
pub fn encode_faults(faults: &rules::StandardFaults) -> proto::StandardRefusal {
    let fault = |fault: &rules::StandardFault| proto::StandardFault {
        base: fault.base.as_deref().map(name::standard).unwrap_or_default(),
        line: fault.line,
        path: fault.path.clone(),
        message: fault.reason.clone(),
    };
    proto::StandardRefusal { faults: faults.0.iter().map(fault).collect() }
}

/// Encodes what two standards say differently.
#[must_use]
pub fn encode_difference(difference: rules::Difference) -> proto::StandardDifference {
    let change = match difference.change {
        rules::Change::Changed => proto::StandardChange::Changed,
        rules::Change::Added => proto::StandardChange::Added,
        rules::Change::Removed => proto::StandardChange::Removed,
    };
    proto::StandardDifference {
        path: difference.path,
        title: difference.title,
        change: change.into(),
        before: difference.before,
        after: difference.after,
    }
}

/// Encodes that a standard is in force; `judging`: whether the region that was asked for is judged by it, where one was asked for.
#[must_use]
pub fn encode_in_force(entry: &StandardInForce, judging: Option<bool>) -> proto::StandardInForce {
    proto::StandardInForce {
        region: name::region(&entry.region),
        standard: name::standard(&entry.standard_id),
        from_month: entry.from.to_string(),
        to_month: entry.to.map(|month| month.to_string()).unwrap_or_default(),
        known_at: Some(time::encode(entry.known_at)),
        judging,
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

fn waiver(waiver: &rules::WaiverRule) -> proto::WaiverRule {
    proto::WaiverRule {
        id: waiver.id.clone(),
        title: waiver.title.clone(),
        about: waiver.about().to_owned(),
        allowed: waiver.allowed,
        rule: waiver.rule.clone(),
        source: waiver.source.clone(),
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
