//! How far a coefficient of variation can lie where values are missing: the least and the greatest 1 + CV² over ranges.

#![expect(clippy::float_arithmetic, reason = "encloses; what it leaves open is undetermined")]

/// So many bounded missing values are tried at both ends; with more, a coarser bound is given.
const CORNERS: usize = 12;

#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) weight: f64,
    pub(super) value: f64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) weight: f64,
    pub(super) low: f64,
    pub(super) high: Option<f64>,
}

/// `Σw`, `ΣwX`, `ΣwX²`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) weight: f64,
    pub(super) values: f64,
    pub(super) squares: f64,
}

impl Sums {
    pub(super) fn of(points: impl Iterator<Item = Point>) -> Self {
        points.fold(Self::default(), |sums, point| Self {
            weight: sums.weight + point.weight,
            values: sums.values + point.weight * point.value,
            squares: sums.squares + point.weight * point.value * point.value,
        })
    }

    /// 1 + CV²; `None` where all values are zero.
    fn square(self) -> Option<f64> {
        if self.values > 0.0 { Some(self.weight * self.squares / (self.values * self.values)) } else { None }
    }
}

/// CV of 1 + CV².
pub(super) fn root(square: f64) -> f64 {
    (square - 1.0).max(0.0).sqrt()
}

/// The least 1 + CV² that the ranges allow.
///
/// It is least where every open value equals one and the same number c, or its end that is nearest to c: in between the ends,
/// the best c is `ΣwX² / ΣwX` of the values that are held at an end.
pub(super) fn least(ranges: &[Range]) -> Option<f64> {
    let mut ends: Vec<f64> = ranges.iter().flat_map(|range| [Some(range.low), range.high]).flatten().collect();
    ends.push(0.0);
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    let clamped = |c: f64| {
        ranges.iter().map(move |range| Point {
            weight: range.weight,
            value: c.max(range.low).min(range.high.unwrap_or(f64::INFINITY)),
        })
    };
    let mut candidates = ends.clone();
    for (index, start) in ends.iter().enumerate() {
        let end = ends.get(index + 1).copied();
        let held = ranges.iter().filter(|range| range.high.is_some_and(|high| high <= *start) || range.low > *start);
        let held = Sums::of(held.map(|range| Point {
            weight: range.weight,
            value: if range.low > *start { range.low } else { range.high.unwrap_or(range.low) },
        }));
        let best = if held.values > 0.0 { held.squares / held.values } else { start.max(f64::MIN_POSITIVE) * 2.0 };
        candidates.push(end.map_or_else(|| best.max(*start), |end| best.clamp(*start, end)));
    }
    candidates.push(ends.last().copied().unwrap_or(0.0) + 1.0);
    candidates.into_iter().filter_map(|c| Sums::of(clamped(c)).square()).min_by(f64::total_cmp)
}

/// A number that no possible 1 + CV² exceeds.
///
/// 1 + CV² is greatest where every open value is at one of its ends, or where one that nothing bounds grows beyond all others.
pub(super) fn greatest(ranges: &[Range]) -> Option<f64> {
    let total: f64 = ranges.iter().map(|range| range.weight).sum();
    let beyond =
        ranges.iter().filter(|range| range.high.is_none()).map(|range| total / range.weight).max_by(f64::total_cmp);
    let open: Vec<Range> =
        ranges.iter().copied().filter(|range| range.high.is_some_and(|high| high > range.low)).collect();
    let held = Sums::of(
        ranges
            .iter()
            .filter(|range| range.high.is_none_or(|high| high <= range.low))
            .map(|range| Point { weight: range.weight, value: range.low }),
    );
    let corner = if open.len() <= CORNERS {
        (0..1_u32 << open.len())
            .filter_map(|corner| {
                let ends = open.iter().enumerate().map(|(index, range)| {
                    let value = if corner >> index & 1 == 1 { range.high.unwrap_or(range.low) } else { range.low };
                    Point { weight: range.weight, value }
                });
                let ends = Sums::of(ends);
                Sums { weight: total, values: held.values + ends.values, squares: held.squares + ends.squares }.square()
            })
            .max_by(f64::total_cmp)
    } else {
        let low: f64 = held.values + open.iter().map(|range| range.weight * range.low).sum::<f64>();
        let squares: f64 =
            held.squares + open.iter().map(|range| range.weight * range.high.unwrap_or(range.low).powi(2)).sum::<f64>();
        // One unit alone can never spread further than this.
        let alone = ranges.iter().map(|range| total / range.weight).max_by(f64::total_cmp);
        alone.map(|alone| if low > 0.0 { alone.min(total * squares / (low * low)) } else { alone })
    };
    corner.into_iter().chain(beyond).max_by(f64::total_cmp)
}
