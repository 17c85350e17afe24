//! Axes: where a value lies, and which values are marked.

/// A linear axis between two ends of the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// `low` lies at `start`, `high` at `end`.
    pub(super) fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self { low, high, start, end }
    }

    /// Where a value lies; what is beyond an end lies at it.
    pub(super) fn place(self, value: f64) -> f64 {
        let span = self.high - self.low;
        let share = if span > 0.0 { (value - self.low) / span } else { 0.0 };
        self.start + share.clamp(0.0, 1.0) * (self.end - self.start)
    }
}

impl Scale {
    /// Whether a value lies between the ends.
    pub(super) fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// A tick: its value and its label.
pub(super) type Tick = (f64, String);

/// An axis from nought to a round value that holds the largest, with about this many steps.
pub(super) fn round(largest: f64, steps: f64) -> (f64, Vec<Tick>) {
    let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
    let rough = largest / steps;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|times| times * power).find(|step| *step >= rough * 0.999_999);
    let step = step.unwrap_or(power * 10.0);
    let count = (largest / step - 1e-9).ceil().max(1.0);
    let whole = |decimals: &usize| {
        let scaled = step * 10_f64.powf(f64::from(u8::try_from(*decimals).unwrap_or(u8::MAX)));
        (scaled - scaled.round()).abs() < 1e-6
    };
    let decimals = (0..12).find(whole).unwrap_or(12);
    let ticks = std::iter::successors(Some(0.0), |number| Some(number + 1.0)).take_while(|number| *number <= count);
    (count * step, ticks.map(|number| (number * step, format!("{:.decimals$}", number * step))).collect())
}

/// Moves labels apart: positions that are at least `gap` from one another, in order, within an interval that has room for them, each as near
/// to where it was wanted as that allows. The order of the answer is the order of what came in.
pub(super) fn apart(wanted: &[f64], gap: f64, (low, high): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&one, &other| wanted[one].total_cmp(&wanted[other]));
    let mut placed = wanted.to_vec();
    let mut floor = low;
    for &index in &order {
        placed[index] = placed[index].clamp(floor, f64::MAX);
        floor = placed[index] + gap;
    }
    let mut ceiling = high;
    for &index in order.iter().rev() {
        placed[index] = placed[index].min(ceiling);
        ceiling = placed[index] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_value_that_holds_the_largest() {
        let labels = |largest| round(largest, 5.0).1.into_iter().map(|(_, label)| label).collect::<Vec<_>>();

        assert_eq!(labels(0.62), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(labels(100.0), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(1234.0), ["0", "250", "500", "750", "1000", "1250"]);
        assert_eq!(round(f64::NAN, 5.0).0, 1.0);
    }

    #[test]
    fn labels_are_moved_apart_within_their_room() {
        assert_eq!(apart(&[10.0, 11.0, 50.0], 14.0, (0.0, 60.0)), [10.0, 24.0, 50.0]);
        assert_eq!(apart(&[59.0, 58.0], 14.0, (0.0, 60.0)), [60.0, 46.0]);
        assert_eq!(apart(&[], 14.0, (0.0, 60.0)), Vec::<f64>::new());
    }
}
