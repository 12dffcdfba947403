//! From the index to the resolved graph of one Sovereign: which Blueprints, in which versions, with which config, after which others.
//!
//! [`CompiledCatalogue`] is made once for all Sovereigns: schemas and expressions of every Blueprint, parsed and typed. [`resolve`] then
//! works one Sovereign at a time. Nothing here knows clusters; that is the schedule's matter.

mod compiled;
mod config;
mod cycles;
mod environment;
mod flatten;
mod kit;
#[cfg(test)]
mod laws;
mod lock;
mod placement_schema;
mod scope;
mod values;
mod versions;

pub use compiled::{
    Compiled, CompiledCatalogue, CompiledDependency, CompiledExport, CompiledKit, compile_catalogue,
    compile_kit,
};
pub use lock::{LOCK_FILE, lock_of, parse_lock, verify_lock, write_lock};
pub use scope::{Facts, Variables, application_variables, kit_variables};
pub use values::{ValueTree, diagnostic as expression_problem};

use catalyst_diag::Diagnostic;
use catalyst_plan::{Lock, Resolution, SovereignIntent};
use std::collections::BTreeSet;

/// What the resolution of one Sovereign may look at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The Sovereign and what belongs to it.
    pub sovereign: &'a SovereignIntent,
    /// What expressions may know of the Sovereign.
    pub facts: &'a Facts,
    /// The kit; a project without one installs Applications only.
    pub kit: Option<&'a CompiledKit>,
    /// All Blueprints.
    pub catalogue: &'a CompiledCatalogue,
    /// Versions chosen before; they are kept where they still fit.
    pub lock: Option<&'a Lock>,
    /// Documents that are there and broken, as kind and name.
    pub broken: &'a BTreeSet<(String, String)>,
}

impl Input<'_> {
    fn is_broken(&self, kind: &str, name: &str) -> bool {
        self.broken.contains(&(kind.to_owned(), name.to_owned()))
    }
}

/// Resolves one Sovereign.
pub fn resolve(input: Input<'_>) -> (Resolution, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let kit = kit::resolve_kit(input, &mut diagnostics);
    let environments = environment::resolve_environments(input, &kit, &mut diagnostics);
    (Resolution { kit, environments }, diagnostics)
}
