//! What the objects of a tree refer to by name.

use crate::facts::{FLUX_SYSTEM, Item};
use crate::walk;
use catalyst_source::KeyPath;
use serde_json::Value;

/// A reference of one object to another.
pub(crate) struct Reference<'a> {
    /// Kind of what is named.
    pub(crate) kind: &'a str,
    /// Its namespace, empty for what has none.
    pub(crate) namespace: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Where the name stands in the object.
    pub(crate) at: At,
    /// Whether it is there.
    pub(crate) here: bool,
    /// Whether the tree itself has to hold what is named. Otherwise phase 0, a release or an extern may bring it.
    pub(crate) inside: bool,
}

/// Where in an object; made into a path only when it is shown.
#[derive(Clone, Copy)]
pub(crate) struct At {
    above: &'static str,
    index: Option<usize>,
    below: &'static str,
}

impl At {
    pub(crate) fn path(self) -> KeyPath {
        let keys = |path: KeyPath, dotted: &str| {
            dotted.split('.').filter(|it| !it.is_empty()).fold(path, |path, key| path.key(key))
        };
        let path = keys(KeyPath::root(), self.above);
        let path = self.index.map_or(path.clone(), |index| path.index(index));
        keys(path, self.below)
    }
}

/// Gathers the references of one object.
struct Gather<'a, 'f> {
    item: &'f Item<'a>,
    found: &'f mut dyn FnMut(Reference<'a>),
}

