//! `secrets/`: references to secrets, never secrets.

use crate::labels;
use catalyst_emit::{Labels, Object};
use catalyst_model::secret_path;
use catalyst_plan::{
    ApplicationPlan, Capability, ClusterPlan, EmittedObject, EnvironmentPlan, Plan, Provenance,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The store that all references name.
const STORE: &str = "vault-region1";

/// ExternalSecrets by file name: those that the Application reads, and the one that its chart is pulled with.
pub(crate) fn objects(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
) -> BTreeMap<String, EmittedObject> {
    let labels = labels::of_application(plan, app, environment);
    let api = api_version(plan, environment);
    let base = secret_path(&environment.environment);
    let mut found = BTreeMap::new();
    let pull = &plan.facts.registry.pull_secret;
    if !pull.is_empty() && environment.entry.has_chart() {
        let mut spec = spec(pull, &format!("{base}/registry/{pull}"), &[]);
        spec["target"]["template"] = json!({ "type": "kubernetes.io/dockerconfigjson" });
        let why = format!("the chart of `{}` is pulled with it", app.name);
        found.insert(file(pull), object(api, pull, &labels, spec, Provenance::new(why, &environment.place)));
    }
    for (name, keys) in &environment.secrets {
        let blueprint = &environment.entry.blueprint;
        let why = format!("`{}` reads Secret `{name}`", blueprint.name);
        let place = blueprint.place.child("spec").child("requires").child("secrets");
        let spec = spec(name, &format!("{base}/{}/{name}", app.name), keys);
        found.insert(file(name), object(api, name, &labels, spec, Provenance::new(why, &place)));
    }
    found
}

fn object(
    api: &'static str,
    name: &str,
    labels: &Labels,
    spec: Value,
    provenance: Provenance,
) -> EmittedObject {
    Object::new(api, "ExternalSecret", name).labels(labels).spec(spec).from_source(provenance)
}

/// What the clusters of the Environment serve: v1, unless the kit of one of them serves the kind in older versions only.
fn api_version(plan: &Plan, environment: &EnvironmentPlan) -> &'static str {
    let hosts = environment.placements.iter().filter_map(|it| plan.clusters.get(&it.cluster));
    let old = hosts.map(served_versions).any(|versions| !versions.is_empty() && !versions.contains("v1"));
    if old { "external-secrets.io/v1beta1" } else { "external-secrets.io/v1" }
}

/// Versions of ExternalSecret that the kit brings to a cluster.
fn served_versions(cluster: &ClusterPlan) -> BTreeSet<&str> {
    let provided = cluster.releases.values().flat_map(|release| &release.interface.provides);
    provided
        .filter_map(|(capability, _)| match capability {
            Capability::Api { group, version, kind } => {
                (group == "external-secrets.io" && kind == "ExternalSecret").then_some(version.as_str())
            }
            Capability::Named { .. } => None,
        })
        .collect()
}

/// Without keys, all keys at the path are taken.
fn spec(name: &str, path: &str, keys: &[String]) -> Value {
    let mut spec = json!({
        "refreshInterval": "1h",
        "secretStoreRef": { "kind": "ClusterSecretStore", "name": STORE },
        "target": { "name": name },
    });
    if keys.is_empty() {
        spec["dataFrom"] = json!([{ "extract": { "key": path } }]);
    } else {
        let one = |key: &String| json!({ "secretKey": key, "remoteRef": { "key": path, "property": key } });
        spec["data"] = keys.iter().map(one).collect();
    }
    spec
}

/// A name of a Secret may be any text here; what no file name may hold becomes a hyphen.
fn file(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    format!("secrets/{}.yaml", name.chars().map(safe).collect::<String>())
}
