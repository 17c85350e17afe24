//! The retry budget: how many retries a client adds to a service that is in trouble. As in gRPC's `retryThrottling`.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Parts of a token, so that a success can give a tenth.
const PARTS: u32 = 10;

/// Tokens that clones of a client share. A retryable failure costs one, a success gives a tenth; below half of them nothing is retried.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    /// In tenths of a token.
    left: Arc<AtomicU32>,
    most: u32,
}

impl Budget {
    pub(crate) fn new(tokens: u32) -> Self {
        let most = tokens.saturating_mul(PARTS);
        Self { left: Arc::new(AtomicU32::new(most)), most }
    }

    /// Counts a call that the service answered, whatever it said.
    pub(crate) fn give(&self) {
        let most = self.most;
        self.change(|left| left.saturating_add(1).min(most));
    }

    /// Counts a retryable failure; tells whether it may be retried.
    pub(crate) fn take(&self) -> bool {
        self.change(|left| left.saturating_sub(PARTS)) > self.most / 2
    }

    /// Returns what is left.
    fn change(&self, step: impl Fn(u32) -> u32) -> u32 {
        // The step never declines, so that both arms hold the value before.
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(step(left)));
        step(before.unwrap_or_else(|left| left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_half_nothing_is_retried_until_successes_fill_it_again() {
        let budget = Budget::new(10);

        let taken: Vec<bool> = (0..7).map(|_| budget.take()).collect();
        assert_eq!(taken, [true, true, true, true, false, false, false]);

        // 3 tokens are left; 31 tenths more are just above half after one failure costs its token.
        for _ in 0..30 {
            budget.give();
        }
        assert!(!budget.take());
        for _ in 0..11 {
            budget.give();
        }
        assert!(budget.take());
    }

    #[test]
    fn successes_fill_it_to_the_brim_only() {
        let budget = Budget::new(10);
        for _ in 0..1000 {
            budget.give();
        }

        assert_eq!((0..10).filter(|_| budget.take()).count(), 4);
    }
}
