//! Progress on a terminal: one line on standard error that overwrites itself.

use catalyst_driver::{Progress, Stage};
use std::io::Write;
use std::sync::Mutex;
use std::time::Instant;

/// A line of progress, or nothing.
pub(crate) struct Line {
    shown: bool,
    state: Mutex<State>,
}

struct State {
    total: usize,
    done: usize,
    clock: Instant,
}

impl Line {
    pub(crate) fn new(shown: bool) -> Self {
        Line { shown, state: Mutex::new(State { total: 0, done: 0, clock: Instant::now() }) }
    }

    /// Takes the line away, before anything else is printed.
    pub(crate) fn clear(&self) {
        if self.shown {
            drop(write!(std::io::stderr().lock(), "\r\x1b[2K"));
        }
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
        if let (true, Ok(mut state)) = (self.shown, self.state.lock()) {
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
