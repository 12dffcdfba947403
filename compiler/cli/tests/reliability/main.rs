//! The real `catalystc` under bad luck: killed, interrupted, on a full disk, beside other builds, in odd folders and environments.
#![expect(clippy::disallowed_methods, reason = "tests set up files and processes of their own")]
#![expect(
    clippy::print_stderr,
    reason = "how many points and runs there were, and what could not be tested here"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod concurrency;
mod determinism;
mod disk;
mod environment;
mod faults;
mod inputs;
mod signals;
mod support;
