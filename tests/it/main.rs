//! The compiler from outside, on this repository's own fleet and on small projects.
#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]

mod architecture;
mod fleet;
mod incremental;
mod legacy;
mod support;
mod wrong_input;
