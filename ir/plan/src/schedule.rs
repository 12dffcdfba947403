use crate::{Capability, CatalogEntry, KitEdge, Layered, Sourced};
use catalyst_diag::Place;
use catalyst_model::*;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that is decided about one Sovereign: what runs where, under which name, in which order, with which values.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The Sovereign.
    pub sovereign: Sourced<Sovereign>,
    /// What holds for all its clusters.
    pub facts: SovereignFacts,
    /// Its host clusters.
    pub clusters: BTreeMap<ClusterName, ClusterPlan>,
    /// Edges that no `dependsOn` can express, because the needed release is in another cluster.
    pub prerequisites: Vec<Prerequisite>,
    /// Slots that run in more clusters than their layer says.
    pub widenings: Vec<Widening>,
    /// Its Organizations.
    pub organizations: BTreeMap<OrgName, OrganizationPlan>,
    /// Its Applications, by Organization and name; a repository each.
    pub applications: BTreeMap<(OrgName, AppName), ApplicationPlan>,
    /// What goes into the `system` repositories.
    pub config: Vec<ConfigFile>,
}

/// What holds for all clusters of a Sovereign.
#[derive(Debug, Clone, PartialEq)]
pub struct SovereignFacts {
    /// Its name.
    pub name: SovereignName,
    /// Its domain, or the variable that stands for it in the shared kit.
    pub domain: String,
    /// Registry of charts and images.
    pub registry: Registry,
    /// Git repository of the emitted tree.
    pub git: GitSource,
    /// The management cluster.
    pub management: ClusterName,
    /// Base URL of the Sovereign's own Git service.
    pub gitea: String,
}

/// One host cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterPlan {
    /// Its name.
    pub name: ClusterName,
    /// Its region, as intent calls it.
    pub region: RegionKey,
    /// The region in the Sovereign.
    pub place: Place,
    /// What it runs.
    pub target: Target,
    /// Name of the target.
    pub target_name: String,
    /// Whether it is the management cluster.
    pub management: bool,
    /// Releases of the kit, by Blueprint.
    pub releases: BTreeMap<BlueprintName, Release>,
    /// vClusters, by Organization.
    pub vclusters: BTreeMap<OrgName, VClusterPlan>,
}

/// One release of the kit in one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// The slot.
    pub slot: Arc<Slot>,
    /// The slot's node in the kit.
    pub place: Place,
    /// The Blueprint.
    pub entry: Arc<CatalogEntry>,
    /// The exact version.
    pub version: Version,
    /// The node that pins it.
    pub version_place: Place,
    /// Namespace it installs into.
    pub namespace: Namespace,
    /// Releases of the same cluster that come first, by name.
    pub depends_on: Vec<KitEdge>,
    /// Config that the values were made from.
    pub config: Arc<Layered>,
    /// Chart values. The same in all clusters, and shared between them.
    pub values: Arc<Layered>,
    /// What it provides and requires inside the cluster.
    pub interface: Arc<ReleaseInterface>,
}

/// What a release provides and requires inside its cluster, conditions decided.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReleaseInterface {
    /// What it provides, with the node that says so.
    pub provides: Vec<(Capability, Place)>,
    /// What it requires, with the node that says so.
    pub requires: Vec<(Capability, Place)>,
}

/// A release of another cluster that must be there first.
#[derive(Debug, Clone, PartialEq)]
pub struct Prerequisite {
    /// The cluster that needs it.
    pub cluster: ClusterName,
    /// The release that needs it.
    pub release: BlueprintName,
    /// The cluster where it runs.
    pub needs_cluster: ClusterName,
    /// The release that is needed.
    pub needs: BlueprintName,
    /// Where the edge is written.
    pub place: Place,
}

/// A slot of the management cluster that runs in another cluster too, since something there uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Widening {
    /// The cluster it was widened to.
    pub cluster: ClusterName,
    /// The slot.
    pub release: BlueprintName,
    /// The release that uses it there.
    pub because: BlueprintName,
    /// What it uses, for people: "API postgresql.cnpg.io/v1 Cluster".
    pub uses: String,
    /// Where the use is written.
    pub place: Place,
}

