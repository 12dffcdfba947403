//! `flux.yaml`: Flux inside a vCluster, and the Kustomization that applies the Organization's Applications there.

use crate::organization::VClusterFiles;
use crate::sources::{FLUX_SYSTEM, HelmRelease, flux_minor};
use crate::sync::{REPOSITORY, Sync, tree_repository, vcluster_path};
use catalyst_emit::map;
use catalyst_model::Target;
use catalyst_plan::EmittedObject;
use serde_json::{Map, Value};

/// Account in each namespace of a vCluster that Flux acts as where an object names none.
pub(crate) const DEFAULT_ACCOUNT: &str = "reconciler";

const CHART: &str = "flux2";

/// The newest release of the flux2 chart with this Flux, for a cluster whose kit does not say.
pub(crate) fn chart_for(target: &Target) -> &'static str {
    match flux_minor(target) {
        0..=2 => "2.12.4",
        3 => "2.13.0",
        4 => "2.14.1",
        5 => "2.15.0",
        6 => "2.16.4",
        7 => "2.17.2",
        _ => "2.18.3",
    }
}

pub(crate) fn objects(org: &VClusterFiles<'_>) -> Vec<EmittedObject> {
    let (name, account, secret) = (org.vcluster.name.as_str(), org.account(), org.kube_config());
    let version = org.flux_chart();
    let chart = org.chart(CHART, &version);
    let source = chart.source(&org.labels);
    let release = HelmRelease {
        chart,
        timeout: Some("15m"),
        release_name: "flux",
        target_namespace: FLUX_SYSTEM,
        storage_namespace: Some(FLUX_SYSTEM),
        kube_config: Some(&secret),
        service_account: Some(&account),
        depends_on: vec![name],
        wait: true,
        preserve_values: false,
        values: values(),
    };
    let path = vcluster_path(org.plan, org.host, org.vcluster);
    let repository = tree_repository(org.plan, org.namespace_name(), "5m", &path, &org.labels);
    let environment = Sync {
        name: &format!("{name}-environment"),
        namespace: org.namespace_name(),
        // A Kustomization cannot depend on a HelmRelease: until the vCluster and its Flux are up, this one fails and tries again.
        retry: Some("1m"),
        timeout: "15m",
        depends_on: Vec::new(),
        path: &path,
        wait: true,
        target_namespace: None,
        source: REPOSITORY,
        kube_config: Some(&secret),
        service_account: &account,
        common_labels: None,
        health: Vec::new(),
    };
    let release = release.object(&format!("{name}-flux"), &org.labels);
    [source, release, repository, environment.object(&org.labels)]
        .map(|object| object.from_source(org.provenance()))
        .into()
}

/// The three controllers that pull and apply, under lockdown: no references across namespaces, no rights without an account.
fn values() -> Map<String, Value> {
    let off = |name| (name, Value::Object(map([("create", false.into())])));
    let lockdown = map([
        ("enabled", true.into()),
        ("defaultServiceAccount", DEFAULT_ACCOUNT.into()),
        ("privileged", true.into()),
    ]);
    map([
        ("multitenancy", Value::Object(lockdown)),
        off("imageAutomationController"),
        off("imageReflectionController"),
        off("notificationController"),
    ])
}
