//! Progress on a terminal: one line on standard error that overwrites itself; for downloads with a bar. Also how long each stage took, for those who ask with `-v`.

use catalyst_driver::network::NetworkProgress;
use catalyst_driver::{Progress, Stage};
use std::collections::BTreeMap;
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

/// Progress over the network: how many parts, a bar, how many bytes, how fast. Beside it, for those who ask with `-v`, what is tried again.
pub(crate) struct Bars {
    doing: &'static str,
    shown: bool,
    loud: bool,
    state: Mutex<Downloads>,
}

struct Downloads {
    needed: usize,
    done: usize,
    /// Bytes by download.
    bytes: BTreeMap<String, u64>,
    clock: Instant,
    /// When the line was last drawn.
    drawn: Option<Instant>,
}

impl Bars {
    /// How wide the bar is.
    const WIDTH: usize = 24;
    /// How often the line is drawn at most: chunks come much faster than anybody can see.
    const EVERY: Duration = Duration::from_millis(60);

    pub(crate) fn new(doing: &'static str, shown: bool, loud: bool) -> Self {
        let state =
            Downloads { needed: 0, done: 0, bytes: BTreeMap::new(), clock: Instant::now(), drawn: None };
        Bars { doing, shown, loud, state: Mutex::new(state) }
    }

    /// Takes the line away, before anything else is printed.
    pub(crate) fn clear(&self) {
        if self.shown {
            drop(write!(std::io::stderr().lock(), "\r\x1b[2K"));
        }
    }

    fn change(&self, is_event: bool, change: impl FnOnce(&mut Downloads)) {
        let Ok(mut state) = self.state.lock() else { return };
        change(&mut state);
        let is_due = is_event || state.drawn.is_none_or(|it| it.elapsed() >= Self::EVERY);
        if self.shown && is_due {
            state.drawn = Some(Instant::now());
            let line = line(self.doing, &state, Self::WIDTH);
            drop(write!(std::io::stderr().lock(), "\r\x1b[2K{line}"));
        }
    }

    fn note(&self, text: &str) {
        if self.loud {
            self.clear();
            drop(writeln!(std::io::stderr().lock(), "{text}"));
        }
    }
}

fn line(doing: &str, state: &Downloads, width: usize) -> String {
    let bytes: u64 = state.bytes.values().sum();
    let rate = bytes as f64 / state.clock.elapsed().as_secs_f64().max(0.001);
    let filled = (state.done * width).checked_div(state.needed).unwrap_or(0).min(width);
    format!(
        "{:>10} [{}{}] {}/{} {} ({}/s)",
        doing,
        "=".repeat(filled),
        " ".repeat(width - filled),
        state.done,
        state.needed,
        size(bytes),
        size(rate as u64)
    )
}

impl NetworkProgress for Bars {
    fn needed(&self, parts: usize) {
        self.change(true, |state| state.needed = parts);
    }
    fn done(&self, _: &str) {
        self.change(true, |state| state.done += 1);
    }
    fn received(&self, what: &str, so_far: u64, _: Option<u64>) {
        self.change(false, |state| match state.bytes.get_mut(what) {
            Some(bytes) => *bytes = so_far.max(*bytes),
            None => drop(state.bytes.insert(what.to_owned(), so_far)),
        });
    }
    fn sent(&self, what: &str, so_far: u64, total: u64) {
        self.received(what, so_far, Some(total));
    }
    fn retrying(&self, what: &str, why: &str, pause: Duration) {
        self.note(&format!("{what}: {why}; again in {:.1} s", pause.as_secs_f32()));
    }
    fn waiting(&self) {
        // Whoever sees nothing happen should know why, with `-v` or without.
        self.clear();
        drop(writeln!(std::io::stderr().lock(), "another catalystc fetches into this store; waiting for it"));
    }
}

/// Bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_with_the_charts_that_are_there() {
        let bars = Bars::new("fetching", false, false);
        bars.needed(4);
        bars.done("a");
        bars.received("a", 1000, Some(3000));
        bars.received("a", 3000, Some(3000));
        bars.received("b", 72, None);
        let state = bars.state.lock().unwrap();
        let text = line("fetching", &state, 8);
        assert!(text.starts_with("  fetching [==      ] 1/4 3.0 KiB ("), "{text}");
        assert_eq!([size(1023), size(1 << 20)], ["1023 B", "1.0 MiB"]);
    }
}
