//! How slowly the other end of a connection may read what it asked for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes that are read in a second at least, as a mean over what is being sent: less than any line that a page can be looked at through has.
const SLOWEST: u64 = 2_048;

/// The pace of who reads, from when the first byte had to wait for him until all was sent.
pub(super) struct Pace {
    /// How long nothing at all may be read.
    patience: Duration,
    wait: Option<Wait>,
}

struct Wait {
    since: Instant,
    sent: u64,
    /// When something was sent last.
    moved: Instant,
    over: Pin<Box<Sleep>>,
}

impl Pace {
    pub(super) const fn new(patience: Duration) -> Self {
        Self { patience, wait: None }
    }

    /// Nothing waits any more.
    pub(super) fn rest(&mut self) {
        self.wait = None;
    }

    /// Bytes were taken.
    pub(super) fn sent(&mut self, bytes: usize) {
        if let Some(wait) = &mut self.wait {
            wait.sent = wait.sent.saturating_add(bytes as u64);
            wait.moved = Instant::now();
        }
    }

    /// Bytes wait; ready with the error that ends the connection when they have waited too long.
    pub(super) fn waiting(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let wait = self.wait.get_or_insert_with(|| {
            let now = Instant::now();
            Wait { since: now, sent: 0, moved: now, over: Box::pin(sleep_until(now + self.patience)) }
        });
        let deadline = until(wait.since, wait.moved, wait.sent, self.patience);
        if wait.over.deadline() != deadline {
            wait.over.as_mut().reset(deadline);
        }
        wait.over.poll_unpin(context).map(|()| io::ErrorKind::TimedOut.into())
    }
}

/// Until when something must move: neither too long after the last time, nor later than the slowest would be here.
fn until(since: Instant, moved: Instant, sent: u64, patience: Duration) -> Instant {
    let slowest = since + patience + Duration::from_secs(sent / SLOWEST);
    slowest.min(moved + patience)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_nothing_and_who_reads_by_drops_are_given_up() {
        let (since, patience) = (Instant::now(), Duration::from_secs(20));
        let after = |seconds| since + Duration::from_secs(seconds);

        assert_eq!(until(since, since, 0, patience), after(20), "nothing is read");
        assert_eq!(until(since, after(19), 1, patience), after(20), "a byte now and then");
        assert_eq!(until(since, after(19), 10 * SLOWEST, patience), after(30), "too slow on the whole");
        assert_eq!(until(since, after(19), 1_000_000, patience), after(39), "fast, and then nothing");
    }
}
