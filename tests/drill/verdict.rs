//! What a drill found, told as it is found.

use std::time::Duration;

/// Whether what must hold held.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    faults: u32,
}

impl Verdict {
    /// Tells what must hold, and whether it does.
    pub(crate) fn must(&mut self, holds: bool, text: impl AsRef<str>) {
        if holds {
            println!("  {}", text.as_ref());
        } else {
            self.faults += 1;
            println!("  FAULT: {}", text.as_ref());
        }
    }

    pub(crate) const fn passed(&self) -> bool {
        self.faults == 0
    }
}

/// Tells a figure.
pub(crate) fn tell(text: impl AsRef<str>) {
    println!("  {}", text.as_ref());
}

/// The time below which a share of the times lies.
pub(crate) fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let place = (last as f64 * share).round() as usize;
    times.get(place).copied().unwrap_or_default()
}

/// A time as a figure.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}
