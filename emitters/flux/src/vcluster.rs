//! `vcluster.yaml`: the chart source and the release of a vCluster.

use crate::organization::VClusterFiles;
use crate::rights;
use crate::sources::HelmRelease;
use crate::sync::vcluster_folder;
use catalyst_emit::{Object, list, map};
use catalyst_plan::EmittedObject;
use catalyst_source::KeyPath;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The chart and its one version, for all targets.
const CHART: &str = "vcluster";
const VERSION: &str = "0.33.1";

pub(crate) fn objects(org: &VClusterFiles<'_>) -> Vec<EmittedObject> {
    let name = org.vcluster.name.as_str();
    let chart = org.chart(CHART, VERSION);
    let source = chart.source(&org.labels).from_source(org.provenance());
    let release = HelmRelease {
        chart,
        timeout: Some("15m"),
        release_name: name,
        target_namespace: org.namespace_name(),
        storage_namespace: None,
        kube_config: None,
        service_account: Some(&org.account()),
        depends_on: Vec::new(),
        // What follows talks to its API server.
        wait: true,
        preserve_values: false,
        values: values(org),
    };
    let limits = ["spec", "values", "controlPlane", "statefulSet", "resources", "limits"];
    let field = limits.iter().fold(KeyPath::root(), |path, key| path.key(key));
    vec![source, release.object(name, &org.labels).from_source(org.sized(field))]
}

fn values(org: &VClusterFiles<'_>) -> Map<String, Value> {
    let (cpu, memory) = org.vcluster.plan.limits();
    let name = org.vcluster.name.as_str();
    // The name that its Service has on the host; the certificate has to know it.
    let host = format!("{name}.{}.svc", org.namespace_name());
    let resources = map([
        ("limits", amounts(&cpu.to_string(), &format!("{memory}Gi"))),
        ("requests", amounts("200m", "256Mi")),
    ]);
    // The build without the modules that ask for a licence.
    let mut image = map([("repository", "loft-sh/vcluster-oss".into())]);
    let mirror =
        org.plan.sovereign.spec.air_gap.as_ref().map(|_| format!("{}/ghcr.io", org.plan.facts.registry.host));
    if let Some(mirror) = &mirror {
        image.insert("registry".to_owned(), mirror.as_str().into());
    }
    let mut control_plane = map([
        ("proxy", object([("extraSANs", list([host.as_str()]))])),
        ("statefulSet", object([("image", Value::Object(image)), ("resources", Value::Object(resources))])),
    ]);
    if let Some(mirror) = mirror {
        let image = object([("image", object([("registry", mirror.into())]))]);
        control_plane.insert("distro".into(), object([("k8s", image)]));
    }
    if let Some(secrets) = org.pull_secrets() {
        // The chart hands them on to the account that the Organization's Pods run as.
        let account = object([("serviceAccount", object([("imagePullSecrets", secrets)]))]);
        control_plane.insert("advanced".into(), account);
    }
    let sync = ["ingresses", "networkPolicies", "podDisruptionBudgets"].map(|kind| (kind, enabled(true)));
    map([
        ("controlPlane", Value::Object(control_plane)),
        (
            "exportKubeConfig",
            object([
                ("context", vcluster_folder(org.host, org.vcluster).into()),
                ("server", format!("https://{host}:443").into()),
            ]),
        ),
        ("sync", object([("toHost", object(sync))])),
        ("rbac", object([("clusterRole", enabled(false)), ("enableVolumeSnapshotRules", enabled(false))])),
        // The quota beside it is the platform's; the chart must not add one that its own account may change.
        ("policies", object([("limitRange", enabled(false)), ("resourceQuota", enabled(false))])),
        ("telemetry", enabled(false)),
        (
            "experimental",
            object([("deploy", object([("vcluster", object([("manifests", manifests(org).into())]))]))]),
        ),
    ])
}

/// What the vCluster applies to itself at its start: the namespaces that the platform's releases need, and the account that they act
/// with. Whoever holds the kubeconfig could do the same; the account gives it a name, and keeps working under lockdown.
fn manifests(org: &VClusterFiles<'_>) -> String {
    let (name, namespace) = (org.account(), org.namespace_name());
    let labelled = |api, kind, name: &str| Object::new(api, kind, name).labels(&org.labels);
    let secrets = crate::vcluster_secrets::release(org).map(|release| release.namespace.as_str());
    let mut namespaces = BTreeSet::from([namespace, crate::sources::FLUX_SYSTEM]);
    namespaces.extend(secrets);
    let mut objects: Vec<Object> =
        namespaces.into_iter().map(|name| labelled("v1", "Namespace", name)).collect();
    objects.extend([
        rights::account(labelled("v1", "ServiceAccount", &name).namespace(namespace)),
        labelled("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", &name)
            .member("roleRef", rights::role_ref("ClusterRole", "cluster-admin"))
            .member("subjects", Value::Array(vec![rights::subject(&name, namespace)])),
    ]);
    let documents: Vec<Value> = objects.into_iter().map(Object::into_value).collect();
    catalyst_yaml::write_documents(&documents)
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(map(entries))
}

fn enabled(enabled: bool) -> Value {
    object([("enabled", enabled.into())])
}

fn amounts(cpu: &str, memory: &str) -> Value {
    object([("cpu", cpu.into()), ("memory", memory.into())])
}
