//! `catalystc vendor` against servers: chart repositories that behave as told, and real registries with a proxy in front that does not. And
//! `catalystc publish`, which sends on what was fetched.
#![expect(clippy::disallowed_methods, reason = "tests set up files and processes of their own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod carried;
mod digests;
mod faults;
mod fixture;
mod from_registry;
mod hostile;
mod large;
mod looking;
mod pins;
mod publish;
mod registry;
mod rendered;
mod repository;
mod rewriting;
