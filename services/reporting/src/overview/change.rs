//! What changed in a county since the month before, and why.

use junheng_domain::{school::Stage, verdict::Verdict};

use super::{County, Judged, Overview, Share, indicator_title};
use crate::report::number::{beside, percent};

/// What changed between the evaluations of two months under one standard.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Verdict on the county before and after.
    pub verdict: (Verdict, Verdict),
    /// The parts whose verdict changed, in the standard's order.
    pub parts: Vec<PartChange>,
    /// Met units by stage where they, or the units themselves, changed. Stages that have units in both months only.
    pub shares: Vec<ShareChange>,
    /// Coefficients whose verdict changed, primary first, in the standard's order.
    pub variations: Vec<VariationChange>,
    /// Ids of the county items that are not met now and were not so before.
    pub items_failed: Vec<String>,
    /// Ids of the county items that were not met before and are met now.
    pub items_mended: Vec<String>,
    /// Ids of the county items that are undetermined now and were not so before.
    pub items_opened: Vec<String>,
}

/// A part whose verdict changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartChange {
    /// Id.
    pub id: String,
    /// Title, in Chinese.
    pub title: String,
    /// Before and after.
    pub verdict: (Verdict, Verdict),
}

impl PartChange {
    /// In Chinese, for people: 教育质量由达标变为不达标, 一票否决由未触发变为触发.
    #[must_use]
    pub fn told(&self) -> String {
        let (before, after) = self.verdict;
        format!("{}由{}变为{}", self.title, of_part(&self.id, before), of_part(&self.id, after))
    }
}

/// The part whose items are facts that bar.
pub(crate) const VETOES: &str = "vetoes";

/// The verdict of a part, in Chinese: vetoes are triggered or not.
pub(super) fn of_part(part: &str, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met if part == VETOES => "未触发",
        Verdict::NotMet if part == VETOES => "触发",
        _ => verdict.title(),
    }
}

/// Met units of a stage before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareChange {
    /// The stage.
    pub stage: Stage,
    /// Before.
    pub before: Share,
    /// After.
    pub after: Share,
}

/// A coefficient of variation whose verdict changed.
#[derive(Debug, Clone, PartialEq)]
pub struct VariationChange {
    /// The stage.
    pub stage: Stage,
    /// Official id of the indicator.
    pub indicator: String,
    /// The coefficient before and after; `None` where it was not known or has none.
    pub variation: (Option<f64>, Option<f64>),
    /// Its limit after.
    pub limit: Option<f64>,
    /// Verdict before and after; `None` where it had no limit, or the stage no units.
    pub verdict: (Option<Verdict>, Option<Verdict>),
}

/// Higher is better; what is open lies between.
const fn height(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::NotMet => 0,
        Verdict::Undetermined => 1,
        Verdict::Met => 2,
    }
}

impl Changes {
    /// Compares two evaluations of a county under one standard.
    #[must_use]
    pub fn between(before: &Judged, after: &Judged) -> Self {
        let not_in = |ids: &[String], others: &[String]| -> Vec<String> {
            ids.iter().filter(|id| !others.contains(id)).cloned().collect()
        };
        let open_or_failed = |id: &String| after.undetermined_items.contains(id);
        let mut mended = not_in(&before.not_met_items, &after.not_met_items);
        mended.retain(|id| !open_or_failed(id));
        Self {
            verdict: (before.verdict, after.verdict),
            parts: parts(before, after),
            shares: shares(before, after),
            variations: variations(before, after),
            items_failed: not_in(&after.not_met_items, &before.not_met_items),
            items_mended: mended,
            items_opened: not_in(&after.undetermined_items, &before.undetermined_items),
        }
    }

    /// Whether nothing of it changed.
    #[must_use]
    pub const fn nothing(&self) -> bool {
        let same_verdict = height(self.verdict.0) == height(self.verdict.1);
        let items = self.items_failed.is_empty() && self.items_mended.is_empty() && self.items_opened.is_empty();
        same_verdict && items && self.parts.is_empty() && self.shares.is_empty() && self.variations.is_empty()
    }

    /// Whether the county got worse in anything: the verdict or a part fell, a stage has more units that are not shown to be met, a
    /// coefficient went beyond its limit, or an item failed. What became undetermined from met is worse, too: it is no longer shown to be
    /// met. A met unit that is none any more makes nothing worse, though the share of met units falls.
    #[must_use]
    pub fn worse(&self) -> bool {
        let fell = |(before, after): (Verdict, Verdict)| height(after) < height(before);
        fell(self.verdict)
            || self.parts.iter().any(|part| fell(part.verdict))
            || self.shares.iter().any(|share| share.after.unmet() > share.before.unmet())
            || self.variations.iter().any(|one| one.verdict.1 == Some(Verdict::NotMet))
            || !self.items_failed.is_empty()
    }

