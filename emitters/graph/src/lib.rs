//! Printers of the dependency graph: Markdown and plain tables, Mermaid, DOT, JSON, a drawing, and the facts that a text may state about
//! it. All of them print one value, [`catalyst_plan::graph::Graph`]; and a published table is checked against the same value.
//!
//! The order of nodes and edges in the input does not matter: every printer goes through one sorted view.

mod dot;
mod drift;
mod facts;
mod json;
mod markdown;
mod mermaid;
mod svg;
mod table;
mod view;

pub use dot::dot;
pub use drift::{Drift, DriftKind, check_table};
pub use facts::{Facts, facts};
pub use json::json;
pub use mermaid::mermaid;
pub use svg::svg;
pub use table::{table, text};

#[cfg(test)]
mod tests;
