//! What the objects of a release bring into a cluster, and what they use of it.
//!
//! Read from the objects alone: CRDs with their versions, named objects that others may use, and references to such objects out of pods, claims,
//! routes, certificates and webhooks. What controllers make of an object counts where the kind says so: the Secret of a Certificate. What a
//! reference calls optional is not used.

use catalyst_helm::Object;
use catalyst_plan::Capability;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the objects of a release bring and use; each with the first object that does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Surface<'o> {
    /// What they bring. Namespaced objects carry their namespace.
    pub brings: BTreeMap<Capability, &'o Object>,
    /// What they use and do not bring.
    pub uses: BTreeMap<Capability, &'o Object>,
    /// Kinds of all objects: the core group is empty.
    pub kinds: BTreeMap<(String, String, String), &'o Object>,
}

/// The surface of the objects of a release in a namespace.
pub fn surface<'o>(objects: &'o [Object], namespace: &str) -> Surface<'o> {
    let mut found = Surface::default();
    for object in objects {
        let version = object.value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        let version = version.rsplit('/').next().unwrap_or_default();
        let kind = (object.group().to_owned(), version.to_owned(), object.kind().to_owned());
        found.kinds.entry(kind).or_insert(object);
        brings(object, namespace, &mut found);
        uses(object, namespace, &mut found);
    }
    let made = written_words(objects);
    let brings = &found.brings;
    found.uses.retain(|it, _| {
        let is_made =
            matches!(it, Capability::Named { kind: "Secret", name, .. } if made.contains(name.as_str()));
        !brings.contains_key(it) && !is_made
    });
    found
}

/// Kinds of objects that others use by name, with their groups.
const NAMED: [(&str, &str, &str); 7] = [
    ("", "Secret", "Secret"),
    ("", "ConfigMap", "ConfigMap"),
    ("", "Service", "Service"),
    ("storage.k8s.io", "StorageClass", "StorageClass"),
    ("cert-manager.io", "ClusterIssuer", "ClusterIssuer"),
    ("gateway.networking.k8s.io", "GatewayClass", "GatewayClass"),
    ("", "Namespace", "Namespace"),
];

fn brings<'o>(object: &'o Object, namespace: &str, found: &mut Surface<'o>) {
    let own = text(&object.value, &["metadata", "namespace"]).unwrap_or(namespace);
    let name = object.name();
    if let Some((_, _, kind)) =
        NAMED.iter().find(|(group, kind, _)| *group == object.group() && *kind == object.kind())
    {
        found.brings.entry(named(kind, name, own)).or_insert(object);
    }
    let spec = object.value.get("spec").unwrap_or(&Value::Null);
    let mut secret = |name: &str| {
        found.brings.entry(named("Secret", name, own)).or_insert(object);
    };
    match (object.group(), object.kind()) {
        ("external-secrets.io", "ExternalSecret") => secret(text(spec, &["target", "name"]).unwrap_or(name)),
        ("bitnami.com", "SealedSecret") => secret(name),
        ("cert-manager.io", "Certificate") => secret(text(spec, &["secretName"]).unwrap_or(name)),
        ("postgresql.cnpg.io", "Cluster") => {
            for end in ["app", "superuser", "ca", "server", "replication"] {
                secret(&format!("{name}-{end}"));
            }
            for end in ["rw", "ro", "r"] {
                found.brings.entry(named("Service", &format!("{name}-{end}"), own)).or_insert(object);
            }
        }
        ("postgresql.cnpg.io", "Pooler") => {
            found.brings.entry(named("Service", name, own)).or_insert(object);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            let (group, kind) = (text(spec, &["group"]), text(spec, &["names", "kind"]));
            let versions = spec.get("versions").and_then(Value::as_array).into_iter().flatten();
            let served = versions.filter(|it| it.get("served") != Some(&Value::Bool(false)));
            for version in served.filter_map(|it| text(it, &["name"])) {
                if let (Some(group), Some(kind)) = (group, kind) {
                    found.brings.entry(api(group, version, kind)).or_insert(object);
                }
            }
        }
        _ => {}
    }
}

