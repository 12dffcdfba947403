//! `catalystc push`, `pull`, `import` and `mirror` against registries: a real one, one in memory with the referrers API, and such that misbehave.
#![expect(clippy::disallowed_methods, reason = "tests set up files and processes of their own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod faults;
mod fixture;
mod hostile;
mod import;
mod mirror;
mod referees;
mod there_and_back;
