//! Room for submissions that are at work at once: what is found in them is held in memory until they are answered.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// Rows of schools at work at once in a process. A finding takes 900 bytes, and a row that is wrong in every element has 20 of them, so this is at
/// most 400 MB (measured); a usual county has 70 rows, and few of them wrong.
const ROWS_AT_ONCE: u32 = 20_000;

/// Room that all calls of a process share.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROWS_AT_ONCE as usize)))
    }

    /// Waits, in the order of arrival, until there is room for so many rows; there is until what it gives is dropped. More than all have, has
    /// all.
    pub(crate) async fn take(&self, rows: usize) -> Option<SemaphorePermit<'_>> {
        let rows = u32::try_from(rows).unwrap_or(ROWS_AT_ONCE).min(ROWS_AT_ONCE);
        // Nobody closes it.
        self.0.acquire_many(rows).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn large_submissions_wait_for_each_other_and_usual_ones_do_not() {
        let room = Room::new();
        let large: Vec<_> = (0..4).map(|_| room.take(4_900).now_or_never()).collect();

        assert!(large.iter().all(Option::is_some), "19,600 rows at once");
        assert!(room.take(5_000).now_or_never().is_none(), "no room for more");
        let usual: Vec<_> = (0..5).map(|_| room.take(70).now_or_never()).collect();
        assert!(usual.iter().all(Option::is_some), "who waits and gave up stands in nobody's way");
        drop(large);
        assert!(room.take(5_000).now_or_never().is_some());
        drop(usual);
        assert!(room.take(1_000_000).now_or_never().is_some(), "too many for any, refused in a moment");
    }
}
