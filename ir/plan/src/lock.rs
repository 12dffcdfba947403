use catalyst_model::{BlueprintName, Version};
use std::collections::{BTreeMap, BTreeSet};

/// What `catalyst.lock` holds: which version of which Blueprint each Environment and each kit runs, the digest of its interface, and which
/// bytes every chart from elsewhere has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// By root (`{sovereign}/kit` or `{sovereign}/{environment}`), then by Blueprint.
    pub roots: BTreeMap<String, BTreeMap<BlueprintName, Version>>,
    /// Every Blueprint version that a root uses, by source file.
    pub blueprints: BTreeMap<(BlueprintName, Version, String), LockedBlueprint>,
    /// Charts from elsewhere, by name, version and source. Empty in a project that has fetched none.
    pub charts: BTreeMap<(String, Version, String), LockedChart>,
    /// Images of Blueprints whose charts were rendered, by Blueprint and source file.
    pub images: BTreeMap<(BlueprintName, String), LockedImages>,
    /// Digests of images, as SHA-256 in lower-case hex, by their full reference: with host, and with tag.
    pub digests: BTreeMap<String, String>,
}

/// The images that the chart of a Blueprint pulls, rendered with its own values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedImages {
    /// SHA-256 of all that the render depends on but the program: the chart with what it needs, the cluster. With other inputs there may be
    /// other images.
    pub inputs: String,
    /// The images, as references.
    pub images: BTreeSet<String>,
}

/// One Blueprint version in the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedBlueprint {
    /// SHA-256 of the Blueprint's content, position-free: a comment does not change it.
    pub digest: String,
}

/// One chart from elsewhere in the lock. Digests are SHA-256 in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedChart {
    /// The version of what the chart installs, as its author writes it.
    pub app_version: Option<String>,
    /// Digest of the archive.
    pub archive: String,
    /// Digest of the OCI manifest, when it comes from a registry.
    pub manifest: Option<String>,
    /// Digest of the unpacked files: an archive that was packed anew has another digest and the same tree.
    pub tree: String,
    /// The ranges that mean this version. An exact version needs no entry.
    pub ranges: BTreeSet<String>,
}
