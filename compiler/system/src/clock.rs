//! Elapsed time, for progress and limits. No output ever depends on it, and the date cannot be asked here at all.

use std::time::{Duration, Instant};

/// Measures from its making.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// Time since the start; never goes back.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
