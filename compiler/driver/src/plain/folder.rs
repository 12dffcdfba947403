//! A release as files: a folder a stage, and the Kustomizations that apply the stages in order.

use catalyst_emit::{Object, kustomization, tree_path};
use catalyst_flux::{ReleaseStage, is_sealed};
use catalyst_plan::{Body, EmittedFile, EmittedObject, Provenance};
use catalyst_source::TreePath;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The Kustomizations of a release, one a stage, each after the one before.
pub(super) struct Chain {
    /// Name of the last one: that of the release, so that whatever depends on it waits for all.
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: Map<String, Value>,
    /// What the first one comes after.
    pub(super) depends_on: Option<Value>,
    /// The folder of the release in the source.
    pub(super) path: String,
    /// Fields that each of them has: source, account and times.
    pub(super) common: Map<String, Value>,
    /// Whether the last one waits for what it applies; the others always do.
    pub(super) waits: bool,
    pub(super) provenance: Provenance,
}

impl Chain {
    /// `key` is the Secret by which encrypted ones are decrypted.
    pub(super) fn objects(&self, stages: &[ReleaseStage], key: Option<&str>) -> Vec<EmittedObject> {
        let mut before = self.depends_on.clone();
        let mut out = Vec::new();
        for (at, stage) in stages.iter().enumerate() {
            let is_last = at + 1 == stages.len();
            let name = if is_last { self.name.clone() } else { format!("{}-{}", self.name, stage.name) };
            let mut spec = self.common.clone();
            if let Some(before) = before.replace(json!([{ "name": name }])) {
                spec.insert("dependsOn".into(), before);
            }
            spec.insert("path".into(), json!(format!("{}/{}", self.path, stage.name)));
            spec.insert("prune".into(), json!(true));
            spec.insert("wait".into(), json!(stage.wait || !is_last || self.waits));
            if let Some(key) = key.filter(|_| stage.objects.values().any(|it| is_sealed(&it.value))) {
                let decryption = json!({ "provider": "sops", "secretRef": { "name": key } });
                spec.insert("decryption".into(), decryption);
            }
            let mut object = Object::new("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name.as_str())
                .namespace(self.namespace.as_str());
            for (key, value) in &self.labels {
                object = object.label(key, value.as_str().unwrap_or_default());
            }
            out.push(object.spec(Value::Object(spec)).from_source(self.provenance.clone()));
        }
        out
    }
}

/// The files of a release below a folder: a folder a stage, and a Kustomization over all.
pub(super) fn files(
    folder: &str,
    header: &[String],
    provenance: &Provenance,
    stages: &[ReleaseStage],
) -> BTreeMap<TreePath, EmittedFile> {
    let source = || Provenance::new(provenance.why.clone(), &provenance.place);
    let made = header.last().cloned().into_iter().collect::<Vec<_>>();
    let mut files = BTreeMap::new();
    for stage in stages {
        let at = format!("{folder}/{}", stage.name);
        let index = kustomization(made.clone(), stage.objects.keys().map(String::as_str), source());
        files.insert(tree_path(&format!("{at}/kustomization.yaml")), index);
        for (name, object) in &stage.objects {
            let why = format!("{}: {}", provenance.why, object.made_by);
            let provenance = Provenance::new(why, &provenance.place);
            let object = EmittedObject { object: object.value.clone(), provenance };
            let file = EmittedFile { header: made.clone(), body: Body::Objects(vec![object]) };
            files.insert(tree_path(&format!("{at}/{name}")), file);
        }
    }
    let all = kustomization(made, stages.iter().map(|it| it.name.as_str()), source());
    files.insert(tree_path(&format!("{folder}/kustomization.yaml")), all);
    files
}
