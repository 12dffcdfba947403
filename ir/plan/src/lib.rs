//! What the phases after lowering hand on: the index of intent, the resolved graph, the plan, and the emitted tree.
//!
//! Plain values. Whatever may reach output is kept in ordered collections keyed by name. No IO, no engines, no incremental machinery.

pub mod graph;
mod index;
mod layered;
mod lock;
mod published;
mod resolution;
mod schedule;
mod secret_store;
mod tree;

pub use index::{
    CatalogEntry, Catalogue, ChartDependency, ChartFacts, Index, OrganizationIntent, Scope, Sourced,
    SovereignIntent, Viewer,
};
pub use layered::{Layer, LayerKind, Layered, MadeFrom, diff_values, merge_values};
pub use lock::{Lock, LockedBlueprint, LockedChart, LockedImages};
pub use published::{ArtifactReference, Published, registry_url};
pub use resolution::{
    Capability, EdgeKind, EnvironmentGraph, Install, InstallEdge, InstallOrigin, InstallTarget, KitEdge,
    KitGraph, KitNode, Resolution,
};
pub use schedule::{
    ApplicationPlan, ClusterPlan, ConfigFile, EnvironmentPlan, OrganizationPlan, PlacementPlan, Plan,
    Prerequisite, Release, ReleaseInterface, Role, SovereignFacts, VClusterInstall, VClusterPlan, Widening,
};
pub use secret_store::SecretStore;
pub use tree::{Body, EmittedFile, EmittedObject, EmittedTree, Field, Hasher, Provenance, digest};
