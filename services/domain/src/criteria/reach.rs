//! 综合达标 of one evaluation unit: so many indicators reach their threshold, and the others a share of it.

use super::threshold::UnitIndicator;
use crate::{standard::Attainment, verdict::Verdict};

/// Judges one evaluation unit on its indicators.
///
/// Met when at least `reach_at_least` indicators reach their threshold and every one reaches its floor. A missing value is not
/// zero: it leaves the verdict open where it could decide it.
///
/// Legal source: 教督〔2017〕6号, 资源配置.
#[must_use]
pub fn judge_unit(indicators: &[UnitIndicator], attainment: &Attainment) -> Verdict {
    let (mut reached, mut failed) = (0, 0);
    let mut floors = Verdict::Met;
    for indicator in indicators {
        match indicator.verdict {
            Some(Verdict::Met) => reached += 1,
            Some(Verdict::NotMet) => failed += 1,
            Some(Verdict::Undetermined) | None => {}
        }
        floors = floors.and(indicator.floor_verdict.unwrap_or(Verdict::Met));
    }
    let enough = if reached >= attainment.reach_at_least {
        Verdict::Met
    } else if indicators.len() - failed < attainment.reach_at_least {
        Verdict::NotMet
    } else {
        Verdict::Undetermined
    };
    floors.and(enough)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;
    use crate::quantity::Quantity;

    /// An indicator of threshold 4.2 and floor 3.57, given in thousandths.
    fn indicator(value: Option<i64>) -> UnitIndicator {
        let at_least = |line: i64| value.map_or(Verdict::Undetermined, |value| Verdict::of(value >= line));
        UnitIndicator {
            low: 0.0,
            high: f64::INFINITY,
            known: false,
            verdict: Some(at_least(4_200)),
            floor_verdict: Some(at_least(3_570)),
        }
    }

    fn judge(values: &[Option<i64>]) -> Verdict {
        let indicators: Vec<_> = values.iter().copied().map(indicator).collect();
        judge_unit(&indicators, &Attainment { reach_at_least: 6, floor: Quantity::parse("0.85").unwrap() })
    }

    const REACHED: Option<i64> = Some(4_200);

    #[test]
    fn a_value_that_only_rounds_up_to_the_floor_does_not_reach_it() {
        assert_eq!(judge(&[Some(3_566), REACHED, REACHED, REACHED, REACHED, REACHED, REACHED]), Verdict::NotMet);
        assert_eq!(judge(&[Some(3_570), REACHED, REACHED, REACHED, REACHED, REACHED, REACHED]), Verdict::Met);
    }

    #[test]
    fn a_missing_value_is_never_zero() {
        assert_eq!(judge(&[None, REACHED, REACHED, REACHED, REACHED, REACHED, REACHED]), Verdict::Undetermined);
        assert_eq!(judge(&[Some(0), REACHED, REACHED, REACHED, REACHED, REACHED, REACHED]), Verdict::NotMet);
    }

    #[test]
    fn two_that_are_short_decide_whatever_is_missing() {
        assert_eq!(judge(&[None, Some(4_199), Some(4_199), REACHED, REACHED, REACHED, REACHED]), Verdict::NotMet);
    }

    proptest! {
        #[test]
        fn a_determined_verdict_survives_any_late_value(values in vec(option::of(3_000..5_000_i64), 7), late in vec(0..6_000_i64, 7)) {
            let completed: Vec<_> = values.iter().zip(late).map(|(value, late)| value.or(Some(late))).collect();
            let before = judge(&values);
            if before != Verdict::Undetermined {
                prop_assert_eq!(judge(&completed), before);
            }
        }
    }
}