    /// Why, in Chinese, a clause each: items, coefficients, units. Empty where nothing of the kind changed.
    #[must_use]
    pub fn reasons(&self, overview: &Overview) -> Vec<String> {
        let titles = |ids: &[String]| -> String {
            let titles: Vec<_> = ids.iter().map(|id| format!("{id}{}", overview.item_title(id))).collect();
            titles.join("、")
        };
        let mut reasons = vec![];
        for (ids, became) in [
            (&self.items_failed, "新增不达标指标"),
            (&self.items_mended, "新增达标指标"),
            (&self.items_opened, "新增待定指标"),
        ] {
            if !ids.is_empty() {
                reasons.push(format!("{became}{}", titles(ids)));
            }
        }
        reasons.extend(self.variations.iter().map(|change| variation_reason(change, overview)));
        reasons.extend(self.shares.iter().map(share_reason));
        reasons
    }
}

fn variation_reason(change: &VariationChange, overview: &Overview) -> String {
    let title = indicator_title(&overview.standard, &change.indicator);
    let what = if title.ends_with("差异系数") { title.to_owned() } else { format!("{title}差异系数") };
    // The verdict may hang on what a rounded figure would not show.
    let print = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |value| beside(value, change.limit, 3, true));
    let became = match change.verdict.1 {
        Some(Verdict::Met) => "回到限值以内",
        Some(Verdict::NotMet) => "超过限值",
        Some(Verdict::Undetermined) | None => "待定",
    };
    let (before, after) = change.variation;
    let moved = match (before, after) {
        (Some(_), Some(_)) => format!("由{}变为{}，", print(before), print(after)),
        (None, Some(_)) => format!("为{}，", print(after)),
        _ => String::new(),
    };
    let limit = change.limit.map(|limit| format!("（限值{}）", crate::report::number::limit(limit, 2)));
    format!("{}{what}{moved}{became}{}", change.stage.title(), limit.unwrap_or_default())
}

fn share_reason(change: &ShareChange) -> String {
    let ShareChange { stage, before, after } = change;
    let print = |share: &Share| format!("{}/{}（{}）", share.met, share.units, percent(share.to_f64(), 2));
    let units = if before.units == after.units {
        String::new()
    } else {
        let unmet = match (before.unmet(), after.unmet()) {
            (old, new) if old == new => format!("不达标和待定的均为{new}个"),
            (old, new) => format!("不达标和待定的由{old}个变为{new}个"),
        };
        format!("（评估单元由{}个变为{}个，{unmet}）", before.units, after.units)
    };
    format!("{}达标单元由{}变为{}{units}", stage.title(), print(before), print(after))
}

fn parts(before: &Judged, after: &Judged) -> Vec<PartChange> {
    let changed = after.parts.iter().filter_map(|part| {
        let old = before.parts.iter().find(|old| old.id == part.id)?;
        (old.verdict != part.verdict).then(|| PartChange {
            id: part.id.clone(),
            title: part.title.clone(),
            verdict: (old.verdict, part.verdict),
        })
    });
    changed.collect()
}

fn shares(before: &Judged, after: &Judged) -> Vec<ShareChange> {
    let of = |judged: &Judged, stage| {
        let stage = judged.stage(stage)?;
        Some(Share { met: stage.met?, units: stage.units })
    };
    let changed = after.stages.iter().filter_map(|stage| {
        let (old, new) = (of(before, stage.stage)?, of(after, stage.stage)?);
        let same = old.met == new.met && old.units == new.units;
        (!same).then_some(ShareChange { stage: stage.stage, before: old, after: new })
    });
    changed.collect()
}

fn variations(before: &Judged, after: &Judged) -> Vec<VariationChange> {
    let changed = after.spreads().filter_map(|(stage, new)| {
        let old = before.spread(stage, &new.id)?;
        (old.verdict != new.verdict).then(|| VariationChange {
            stage,
            indicator: new.id.clone(),
            variation: (old.variation, new.variation),
            limit: new.limit,
            verdict: (old.verdict, new.verdict),
        })
    });
    changed.collect()
}

impl County {
    /// What changed since the month before; `None` unless both months have an evaluation.
    #[must_use]
    pub fn changes(&self) -> Option<Changes> {
        self.before.as_ref().zip(self.judged.as_ref()).map(|(before, after)| Changes::between(before, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_units(before: (u32, u32), after: (u32, u32)) -> Changes {
        let share = |(met, units)| Share { met, units };
        Changes {
            verdict: (Verdict::NotMet, Verdict::NotMet),
            parts: vec![],
            shares: vec![ShareChange { stage: Stage::Primary, before: share(before), after: share(after) }],
            variations: vec![],
            items_failed: vec![],
            items_mended: vec![],
            items_opened: vec![],
        }
    }

    #[test]
    fn a_met_unit_that_is_none_any_more_makes_nothing_worse() {
        assert!(!of_units((8, 10), (7, 9)).worse());
        assert!(!of_units((3, 5), (3, 4)).worse());
        assert!(of_units((5, 5), (4, 5)).worse());
        assert!(of_units((5, 5), (5, 6)).worse(), "one came that is not met");
    }

    #[test]
    fn a_change_of_the_units_themselves_is_told() {
        let told = |before, after| share_reason(&of_units(before, after).shares[0]);

        assert_eq!(told((5, 5), (4, 5)), "小学达标单元由5/5（100.00%）变为4/5（80.00%）");
        assert_eq!(
            told((8, 10), (7, 9)),
            "小学达标单元由8/10（80.00%）变为7/9（77.78%）（评估单元由10个变为9个，不达标和待定的均为2个）"
        );
    }
}
