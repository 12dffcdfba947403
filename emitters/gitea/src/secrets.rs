//! `secrets/`: references to secrets, never secrets.

use crate::labels;
use catalyst_emit::{Labels, Object};
use catalyst_model::secret_path;
use catalyst_plan::{
    ApplicationPlan, ClusterPlan, EmittedObject, EnvironmentPlan, Plan, Provenance, SecretStore,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// ExternalSecrets by file name: those that the Application reads, and the one that its chart is pulled with.
pub(crate) fn objects(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
) -> BTreeMap<String, EmittedObject> {
    let labels = labels::of_application(plan, app, environment);
    let store = store(plan, environment);
    let base = secret_path(&environment.environment);
    let mut found = BTreeMap::new();
    let pull = &plan.facts.registry.pull_secret;
    if !pull.is_empty() && environment.entry.has_chart() {
        let mut spec = spec(&store, pull, &format!("{base}/registry/{pull}"), &[]);
        spec["target"]["template"] = json!({ "type": "kubernetes.io/dockerconfigjson" });
        let why = format!("the chart of `{}` is pulled with it", app.name);
        found.insert(
            file(pull),
            object(store.api_version, pull, &labels, spec, Provenance::new(why, &environment.place)),
        );
    }
    for (name, keys) in &environment.secrets {
        let blueprint = &environment.entry.blueprint;
        let why = format!("`{}` reads Secret `{name}`", blueprint.name);
        let place = blueprint.place.child("spec").child("requires").child("secrets");
        let spec = spec(&store, name, &format!("{base}/{}/{name}", app.name), keys);
        found
            .insert(file(name), object(store.api_version, name, &labels, spec, Provenance::new(why, &place)));
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

/// The store of the Environment's clusters. Where they differ, references keep to the oldest version, which all of them read.
fn store<'a>(plan: &'a Plan, environment: &EnvironmentPlan) -> SecretStore<'a> {
    let hosts = environment.placements.iter().filter_map(|it| plan.clusters.get(&it.cluster));
    let stores: Vec<_> = hosts.filter_map(ClusterPlan::secret_store).collect();
    let old = stores.iter().find(|it| it.api_version != SecretStore::CONVENTIONAL.api_version);
    old.or(stores.first()).copied().unwrap_or(SecretStore::CONVENTIONAL)
}

/// Without keys, all keys at the path are taken.
fn spec(store: &SecretStore<'_>, name: &str, path: &str, keys: &[String]) -> Value {
    let mut spec = json!({
        "refreshInterval": "1h",
        "secretStoreRef": { "kind": "ClusterSecretStore", "name": store.name },
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
