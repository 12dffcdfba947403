//! The kit of a rendered Sovereign: `clusters/<cluster>/releases/`, and slots that hold the Kustomizations of what stands there.

use super::Releases;
use super::folder::{Chain, files};
use catalyst_emit::{map, tree_path};
use catalyst_model::SovereignName;
use catalyst_plan::{Body, EmittedFile, EmittedObject, EmittedTree, Plan};
use catalyst_source::TreePath;
use serde_json::{Value, json};

/// Puts the manifests of a Sovereign in the place of the HelmReleases of its kit.
pub(super) fn write(sovereign: &SovereignName, plan: &Plan, releases: &Releases, tree: &mut EmittedTree) {
    for cluster in plan.clusters.values() {
        let root = format!("{sovereign}/clusters/{}", cluster.name);
        let sync = tree.files.get(&tree_path(&format!("{root}/flux-system/sync.yaml")));
        let Some(sync) = sync.and_then(kit_sync) else { continue };
        let kit = format!("{root}/bootstrap-kit");
        let slots: Vec<TreePath> = tree.files.keys().filter(|it| it.is_within(&kit)).cloned().collect();
        for path in slots {
            let Some(EmittedFile { header, body: Body::Objects(objects) }) = tree.files.get_mut(&path) else {
                continue;
            };
            let Some(release) = objects.iter().find(|it| it.kind() == "HelmRelease").cloned() else {
                continue;
            };
            let short = release.name().strip_prefix("bp-").unwrap_or(release.name());
            let Some(stages) = releases.stages.get(&format!("{}/{short}", cluster.name)) else {
                continue;
            };
            objects.retain(|it| !matches!(it.kind(), "HelmRelease" | "OCIRepository" | "HelmRepository"));
            objects.extend(chain(&release, &sync).objects(stages, releases.key.as_deref()));
            let header = header.clone();
            let folder = format!("{root}/releases/{}", release.name());
            tree.files.extend(files(&folder, &header, &release.provenance, stages));
        }
    }
}

/// The spec of the Kustomization that applies the kit.
fn kit_sync(file: &EmittedFile) -> Option<Value> {
    let Body::Objects(objects) = &file.body else { return None };
    let sync = objects.iter().find(|it| it.kind() == "Kustomization" && it.name() == "bootstrap-kit")?;
    sync.object.get("spec").cloned()
}

/// What the Kustomizations of a slot have in common.
fn chain(release: &EmittedObject, kit: &Value) -> Chain {
    let name = release.name();
    let spec = &release.object["spec"];
    let kit_path = kit["path"].as_str().unwrap_or_default();
    let root = kit_path.strip_suffix("/bootstrap-kit").unwrap_or(kit_path);
    let mut common = map([("interval", spec["interval"].clone())]);
    common.insert("timeout".into(), spec.get("timeout").cloned().unwrap_or(json!("15m")));
    for key in ["sourceRef", "serviceAccountName"] {
        if let Some(value) = kit.get(key) {
            common.insert(key.to_owned(), value.clone());
        }
    }
    Chain {
        name: name.to_owned(),
        namespace: release.namespace().unwrap_or("flux-system").to_owned(),
        labels: release.object["metadata"]["labels"].as_object().cloned().unwrap_or_default(),
        depends_on: spec.get("dependsOn").cloned(),
        path: format!("{root}/releases/{name}"),
        common,
        waits: spec["install"]["disableWait"] != true,
        provenance: release.provenance.clone(),
    }
}
