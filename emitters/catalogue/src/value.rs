//! What a catalogue says of its Blueprints.

use catalyst_plan::graph::Graph;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// The Blueprints of a project, with the interface, the chart and the use of each.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
#[schemars(title = "Catalogue")]
pub struct Catalogue {
    /// Version of this form.
    pub version: u32,
    /// Name of the project.
    pub project: String,
    /// The Blueprints, the latest version of each, by id.
    pub blueprints: Vec<Entry>,
    /// The slots of the shared kit, conditions undecided; empty without a kit.
    pub kit: Graph,
    /// The Blueprints of the public catalogue with their dependencies.
    pub graph: Graph,
}

/// One Blueprint.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Unique in the catalogue, and the name of its page: that of the Blueprint, behind its catalogue when that is not the public one.
    pub id: String,
    /// Name of the Blueprint.
    pub name: String,
    /// Whose catalogue: `public`, a Sovereign, or a Sovereign and an Organization.
    pub catalogue: String,
    /// Its latest version.
    pub version: String,
    /// Older versions that are still there, latest first.
    pub older: Vec<String>,
    /// The file that states it.
    pub file: String,
    /// Display name.
    pub title: String,
    /// What it is.
    pub summary: String,
    /// A few words under the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tagline: Option<String>,
    /// Category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Family of components it is shown with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Documentation of the component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// Licence of the component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Who may see it.
    pub visibility: String,
    /// Who keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Upstream charts in its chart.
    pub upstream: Vec<Upstream>,
    /// Where it may run.
    pub placement: Placement,
    /// Fields of its config, those of maps and lists one by one.
    pub config: Vec<Field>,
    /// Blueprints that it needs.
    pub depends: Vec<Dependency>,
    /// Blueprints that need it.
    pub dependents: Vec<Dependency>,
    /// What it gives to others.
    pub provides: Vec<Capability>,
    /// What it needs beyond the Blueprints named above.
    pub requires: Vec<Capability>,
    /// Switches of its chart.
    pub toggles: Vec<Toggle>,
    /// Sizes.
    pub sizes: Vec<Size>,
    /// What to ask of a cluster to know that it is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readiness: Option<Readiness>,
    /// Its slot in the kit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<Slot>,
    /// Releases of the kit, by Sovereign and cluster.
    pub releases: Vec<Release>,
    /// Applications, by Sovereign, Environment and name.
    pub applications: Vec<Application>,
}

/// Who keeps a Blueprint.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Owner {
    /// The team.
    pub team: String,
    /// An address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// An upstream chart.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Upstream {
    /// Its name.
    pub chart: String,
    /// Its exact version.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
}

/// Where a Blueprint may run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// Modes it supports, the default first.
    pub modes: Vec<String>,
    /// Fewest regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_regions: Option<u32>,
    /// Most regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_regions: Option<u32>,
    /// Whether it is installed in host clusters, in vClusters, or both.
    pub scopes: Vec<String>,
}

/// One field of config.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Field {
    /// Key path; `[]` stands for any item of a list, `*` for any key of a map.
    pub path: String,
    /// Type with its bounds, for people.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it must be given.
    pub required: bool,
    /// Default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What it is.
    pub description: String,
}

/// One end of a dependency, seen from the other.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Dependency {
    /// The Blueprint at the other end.
    pub blueprint: String,
    /// Id of its entry, when the catalogue has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Versions of the needed Blueprint that will do.
    pub version: String,
    /// Name of the needed Blueprint in expressions and values.
    pub alias: String,
    /// Condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// Something that is given or needed inside a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Capability {
    /// `API`, or the kind of the object.
    pub kind: String,
    /// Group and version with the kind for an API, else the name of the object.
    pub name: String,
    /// Namespace, when it is not that of the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Keys of a Secret or ConfigMap.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub keys: Vec<String>,
    /// Port of a Service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u32>,
    /// Condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A switch of a chart: a value whose key is `enabled`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Toggle {
    /// Key path in `values.yaml`.
    pub path: String,
    /// Default; `null` deletes the key.
    pub default: Value,
    /// The comment above it.
    pub description: String,
}

/// A size.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Size {
    /// Its name.
    pub name: String,
    /// Config over the defaults.
    pub config: Map<String, Value>,
    /// Chart values over those made from config.
    pub values: Map<String, Value>,
}

/// An object and the condition that says it is ready.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Readiness {
    /// Kind, as kubectl takes it.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; that of the release unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The condition.
    pub condition: String,
    /// How long it may take, in seconds.
    pub timeout_seconds: u32,
}

/// A slot of the kit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Slot {
    /// Its id.
    pub id: String,
    /// Tier.
    pub tier: String,
    /// `host` for every host cluster, `mgt` for the management cluster only.
    pub layer: String,
    /// Namespace it installs into.
    pub namespace: String,
    /// Whether it installs nothing that runs until somebody asks for it.
    pub dormant: bool,
    /// Whether only a Sovereign that asks for it installs it.
    pub opt_in: bool,
    /// What it is for.
    pub purpose: String,
}

impl Slot {
    /// Where it runs, for people.
    pub(crate) fn place(&self) -> &'static str {
        if self.layer == "mgt" { "the management cluster" } else { "every host cluster" }
    }
}

/// A release of the kit in one cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Release {
    /// The Sovereign.
    pub sovereign: String,
    /// The host cluster.
    pub cluster: String,
    /// Namespace.
    pub namespace: String,
    /// The exact version.
    pub version: String,
}

/// An Application in one Environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Application {
    /// The Sovereign.
    pub sovereign: String,
    /// The Environment.
    pub environment: String,
    /// Its name.
    pub application: String,
    /// The exact version.
    pub version: String,
    /// Regions, the primary one first.
    pub regions: Vec<String>,
}
