//! `secrets/`: references to secrets, never secrets.

use crate::labels;
use catalyst_model::secret_path;
use catalyst_plan::{ApplicationPlan, EmittedObject, EnvironmentPlan, Plan, Provenance};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The store that all references name.
const STORE: &str = "openbao";

/// ExternalSecrets by file name: those that the Application reads, and the one that its chart is pulled with.
pub(crate) fn objects(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
) -> BTreeMap<String, EmittedObject> {
    let labels = labels::of_application(plan, app, environment);
    let base = secret_path(&environment.environment);
    let mut found = BTreeMap::new();
    let pull = &plan.facts.registry.pull_secret;
    if !pull.is_empty() {
        let mut spec = spec(pull, &format!("{base}/registry/{pull}"), &[]);
        spec["target"]["template"] = json!({ "type": "kubernetes.io/dockerconfigjson" });
        let why = format!("the chart of `{}` is pulled with it", app.name);
        found.insert(file(pull), object(pull, &labels, spec, Provenance::new(why, &environment.place)));
    }
    for (name, keys) in &environment.secrets {
        let why = format!("`{}` reads Secret `{name}`", environment.entry.blueprint.name);
        let provenance =
            Provenance::new(why, &environment.entry.blueprint.place.child("spec").child("requires"));
        let spec = spec(name, &format!("{base}/{}/{name}", app.name), keys);
        found.insert(file(name), object(name, &labels, spec, provenance));
    }
    found
}

fn object(name: &str, labels: &Map<String, Value>, spec: Value, provenance: Provenance) -> EmittedObject {
    let object = json!({
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": { "name": name, "labels": labels },
        "spec": spec,
    });
    EmittedObject { object, provenance }
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
