//! Rules over the program, one file a rule.

use catalyst_diag::Diagnostic;
use catalyst_plan::{EmittedTree, Index, Plan, Resolution, SovereignIntent};
use catalyst_source::TreePath;

/// One Sovereign with all that is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// All intent.
    pub index: &'a Index,
    /// Its own intent.
    pub sovereign: &'a SovereignIntent,
    /// Its plan.
    pub plan: &'a Plan,
    /// Its resolution.
    pub resolution: &'a Resolution,
    /// The objects that are emitted for it.
    pub tree: &'a EmittedTree,
}

/// Rules over all intent, independent of any one Sovereign's plan.
pub fn check_project(_index: &Index) -> Vec<Diagnostic> {
    Vec::new()
}

/// Rules over one Sovereign.
pub fn check_sovereign(_subject: &Subject<'_>) -> Vec<Diagnostic> {
    Vec::new()
}

/// Rules over one document.
pub fn check_text(_file: &TreePath, _value: &serde_json::Value, _document: u32, _kind: &str) -> Vec<Diagnostic> {
    Vec::new()
}

/// Externs of the project that a Sovereign uses, by position.
pub fn used_externs(_subject: &Subject<'_>) -> std::collections::BTreeSet<usize> {
    std::collections::BTreeSet::new()
}

/// Externs that no Sovereign uses.
pub fn unused_externs(_index: &Index, _used: &std::collections::BTreeSet<usize>) -> Vec<Diagnostic> {
    Vec::new()
}
