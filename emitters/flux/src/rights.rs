//! `rbac.yaml`: who installs the vCluster, and what that account may do. No wildcard, no binding outside of the namespace, none of the
//! verbs that widen rights (`escalate`, `bind`, `impersonate`).

use crate::organization::{VClusterFiles, rule};
use catalyst_emit::{Object, list, map};
use catalyst_plan::EmittedObject;
use serde_json::Value;

const ALL: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const READ: &[&str] = &["get", "list", "watch"];
const CHANGE: &[&str] = &["patch", "update"];

pub(crate) fn objects(org: &VClusterFiles<'_>) -> Vec<EmittedObject> {
    let name = org.account();
    let account = account(org.object("v1", "ServiceAccount", name.as_str()));
    let role = org
        .object("rbac.authorization.k8s.io/v1", "Role", name.as_str())
        .member("rules", Value::Array(rules()));
    let binding = org
        .object("rbac.authorization.k8s.io/v1", "RoleBinding", name.as_str())
        .member("roleRef", role_ref("Role", &name))
        .member("subjects", Value::Array(vec![subject(&name, org.namespace_name())]));
    [account, role, binding].map(|object| object.from_source(org.provenance())).into()
}

/// An account that no Pod runs as: only Flux acts in its name.
pub(crate) fn account(object: Object) -> Object {
    object.member("automountServiceAccountToken", false)
}

pub(crate) fn role_ref(kind: &str, name: &str) -> Value {
    Value::Object(map([
        ("apiGroup", "rbac.authorization.k8s.io".into()),
        ("kind", kind.into()),
        ("name", name.into()),
    ]))
}

pub(crate) fn subject(name: &str, namespace: &str) -> Value {
    Value::Object(map([
        ("kind", "ServiceAccount".into()),
        ("name", name.into()),
        ("namespace", namespace.into()),
    ]))
}

/// What the chart of the vCluster makes, and what it grants to the vCluster for the settings in [`crate::vcluster`].
fn rules() -> Vec<Value> {
    vec![
        // The chart's own objects, and Helm's record of the release.
        rule("", &["configmaps", "secrets", "serviceaccounts", "services"], ALL),
        rule("apps", &["statefulsets"], ALL),
        rule("rbac.authorization.k8s.io", &["rolebindings", "roles"], ALL),
        // What the vCluster brings to the host.
        rule("", &["endpoints", "persistentvolumeclaims", "pods"], ALL),
        rule("", &["pods/attach", "pods/exec", "pods/portforward"], ALL),
        rule("", &["pods/ephemeralcontainers", "pods/resize", "pods/status"], CHANGE),
        rule("discovery.k8s.io", &["endpointslices"], ALL),
        rule("networking.k8s.io", &["ingresses", "networkpolicies"], ALL),
        rule("policy", &["poddisruptionbudgets"], ALL),
        // What it looks at.
        rule("", &["pods/log"], READ),
        rule("apps", &["deployments", "replicasets"], READ),
        Value::Object(map([
            ("apiGroups", list(["", "events.k8s.io"])),
            ("resources", list(["events"])),
            ("verbs", list(["create", "get", "list", "watch"])),
        ])),
    ]
}
