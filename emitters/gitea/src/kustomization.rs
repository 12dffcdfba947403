//! Kustomization files.

use catalyst_emit::Labels;
use catalyst_plan::ApplicationPlan;
use serde_json::{Value, json};

/// A ConfigMap that Kustomize makes from a file of chart values.
pub(crate) struct ValuesFile {
    /// Name of the ConfigMap, before the hash.
    pub(crate) name: String,
    /// The file; its name is `values.yaml`.
    pub(crate) file: String,
}

/// What one kustomization names, all paths as seen from its folder.
pub(crate) struct Parts {
    /// Files of objects.
    pub(crate) resources: Vec<String>,
    /// Layers of chart values, lowest first. The release names the first one itself. None when there is no release.
    pub(crate) values: Vec<ValuesFile>,
    /// The file that says where a release refers to ConfigMaps.
    pub(crate) configuration: String,
}

/// The kustomization of an Application.
pub(crate) fn of_application(app: &ApplicationPlan, labels: &Labels, parts: &Parts) -> Value {
    let mut out = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": parts.resources,
    });
    if parts.values.is_empty() {
        return out;
    }
    // The key in the ConfigMap is the name of the file, and Flux looks for `values.yaml`.
    let generator = |it: &ValuesFile| json!({ "name": it.name, "files": [it.file] });
    out["configMapGenerator"] = parts.values.iter().map(generator).collect();
    out["generatorOptions"] = json!({ "labels": labels.to_map() });
    out["configurations"] = json!([parts.configuration]);
    let more: Vec<Value> = parts.values.iter().skip(1).map(add_values).collect();
    if !more.is_empty() {
        out["patches"] = json!([{
            "target": { "group": "helm.toolkit.fluxcd.io", "kind": "HelmRelease", "name": app.name },
            "patch": catalyst_yaml::write(&Value::Array(more)),
        }]);
    }
    out
}

/// A later layer goes to the end of the list: Flux merges in the order of the list.
fn add_values(layer: &ValuesFile) -> Value {
    json!({ "op": "add", "path": "/spec/valuesFrom/-", "value": { "kind": "ConfigMap", "name": layer.name } })
}

/// Kustomize does not know that a HelmRelease refers to ConfigMaps; without this the references would lack the hash.
pub(crate) fn name_references() -> Value {
    json!({ "nameReference": [{
        "kind": "ConfigMap",
        "version": "v1",
        "fieldSpecs": [
            { "group": "helm.toolkit.fluxcd.io", "kind": "HelmRelease", "path": "spec/valuesFrom/name" },
        ],
    }] })
}
