//! The one YAML reader and the one canonical writer.
//!
//! Reading goes in three steps that never fail and never panic: [`parse`] turns text into documents plus problems, a [`Node`] walks a
//! document with spans and styles at hand, and [`Node::to_value`] resolves scalars as one of three readers would ([`Dialect`]).
//! Writing is [`write()`], one form that every reader, YAML 1.1 or 1.2, reads back as the same value. [`edit`] changes a text in place and
//! [`format`](mod@format) brings one into canonical form; both keep its comments.
//!
//! What this crate does not know: files, what any key means, and how bad a problem is. It has kinds of problems; levels and rule names
//! belong to the callers.

mod build;
mod dialect;
mod document;
pub mod edit;
mod explain;
pub mod format;
mod go;
mod lax;
mod merge;
mod node;
mod places;
mod problem;
mod quote;
mod read;
mod record;
mod value;
mod write;

pub use dialect::Dialect;
pub use document::Document;
pub use lax::parse_lax;
pub use node::{Entries, Items, Node, NodeKind, Style};
pub use problem::{Problem, ProblemKind};
pub use quote::scalar;
pub use read::{Limits, Parsed, parse, parse_with};
pub use write::{write, write_documents, write_into, write_quoting};

#[cfg(test)]
mod tests;
