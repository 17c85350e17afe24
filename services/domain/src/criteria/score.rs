//! A score is at least a number of points: the sum of its points, or its total where not all of them are known.

use super::{Declared, TestDetail};
use crate::{
    interval::Interval,
    quantity::{Quantity, float},
    verdict::Verdict,
};

/// The operands of a score, and what it must be.
#[derive(Debug, Clone)]
pub struct Score {
    /// The whole score.
    pub total: String,
    /// The points that it is the sum of; empty where only the whole is known.
    pub points: Vec<String>,
    /// The score is at least this.
    pub at_least: Quantity,
}

impl Score {
    /// Judges the score. Points that are missing lie between nothing and what can be had for them, and the whole never above
    /// what can be had at all.
    #[must_use]
    pub fn judge(&self, declared: &Declared<'_>) -> Verdict {
        self.bounds(declared).at_least(self.at_least)
    }

    /// The score, and the points that are lacking.
    #[must_use]
    pub fn explain(&self, declared: &Declared<'_>) -> TestDetail {
        let verdict = self.judge(declared);
        let score = self.bounds(declared).value().and_then(Quantity::millionths);
        let gap = score.filter(|_| verdict == Verdict::NotMet).map(|score| self.at_least.exact() - score.exact());
        let ids = std::iter::once(&self.total).chain(&self.points).map(String::as_str);
        let mut detail = TestDetail::of_operands(declared, ids, verdict);
        // The points say more than the total: it is asked for only where there are none.
        if !self.points.is_empty() {
            detail.missing.retain(|missing| missing.operand != self.total);
        }
        TestDetail {
            value: score.map(Quantity::to_f64),
            limit: Some(self.at_least.to_f64()),
            gap: gap.as_ref().map(float),
            ..detail
        }
    }

    /// The points say more than the total, and a total that contradicts them counts for nothing: so no verdict on known points is
    /// overturned by a total that arrives later.
    fn bounds(&self, declared: &Declared<'_>) -> Interval {
        let total = declared.bounds(&self.total);
        if self.points.is_empty() {
            return total;
        }
        let sum = self.points.iter().fold(Interval::ZERO, |sum, id| sum.plus(&declared.bounds(id)));
        match total.value() {
            Some(known) if sum.contains(known) => total,
            Some(_) => sum,
            None => sum.narrowed(&total),
        }
    }
}
