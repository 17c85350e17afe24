//! Summaries of evaluations: `junheng.evaluation.v1.Evaluation` → `EvaluationSummary`, and what the store keeps of one.

use junheng_proto::{common::v1::Verdict, evaluation::v1 as proto};
use junheng_store::evaluation_summaries::Summary;
use prost::Message as _;

/// Shares are kept in billionths: two that differ stay apart up to some thirty thousand units a county.
const WHOLE: u64 = 1_000_000_000;

/// Stands among the indicators for the composite coefficient (综合差异系数).
pub const COMPOSITE: &str = "composite";

/// Summarizes an evaluation; the county's name and note, and when it was stored, are for the caller to add.
#[must_use]
pub fn encode(evaluation: &proto::Evaluation) -> proto::EvaluationSummary {
    proto::EvaluationSummary {
        name: evaluation.name.clone(),
        region: evaluation.region.clone(),
        region_display_name: String::new(),
        region_data_note: String::new(),
        month: evaluation.month.clone(),
        standard: evaluation.standard.clone(),
        verdict: evaluation.verdict,
        parts: evaluation.parts.iter().map(part).collect(),
        stages: evaluation.resources.iter().map(stage).collect(),
        evaluated_at: None,
        not_met_items: items(evaluation, Verdict::NotMet),
        undetermined_items: items(evaluation, Verdict::Undetermined),
    }
}

/// Whether a summary has the figures of its stages and items: one that an older program stored has none.
#[must_use]
pub fn has_figures(summary: &proto::EvaluationSummary) -> bool {
    summary.stages.iter().all(|stage| stage.unit_count.unwrap_or_default() == 0 || !stage.indicators.is_empty())
}

/// What the store keeps of an evaluation to rank and to count by.
#[must_use]
pub fn stored(evaluation: &proto::Evaluation) -> Summary {
    let summary = encode(evaluation);
    let total = |count: fn(&proto::StageSummary) -> Option<u32>| -> u64 {
        summary.stages.iter().filter_map(count).map(u64::from).sum()
    };
    // Where units are not judged by themselves, none is met or not met.
    let units = total(|stage| stage.met_unit_count.and(stage.unit_count));
    let met = total(|stage| stage.met_unit_count);
    let open = total(|stage| stage.undetermined_unit_count);
    Summary {
        met_share_billionths: (met * WHOLE).checked_div(units),
        not_met_unit_count: units.saturating_sub(met + open),
        exceeded_variation_count: total(|stage| stage.exceeded_variation_count),
        summary: summary.encode_to_vec(),
    }
}

fn part(part: &proto::Part) -> proto::PartSummary {
    proto::PartSummary { id: part.id.clone(), title: part.title.clone(), verdict: part.verdict }
}

fn items(evaluation: &proto::Evaluation, verdict: Verdict) -> Vec<String> {
    evaluation.items.iter().filter(|item| item.verdict() == verdict).map(|item| item.id.clone()).collect()
}

fn indicator(indicator: &proto::StageIndicator) -> proto::IndicatorSummary {
    proto::IndicatorSummary {
        id: indicator.id.clone(),
        mean: indicator.mean,
        variation: indicator.variation,
        variation_low: indicator.variation_low,
        variation_high: indicator.variation_high,
        variation_limit: indicator.variation_limit,
        verdict: indicator.verdict,
        reached_unit_count: indicator.reached_unit_count,
    }
}

/// The composite coefficient; `None` for a stage without units.
fn composite(stage: &proto::StageResources) -> Option<proto::IndicatorSummary> {
    (!stage.indicators.is_empty()).then(|| proto::IndicatorSummary {
        id: COMPOSITE.to_owned(),
        mean: None,
        variation: stage.composite_variation,
        variation_low: stage.composite_low,
        variation_high: stage.composite_high,
        variation_limit: stage.composite_limit,
        verdict: stage.composite_verdict,
        reached_unit_count: None,
    })
}

fn stage(stage: &proto::StageResources) -> proto::StageSummary {
    let with = |verdict: Verdict| -> Vec<String> {
        let indicators = stage.indicators.iter().filter(|indicator| indicator.verdict() == verdict);
        let composite = (stage.composite_verdict() == verdict).then(|| COMPOSITE.to_owned());
        indicators.map(|indicator| indicator.id.clone()).chain(composite).collect()
    };
    let count = |ids: &[String]| Some(u32::try_from(ids.len()).unwrap_or(u32::MAX));
    let (exceeded, undetermined) = (with(Verdict::NotMet), with(Verdict::Undetermined));
    proto::StageSummary {
        stage: stage.stage,
        verdict: stage.verdict,
        unit_count: stage.unit_count,
        met_unit_count: stage.met_unit_count,
        undetermined_unit_count: stage.undetermined_unit_count,
        exceeded_variation_count: count(&exceeded),
        undetermined_variation_count: count(&undetermined),
        exceeded_indicators: exceeded,
        undetermined_indicators: undetermined,
        indicators: stage.indicators.iter().map(indicator).chain(composite(stage)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(stages: &[(u32, u32, u32, &[Verdict])]) -> proto::Evaluation {
        let indicator = |(number, verdict): (usize, &Verdict)| proto::StageIndicator {
            id: format!("L{}", number + 1),
            verdict: (*verdict).into(),
            ..proto::StageIndicator::default()
        };
        let stage = |(units, met, open, verdicts): &(u32, u32, u32, &[Verdict])| proto::StageResources {
            unit_count: Some(*units),
            met_unit_count: Some(*met),
            undetermined_unit_count: Some(*open),
            indicators: verdicts.iter().enumerate().map(indicator).collect(),
            ..proto::StageResources::default()
        };
        proto::Evaluation { resources: stages.iter().map(stage).collect(), ..proto::Evaluation::default() }
    }

    #[test]
    fn both_stages_count_together() {
        use Verdict::{Met, NotMet, Undetermined};
        let evaluation = evaluation(&[(10, 7, 1, &[Met, NotMet, Undetermined]), (5, 5, 0, &[NotMet, NotMet, Met])]);

        let stored = stored(&evaluation);

        assert_eq!(stored.met_share_billionths, Some(800_000_000));
        assert_eq!(stored.not_met_unit_count, 2);
        assert_eq!(stored.exceeded_variation_count, 3);
        let summary = proto::EvaluationSummary::decode(stored.summary.as_slice()).unwrap();
        assert_eq!(summary, encode(&evaluation));
        assert_eq!(summary.stages[0].exceeded_indicators, ["L2"]);
        assert_eq!(summary.stages[0].undetermined_indicators, ["L3"]);
        assert_eq!(summary.stages[1].exceeded_variation_count, Some(2));
        assert_eq!(summary.stages[1].undetermined_variation_count, Some(0));
    }

    #[test]
    fn without_units_there_is_no_share_and_none_met_is_a_share() {
        assert_eq!(stored(&evaluation(&[(0, 0, 0, &[]), (0, 0, 0, &[])])).met_share_billionths, None);
        assert_eq!(stored(&evaluation(&[(3, 0, 3, &[])])).met_share_billionths, Some(0));
        assert_eq!(stored(&evaluation(&[(3, 0, 3, &[])])).not_met_unit_count, 0);
    }

    #[test]
    fn neighbouring_shares_stay_apart() {
        let share = |units: u32, met: u32| stored(&evaluation(&[(units, met, 0, &[])])).met_share_billionths;

        assert!(share(2000, 1999) < share(2001, 2000));
        assert_eq!(share(3, 1), share(6, 2));
    }
}
