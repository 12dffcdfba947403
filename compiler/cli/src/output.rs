//! Progress on a terminal: one line on standard error that overwrites itself. Also how long each stage took, for those who ask with `-v`.

use catalyst_driver::{Progress, Stage};
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A line of progress, or nothing.
pub(crate) struct Line {
    shown: bool,
    state: Mutex<State>,
}

struct State {
    total: usize,
    done: usize,
    clock: Instant,
    /// When each stage began.
    begun: Vec<(Stage, Duration)>,
}

impl Line {
    pub(crate) fn new(shown: bool) -> Self {
        Line {
            shown,
            state: Mutex::new(State { total: 0, done: 0, clock: Instant::now(), begun: Vec::new() }),
        }
    }

    /// Takes the line away, before anything else is printed.
    pub(crate) fn clear(&self) {
        if self.shown {
            drop(write!(std::io::stderr().lock(), "\r\x1b[2K"));
        }
    }

    /// How long each stage took, up to now, and the most memory that was used.
    pub(crate) fn timings(&self) -> String {
        let Ok(state) = self.state.lock() else { return String::new() };
        let now = state.clock.elapsed();
        let ends = state.begun.iter().map(|it| it.1).skip(1).chain([now]);
        let stages = state.begun.iter().zip(ends);
        let mut parts: Vec<String> = stages
            .map(|((stage, begun), end)| format!("{} {:.1} ms", stage.as_str(), millis(end - *begun)))
            .collect();
        parts.push(format!("all {:.1} ms", millis(now)));
        if let Some(bytes) = catalyst_system::peak_memory() {
            parts.push(format!("peak memory {:.1} MiB", bytes as f64 / f64::from(1 << 20)));
        }
        parts.join(", ")
    }

    fn show(&self, stage: Stage, state: &State, what: &str) {
        let seconds = state.clock.elapsed().as_secs_f32();
        let what: String = what.chars().take(40).collect();
        drop(write!(
            std::io::stderr().lock(),
            "\r\x1b[2K{:>10} {}/{} {what} ({seconds:.1} s)",
            stage.as_str(),
            state.done,
            state.total
        ));
    }
}

impl Progress for Line {
    fn begin(&self, stage: Stage, total: usize) {
        let Ok(mut state) = self.state.lock() else { return };
        let now = state.clock.elapsed();
        state.begun.push((stage, now));
        if self.shown {
            state.total = total;
            state.done = 0;
            self.show(stage, &state, "");
        }
    }

    fn step(&self, stage: Stage, what: &str) {
        if let (true, Ok(mut state)) = (self.shown, self.state.lock()) {
            state.done += 1;
            self.show(stage, &state, what);
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
