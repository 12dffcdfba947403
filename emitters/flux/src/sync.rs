//! What Flux reads of the repository: GitRepositories that see one folder, Kustomizations over a path of it, and the names of both.

use crate::sources::{FLUX_SYSTEM, kube_config, named};
use catalyst_emit::{Labels, Object, map};
use catalyst_plan::{ClusterPlan, Plan, VClusterPlan};
use serde_json::{Map, Value};

/// Name of the GitRepository with the emitted tree.
pub(crate) const REPOSITORY: &str = "openova";

/// Folder of a host cluster in the repository.
pub(crate) fn cluster_path(plan: &Plan, cluster: &ClusterPlan) -> String {
    format!("{}/{}/clusters/{}", plan.facts.git.folder, plan.facts.name, cluster.name)
}

/// Folder of what is applied inside a vCluster, in the repository.
pub(crate) fn vcluster_path(plan: &Plan, cluster: &ClusterPlan, vcluster: &VClusterPlan) -> String {
    let folder = vcluster_folder(cluster, vcluster);
    format!("{}/{}/vclusters/{folder}", plan.facts.git.folder, plan.facts.name)
}

/// Name of a vCluster seen from outside of its host: `{context}-{name}` (domain.md 13.2).
pub(crate) fn vcluster_folder(cluster: &ClusterPlan, vcluster: &VClusterPlan) -> String {
    format!("{}-{}", cluster.name, vcluster.name)
}

/// The repository of the emitted tree, reduced to one folder: a change elsewhere then makes no new revision, and starts nothing.
pub(crate) fn tree_repository(
    plan: &Plan,
    namespace: &str,
    interval: &str,
    folder: &str,
    labels: &Labels,
) -> Object {
    let git = &plan.facts.git;
    repository(REPOSITORY, namespace, labels).spec(map([
        ("interval", interval.into()),
        ("url", git.url.as_str().into()),
        ("ref", Value::Object(map([("branch", git.branch.as_str().into())]))),
        // The last pattern that matches decides, so the folder is in although all folders above it are out.
        ("ignore", format!("/*\n!/{folder}\n").into()),
    ]))
}

/// A GitRepository without its spec. Stable since Flux 2.0, so one API version serves all targets.
pub(crate) fn repository(name: &str, namespace: &str, labels: &Labels) -> Object {
    Object::new("source.toolkit.fluxcd.io/v1", "GitRepository", name).namespace(namespace).labels(labels)
}

/// A Kustomization in the making; fields in the order in which they are written.
pub(crate) struct Sync<'a> {
    pub name: &'a str,
    pub namespace: &'a str,
    /// Time to the next attempt after a failure, when it is not the interval.
    pub retry: Option<&'a str>,
    pub timeout: &'a str,
    pub depends_on: Vec<&'a str>,
    /// Path in the source.
    pub path: &'a str,
    pub wait: bool,
    pub target_namespace: Option<&'a str>,
    /// Name of the GitRepository, in the same namespace.
    pub source: &'a str,
    pub kube_config: Option<&'a str>,
    pub service_account: &'a str,
    pub common_labels: Option<Map<String, Value>>,
    /// CEL rules about the health of kinds that have no condition `Ready`.
    pub health: Vec<Value>,
}

impl<'a> Sync<'a> {
    /// A Kustomization of the host cluster. It runs as the controller itself, by name: with `--default-service-account` set, one that
    /// names no account would run without rights.
    pub(crate) fn system(name: &'a str, path: &'a str) -> Self {
        Sync {
            name,
            namespace: FLUX_SYSTEM,
            retry: None,
            timeout: "30m",
            depends_on: Vec::new(),
            path,
            wait: true,
            target_namespace: None,
            source: REPOSITORY,
            kube_config: None,
            service_account: "kustomize-controller",
            common_labels: None,
            health: Vec::new(),
        }
    }

    pub(crate) fn object(self, labels: &Labels) -> Object {
        let mut spec = map([("interval", "5m".into())]);
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                spec.insert(key.to_owned(), value);
            }
        };
        set("retryInterval", self.retry.map(Value::from));
        set("timeout", Some(self.timeout.into()));
        set("dependsOn", named(&self.depends_on));
        set("path", Some(format!("./{}", self.path).into()));
        set("prune", Some(true.into()));
        set("wait", Some(self.wait.into()));
        set("targetNamespace", self.target_namespace.map(Value::from));
        let source = map([("kind", "GitRepository".into()), ("name", self.source.into())]);
        set("sourceRef", Some(Value::Object(source)));
        set("kubeConfig", self.kube_config.map(kube_config));
        set("serviceAccountName", Some(self.service_account.into()));
        let common = |labels| Value::Object(map([("labels", Value::Object(labels))]));
        set("commonMetadata", self.common_labels.map(common));
        set("healthCheckExprs", (!self.health.is_empty()).then_some(Value::Array(self.health)));
        Object::new("kustomize.toolkit.fluxcd.io/v1", "Kustomization", self.name)
            .namespace(self.namespace)
            .labels(labels)
            .spec(spec)
    }
}
