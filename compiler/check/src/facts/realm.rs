//! One API server and the objects that are sent to it.

use crate::references::{self, Reference};
use catalyst_plan::{ClusterPlan, EmittedObject, VClusterPlan};
use catalyst_source::TreePath;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// One API server: that of a host cluster, or that of a vCluster.
pub(crate) struct Realm<'a> {
    /// The host cluster.
    pub(crate) cluster: &'a ClusterPlan,
    /// The vCluster, when it is one.
    pub(crate) vcluster: Option<&'a VClusterPlan>,
    /// Objects that are sent to it, in order of path.
    pub(crate) items: Vec<Item<'a>>,
    /// What they refer to, each with the position of the object.
    pub(crate) references: Vec<(usize, Reference<'a>)>,
    /// Pairs of objects with one identity: the first, and a later one.
    pub(crate) duplicates: Vec<(usize, usize)>,
    /// Positions of objects by the hash of kind, namespace and name, sorted.
    ids: Vec<(u64, usize)>,
    /// What exists without being an object of the tree: hash, kind, namespace and name; sorted.
    provided: Vec<(u64, Name<'a>)>,
}

/// Kind, namespace and name.
type Name<'a> = (&'a str, &'a str, Cow<'a, str>);

/// One object on its way to an API server. What rules ask for most is taken out once: objects are many, and looking into them is what
/// checking costs.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    /// Its file.
    pub(crate) file: &'a TreePath,
    /// The object.
    pub(crate) object: &'a EmittedObject,
    /// Its kind.
    pub(crate) kind: &'a str,
    /// Its `apiVersion`.
    pub(crate) api: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its namespace: its own, or that of the Kustomization that applies it. Empty when it has none.
    pub(crate) namespace: &'a str,
    /// Its labels.
    pub(crate) labels: Option<&'a Map<String, Value>>,
    /// Its `spec`.
    pub(crate) spec: &'a Value,
}

