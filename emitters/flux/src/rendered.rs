//! A release as plain manifests: what Helm would do with its objects, said in the order of Flux Kustomizations.
//!
//! | Helm | here |
//! |---|---|
//! | CRDs, those in `crds/` and those of templates | a stage of their own, first; what stands in `crds/` is never pruned |
//! | hooks before an install or upgrade | stages before the objects, one a weight; the next one waits until Jobs are done |
//! | hooks behind one, also those that are both | stages behind the objects |
//! | `helm.sh/resource-policy: keep` | never pruned |
//! | tests | left out: nothing runs them |
//! | hooks of a deletion or a rollback | refused: nothing runs when a Kustomization goes |
//! | values of Secrets | refused: the tree is read by everybody who may read the repository; encrypted ones pass |
//!
//! A hook that is a Job is made again when it changes (`force`), and stays when it is done: a Job that removes itself would be made again and
//! again.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One object as Helm renders it.
#[derive(Debug, Clone, Copy)]
pub struct Manifest<'a> {
    /// The object.
    pub object: &'a Value,
    /// The file that made it, below the folder of the chart.
    pub file: &'a str,
    /// The chart that this file is part of.
    pub chart: &'a str,
}

/// Objects that are applied together.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseStage {
    /// Its name, unique in the release: `crds`, `before`, `objects`, `after`; with a number where there are several.
    pub name: String,
    /// Whether the next stage waits until all of it is ready.
    pub wait: bool,
    /// Objects by the name of their file.
    pub objects: BTreeMap<String, StageObject>,
}

/// One object as it is applied.
#[derive(Debug, Clone, PartialEq)]
pub struct StageObject {
    /// The object.
    pub value: Value,
    /// Which file of which chart made it.
    pub made_by: String,
}

/// Why an object cannot be written as a plain manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The object, as `Kind/name`.
    pub object: String,
    /// The file that made it.
    pub file: String,
    /// Why.
    pub why: String,
}

/// Kinds without a namespace, by group and kind, as CRDs say.
pub type ClusterScoped = BTreeSet<(String, String)>;

/// The stages of a release in the order in which they are applied, at least one, and what stands against it. Kinds that `scoped` names have no
/// namespace.
pub fn release_stages(
    namespace: &str,
    manifests: &[Manifest<'_>],
    scoped: &ClusterScoped,
) -> (Vec<ReleaseStage>, Vec<Refused>) {
    let mut parts: BTreeMap<Rank, BTreeMap<String, StageObject>> = BTreeMap::new();
    let mut refused = Vec::new();
    for manifest in manifests {
        let rank = match rank(manifest) {
            Ok(Some(rank)) => rank,
            Ok(None) => continue,
            Err(why) => {
                refused.push(refusal(manifest, why));
                continue;
            }
        };
        if has_secret_values(manifest.object) {
            let why = "it is a Secret with values, and the tree would carry them".to_owned();
            refused.push(refusal(manifest, why));
            continue;
        }
        let value = translated(manifest, namespace, scoped, &rank);
        let files = parts.entry(rank).or_default();
        let name = file_name(&value, files);
        let made_by = format!("made by `{}` of chart `{}`", manifest.file, manifest.chart);
        files.insert(name, StageObject { value, made_by });
    }
    // Others may come after a release that has no object.
    if parts.is_empty() {
        parts.insert(Rank::Objects, BTreeMap::new());
    }
    (named(parts), refused)
}

/// Where an object stands in the order of a release; hooks by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Definitions,
    Before(i64),
    Objects,
    After(i64),
}

fn named(parts: BTreeMap<Rank, BTreeMap<String, StageObject>>) -> Vec<ReleaseStage> {
    let count = |is: fn(&Rank) -> bool| parts.keys().filter(|rank| is(rank)).count();
    let before = count(|it| matches!(it, Rank::Before(_)));
    let after = count(|it| matches!(it, Rank::After(_)));
    let (mut nth_before, mut nth_after) = (0, 0);
    let numbered = |name: &str, of: usize, nth: &mut usize| {
        *nth += 1;
        if of == 1 { name.to_owned() } else { format!("{name}-{nth}") }
    };
    let mut stages = Vec::new();
    for (rank, objects) in parts {
        let (name, wait) = match rank {
            Rank::Definitions => ("crds".to_owned(), true),
            Rank::Before(_) => (numbered("before", before, &mut nth_before), true),
            Rank::Objects => ("objects".to_owned(), false),
            Rank::After(_) => (numbered("after", after, &mut nth_after), true),
        };
        stages.push(ReleaseStage { name, wait, objects });
    }
    stages
}

