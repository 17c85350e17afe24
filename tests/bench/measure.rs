//! Medians, and how a line looks.

use std::time::{Duration, Instant};

/// The median time of some work.
pub(crate) fn median(times: u32, mut work: impl FnMut()) -> Duration {
    let one = |()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    middle((0..times).map(|_| ()).map(one).collect())
}

/// The median of durations.
pub(crate) fn middle(durations: Vec<Duration>) -> Duration {
    percentile(durations, 50)
}

/// The duration that so many of a hundred do not exceed.
pub(crate) fn percentile(mut durations: Vec<Duration>, percent: usize) -> Duration {
    durations.sort();
    durations[(durations.len() * percent / 100).min(durations.len() - 1)]
}

/// Prints a duration in units of the reference.
pub(crate) fn row(what: &str, duration: Duration, reference: Option<Duration>) {
    let ratio = reference
        .map_or_else(|| "1".to_owned(), |reference| format!("{:.2}", duration.as_secs_f64() / reference.as_secs_f64()));
    println!("{what:<66}{:>9.3} ms   {ratio}", duration.as_secs_f64() * 1000.0);
}
