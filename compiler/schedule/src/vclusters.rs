//! Organizations and their vClusters.

use crate::Input;
use catalyst_diag::{Diagnostic, rule};
use catalyst_model::*;
use catalyst_plan::*;
use std::collections::BTreeMap;

pub(crate) fn organizations(input: Input<'_>) -> BTreeMap<OrgName, OrganizationPlan> {
    let sovereign = &input.sovereign.sovereign;
    let plan = |org: &OrganizationIntent| OrganizationPlan {
        organization: org.organization.clone(),
        domain: org.organization.spec.domain.clone().unwrap_or_else(|| sovereign.spec.domain.clone()),
        environments: org.environments.clone(),
    };
    input.sovereign.organizations.iter().map(|(name, org)| (name.clone(), plan(org))).collect()
}

/// A vCluster for each Organization on each host cluster of its Environments, with the Applications that are placed there.
pub(crate) fn vclusters(
    input: Input<'_>,
    clusters: &mut BTreeMap<ClusterName, ClusterPlan>,
    applications: &BTreeMap<(OrgName, AppName), ApplicationPlan>,
    out: &mut Vec<Diagnostic>,
) {
    for (name, org) in &input.sovereign.organizations {
        for environment in org.environments.values() {
            // What is wrong with regions was said when the Applications were placed.
            let hosts = crate::placement::host_clusters(environment, input, clusters, &mut Vec::new());
            for cluster in hosts.values() {
                let Some(host) = clusters.get_mut(cluster) else { continue };
                let installs = installs(name, environment, cluster, applications);
                let vcluster =
                    vcluster(name, name.to_string(), org, Some(environment.name.clone()), installs);
                host.vclusters.entry(name.clone()).or_insert(vcluster);
            }
            if org.organization.spec.kind == OrganizationKind::Customer
                && org.organization.spec.tier == OrganizationTier::Corporate
            {
                internet_facing(name, org, environment, &hosts, clusters, out);
            }
        }
    }
}

fn vcluster(
    org: &OrgName,
    name: String,
    intent: &OrganizationIntent,
    environment: Option<EnvironmentName>,
    installs: BTreeMap<AppName, VClusterInstall>,
) -> VClusterPlan {
    VClusterPlan {
        org: org.clone(),
        namespace: Namespace::new(&name).unwrap_or_else(|_| Namespace::from(org)),
        name,
        plan: intent.organization.spec.plan,
        environment,
        installs,
    }
}

/// A corporate customer gets a second vCluster in the internet-facing zone of each region.
fn internet_facing(
    name: &OrgName,
    org: &OrganizationIntent,
    environment: &Sourced<Environment>,
    hosts: &BTreeMap<RegionKey, ClusterName>,
    clusters: &mut BTreeMap<ClusterName, ClusterPlan>,
    out: &mut Vec<Diagnostic>,
) {
    for cluster in hosts.values() {
        let dmz = ClusterName { block: BuildingBlock::Dmz, ..cluster.clone() };
        match clusters.get_mut(&dmz) {
            Some(host) => {
                let vcluster = vcluster(name, format!("{name}-dmz"), org, None, BTreeMap::new());
                host.vclusters.entry(name.clone()).or_insert(vcluster);
            }
            None => out.push(
                Diagnostic::new(
                    &rule::NO_HOST_CLUSTER,
                    org.organization.place.child("spec").child("tier"),
                    format!("a corporate customer has a vCluster in the internet-facing zone, and there is no cluster `{dmz}`"),
                )
                .other(environment.place.child("spec").child("regions"), "the Environment runs here")
                .help("add `dmz` to the `blocks` of the region"),
            ),
        }
    }
}

fn installs(
    org: &OrgName,
    environment: &Sourced<Environment>,
    cluster: &ClusterName,
    applications: &BTreeMap<(OrgName, AppName), ApplicationPlan>,
) -> BTreeMap<AppName, VClusterInstall> {
    let env = environment.name.env;
    let of_org = || applications.iter().filter(|((it, _), _)| it == org);
    let here = |plan: &EnvironmentPlan| plan.placements.iter().position(|it| it.cluster == *cluster);
    let mut found = BTreeMap::new();
    for ((_, name), application) in of_org() {
        let Some(plan) = application.environments.get(&env) else { continue };
        let Some(at) = here(plan) else { continue };
        let placement = &plan.placements[at];
        let path = if placement.overlay.is_empty() {
            format!("overlays/{env}")
        } else {
            format!("overlays/{env}/{}", placement.region)
        };
        let depends_on = plan.dependencies.values().filter(|to| {
            let there =
                applications.get(&(org.clone(), (*to).clone())).and_then(|it| it.environments.get(&env));
            there.is_some_and(|it| here(it).is_some())
        });
        let mut depends_on: Vec<AppName> = depends_on.cloned().collect();
        depends_on.sort();
        depends_on.dedup();
        let install = VClusterInstall {
            app: name.clone(),
            branch: plan.branch.clone(),
            path,
            role: placement.role,
            depends_on,
            place: plan.place.clone(),
        };
        found.insert(name.clone(), install);
    }
    found
}