/// The place of an object; nothing for what is never applied, and an error for what cannot be.
fn rank(manifest: &Manifest<'_>) -> Result<Option<Rank>, String> {
    if kind_of(manifest.object) == "CustomResourceDefinition" || is_in_crds(manifest.file) {
        return Ok(Some(Rank::Definitions));
    }
    let hooks: Vec<&str> = annotation(manifest.object, "helm.sh/hook")
        .map(|it| it.split(',').map(str::trim).filter(|it| !it.is_empty()).collect())
        .unwrap_or_default();
    if hooks.is_empty() {
        return Ok(Some(Rank::Objects));
    }
    let weight = annotation(manifest.object, "helm.sh/hook-weight").and_then(|it| it.parse().ok());
    let weight = weight.unwrap_or_default();
    let has = |names: &[&str]| hooks.iter().any(|it| names.contains(it));
    // What comes behind on one occasion and before on another finds its objects there only behind.
    if has(&["post-install", "post-upgrade"]) {
        return Ok(Some(Rank::After(weight)));
    }
    if has(&["pre-install", "pre-upgrade"]) {
        return Ok(Some(Rank::Before(weight)));
    }
    if hooks.iter().all(|it| it.starts_with("test")) {
        return Ok(None);
    }
    Err(format!(
        "it is a hook at `{}`, and nothing runs then: no Kustomization knows such a moment",
        hooks.join(",")
    ))
}

fn is_in_crds(file: &str) -> bool {
    file.split('/').rev().skip(1).any(|it| it == "crds")
}

fn refusal(manifest: &Manifest<'_>, why: String) -> Refused {
    let object = format!("{}/{}", kind_of(manifest.object), name_of(manifest.object));
    Refused { object, file: manifest.file.to_owned(), why }
}

/// Whether an object is one whose values SOPS encrypted.
pub fn is_sealed(object: &Value) -> bool {
    object.get("sops").is_some_and(|it| it["mac"].is_string())
}

/// Whether an object is a Secret that holds values in clear. One that is empty is filled by somebody else.
fn has_secret_values(object: &Value) -> bool {
    let is_secret = kind_of(object) == "Secret" && object["apiVersion"] == "v1";
    let holds = |key: &str| {
        let values = object[key].as_object().into_iter().flat_map(Map::values);
        let is_cipher = |text: &str| is_sealed(object) && text.starts_with("ENC[");
        values.into_iter().any(|it| it.as_str().is_none_or(|text| !text.is_empty() && !is_cipher(text)))
    };
    is_secret && (holds("data") || holds("stringData"))
}

const FLUX: &str = "kustomize.toolkit.fluxcd.io";

/// An object as it is applied: in its namespace, with what Helm reads said as Flux reads it.
fn translated(manifest: &Manifest<'_>, namespace: &str, scoped: &ClusterScoped, rank: &Rank) -> Value {
    let mut object = manifest.object.clone();
    let is_kept = annotation(&object, "helm.sh/resource-policy") == Some("keep") || is_in_crds(manifest.file);
    let is_hook = matches!(rank, Rank::Before(_) | Rank::After(_));
    let is_job = kind_of(&object) == "Job";
    let needs_namespace =
        !is_cluster_scoped(&object, scoped) && object["metadata"].get("namespace").is_none();
    let mut added = Map::new();
    if is_kept {
        added.insert(format!("{FLUX}/prune"), json!("disabled"));
    }
    if is_hook && is_job {
        added.insert(format!("{FLUX}/force"), json!("enabled"));
        if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
            spec.shift_remove("ttlSecondsAfterFinished");
        }
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        if needs_namespace {
            metadata.insert("namespace".to_owned(), json!(namespace));
        }
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if !annotations.is_object() {
            *annotations = json!({});
        }
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.retain(|key, _| !key.starts_with("helm.sh/"));
            annotations.extend(added);
        }
        if metadata.get("annotations").and_then(Value::as_object).is_some_and(Map::is_empty) {
            metadata.shift_remove("annotations");
        }
    }
    object
}

/// Kinds of Kubernetes without a namespace.
const CLUSTER: [&str; 24] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "FlowSchema",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PodSecurityPolicy",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// Whether a kind has no namespace: as its CRD says, else as its name does.
fn is_cluster_scoped(object: &Value, scoped: &ClusterScoped) -> bool {
    let kind = kind_of(object);
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    if !group.contains('.') || group.ends_with(".k8s.io") && CLUSTER.contains(&kind) {
        return CLUSTER.contains(&kind);
    }
    scoped.contains(&(group.to_owned(), kind.to_owned()))
        || kind.starts_with("Cluster") && kind != "Cluster"
        || kind.contains("Clusterwide")
        || kind.ends_with("Class")
        || group.ends_with("crossplane.io")
}

/// `deployment-web.yaml`; with a number where that is taken.
fn file_name(object: &Value, taken: &BTreeMap<String, StageObject>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '-' };
    let text = format!("{}-{}", kind_of(object), name_of(object)).to_lowercase();
    let stem: String = text.chars().map(plain).collect();
    let names = std::iter::once(format!("{stem}.yaml")).chain((2..).map(|nth| format!("{stem}-{nth}.yaml")));
    names.into_iter().find(|it| !taken.contains_key(it)).unwrap_or(stem)
}