fn uses<'o>(object: &'o Object, namespace: &str, found: &mut Surface<'o>) {
    // What a definition or a text describes is nothing that it uses.
    if object.kind() == "CustomResourceDefinition" {
        return;
    }
    let own = text(&object.value, &["metadata", "namespace"]).unwrap_or(namespace);
    let mut found_names =
        Uses { own, has_services: SERVICES.contains(&object.group()), names: BTreeSet::new() };
    let names = &mut found_names.names;
    if own != namespace {
        names.insert(named("Namespace", own, ""));
    }
    if let Some(issuer) = text(&object.value, &["metadata", "annotations", "cert-manager.io/cluster-issuer"])
    {
        names.insert(named("ClusterIssuer", issuer, ""));
    }
    found_names.walk(&object.value, false);
    for it in found_names.names {
        found.uses.entry(it).or_insert(object);
    }
}

/// Groups whose objects name Services under `service`; elsewhere that key may mean anything.
const SERVICES: [&str; 3] = ["networking.k8s.io", "admissionregistration.k8s.io", "apiregistration.k8s.io"];

/// What an object names.
struct Uses<'o> {
    /// Its namespace.
    own: &'o str,
    has_services: bool,
    names: BTreeSet<Capability>,
}

impl Uses<'_> {
    /// Adds what is named below a node. `in_pod` says whether it stands in the spec of a pod.
    fn walk(&mut self, value: &Value, in_pod: bool) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, in_pod)),
            Value::Object(map) => {
                let in_pod = in_pod || map.get("containers").is_some_and(Value::is_array);
                for (key, below) in map {
                    if below.get("optional") != Some(&Value::Bool(true)) {
                        self.reference(key, below, in_pod);
                    }
                    self.walk(below, in_pod);
                }
            }
            _ => {}
        }
    }

    /// Adds what an entry names, when it is a reference.
    fn reference(&mut self, key: &str, value: &Value, in_pod: bool) {
        let name = |key: &str| text(value, &[key]);
        let own = self.own;
        let items = || value.as_array().into_iter().flatten();
        let found = match key {
            "secretKeyRef" | "secretRef" if in_pod => name("name").map(|it| named("Secret", it, own)),
            "configMapKeyRef" | "configMapRef" | "configMap" if in_pod => {
                name("name").map(|it| named("ConfigMap", it, own))
            }
            // A volume calls it `secretName`, a source of a projected one `name`.
            "secret" if in_pod => name("secretName").or(name("name")).map(|it| named("Secret", it, own)),
            "imagePullSecrets" if in_pod => {
                self.names.extend(items().filter_map(|it| Some(named("Secret", text(it, &["name"])?, own))));
                None
            }
            "storageClassName" => plain(value).map(|it| named("StorageClass", it, "")),
            "gatewayClassName" => plain(value).map(|it| named("GatewayClass", it, "")),
            "issuerRef" if name("kind") == Some("ClusterIssuer") => {
                name("name").map(|it| named("ClusterIssuer", it, ""))
            }
            "service" if self.has_services => {
                name("name").map(|it| named("Service", it, name("namespace").unwrap_or(own)))
            }
            "backendRefs" => {
                let is_service = |it: &&Value| matches!(text(it, &["kind"]), None | Some("Service"));
                self.names.extend(items().filter(is_service).filter_map(|it| {
                    Some(named("Service", text(it, &["name"])?, text(it, &["namespace"]).unwrap_or(own)))
                }));
                None
            }
            _ => None,
        };
        self.names.extend(found);
    }
}

/// Words that stand in the arguments of programs: a Job that is told the name of a Secret makes it.
fn written_words(objects: &[Object]) -> BTreeSet<&str> {
    fn texts<'o>(value: &'o Value, in_command: bool, out: &mut BTreeSet<&'o str>) {
        let is_edge = |c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c));
        match value {
            Value::String(text) if in_command => out.extend(text.split(is_edge)),
            Value::Array(items) => items.iter().for_each(|it| texts(it, in_command, out)),
            Value::Object(map) => {
                for (key, below) in map {
                    texts(below, matches!(key.as_str(), "args" | "command"), out);
                }
            }
            _ => {}
        }
    }
    let mut words = BTreeSet::new();
    objects.iter().for_each(|it| texts(&it.value, false, &mut words));
    words
}

fn plain(value: &Value) -> Option<&str> {
    value.as_str().filter(|it| !it.is_empty())
}

fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    plain(path.iter().try_fold(value, |node, key| node.get(key))?)
}

fn api(group: &str, version: &str, kind: &str) -> Capability {
    Capability::Api { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned() }
}