/// One Organization of a Sovereign.
#[derive(Debug, Clone, PartialEq)]
pub struct OrganizationPlan {
    /// The Organization.
    pub organization: Sourced<Organization>,
    /// Domain of its Applications.
    pub domain: DomainName,
    /// Its Environments.
    pub environments: BTreeMap<EnvType, Sourced<Environment>>,
}

/// The vCluster of an Organization on one host cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct VClusterPlan {
    /// The Organization.
    pub org: OrgName,
    /// Name of the vCluster on its host: `{org}`, or `{org}-dmz` in the internet-facing zone.
    pub name: String,
    /// Namespace on the host.
    pub namespace: Namespace,
    /// Size.
    pub plan: PlanSize,
    /// The Environment whose Applications run here; none in the internet-facing zone.
    pub environment: Option<EnvironmentName>,
    /// Applications, by name.
    pub installs: BTreeMap<AppName, VClusterInstall>,
}

/// One Application in one vCluster.
#[derive(Debug, Clone, PartialEq)]
pub struct VClusterInstall {
    /// Its name, which is also its namespace.
    pub app: AppName,
    /// Branch of its repository.
    pub branch: String,
    /// Path of the overlay in its repository, `overlays/prod` or `overlays/prod/hel`.
    pub path: String,
    /// Whether it serves or stands by.
    pub role: Role,
    /// Applications of the same vCluster that come first.
    pub depends_on: Vec<AppName>,
    /// Where to point when something is wrong.
    pub place: Place,
}

/// What an Application does in one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It serves.
    Active,
    /// It stands by without replicas; the agent wakes it.
    Standby,
}

/// One Application: one repository, a branch for each Environment.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplicationPlan {
    /// The Organization.
    pub org: OrgName,
    /// Its name.
    pub name: AppName,
    /// Teams that approve changes.
    pub owners: Vec<String>,
    /// By env type.
    pub environments: BTreeMap<EnvType, EnvironmentPlan>,
}

/// One Application in one Environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentPlan {
    /// The Environment.
    pub environment: EnvironmentName,
    /// Branch of the repository.
    pub branch: String,
    /// The Blueprint.
    pub entry: Arc<CatalogEntry>,
    /// The exact version.
    pub version: Version,
    /// Where to point when something is wrong.
    pub place: Place,
    /// How it spans regions.
    pub mode: PlacementMode,
    /// Config that the values were made from.
    pub config: Arc<Layered>,
    /// Chart values before the Environment's own section: `values.yaml`.
    pub base: Map<String, Value>,
    /// Chart values of the Environment in its primary region.
    pub values: Arc<Layered>,
    /// Where it runs, the primary region first.
    pub placements: Vec<PlacementPlan>,
    /// Dependencies met by Applications, alias to Application.
    pub dependencies: BTreeMap<String, AppName>,
    /// The target of its clusters.
    pub target: Target,
    /// Secrets it reads, by name, with keys: ExternalSecrets are made for them.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// Host name people reach it under.
    pub host: String,
}

/// One Application in one region.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacementPlan {
    /// The region.
    pub region: RegionKey,
    /// The host cluster.
    pub cluster: ClusterName,
    /// Whether it serves or stands by.
    pub role: Role,
    /// What differs here from the Environment's values; empty in the primary region.
    pub overlay: Map<String, Value>,
    /// Paths of chart values that the agent owns here.
    pub agent_owned: Vec<String>,
}

/// A file of a `system` repository.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigFile {
    /// Repository: `catalyst-config`, `policy-bundle` or `runbooks`.
    pub repository: &'static str,
    /// Path in the repository.
    pub path: String,
    /// The object.
    pub object: Value,
    /// The document it was made from.
    pub place: Place,
}