fn kind_of(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

fn name_of(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

fn annotation<'o>(object: &'o Value, key: &str) -> Option<&'o str> {
    object.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(version: &str, kind: &str, name: &str, annotations: Value) -> Value {
        json!({ "apiVersion": version, "kind": kind, "metadata": { "name": name, "annotations": annotations } })
    }

    fn staged(objects: &[(&str, Value)]) -> (Vec<String>, Vec<String>) {
        let manifests: Vec<_> =
            objects.iter().map(|(file, object)| Manifest { object, file, chart: "web" }).collect();
        let (stages, refused) = release_stages("web", &manifests, &ClusterScoped::new());
        let stages = stages.iter().map(|it| {
            let names: Vec<&str> = it.objects.keys().map(String::as_str).collect();
            format!("{}{}: {}", it.name, if it.wait { " (waits)" } else { "" }, names.join(" "))
        });
        (
            stages.collect(),
            refused.iter().map(|it| format!("{} {}: {}", it.object, it.file, it.why)).collect(),
        )
    }

    #[test]
    fn stages_follow_the_order_of_helm() {
        let hook = |hook: &str, weight: &str| json!({ "helm.sh/hook": hook, "helm.sh/hook-weight": weight });
        let (stages, refused) = staged(&[
            ("templates/a.yaml", object("apps/v1", "Deployment", "web", json!({}))),
            ("templates/b.yaml", object("batch/v1", "Job", "migrate", hook("pre-install,pre-upgrade", "5"))),
            ("templates/b.yaml", object("v1", "ServiceAccount", "migrate", hook("pre-install", "-5"))),
            ("templates/c.yaml", object("batch/v1", "Job", "seed", hook("post-install, pre-upgrade", "0"))),
            ("templates/d.yaml", object("v1", "Pod", "try", hook("test", "0"))),
            (
                "crds/e.yaml",
                object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "xs.a.io", json!({})),
            ),
        ]);
        assert_eq!(
            stages,
            [
                "crds (waits): customresourcedefinition-xs.a.io.yaml",
                "before-1 (waits): serviceaccount-migrate.yaml",
                "before-2 (waits): job-migrate.yaml",
                "objects: deployment-web.yaml",
                "after (waits): job-seed.yaml",
            ]
        );
        assert_eq!(refused, [""; 0]);
    }

    #[test]
    fn what_has_no_moment_and_what_is_secret_is_refused() {
        let mut secret = object("v1", "Secret", "web", json!({}));
        secret["stringData"] = json!({ "password": "x" });
        let mut empty = object("v1", "Secret", "empty", json!({}));
        empty["data"] = json!({ "password": "" });
        let (stages, refused) = staged(&[
            ("templates/a.yaml", secret),
            ("templates/b.yaml", object("batch/v1", "Job", "gone", json!({ "helm.sh/hook": "pre-delete" }))),
            ("templates/c.yaml", empty),
        ]);
        assert_eq!(stages, ["objects: secret-empty.yaml"]);
        assert_eq!(
            refused,
            [
                "Secret/web templates/a.yaml: it is a Secret with values, and the tree would carry them",
                "Job/gone templates/b.yaml: it is a hook at `pre-delete`, and nothing runs then: no Kustomization knows such a moment",
            ]
        );
    }

    #[test]
    fn objects_are_written_as_flux_reads_them() {
        let mut job = object("batch/v1", "Job", "a:b", json!({ "helm.sh/hook": "pre-install", "x": "y" }));
        job["spec"] = json!({ "ttlSecondsAfterFinished": 60, "backoffLimit": 1 });
        let kept = object("v1", "ConfigMap", "kept", json!({ "helm.sh/resource-policy": "keep" }));
        let role = object("rbac.authorization.k8s.io/v1", "ClusterRole", "r", json!({}));
        let custom = object("a.io/v1", "Thing", "t", json!({}));
        let all = [job, kept, role, custom];
        let manifests: Vec<_> =
            all.iter().map(|object| Manifest { object, file: "templates/a.yaml", chart: "web" }).collect();
        let scoped = [("a.io".to_owned(), "Thing".to_owned())].into();
        let (stages, _) = release_stages("web", &manifests, &scoped);
        assert_eq!(
            stages[0].objects["job-a-b.yaml"].value,
            json!({
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {
                    "name": "a:b",
                    "annotations": { "x": "y", "kustomize.toolkit.fluxcd.io/force": "enabled" },
                    "namespace": "web",
                },
                "spec": { "backoffLimit": 1 },
            })
        );
        let objects = &stages[1].objects;
        assert_eq!(
            objects["configmap-kept.yaml"].value["metadata"],
            json!({ "name": "kept", "annotations": { "kustomize.toolkit.fluxcd.io/prune": "disabled" }, "namespace": "web" })
        );
        for name in ["clusterrole-r.yaml", "thing-t.yaml"] {
            assert_eq!(objects[name].value["metadata"].get("namespace"), None, "{name}");
        }
        assert_eq!(objects["thing-t.yaml"].made_by, "made by `templates/a.yaml` of chart `web`");
        assert_eq!(staged(&[]).0, ["objects: "], "whoever depends on it finds something");
    }
}
