use catalyst_model::{BlueprintName, Version};
use std::collections::BTreeMap;

/// What `catalyst.lock` holds: which version of which Blueprint each Environment and each kit runs, and the digest of its interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// By root (`{sovereign}/kit` or `{sovereign}/{environment}`), then by Blueprint.
    pub roots: BTreeMap<String, BTreeMap<BlueprintName, Version>>,
    /// Every Blueprint version that a root uses, by source file.
    pub blueprints: BTreeMap<(BlueprintName, Version, String), LockedBlueprint>,
}

/// One Blueprint version in the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedBlueprint {
    /// SHA-256 of the Blueprint's content, position-free: a comment does not change it.
    pub digest: String,
}
