//! Suites that run the compiler from outside. [`suite`] runs those written in Markdown; the tests are in `it/`. [`net`] and [`registry`]
//! have servers for the tests of other crates.

pub mod net;
mod project;
pub mod registry;
pub mod suite;

pub use project::PROJECT;
