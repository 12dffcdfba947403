//! The words of the platform as types: names, versions, codes and labels, and the kinds of intent.
//!
//! A name is checked once, when it is made, and is opaque afterwards. JSON Schemas and CRDs are generated from the kinds
//! ([`schema`]), so a field is written down in one place: its type and its doc comment.

pub mod expect;
pub mod kinds;
pub mod labels;
pub mod names;
pub mod resource;
pub mod schema;
pub mod version;

pub use expect::{Expect, FieldTest, KindPattern, ObjectPattern};
pub use kinds::*;
pub use names::*;
pub use resource::*;
pub use version::{Constraint, Version, VersionError};
