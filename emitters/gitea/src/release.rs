//! `release.yaml`: where the chart comes from, and the Helm release of it.

use crate::{because, labels};
use catalyst_emit::{Labels, Object};
use catalyst_model::{PlacementMode, Target};
use catalyst_plan::{
    ApplicationPlan, EmittedObject, EnvironmentPlan, Plan, Provenance, Published, registry_url,
};
use catalyst_source::KeyPath;
use serde_json::{Value, json};

/// How often Flux looks at the source and at the release.
const INTERVAL: &str = "15m";

/// First Flux minor version that serves `OCIRepository` as v1, which a release refers to directly.
const OCI_REPOSITORY_V1: u32 = 6;

/// First Flux minor version that serves `HelmRepository` as v1.
const HELM_REPOSITORY_V1: u32 = 3;

/// The account in the Application's namespace that Helm acts as. The tree of the vCluster brings it.
const ACCOUNT: &str = "reconciler";

/// The source and the release. Neither has a namespace: the Flux Kustomization that applies them sets it.
pub(crate) fn objects(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
) -> Vec<EmittedObject> {
    let labels = labels::of_application(plan, app, environment);
    let current = flux_minor(&environment.target) >= OCI_REPOSITORY_V1;
    let source = if current { oci_repository } else { helm_repository };
    vec![source(plan, app, environment, &labels), release(plan, app, environment, &labels, current)]
}

/// The minor version of Flux. A target without one is taken as newer than all: the schema has reported it.
fn flux_minor(target: &Target) -> u32 {
    target.flux.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX)
}

fn oci_repository(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    labels: &Labels,
) -> EmittedObject {
    let published = published(plan, environment);
    let version = match &published.digest {
        Some(digest) => json!({ "digest": digest }),
        None => json!({ "tag": published.version.replace('+', "_") }),
    };
    let mut spec = json!({
        "interval": INTERVAL,
        "url": format!("{}/{}", registry_url(&published.registry), published.chart),
        "ref": version,
        "layerSelector": {
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "operation": "copy",
        },
    });
    sign_in(&mut spec, &published.registry.pull_secret);
    Object::new("source.toolkit.fluxcd.io/v1", "OCIRepository", app.name.as_str())
        .labels(labels)
        .spec(spec)
        .from_source(with_version(because(app, environment), environment, &published, "spec.ref.tag"))
}

fn published(plan: &Plan, environment: &EnvironmentPlan) -> Published {
    let is_air_gapped = plan.sovereign.spec.air_gap.is_some();
    environment.entry.published(&environment.version, &plan.facts, is_air_gapped)
}

fn helm_repository(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    labels: &Labels,
) -> EmittedObject {
    let published = published(plan, environment);
    let mut spec = json!({ "type": "oci", "interval": INTERVAL, "url": registry_url(&published.registry) });
    sign_in(&mut spec, &published.registry.pull_secret);
    let stable = flux_minor(&environment.target) >= HELM_REPOSITORY_V1;
    let api = if stable { "source.toolkit.fluxcd.io/v1" } else { "source.toolkit.fluxcd.io/v1beta2" };
    Object::new(api, "HelmRepository", app.name.as_str())
        .labels(labels)
        .spec(spec)
        .from_source(because(app, environment))
}

fn sign_in(spec: &mut Value, pull_secret: &str) {
    if !pull_secret.is_empty() {
        spec["secretRef"] = json!({ "name": pull_secret });
    }
}

fn release(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    labels: &Labels,
    current: bool,
) -> EmittedObject {
    let mut provenance = because(app, environment);
    let mut spec = json!({ "interval": INTERVAL, "releaseName": app.name, "serviceAccountName": ACCOUNT });
    if current {
        spec["chartRef"] = json!({ "kind": "OCIRepository", "name": app.name });
    } else {
        let published = published(plan, environment);
        spec["chart"] = json!({ "spec": {
            "chart": published.chart,
            "version": published.version,
            "sourceRef": { "kind": "HelmRepository", "name": app.name },
        } });
        provenance = with_version(provenance, environment, &published, "spec.chart.spec.version");
    }
    spec["install"] = json!({ "remediation": { "retries": 3 } });
    spec["upgrade"] = json!({ "remediation": { "retries": 3 } });
    if environment.mode == PlacementMode::ActiveHotstandby {
        spec["driftDetection"] = drift_detection();
        let why = "the agent owns the replica counts: it flips them when regions change roles";
        let path = KeyPath::root().key("spec").key("driftDetection");
        provenance = provenance.field(path, why, &environment.place);
    }
    spec["valuesFrom"] = json!([{ "kind": "ConfigMap", "name": values_name(app) }]);
    Object::new("helm.toolkit.fluxcd.io/v2", "HelmRelease", app.name.as_str())
        .labels(labels)
        .spec(spec)
        .from_source(provenance)
}

/// Flux corrects everything but the replica counts.
fn drift_detection() -> Value {
    let ignore = |kind: &str| json!({ "paths": ["/spec/replicas"], "target": { "kind": kind } });
    json!({ "mode": "enabled", "ignore": [ignore("Deployment"), ignore("StatefulSet")] })
}

/// Name of the ConfigMap with `values.yaml`, before Kustomize adds the hash.
pub(crate) fn values_name(app: &ApplicationPlan) -> String {
    format!("{}-values", app.name)
}

/// Adds where the version at `path` comes from.
fn with_version(
    provenance: Provenance,
    environment: &EnvironmentPlan,
    published: &Published,
    path: &str,
) -> Provenance {
    let blueprint = &environment.entry.blueprint;
    let why = format!("version {} of `{}`", environment.version, blueprint.name);
    let path = path.split('.').fold(KeyPath::root(), |path, key| path.key(key));
    let own = blueprint.place.child("spec").child("version");
    provenance.field(path, why, published.place.as_ref().unwrap_or(&own))
}
