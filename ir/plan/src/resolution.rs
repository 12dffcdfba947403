use crate::{CatalogEntry, Layered, Sourced};
use catalyst_diag::Place;
use catalyst_model::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one Sovereign installs, versions chosen and dependencies known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolution {
    /// The kit.
    pub kit: KitGraph,
    /// The Environments.
    pub environments: BTreeMap<EnvironmentName, EnvironmentGraph>,
}

/// The kit as a graph over Blueprints.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KitGraph {
    /// The slots in force, by Blueprint.
    pub nodes: BTreeMap<BlueprintName, KitNode>,
}

/// One slot.
#[derive(Debug, Clone, PartialEq)]
pub struct KitNode {
    /// The slot as the kit states it.
    pub slot: Arc<Slot>,
    /// The slot's node in the kit.
    pub place: Place,
    /// The Blueprint version it runs.
    pub entry: Arc<CatalogEntry>,
    /// The version.
    pub version: Version,
    /// The node that pins the version.
    pub version_place: Place,
    /// Config, all layers.
    pub config: Layered,
    /// Size overlay in force.
    pub size: Option<String>,
    /// Edges, by target.
    pub edges: Vec<KitEdge>,
}

/// An edge of the kit: this slot comes after that one.
#[derive(Debug, Clone, PartialEq)]
pub struct KitEdge {
    /// The Blueprint whose slot comes first.
    pub to: BlueprintName,
    /// Why.
    pub kind: EdgeKind,
    /// Where it is written.
    pub place: Place,
    /// Whether it holds for this Sovereign. An edge whose condition is false stays in the union graph, which must be free of cycles.
    pub active: bool,
    /// Whether a condition decides.
    pub conditional: bool,
}

/// Why an edge is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// The Blueprint depends on it.
    Depends,
    /// The kit orders it so, for this reason.
    Order(String),
}

/// The Applications of one Environment, those of intent and those that dependencies brought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EnvironmentGraph {
    /// By name.
    pub installs: BTreeMap<AppName, Install>,
}

/// One Application in one Environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Install {
    /// Its name.
    pub name: AppName,
    /// The Blueprint version it runs.
    pub entry: Arc<CatalogEntry>,
    /// The version.
    pub version: Version,
    /// Where it comes from.
    pub origin: InstallOrigin,
    /// Config, all layers.
    pub config: Layered,
    /// Size overlay in force.
    pub size: Option<String>,
    /// Its dependencies, by alias.
    pub edges: Vec<InstallEdge>,
}

/// Why an Application is there.
#[derive(Debug, Clone, PartialEq)]
pub enum InstallOrigin {
    /// It is written down.
    Intent(Sourced<Application>),
    /// Another Application's Blueprint needs it.
    Dependency {
        /// That Application.
        of: AppName,
        /// Under this alias.
        alias: String,
        /// The dependency in the Blueprint.
        place: Place,
    },
}

/// A dependency of an Application.
#[derive(Debug, Clone, PartialEq)]
pub struct InstallEdge {
    /// Its alias.
    pub alias: String,
    /// What meets it.
    pub target: InstallTarget,
    /// The dependency in the Blueprint.
    pub place: Place,
}

/// What meets a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallTarget {
    /// An Application of the same Environment.
    Application(AppName),
    /// The kit of the host cluster.
    Platform(BlueprintName),
}

impl Install {
    /// Where to point when something is wrong with it: the Application, or the dependency that brought it.
    pub fn place(&self) -> &Place {
        match &self.origin {
            InstallOrigin::Intent(application) => &application.place,
            InstallOrigin::Dependency { place, .. } => place,
        }
    }

    /// The Application as written, when it is.
    pub fn intent(&self) -> Option<&Sourced<Application>> {
        match &self.origin {
            InstallOrigin::Intent(application) => Some(application),
            InstallOrigin::Dependency { .. } => None,
        }
    }
}

/// Something that a release provides or requires inside its own cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// A kind of an API.
    Api {
        /// The group.
        group: String,
        /// The version.
        version: String,
        /// The kind.
        kind: String,
    },
    /// A named object.
    Named {
        /// Its kind.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Its namespace; that of the release when it is not given.
        namespace: Option<String>,
    },
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Capability::Api { group, version, kind } => write!(f, "API `{group}/{version}` {kind}"),
            Capability::Named { kind, name, namespace: Some(namespace) } => {
                write!(f, "{kind} `{namespace}/{name}`")
            }
            Capability::Named { kind, name, namespace: None } => write!(f, "{kind} `{name}`"),
        }
    }
}
