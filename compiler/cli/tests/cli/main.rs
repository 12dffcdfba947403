//! The command from outside: exit codes, streams, colour, help, and each verb with right and wrong input.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write files of their own, and run the command"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bundles;
mod catalogue;
mod charts;
mod exit_codes;
mod fixture;
mod help;
mod scaffold;
mod streams;
mod verbs;
