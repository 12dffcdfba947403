//! The plan.

use super::FORM_VERSION;
use super::position::{Finder, Position};
use crate::Project;
use catalyst_model::*;
use catalyst_plan::{ClusterPlan, EnvironmentPlan, Plan, Release, Role, VClusterPlan};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Everything that is decided before anything runs: what runs where, under which name, in which order, with which values.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "Plan")]
pub struct PlanForm {
    /// Version of this form.
    pub version: u32,
    /// By Sovereign.
    pub sovereigns: BTreeMap<SovereignName, SovereignPlan>,
}

/// The plan of one Sovereign.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SovereignPlan {
    /// Its domain.
    pub domain: String,
    /// Its management cluster.
    pub management: ClusterName,
    /// Registry of charts and images.
    pub registry: Registry,
    /// Git repository of the emitted tree.
    pub git: GitSource,
    /// Host clusters, by name.
    pub clusters: BTreeMap<ClusterName, Cluster>,
    /// Releases of another cluster that must be there first, which no `dependsOn` can say.
    pub prerequisites: Vec<Prerequisite>,
    /// Slots that run in more clusters than their layer says.
    pub widenings: Vec<Widening>,
    /// Applications, by Organization and name.
    pub applications: BTreeMap<OrgName, BTreeMap<AppName, Application>>,
}

/// One host cluster.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// Its region, as intent calls it.
    pub region: RegionKey,
    /// Whether it is the management cluster.
    pub management: bool,
    /// Name of the target in the project file.
    pub target: String,
    /// Minor version of Kubernetes.
    pub kubernetes: String,
    /// Minor version of Flux.
    pub flux: String,
    /// Releases of the kit, by Blueprint.
    pub releases: BTreeMap<BlueprintName, KitRelease>,
    /// vClusters, by Organization.
    pub vclusters: BTreeMap<OrgName, VCluster>,
}

/// One release of the kit in one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KitRelease {
    /// Id of the slot.
    pub slot: SlotId,
    /// The exact version.
    pub version: Version,
    /// Namespace it installs into.
    pub namespace: Namespace,
    /// Releases of the same cluster that come first.
    pub depends_on: Vec<BlueprintName>,
    /// Config, all layers merged.
    pub config: Map<String, Value>,
    /// Chart values, all layers merged.
    pub values: Map<String, Value>,
    /// What it provides inside the cluster, for people.
    pub provides: Vec<String>,
    /// What it requires inside the cluster, for people.
    pub requires: Vec<String>,
    /// The slot in the kit.
    pub at: Position,
}

/// A release of another cluster that must be there first.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
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
    pub at: Position,
}

/// A slot of the management cluster that runs in another cluster too.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Widening {
    /// The cluster it was widened to.
    pub cluster: ClusterName,
    /// The slot.
    pub release: BlueprintName,
    /// The release that uses it there.
    pub because: BlueprintName,
    /// What it uses, for people.
    pub uses: String,
    /// Where the use is written.
    pub at: Position,
}

/// The vCluster of an Organization on one host cluster.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VCluster {
    /// Its name on the host.
    pub name: String,
    /// Its namespace on the host.
    pub namespace: Namespace,
    /// Its size.
    pub plan: PlanSize,
    /// The Environment whose Applications run here; none in the internet-facing zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
    /// Applications, by name.
    pub installs: BTreeMap<AppName, Install>,
}

/// One Application in one vCluster.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// Branch of its repository.
    pub branch: String,
    /// Path of the overlay in its repository.
    pub path: String,
    /// Whether it serves or stands by.
    pub role: RoleWord,
    /// Applications of the same vCluster that come first.
    pub depends_on: Vec<AppName>,
}

/// What an Application does in one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoleWord {
    /// It serves.
    Active,
    /// It stands by without replicas.
    Standby,
}

/// One Application: one repository, a branch for each Environment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Teams that approve changes.
    pub owners: Vec<String>,
    /// By env type.
    pub environments: BTreeMap<EnvType, ApplicationRelease>,
}

/// One Application in one Environment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationRelease {
    /// The Environment.
    pub environment: EnvironmentName,
    /// Branch of the repository.
    pub branch: String,
    /// The Blueprint.
    pub blueprint: BlueprintName,
    /// The exact version.
    pub version: Version,
    /// How it spans regions.
    pub mode: PlacementMode,
    /// Host name people reach it under.
    pub host: String,
    /// Config, all layers merged.
    pub config: Map<String, Value>,
    /// Chart values in the primary region, all layers merged.
    pub values: Map<String, Value>,
    /// Where it runs, the primary region first.
    pub placements: Vec<Placement>,
    /// Dependencies met by Applications, alias to Application.
    pub dependencies: BTreeMap<String, AppName>,
    /// Secrets that it reads, with their keys.
    pub secrets: BTreeMap<String, Vec<String>>,
    /// The Application, or the dependency that brought it.
    pub at: Position,
}