impl<'a> Item<'a> {
    pub(super) fn new(file: &'a TreePath, object: &'a EmittedObject) -> Self {
        let mut item = Item {
            file,
            object,
            kind: "",
            api: "",
            name: "",
            namespace: "",
            labels: None,
            spec: &Value::Null,
        };
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        for (key, value) in object.object.as_object().into_iter().flatten() {
            match key.as_str() {
                "apiVersion" => item.api = text(value),
                "kind" => item.kind = text(value),
                "spec" => item.spec = value,
                "metadata" => {
                    for (key, value) in value.as_object().into_iter().flatten() {
                        match key.as_str() {
                            "name" => item.name = text(value),
                            "namespace" => item.namespace = text(value),
                            "labels" => item.labels = value.as_object(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        item
    }

    /// Group and version.
    pub(crate) fn group_version(&self) -> (&'a str, &'a str) {
        self.api.rsplit_once('/').unwrap_or(("", self.api))
    }
}

impl std::fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.namespace {
            "" => write!(f, "{} `{}`", self.kind, self.name),
            namespace => write!(f, "{} `{namespace}/{}`", self.kind, self.name),
        }
    }
}

impl std::fmt::Display for Realm<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.vcluster {
            Some(vcluster) => write!(f, "vCluster {} of {}", vcluster.name, self.cluster.name),
            None => write!(f, "{}", self.cluster.name),
        }
    }
}

impl<'a> Realm<'a> {
    pub(super) fn new(cluster: &'a ClusterPlan, vcluster: Option<&'a VClusterPlan>) -> Self {
        Realm {
            cluster,
            vcluster,
            items: Vec::new(),
            references: Vec::new(),
            duplicates: Vec::new(),
            ids: Vec::new(),
            provided: Vec::new(),
        }
    }

    /// Adds an object. One without a namespace goes into `namespace`, unless its kind has none.
    pub(super) fn add(&mut self, mut item: Item<'a>, namespace: &'a str) {
        if item.namespace.is_empty() && !cluster_scoped(item.kind) {
            item.namespace = namespace;
        }
        self.ids.push((hash(item.kind, item.namespace, item.name), self.items.len()));
        self.items.push(item);
        self.made_by(&item);
    }

    /// What controllers make of an object.
    fn made_by(&mut self, item: &Item<'a>) {
        let spec = item.spec;
        match item.kind {
            "ExternalSecret" => {
                let name = spec["target"]["name"].as_str().unwrap_or(item.name);
                self.provide("Secret", item.namespace, name);
            }
            "SealedSecret" => self.provide("Secret", item.namespace, item.name),
            "Certificate" => {
                self.provide("Secret", item.namespace, spec["secretName"].as_str().unwrap_or_default());
            }
            "HelmRelease" => {
                let chart = spec["chartRef"]["name"].as_str().or(spec["chart"]["spec"]["chart"].as_str());
                if chart == Some("vcluster") {
                    // A vCluster writes its kubeconfig beside itself.
                    let name = spec["releaseName"].as_str().unwrap_or(item.name);
                    let namespace = spec["targetNamespace"].as_str().unwrap_or(item.namespace);
                    self.provide("Secret", namespace, format!("vc-{name}"));
                }
            }
            _ => {}
        }
    }

    /// Adds something that is there without being an object of the tree.
    pub(super) fn provide(&mut self, kind: &'a str, namespace: &'a str, name: impl Into<Cow<'a, str>>) {
        let name = name.into();
        self.provided.push((hash(kind, namespace, &name), (kind, namespace, name)));
    }

    /// Ends the gathering: sorts what is looked things up in, and looks up what objects refer to.
    pub(super) fn finish(&mut self) {
        self.ids.sort_unstable();
        self.provided.sort_unstable_by_key(|it| it.0);
        for pair in self.ids.windows(2) {
            let [(one, first), (other, later)] = pair else { continue };
            let (first, later) = (*first.min(later), *first.max(later));
            if one == other && same(&self.items[first], &self.items[later]) {
                self.duplicates.push((first, later));
            }
        }
        self.duplicates.sort_unstable_by_key(|(_, later)| *later);
        let mut found = Vec::with_capacity(self.items.len() * 3);
        for (at, item) in self.items.iter().enumerate() {
            references::of(item, &mut |mut reference| {
                reference.here = references::is_built_in(&reference)
                    || self.has(reference.kind, reference.namespace, reference.name);
                found.push((at, reference));
            });
        }
        self.references = found;
    }

    /// The object of this kind, namespace and name.
    pub(crate) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Item<'a>> {
        let hash = hash(kind, namespace, name);
        let from = self.ids.partition_point(|it| it.0 < hash);
        let same = self.ids[from..].iter().take_while(|it| it.0 == hash).map(|it| &self.items[it.1]);
        same.into_iter().find(|it| it.kind == kind && it.namespace == namespace && it.name == name)
    }

    /// Whether something of this kind, namespace and name is there, in the tree or by what the tree sets up.
    pub(crate) fn has(&self, kind: &str, namespace: &str, name: &str) -> bool {
        if self.find(kind, namespace, name).is_some() {
            return true;
        }
        let hash = hash(kind, namespace, name);
        let from = self.provided.partition_point(|it| it.0 < hash);
        let mut same = self.provided[from..].iter().take_while(|it| it.0 == hash);
        same.any(|(_, it)| it.0 == kind && it.1 == namespace && it.2 == name)
    }
}

fn same(a: &Item<'_>, b: &Item<'_>) -> bool {
    (a.kind, a.namespace, a.name, a.group_version().0) == (b.kind, b.namespace, b.name, b.group_version().0)
}

fn hash(kind: &str, namespace: &str, name: &str) -> u64 {
    [kind, namespace, name].iter().fold(START, |hash, part| step(part.bytes().fold(hash, step), b'/'))
}

/// FNV-1a: the same on every machine and in every run, unlike the hash of a hash map.
pub(super) const START: u64 = 0xcbf2_9ce4_8422_2325;

/// One byte more.
pub(super) fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// Kinds that stand in no namespace, among those a tree holds.
fn cluster_scoped(kind: &str) -> bool {
    kind.starts_with("Cluster")
        || matches!(
            kind,
            "Namespace"
                | "CustomResourceDefinition"
                | "GatewayClass"
                | "PriorityClass"
                | "Provider"
                | "ProviderConfig"
                | "StorageClass"
        )
}