/// A named object; those of kinds without namespaces have none.
fn named(kind: &'static str, name: &str, namespace: &str) -> Capability {
    let has_namespace = matches!(kind, "Secret" | "ConfigMap" | "Service");
    let namespace = has_namespace.then(|| namespace.to_owned());
    Capability::Named { kind, name: name.to_owned(), namespace }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::object;
    use serde_json::json;

    fn shown(objects: &[Object]) -> (Vec<String>, Vec<String>) {
        let found = surface(objects, "web");
        let texts = |it: &BTreeMap<Capability, &Object>| it.keys().map(ToString::to_string).collect();
        (texts(&found.brings), texts(&found.uses))
    }

    #[test]
    fn definitions_bring_the_versions_that_they_serve() {
        let crd = object(
            "CustomResourceDefinition.apiextensions.k8s.io/clusters.postgresql.cnpg.io",
            json!({ "spec": {
                "group": "postgresql.cnpg.io",
                "names": { "kind": "Cluster" },
                "versions": [{ "name": "v1", "served": true }, { "name": "v1beta1", "served": false }],
            } }),
        );
        assert_eq!(shown(&[crd]).0, ["API `postgresql.cnpg.io/v1` Cluster"]);
    }

    #[test]
    fn pods_use_what_they_name_and_nobody_here_brings() {
        let pod = json!({ "spec": { "template": { "spec": {
            "containers": [{
                "name": "a",
                "env": [
                    { "name": "A", "valueFrom": { "secretKeyRef": { "name": "own", "key": "a" } } },
                    { "name": "B", "valueFrom": { "secretKeyRef": { "name": "theirs", "key": "a" } } },
                    { "name": "C", "valueFrom": { "configMapKeyRef": { "name": "maybe", "key": "a", "optional": true } } },
                ],
                "envFrom": [{ "configMapRef": { "name": "settings" } }],
            }],
            "imagePullSecrets": [{ "name": "pull" }],
            "volumes": [{ "name": "v", "secret": { "secretName": "cert" } }, { "name": "w", "projected": { "sources": [{ "secret": { "name": "token" } }] } }],
        } } } });
        let certificate = object(
            "Certificate.cert-manager.io/web",
            json!({ "spec": { "secretName": "cert", "issuerRef": { "kind": "ClusterIssuer", "name": "letsencrypt" } } }),
        );
        let (brings, uses) =
            shown(&[object("Deployment.apps/web", pod), object("Secret/own", json!({})), certificate]);
        assert_eq!(brings, ["Secret `web/cert`", "Secret `web/own`"]);
        assert_eq!(
            uses,
            [
                "ClusterIssuer `letsencrypt`",
                "ConfigMap `web/settings`",
                "Secret `web/pull`",
                "Secret `web/theirs`",
                "Secret `web/token`",
            ]
        );
    }

    #[test]
    fn routes_claims_and_webhooks_use_what_they_name() {
        let objects = [
            object(
                "HTTPRoute.gateway.networking.k8s.io/a",
                json!({ "spec": { "rules": [{ "backendRefs": [{ "name": "b", "port": 80 }, { "kind": "X", "name": "c" }] }] } }),
            ),
            object("PersistentVolumeClaim/a", json!({ "spec": { "storageClassName": "fast" } })),
            object(
                "ValidatingWebhookConfiguration.admissionregistration.k8s.io/a",
                json!({ "webhooks": [{ "clientConfig": { "service": { "name": "hook", "namespace": "hooks" } } }] }),
            ),
            object(
                "Gateway.gateway.networking.k8s.io/a",
                json!({ "spec": { "gatewayClassName": "cilium" } }),
            ),
            object(
                "Role.rbac.authorization.k8s.io/a",
                json!({ "metadata": { "name": "a", "namespace": "elsewhere" } }),
            ),
        ];
        assert_eq!(
            shown(&objects).1,
            [
                "GatewayClass `cilium`",
                "Namespace `elsewhere`",
                "Service `web/b`",
                "Service `hooks/hook`",
                "StorageClass `fast`",
            ]
        );
    }

    #[test]
    fn a_job_makes_the_secret_that_it_is_told() {
        let job = json!({ "spec": { "template": { "spec": { "containers": [{ "args": ["create", "--secret-name=hook-cert"] }] } } } });
        let pod =
            json!({ "spec": { "containers": [], "volumes": [{ "secret": { "secretName": "hook-cert" } }] } });
        assert_eq!(shown(&[object("Job.batch/a", job), object("Pod/a", pod.clone())]).1, [""; 0]);
        assert_eq!(shown(&[object("Pod/a", pod)]).1, ["Secret `web/hook-cert`"]);
    }
}