/// One Application in one region.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// The region.
    pub region: RegionKey,
    /// The host cluster.
    pub cluster: ClusterName,
    /// Whether it serves or stands by.
    pub role: RoleWord,
    /// Chart values that differ from those of the primary region.
    pub overlay: Map<String, Value>,
    /// Paths of chart values that the agent owns here.
    pub agent_owned: Vec<String>,
}

pub(super) fn of<'a>(
    project: &Project,
    plans: impl Iterator<Item = (&'a SovereignName, &'a Plan)>,
) -> PlanForm {
    let mut finder = Finder::new(project);
    let sovereigns = plans.map(|(name, plan)| (name.clone(), sovereign(plan, &mut finder))).collect();
    PlanForm { version: FORM_VERSION, sovereigns }
}

fn sovereign(plan: &Plan, finder: &mut Finder<'_>) -> SovereignPlan {
    let mut applications: BTreeMap<OrgName, BTreeMap<AppName, Application>> = BTreeMap::new();
    for ((org, name), it) in &plan.applications {
        let environments = it.environments.iter().map(|(env, it)| (*env, release_of(it, finder))).collect();
        let application = Application { owners: it.owners.clone(), environments };
        applications.entry(org.clone()).or_default().insert(name.clone(), application);
    }
    SovereignPlan {
        domain: plan.facts.domain.clone(),
        management: plan.facts.management.clone(),
        registry: plan.facts.registry.clone(),
        git: plan.facts.git.clone(),
        clusters: plan.clusters.iter().map(|(name, it)| (name.clone(), cluster(it, finder))).collect(),
        prerequisites: plan
            .prerequisites
            .iter()
            .map(|it| Prerequisite {
                cluster: it.cluster.clone(),
                release: it.release.clone(),
                needs_cluster: it.needs_cluster.clone(),
                needs: it.needs.clone(),
                at: finder.find(&it.place),
            })
            .collect(),
        widenings: plan
            .widenings
            .iter()
            .map(|it| Widening {
                cluster: it.cluster.clone(),
                release: it.release.clone(),
                because: it.because.clone(),
                uses: it.uses.clone(),
                at: finder.find(&it.place),
            })
            .collect(),
        applications,
    }
}

fn cluster(plan: &ClusterPlan, finder: &mut Finder<'_>) -> Cluster {
    Cluster {
        region: plan.region.clone(),
        management: plan.management,
        target: plan.target_name.clone(),
        kubernetes: plan.target.kubernetes.clone(),
        flux: plan.target.flux.clone(),
        releases: plan.releases.iter().map(|(name, it)| (name.clone(), kit_release(it, finder))).collect(),
        vclusters: plan.vclusters.iter().map(|(org, it)| (org.clone(), vcluster(it))).collect(),
    }
}

fn kit_release(release: &Release, finder: &mut Finder<'_>) -> KitRelease {
    let words = |all: &[(catalyst_plan::Capability, catalyst_diag::Place)]| {
        let mut words: Vec<String> = all.iter().map(|(it, _)| it.to_string()).collect();
        words.sort();
        words
    };
    KitRelease {
        slot: release.slot.id,
        version: release.version.clone(),
        namespace: release.namespace.clone(),
        depends_on: release.depends_on.iter().map(|it| it.to.clone()).collect(),
        config: release.config.merged.clone(),
        values: release.values.merged.clone(),
        provides: words(&release.interface.provides),
        requires: words(&release.interface.requires),
        at: finder.find(&release.place),
    }
}

fn vcluster(plan: &VClusterPlan) -> VCluster {
    let install = |it: &catalyst_plan::VClusterInstall| Install {
        branch: it.branch.clone(),
        path: it.path.clone(),
        role: role(it.role),
        depends_on: it.depends_on.clone(),
    };
    VCluster {
        name: plan.name.clone(),
        namespace: plan.namespace.clone(),
        plan: plan.plan,
        environment: plan.environment.clone(),
        installs: plan.installs.iter().map(|(name, it)| (name.clone(), install(it))).collect(),
    }
}

fn release_of(plan: &EnvironmentPlan, finder: &mut Finder<'_>) -> ApplicationRelease {
    let placement = |it: &catalyst_plan::PlacementPlan| Placement {
        region: it.region.clone(),
        cluster: it.cluster.clone(),
        role: role(it.role),
        overlay: it.overlay.clone(),
        agent_owned: it.agent_owned.clone(),
    };
    ApplicationRelease {
        environment: plan.environment.clone(),
        branch: plan.branch.clone(),
        blueprint: plan.entry.blueprint.name.clone(),
        version: plan.version.clone(),
        mode: plan.mode,
        host: plan.host.clone(),
        config: plan.config.merged.clone(),
        values: plan.values.merged.clone(),
        placements: plan.placements.iter().map(placement).collect(),
        dependencies: plan.dependencies.clone(),
        secrets: plan.secrets.clone(),
        at: finder.find(&plan.place),
    }
}

fn role(role: Role) -> RoleWord {
    match role {
        Role::Active => RoleWord::Active,
        Role::Standby => RoleWord::Standby,
    }
}
