//! The charts of a stage: what the evaluation says, printed as the tables print it.

use junheng_proto::evaluation::v1::{StageIndicator, StageResources};

use super::{
    composite::composite_text,
    number,
    resources::{COMPOSITE, variation_text},
    words,
};
use crate::chart::{Bullet, Bullets, Drawing, Figure};

/// The coefficients of a stage against their limits: those with a limit, and where the composite decides all that it is the mean of,
/// too. Nothing where nothing has a limit.
pub(super) fn variations(resources: &StageResources) -> Option<Drawing> {
    let composite = resources.composite_limit.map(|_| composite(resources));
    let wanted = |indicator: &&StageIndicator| composite.is_some() || indicator.variation_limit.is_some();
    let mut bullets: Vec<Bullet> = resources.indicators.iter().filter(wanted).map(variation).collect();
    bullets.extend(composite);
    let title = format!("{}各项指标差异系数与限值", words::stage(resources.stage()));
    (!bullets.is_empty()).then(|| Bullets { title, bullets }.draw())
}

fn variation(indicator: &StageIndicator) -> Bullet {
    Bullet {
        label: format!("{} {}", indicator.id, indicator.title),
        text: variation_text(indicator),
        value: indicator.variation,
        low: indicator.variation_low,
        high: indicator.variation_high,
        limit: indicator.variation_limit.map(limit),
        verdict: indicator.verdict(),
        verdict_text: words::verdict(indicator.verdict()).to_owned(),
    }
}

fn composite(resources: &StageResources) -> Bullet {
    Bullet {
        label: format!("{COMPOSITE}（{}项平均）", resources.indicators.len()),
        text: composite_text(resources),
        value: resources.composite_variation,
        low: resources.composite_low,
        high: resources.composite_high,
        limit: resources.composite_limit.map(limit),
        verdict: resources.composite_verdict(),
        verdict_text: words::verdict(resources.composite_verdict()).to_owned(),
    }
}

fn limit(limit: f64) -> Figure {
    Figure::new(limit, number::limit(limit, 2))
}
