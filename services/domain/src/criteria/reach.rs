//! 综合达标 of one evaluation unit: so many indicators reach their threshold, and the others a share of it.

use super::threshold::UnitIndicator;
use crate::verdict::Verdict;

/// Judges one evaluation unit on its indicators.
///
/// Met when at least `reach_at_least` indicators reach their threshold and every one reaches its floor. A missing value is not
/// zero: it leaves the verdict open where it could decide it.
///
/// Legal source: 教督〔2017〕6号, 资源配置.
#[must_use]
pub fn judge_unit(indicators: &[UnitIndicator], reach_at_least: usize) -> Verdict {
    let with = |wanted: Verdict| indicators.iter().filter(|indicator| indicator.verdict == wanted).count();
    let reached = if with(Verdict::Met) >= reach_at_least {
        Verdict::Met
    } else if indicators.len() - with(Verdict::NotMet) < reach_at_least {
        Verdict::NotMet
    } else {
        Verdict::Undetermined
    };
    Verdict::all(indicators.iter().map(|indicator| indicator.floor_verdict).chain([reached]))
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;
    use crate::{interval::Interval, quantity::Exact};

    fn indicator(value: Option<i64>) -> UnitIndicator {
        let value =
            value.map_or_else(Interval::missing, |value| Interval::known(Exact::new(value.into(), 1000.into())));
        let (threshold, floor) = (Exact::new(42.into(), 10.into()), Exact::new(357.into(), 100.into()));
        UnitIndicator {
            id: String::new(),
            verdict: value.at_least(&threshold),
            floor_verdict: value.at_least(&floor),
            value,
            shortfall: None,
            rounding_sensitive: false,
            share: None,
            operands: vec![],
            missing: vec![],
        }
    }

    fn judge(values: &[Option<i64>]) -> Verdict {
        judge_unit(&values.iter().copied().map(indicator).collect::<Vec<_>>(), 6)
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
