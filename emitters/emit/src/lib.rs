//! What all emitters share: the [`Emitter`] trait, merging of their trees, the text of a file, and the building of objects.
//!
//! No IO. An emitter never fails: the plan is complete when it gets here, and what could not be decided is absent from it.

mod escape;
mod labels;
mod merge;
mod object;
mod render;

pub use escape::escape_substitution;
pub use labels::Labels;
pub use merge::{Merged, PathConflict, merge};
pub use object::{Object, kustomization, list, map, tree_path};
pub use render::render;

use catalyst_plan::{EmittedTree, Plan};

/// One family of output: Flux trees, Git repositories, policies.
pub trait Emitter {
    /// Its name, for people and for the messages about conflicts.
    fn name(&self) -> &'static str;
    /// The files of one Sovereign. Paths start with the Sovereign's name.
    fn emit(&self, plan: &Plan) -> EmittedTree;
}
