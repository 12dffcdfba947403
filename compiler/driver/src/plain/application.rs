//! The Applications of a rendered Sovereign: overlays of manifests in their repositories, and the Kustomizations of these in the vClusters.
//!
//! A branch holds no values and no layers then: each region has a folder with all that is applied there. The references to secrets come first,
//! since Pods of hooks may need what they stand for.

use super::Releases;
use super::folder::{Chain, files};
use catalyst_flux::{ReleaseStage, StageObject};
use catalyst_model::SovereignName;
use catalyst_plan::{
    ApplicationPlan, Body, EmittedFile, EmittedObject, EmittedTree, EnvironmentPlan, PlacementPlan, Plan,
    Provenance,
};
use catalyst_source::TreePath;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Stages by the folder in the tree that they stand in.
type Overlays = BTreeMap<String, Vec<ReleaseStage>>;

/// Puts manifests in the place of the HelmReleases of Applications.
pub(super) fn write(sovereign: &SovereignName, plan: &Plan, releases: &Releases, tree: &mut EmittedTree) {
    let mut overlays = Overlays::new();
    for app in plan.applications.values() {
        let root =
            |it: &EnvironmentPlan| format!("{sovereign}/repositories/{}/{}/{}", app.org, app.name, it.branch);
        // Without a chart there is no release.
        if !app.environments.values().any(|it| it.entry.has_chart()) {
            continue;
        }
        let mut written = Vec::new();
        for environment in app.environments.values() {
            let root = root(environment);
            for placement in &environment.placements {
                let folder = format!("{root}/{}", overlay(environment, placement));
                let mut stages: Vec<ReleaseStage> =
                    secrets(tree, &root, app, environment).into_iter().collect();
                stages.extend(releases.of_application(app, environment, placement).iter().cloned());
                written.push((
                    folder.clone(),
                    header(app, environment, placement),
                    environment,
                    stages.clone(),
                ));
                overlays.insert(folder, stages);
            }
        }
        // What overlays were put together from; files for people stay.
        let branches: BTreeSet<String> = app.environments.values().map(root).collect();
        tree.files.retain(|path, file| {
            matches!(file.body, Body::Text(_)) || !branches.iter().any(|it| path.is_within(it))
        });
        for (folder, header, environment, stages) in written {
            let why = format!("Application `{}` in Environment `{}`", app.name, environment.environment);
            let provenance = Provenance::new(why, &environment.place);
            tree.files.extend(files(&folder, &header, &provenance, &stages));
        }
    }
    for cluster in plan.clusters.values() {
        for vcluster in cluster.vclusters.values() {
            let inside = format!("{sovereign}/vclusters/{}-{}", cluster.name, vcluster.name);
            for install in vcluster.installs.values() {
                let root =
                    format!("{sovereign}/repositories/{}/{}/{}", vcluster.org, install.app, install.branch);
                let Some(stages) = overlays.get(&format!("{root}/{}", install.path)) else { continue };
                // The file of the Application: another name would be taken by the list of all.
                let is_its = |path: &TreePath| path.is_within(&inside);
                for (_, file) in tree.files.iter_mut().filter(|(path, _)| is_its(path)) {
                    apply(file, install.app.as_str(), stages, releases.key.as_deref());
                }
            }
        }
    }
}

/// Where the manifests of a region stand, from the root of the branch. It is the place that the vCluster looks at.
fn overlay(environment: &EnvironmentPlan, placement: &PlacementPlan) -> String {
    let env = environment.environment.env;
    match placement.overlay.is_empty() {
        true => format!("overlays/{env}"),
        false => format!("overlays/{env}/{}", placement.region),
    }
}

/// The references to secrets of an Environment, as a stage of their own: those of its overlay, else those of the branch.
fn secrets(
    tree: &EmittedTree,
    root: &str,
    app: &ApplicationPlan,
    environment: &EnvironmentPlan,
) -> Option<ReleaseStage> {
    let below = |folder: String| {
        let mut stage = ReleaseStage { name: "secrets".to_owned(), wait: true, objects: BTreeMap::new() };
        for (path, file) in tree.files.iter().filter(|(path, _)| path.is_within(&folder)) {
            let Body::Objects(objects) = &file.body else { continue };
            for object in objects {
                let mut value = object.object.clone();
                if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
                    metadata.entry("namespace").or_insert_with(|| json!(app.name));
                }
                let made_by = object.provenance.why.clone();
                stage.objects.insert(path.file_name().to_owned(), StageObject { value, made_by });
            }
        }
        (!stage.objects.is_empty()).then_some(stage)
    };
    below(format!("{root}/overlays/{}/secrets", environment.environment.env))
        .or_else(|| below(format!("{root}/secrets")))
}

fn header(app: &ApplicationPlan, environment: &EnvironmentPlan, placement: &PlacementPlan) -> Vec<String> {
    vec![
        format!("{}/{}: what runs in {}, {}.", app.org, app.name, environment.environment, placement.cluster),
        format!("Made from {}.", environment.place.file),
    ]
}

/// Puts the Kustomizations of the stages in the place of the one of an Application.
fn apply(file: &mut EmittedFile, app: &str, stages: &[ReleaseStage], key: Option<&str>) {
    let Body::Objects(objects) = &mut file.body else { return };
    let Some(at) = objects.iter().position(|it| it.kind() == "Kustomization" && it.name() == app) else {
        return;
    };
    let chain = chain(&objects[at]);
    objects.splice(at..=at, chain.objects(stages, key));
}

/// What the Kustomizations of an Application have in common. Objects say their namespace themselves, as those of a chart do.
fn chain(sync: &EmittedObject) -> Chain {
    let mut common = sync.object["spec"].as_object().cloned().unwrap_or_default();
    let mut take = |key: &str| common.shift_remove(key);
    let depends_on = take("dependsOn");
    let path = take("path").and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
    let waits = take("wait") == Some(json!(true));
    take("prune");
    take("targetNamespace");
    Chain {
        name: sync.name().to_owned(),
        namespace: sync.namespace().unwrap_or("flux-system").to_owned(),
        labels: sync.object["metadata"]["labels"].as_object().cloned().unwrap_or_default(),
        depends_on,
        path,
        common,
        waits,
        provenance: Provenance::new(sync.provenance.why.clone(), &sync.provenance.place),
    }
}