/// Calls `found` with each reference of an object, in a fixed order.
pub(crate) fn of<'a>(item: &Item<'a>, found: &mut dyn FnMut(Reference<'a>)) {
    let mut gather = Gather { item, found };
    if !item.namespace.is_empty() {
        gather.add("Namespace", "", Some(item.namespace), "metadata.namespace", false);
    }
    let spec = item.spec;
    match item.kind {
        "GitRepository" | "OCIRepository" | "HelmRepository" | "Bucket" => {
            for (field, at) in [
                ("secretRef", "spec.secretRef.name"),
                ("certSecretRef", "spec.certSecretRef.name"),
                ("proxySecretRef", "spec.proxySecretRef.name"),
            ] {
                gather.add("Secret", item.namespace, spec[field]["name"].as_str(), at, false);
            }
        }
        "Kustomization" => {
            gather.typed(&spec["sourceRef"], "spec.sourceRef.name");
            gather.depends("Kustomization", &spec["dependsOn"]);
            gather.remote(spec, &["targetNamespace"]);
            gather.add(
                "Secret",
                item.namespace,
                spec["decryption"]["secretRef"]["name"].as_str(),
                "spec.decryption.secretRef.name",
                false,
            );
            gather.sources(&spec["postBuild"]["substituteFrom"], "spec.postBuild.substituteFrom");
        }
        "HelmRelease" => {
            gather.typed(&spec["chartRef"], "spec.chartRef.name");
            gather.typed(&spec["chart"]["spec"]["sourceRef"], "spec.chart.spec.sourceRef.name");
            gather.depends("HelmRelease", &spec["dependsOn"]);
            gather.remote(spec, &["targetNamespace", "storageNamespace"]);
            gather.sources(&spec["valuesFrom"], "spec.valuesFrom");
            gather.pull_secrets(spec);
        }
        "ExternalSecret" => {
            let store = &spec["secretStoreRef"];
            let kind = store["kind"].as_str().unwrap_or("SecretStore");
            let namespace = if kind == "SecretStore" { item.namespace } else { "" };
            gather.add(kind, namespace, store["name"].as_str(), "spec.secretStoreRef.name", false);
        }
        "Certificate" => {
            let issuer = &spec["issuerRef"];
            let kind = issuer["kind"].as_str().unwrap_or("Issuer");
            let namespace = if kind == "Issuer" { item.namespace } else { "" };
            gather.add(kind, namespace, issuer["name"].as_str(), "spec.issuerRef.name", false);
        }
        "ProviderConfig" => {
            let secret = &spec["credentials"]["secretRef"];
            let namespace = secret["namespace"].as_str().unwrap_or(item.namespace);
            gather.add(
                "Secret",
                namespace,
                secret["name"].as_str(),
                "spec.credentials.secretRef.name",
                false,
            );
        }
        "PersistentVolumeClaim" => {
            gather.add("StorageClass", "", spec["storageClassName"].as_str(), "spec.storageClassName", false);
        }
        "ServiceAccount" => {
            for (at, secret) in list(&item.object.object["imagePullSecrets"]) {
                gather.item(
                    "Secret",
                    item.namespace,
                    secret["name"].as_str(),
                    "imagePullSecrets",
                    at,
                    "name",
                    false,
                );
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => gather.binding(),
        _ => {}
    }
}

impl<'a> Gather<'a, '_> {
    fn add(
        &mut self,
        kind: &'a str,
        namespace: &'a str,
        name: Option<&'a str>,
        at: &'static str,
        inside: bool,
    ) {
        if let Some(name) = name.filter(|it| !it.is_empty()) {
            let at = At { above: at, index: None, below: "" };
            (self.found)(Reference { kind, namespace, name, at, here: false, inside });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one private function for the items of lists")]
    fn item(
        &mut self,
        kind: &'a str,
        namespace: &'a str,
        name: Option<&'a str>,
        above: &'static str,
        index: usize,
        below: &'static str,
        inside: bool,
    ) {
        if let Some(name) = name.filter(|it| !it.is_empty()) {
            (self.found)(Reference {
                kind,
                namespace,
                name,
                at: At { above, index: Some(index), below },
                here: false,
                inside,
            });
        }
    }

    /// `{kind, name, namespace}`.
    fn typed(&mut self, reference: &'a Value, at: &'static str) {
        if let Some(kind) = reference["kind"].as_str() {
            let namespace = reference["namespace"].as_str().unwrap_or(self.item.namespace);
            self.add(kind, namespace, reference["name"].as_str(), at, true);
        }
    }

    fn depends(&mut self, kind: &'static str, depends: &'a Value) {
        for (at, it) in list(depends) {
            let namespace = it["namespace"].as_str().unwrap_or(self.item.namespace);
            self.item(kind, namespace, it["name"].as_str(), "spec.dependsOn", at, "name", true);
        }
    }

    /// A list of Secrets and ConfigMaps that values are read from.
    fn sources(&mut self, sources: &'a Value, above: &'static str) {
        for (at, it) in list(sources).filter(|(_, it)| it["optional"] != true) {
            if let Some(kind) = it["kind"].as_str() {
                self.item(kind, self.item.namespace, it["name"].as_str(), above, at, "name", false);
            }
        }
    }

    /// What something is applied with. Through a kubeconfig, account and namespaces are those of another cluster.
    fn remote(&mut self, spec: &'a Value, namespaces: &[&'static str]) {
        let kubeconfig = &spec["kubeConfig"]["secretRef"];
        if !kubeconfig.is_null() {
            self.add(
                "Secret",
                self.item.namespace,
                kubeconfig["name"].as_str(),
                "spec.kubeConfig.secretRef.name",
                false,
            );
            return;
        }
        self.add(
            "ServiceAccount",
            self.item.namespace,
            spec["serviceAccountName"].as_str(),
            "spec.serviceAccountName",
            true,
        );
        for field in namespaces {
            let at =
                if *field == "targetNamespace" { "spec.targetNamespace" } else { "spec.storageNamespace" };
            self.add("Namespace", "", spec[*field].as_str(), at, false);
        }
    }

    /// Secrets that the pods of a release pull images with, wherever its chart takes them. They stand in the namespace of the release.
    fn pull_secrets(&mut self, spec: &'a Value) {
        let Some(namespace) = spec["targetNamespace"].as_str().filter(|_| spec.get("kubeConfig").is_none())
        else {
            return;
        };
        walk::nodes(&spec["values"], &mut |trail, value| {
            if trail.is_entry() && trail.key() == Some("imagePullSecrets") {
                for (_, secret) in list(value) {
                    let name = secret.as_str().or(secret["name"].as_str());
                    self.add("Secret", namespace, name, "spec.values", false);
                }
            }
        });
    }

    fn binding(&mut self) {
        let object = &self.item.object.object;
        let role = &object["roleRef"];
        let kind = role["kind"].as_str().unwrap_or_default();
        let namespace = if kind == "Role" { self.item.namespace } else { "" };
        self.add(kind, namespace, role["name"].as_str(), "roleRef.name", true);
        for (at, subject) in list(&object["subjects"]).filter(|(_, it)| it["kind"] == "ServiceAccount") {
            let namespace = subject["namespace"].as_str().unwrap_or(self.item.namespace);
            self.item("ServiceAccount", namespace, subject["name"].as_str(), "subjects", at, "name", true);
        }
    }
}

fn list(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}

/// What every API server and every Flux has of itself.
pub(crate) fn is_built_in(reference: &Reference<'_>) -> bool {
    let Reference { kind, namespace, name, .. } = reference;
    match *kind {
        "Namespace" => catalyst_model::BUILT_IN_NAMESPACES.contains(name),
        "ServiceAccount" => {
            *name == "default"
                || *namespace == FLUX_SYSTEM
                    && matches!(*name, "kustomize-controller" | "helm-controller" | "source-controller")
        }
        "ClusterRole" => {
            matches!(*name, "admin" | "cluster-admin" | "edit" | "view") || name.starts_with("system:")
        }
        "ConfigMap" => *name == "kube-root-ca.crt",
        _ => false,
    }
}
