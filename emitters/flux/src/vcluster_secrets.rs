//! `external-secrets.yaml`: External Secrets inside a vCluster, since what the Organization keeps in Git are references to Secrets.
//!
//! It is the release of the host once more, with the same values but for two: inside there is no cert-manager, so the webhook stays out,
//! and OpenBao has a sign-in of its own for each vCluster, since each has keys and accounts of its own.

use crate::organization::VClusterFiles;
use crate::sources::HelmRelease;
use crate::sync::vcluster_folder;
use catalyst_emit::map;
use catalyst_plan::{EmittedObject, Release};
use catalyst_source::KeyPath;
use serde_json::{Map, Value};

/// Where the chart's values name the mount.
const SIGN_IN: [&str; 4] = ["externalSecretsOverlay", "clusterSecretStore", "kubernetesAuth", "mountPath"];

const BLUEPRINT: &str = "bp-external-secrets";

/// External Secrets of the host.
pub(crate) fn release<'a>(org: &VClusterFiles<'a>) -> Option<&'a Release> {
    org.host.releases.values().find(|it| it.entry.blueprint.name.as_str() == BLUEPRINT)
}

/// Nothing when the kit of the host has no External Secrets.
pub(crate) fn objects(org: &VClusterFiles<'_>) -> Option<Vec<EmittedObject>> {
    let host = release(org)?;
    let (name, account, secret) = (org.vcluster.name.as_str(), org.account(), org.kube_config());
    let version = host.version.canonical();
    let chart = org.chart(BLUEPRINT, &version);
    let source = chart.source(&org.labels);
    let release = HelmRelease {
        chart,
        timeout: Some("15m"),
        release_name: "external-secrets",
        target_namespace: host.namespace.as_str(),
        storage_namespace: Some(host.namespace.as_str()),
        kube_config: Some(&secret),
        service_account: Some(&account),
        depends_on: vec![name],
        wait: true,
        preserve_values: false,
        values: values(host, &format!("kubernetes-{}", vcluster_folder(org.host, org.vcluster))),
    };
    let spec = KeyPath::root().key("spec").key("values");
    let mount = SIGN_IN.iter().fold(spec.clone(), |path, key| path.key(*key));
    let whence = org.provenance().values(spec, host.values.clone());
    let whence = whence.field(mount, "each vCluster signs in at a mount of its own", &org.host.place);
    let release = release.object(&format!("{name}-external-secrets"), &org.labels);
    Some(vec![source.from_source(org.provenance()), release.from_source(whence)])
}

fn values(host: &Release, sign_in: &str) -> Map<String, Value> {
    let mut values = Value::Object(host.values.merged.clone());
    if let Some(chart) = values.get_mut("external-secrets").and_then(Value::as_object_mut) {
        let off = |key| Value::Object(map([(key, false.into())]));
        chart.insert("webhook".to_owned(), off("create"));
        // The definitions would otherwise ask the webhook to convert.
        let definitions = chart.entry("crds").or_insert_with(|| Value::Object(Map::new()));
        if let Some(definitions) = definitions.as_object_mut() {
            definitions.insert("conversion".to_owned(), off("enabled"));
        }
    }
    if let Some(mount) = values.pointer_mut(&format!("/{}", SIGN_IN.join("/"))) {
        *mount = sign_in.into();
    }
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}
