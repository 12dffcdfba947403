//! Documents to typed intent.
//!
//! [`lower`] takes one parsed file and gives its items: kind, name, and the typed value, which holds no positions. What is wrong with the
//! file comes beside it as diagnostics. An item that could not be read keeps its kind and name, so that references to it are not reported
//! as dangling on top. [`index()`] gathers the items of all files by identity.

mod chart;
mod chart_tests;
mod document;
mod expansion;
mod index;
mod legacy;
mod problems;
pub mod schema;

pub use chart::{chart_facts, chart_problems};
pub use chart_tests::{ChartTestFile, TestCase, lower_chart_tests, names_of_cases};
pub use document::{Item, Lowered, lower};
pub use index::index;
pub use problems::from_problem;
