//! When to try again, and after how long: exponential back-off with full jitter, unless the server names a time.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// How often, and with which pauses, a request that failed for a moment is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, the first one among them.
    pub tries: u32,
    /// Longest pause after the first try; it doubles from try to try.
    pub base: Duration,
    /// No pause is longer, unless the server asks for it.
    pub cap: Duration,
    /// A server that asks for a longer pause than this is given up.
    pub patience: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            tries: 5,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(15),
            patience: Duration::from_secs(60),
        }
    }
}

impl Retry {
    /// The pause after try number `tried` (from 1). `None` when that was the last one, or the server asks for more patience than there is.
    pub(crate) fn pause(&self, tried: u32, asked: Option<Duration>) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        match asked {
            Some(asked) if asked > self.patience => None,
            Some(asked) => Some(asked),
            None => {
                let longest = self.base.saturating_mul(1 << (tried - 1).min(16)).min(self.cap);
                // Any even spread will do, so that clients that failed together do not come back together.
                let dice = RandomState::new().hash_one(tried) >> 32;
                Some(longest.mul_f64(dice as f64 / f64::from(u32::MAX)))
            }
        }
    }
}

/// The pause that a `Retry-After` asks for. A date is as good as nothing here, where no clock is read.
pub(crate) fn asked(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_cap_and_end() {
        let retry = Retry { tries: 5, cap: Duration::from_secs(3), ..Retry::default() };
        for (tried, longest) in [(1, 500), (2, 1000), (3, 2000), (4, 3000)] {
            let pauses: Vec<Duration> = (0..200).map(|_| retry.pause(tried, None).unwrap()).collect();
            let longest = Duration::from_millis(longest);
            assert!(pauses.iter().all(|it| *it <= longest), "{tried}");
            assert!(pauses.iter().any(|it| *it > longest / 2) && pauses.iter().any(|it| *it < longest / 2));
        }
        assert_eq!(retry.pause(5, None), None);
    }

    #[test]
    fn the_server_is_obeyed_within_reason() {
        let retry = Retry::default();
        assert_eq!(retry.pause(1, asked(" 7 ")), Some(Duration::from_secs(7)));
        assert_eq!(retry.pause(1, asked("3600")), None);
        assert_eq!(asked("Wed, 21 Oct 2026 07:28:00 GMT"), None);
        assert_eq!(retry.pause(5, asked("1")), None);
    }
}
