//! The compiler from outside, on this repository's own fleet and on small projects.
#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod architecture;
mod catalogue;
mod charts;
mod cycles;
mod fleet;
mod hostile_paths;
mod incremental;
mod legacy;
mod limits;
mod rules;
mod suites;
mod support;
