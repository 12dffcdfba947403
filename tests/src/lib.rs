//! Suites that run the compiler from outside. [`suite`] runs those written in Markdown; the tests are in `it/`.

mod project;
pub mod suite;

pub use project::PROJECT;
