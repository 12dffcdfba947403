//! Which labels an object carries: those of its own scope and of the wider ones, never of a narrower one (domain.md 13.3).

use catalyst_emit::Labels;
use catalyst_model::{BlueprintName, Version, labels::*};
use catalyst_plan::{ClusterPlan, Plan, Release, VClusterInstall, VClusterPlan};
use serde_json::{Map, Value};

/// An object of a slot: Sovereign and Blueprint. What belongs to the cluster comes from [`common`], so that slot files are the same in
/// every cluster.
pub(crate) fn slot(plan: &Plan, release: &Release) -> Labels {
    blueprint(Labels::flux(), &release.entry.blueprint.name, &release.version)
        .with(SOVEREIGN, &plan.facts.domain)
}

/// An object of a host cluster outside of the kit.
pub(crate) fn cluster(plan: &Plan, cluster: &ClusterPlan) -> Labels {
    scope(Labels::flux(), cluster).with(SOVEREIGN, &plan.facts.domain)
}

/// What Flux adds to every object of the kit.
pub(crate) fn common(cluster: &ClusterPlan) -> Map<String, Value> {
    scope(Labels::none(), cluster).to_map()
}

/// An object that belongs to a vCluster, on the host or inside.
pub(crate) fn vcluster(plan: &Plan, host: &ClusterPlan, vcluster: &VClusterPlan) -> Labels {
    let labels = cluster(plan, host).with(ORGANIZATION, vcluster.org.as_str()).with(VCLUSTER, &vcluster.name);
    match &vcluster.environment {
        Some(environment) => labels.with(ENVIRONMENT, environment.to_string()),
        None => labels,
    }
}

/// An object of an Application inside a vCluster.
pub(crate) fn application(
    plan: &Plan,
    base: Labels,
    vcluster: &VClusterPlan,
    install: &VClusterInstall,
) -> Labels {
    let labels = base.with(APPLICATION, install.app.as_str());
    let application = plan.applications.get(&(vcluster.org.clone(), install.app.clone()));
    let environment = vcluster.environment.as_ref();
    match application.zip(environment).and_then(|(app, name)| app.environments.get(&name.env)) {
        Some(here) => blueprint(labels, &here.entry.blueprint.name, &here.version),
        None => labels,
    }
}

fn scope(labels: Labels, cluster: &ClusterPlan) -> Labels {
    let name = &cluster.name;
    labels
        .with(PROVIDER, name.provider.as_str())
        .with(REGION, name.region.as_str())
        .with(BUILDING_BLOCK, name.block.as_str())
        .with(ENV_TYPE, name.env.as_str())
        .with(HOST_CLUSTER, name.to_string())
}

fn blueprint(labels: Labels, name: &BlueprintName, version: &Version) -> Labels {
    labels.with(BLUEPRINT, name.as_str()).with(BLUEPRINT_VERSION, version.label())
}
