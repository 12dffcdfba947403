//! `flux-system/` of a host cluster: the objects that the installer applies once and that start everything else.

use crate::sources::{FLUX_SYSTEM, flux_minor};
use crate::sync::{Sync, cluster_path, tree_repository};
use crate::{infrastructure, labels};
use catalyst_emit::{kustomization, map};
use catalyst_plan::{Body, ClusterPlan, EmittedFile, Plan, Provenance};
use serde_json::Value;

pub(crate) fn files(plan: &Plan, cluster: &ClusterPlan) -> Vec<(String, EmittedFile)> {
    let sovereign = &plan.sovereign.place.file;
    let provenance = || Provenance::new(format!("host cluster {}", cluster.name), &cluster.place);
    let index = kustomization(
        vec![
            format!("What starts the Flux of {}. The installer applies it once:", cluster.name),
            "nothing in the cluster reconciles it, so that a cutover may point it to another repository."
                .into(),
            String::new(),
            format!("Generated from {sovereign}; not to be edited."),
        ],
        ["sync.yaml"],
        provenance(),
    );
    let sync = EmittedFile {
        header: vec![
            "The repository, and what is applied from it: the kit, then what the kit's APIs are needed for,"
                .into(),
            "then the Organizations. Objects of the kit carry only the labels that are the same in every"
                .into(),
            "cluster; those of this cluster are added by commonMetadata.".into(),
            String::new(),
            format!("Generated from {sovereign}; not to be edited."),
        ],
        body: Body::Objects(
            objects(plan, cluster).into_iter().map(|object| object.from_source(provenance())).collect(),
        ),
    };
    vec![("kustomization.yaml".into(), index), ("sync.yaml".into(), sync)]
}

fn objects(plan: &Plan, cluster: &ClusterPlan) -> Vec<catalyst_emit::Object> {
    let labels = labels::cluster(plan, cluster);
    let root = cluster_path(plan, cluster);
    let mut out = vec![tree_repository(plan, FLUX_SYSTEM, "1m", &root, &labels)];

    let path = format!("{root}/bootstrap-kit");
    let kit = Sync { common_labels: Some(labels::common(cluster)), ..Sync::system("bootstrap-kit", &path) };
    out.push(kit.object(&labels));

    let mut before = vec!["bootstrap-kit"];
    let folder = format!("{root}/infrastructure");
    let (providers, config) = (format!("{folder}/providers"), format!("{folder}/config"));
    let has_providers = !infrastructure::providers(plan, cluster).is_empty();
    if has_providers {
        let sync = Sync {
            depends_on: before.clone(),
            health: if flux_minor(&cluster.target) >= 5 { provider_health() } else { Vec::new() },
            ..Sync::system("infrastructure-providers", &providers)
        };
        out.push(sync.object(&labels));
        before.push("infrastructure-providers");
    }
    let sync = Sync {
        depends_on: before,
        // A package brings its kinds some time after it is applied; an older Flux cannot wait for that, so it tries again soon.
        retry: has_providers.then_some("1m"),
        ..Sync::system("infrastructure-config", if has_providers { &config } else { &folder })
    };
    out.push(sync.object(&labels));

    let path = format!("{root}/organizations");
    let organizations = Sync {
        depends_on: vec!["bootstrap-kit", "infrastructure-config"],
        // One Organization's broken Application must not hold up the others: nothing waits for all of them.
        wait: false,
        ..Sync::system("organizations", &path)
    };
    out.push(organizations.object(&labels));
    out
}

/// A Crossplane Provider says `Healthy`, not `Ready`; without this rule, Flux takes it for done as soon as it exists.
fn provider_health() -> Vec<Value> {
    let rule = map([
        ("apiVersion", "pkg.crossplane.io/v1".into()),
        ("kind", "Provider".into()),
        ("current", "status.conditions.exists(c, c.type == 'Healthy' && c.status == 'True')".into()),
    ]);
    vec![Value::Object(rule)]
}
