//! Who watches what goes over the network: told what goes on, and asked whether to go on.

use crate::FetchError;
use std::time::Duration;

/// Watches downloads and uploads. Called from many threads; a call returns at once.
pub trait Observer: Send + Sync {
    /// Whether to stop. Asked many times a second while a request runs.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// Bytes of an answer have come. `total` is how many there will be, when the server says so.
    fn received(&self, _what: &str, _so_far: u64, _total: Option<u64>) {}

    /// Bytes of an upload were taken, of so many.
    fn sent(&self, _what: &str, _so_far: u64, _total: u64) {}

    /// Something failed and is tried again after a pause.
    fn retrying(&self, _what: &str, _error: &FetchError, _pause: Duration) {}
}

/// Watches nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}
