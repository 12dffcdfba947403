//! `release.yaml`: where the chart comes from, and the Helm release of it.

use crate::labels;
use catalyst_model::{PlacementMode, Target};
use catalyst_plan::{ApplicationPlan, EmittedObject, EnvironmentPlan, Plan, Provenance};
use catalyst_source::KeyPath;
use serde_json::{Value, json};

/// How often Flux looks at the source and at the release.
const INTERVAL: &str = "15m";

/// First Flux minor version that serves `OCIRepository` as v1.
const OCI_REPOSITORY_V1: u32 = 6;

/// The source and the release. Neither has a namespace: the Flux Kustomization that applies them sets it.
pub(crate) fn objects(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
) -> Vec<EmittedObject> {
    let by_reference = flux_minor(&environment.target) >= OCI_REPOSITORY_V1;
    vec![source(plan, app, environment, by_reference), release(plan, app, environment, by_reference)]
}

/// The minor version of Flux. A target that names none is taken as newer than all: the schema has reported it.
fn flux_minor(target: &Target) -> u32 {
    target.flux.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(u32::MAX)
}

fn source(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    by_reference: bool,
) -> EmittedObject {
    let registry = &plan.facts.registry;
    let metadata = json!({ "name": app.name, "labels": labels::of_application(plan, app, environment) });
    if !by_reference {
        let object = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "HelmRepository",
            "metadata": metadata,
            "spec": {
                "type": "oci",
                "interval": INTERVAL,
                "url": format!("oci://{}/{}", registry.host, registry.path),
                "secretRef": { "name": registry.pull_secret },
            },
        });
        return EmittedObject { object, provenance: because(app, environment) };
    }
    let object = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "OCIRepository",
        "metadata": metadata,
        "spec": {
            "interval": INTERVAL,
            "url": format!("oci://{}/{}/{}", registry.host, registry.path, environment.entry.blueprint.name),
            "ref": { "tag": environment.version.tag() },
            "layerSelector": {
                "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                "operation": "copy",
            },
            "secretRef": { "name": registry.pull_secret },
        },
    });
    let path = KeyPath::root().key("spec").key("ref").key("tag");
    EmittedObject { object, provenance: with_version(because(app, environment), environment, path) }
}

fn release(
    plan: &Plan,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
    by_reference: bool,
) -> EmittedObject {
    let mut spec = json!({ "interval": INTERVAL, "releaseName": app.name });
    let mut provenance = because(app, environment);
    if by_reference {
        spec["chartRef"] = json!({ "kind": "OCIRepository", "name": app.name });
    } else {
        spec["chart"] = json!({ "spec": {
            "chart": environment.entry.blueprint.name,
            "version": environment.version.canonical(),
            "sourceRef": { "kind": "HelmRepository", "name": app.name },
        } });
        let path = KeyPath::root().key("spec").key("chart").key("spec").key("version");
        provenance = with_version(provenance, environment, path);
    }
    spec["install"] = json!({ "remediation": { "retries": 3 } });
    spec["upgrade"] = json!({ "remediation": { "retries": 3 } });
    if environment.mode == PlacementMode::ActiveHotstandby {
        spec["driftDetection"] = drift_detection();
        provenance = provenance.field(
            KeyPath::root().key("spec").key("driftDetection"),
            "the agent owns the replicas of a standby and of what it fails over to",
            &environment.place,
        );
    }
    spec["valuesFrom"] = json!([{ "kind": "ConfigMap", "name": values_name(app) }]);
    let object = json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": { "name": app.name, "labels": labels::of_application(plan, app, environment) },
        "spec": spec,
    });
    EmittedObject { object, provenance }
}

/// Flux corrects everything but the replica counts, which the agent flips when regions change roles.
fn drift_detection() -> Value {
    let ignore = |kind: &str| json!({ "paths": ["/spec/replicas"], "target": { "kind": kind } });
    json!({ "mode": "enabled", "ignore": [ignore("Deployment"), ignore("StatefulSet")] })
}

/// Name of the ConfigMap with `values.yaml`, before Kustomize adds the hash.
pub(crate) fn values_name(app: &ApplicationPlan) -> String {
    format!("{}-values", app.name)
}

fn because(app: &ApplicationPlan, environment: &EnvironmentPlan) -> Provenance {
    let why = format!("Application `{}` in Environment `{}`", app.name, environment.environment);
    Provenance::new(why, &environment.place)
}

/// Adds where the version at `path` comes from.
fn with_version(provenance: Provenance, environment: &EnvironmentPlan, path: KeyPath) -> Provenance {
    let blueprint = &environment.entry.blueprint;
    let why = format!("version {} of `{}`", environment.version, blueprint.name);
    provenance.field(path, why, &blueprint.place.child("spec").child("version"))
}
