//! What the compiler says about a program: diagnostics, the registry of rules, and the renderers.
//!
//! A diagnostic names its places by file and key path, never by position, so it can live in a memoised value: a comment added above
//! leaves it equal. Positions are looked up when it is rendered, through [`Locate`].

mod diagnostic;
mod index;
mod place;
pub mod render;
mod rules;
pub mod suggest;

pub use diagnostic::{Diagnostic, Edit, EditAction, Fix, Label, Severity, arrange};
pub use index::rules_page;
pub use place::{At, Locate, Part, Place};
pub use rules::{Level, Levels, RULES, Rule, find_rule, rule};
