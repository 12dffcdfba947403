//! Output profile `rendered`: the slots of a Sovereign's kit as plain manifests, instead of HelmReleases.
//!
//! Each release is rendered with the values and for the cluster that its HelmRelease would have, and stands in
//! `clusters/<cluster>/releases/<release>/`, a folder a stage ([`release_stages`]), each with a Kustomization. The file of the slot holds the
//! Flux Kustomizations that apply them in order; the last one has the name of the release, so that whatever depends on it waits for all.
//! Applications keep their HelmReleases: their repositories are read inside of vClusters.

use crate::rendering::{Engines, NotRendered, RenderOptions, RenderRun, RenderedRelease, render_fleet};
use crate::{Progress, Project, SovereignOutput};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_emit::{Object, kustomization, map, tree_path};
use catalyst_flux::{ClusterScoped, Manifest, ReleaseStage, release_stages};
use catalyst_model::{OutputProfile, SovereignName};
use catalyst_plan::{Body, EmittedFile, EmittedObject, Provenance};
use catalyst_source::TreePath;
use catalyst_system::Cancel;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The releases of all Sovereigns whose output is rendered.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    /// By Sovereign, cluster and release.
    releases: BTreeMap<String, Vec<ReleaseStage>>,
    /// What stands against it, before levels.
    pub findings: Vec<Diagnostic>,
    /// Whether it was stopped.
    pub cancelled: bool,
}

/// The Sovereigns whose output is rendered, of these or of all.
pub fn rendered_sovereigns(project: &Project, only: &[SovereignName]) -> Vec<SovereignName> {
    let (db, files) = project.database();
    let own = catalyst_db::project(db, files).as_ref().and_then(|it| it.spec.output);
    let all = catalyst_db::index(db, files).0.sovereigns.iter();
    let is_rendered = |output: Option<OutputProfile>| output.or(own) == Some(OutputProfile::Rendered);
    let wanted = all.filter(|(name, it)| {
        is_rendered(it.sovereign.spec.output) && (only.is_empty() || only.contains(name))
    });
    wanted.map(|(name, _)| name.clone()).collect()
}

/// Renders the releases of these Sovereigns.
pub fn plain(
    project: &Project,
    sovereigns: &[SovereignName],
    engines: &Engines<'_>,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Plain {
    let options =
        RenderOptions { only: sovereigns.to_vec(), cancel: cancel.clone(), ..RenderOptions::default() };
    let run = render_fleet(project, &options, engines, progress);
    let mut plain = Plain { cancelled: run.cancelled, ..Plain::default() };
    let scoped = cluster_scoped(&run);
    let mut seen = BTreeSet::new();
    for release in run.releases.iter().filter(|it| it.name.matches('/').count() == 2) {
        let (stages, against) = stages(release, &scoped);
        for found in against {
            if seen.insert((found.primary.place.file.to_string(), found.message.clone())) {
                plain.findings.push(found);
            }
        }
        plain.releases.insert(release.name.clone(), stages);
    }
    plain.findings.extend(run.findings);
    plain
}

/// Kinds without a namespace, as the CRDs of all releases say.
fn cluster_scoped(run: &RenderRun) -> ClusterScoped {
    let objects = run.releases.iter().filter_map(|it| it.objects.as_ref().ok()).flatten();
    let definitions = objects.filter(|it| it.kind() == "CustomResourceDefinition");
    let scoped = definitions.filter_map(|it| {
        let spec = it.value.get("spec")?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        (spec.get("scope")? == "Cluster")
            .then_some((text(spec.get("group"))?, text(spec.get("names")?.get("kind"))?))
    });
    scoped.collect()
}

fn stages(release: &RenderedRelease, scoped: &ClusterScoped) -> (Vec<ReleaseStage>, Vec<Diagnostic>) {
    let blueprint = &release.entry.blueprint;
    let name = &blueprint.name;
    let refuse = |place: Place, why: String| {
        Diagnostic::new(
            &rule::UNRENDERABLE_RELEASE,
            place,
            format!("`{name}` cannot be written as plain manifests: {why}"),
        )
    };
    let manifests_place = || blueprint.place.child("spec").child("manifests");
    let objects = match &release.objects {
        Ok(objects) => objects,
        Err(NotRendered::Failed) => return (Vec::new(), Vec::new()),
        Err(NotRendered::NoChart(why)) => {
            let place =
                release.entry.chart.as_ref().map_or(blueprint.place.child("spec"), |it| it.place.clone());
            let found = Diagnostic::new(
                &rule::CHART_NOT_VENDORED,
                place,
                format!("`{name}` cannot be written as plain manifests: {why}"),
            )
            .help("run `catalystc vendor`; or leave `spec.output` of the Sovereign at `releases`");
            return (Vec::new(), vec![found]);
        }
    };
    if let Some(deferred) = blueprint.spec.manifests.deferred.first() {
        let why = format!("it leaves `{}` to the cluster, and nothing renders there", deferred.function);
        let found = refuse(manifests_place().child("deferred"), why)
            .help("give the value that it looks for; or leave `spec.output` of the Sovereign at `releases`");
        return (Vec::new(), vec![found]);
    }
    let manifests: Vec<Manifest<'_>> =
        objects.iter().map(|it| Manifest { object: &it.value, file: it.file.as_str() }).collect();
    let (stages, refused) = release_stages(&release.namespace, &manifests, scoped);
    let found = refused.into_iter().map(|it| {
        refuse(blueprint.place.child("spec"), format!("`{}`: {}", it.object, it.why))
            .note(format!("made by `{}`", it.file))
            .help("switch it off by a value; or leave `spec.output` of the Sovereign at `releases`")
    });
    (stages, found.collect())
}

impl Plain {
    /// Puts the manifests of a Sovereign in the place of its HelmReleases.
    pub(crate) fn write(&self, sovereign: &SovereignName, output: &mut SovereignOutput) {
        let Some(plan) = output.plan.clone() else { return };
        for cluster in plan.clusters.values() {
            let root = format!("{sovereign}/clusters/{}", cluster.name);
            let sync = output.tree.files.get(&tree_path(&format!("{root}/flux-system/sync.yaml")));
            let Some(sync) = sync.and_then(kit_sync) else { continue };
            let kit = format!("{root}/bootstrap-kit");
            let slots: Vec<TreePath> =
                output.tree.files.keys().filter(|it| it.is_within(&kit)).cloned().collect();
            for path in slots {
                let Some(EmittedFile { header, body: Body::Objects(objects) }) =
                    output.tree.files.get_mut(&path)
                else {
                    continue;
                };
                let Some(release) = objects.iter().find(|it| it.kind() == "HelmRelease").cloned() else {
                    continue;
                };
                let short = release.name().strip_prefix("bp-").unwrap_or(release.name());
                let Some(stages) = self.releases.get(&format!("{sovereign}/{}/{short}", cluster.name)) else {
                    continue;
                };
                objects.retain(|it| !matches!(it.kind(), "HelmRelease" | "OCIRepository" | "HelmRepository"));
                objects.extend(syncs(&release, stages, &sync));
                let header = header.clone();
                let folder = format!("{root}/releases/{}", release.name());
                output.tree.files.extend(files(&folder, &header, &release, stages));
            }
        }
    }
}

/// The spec of the Kustomization that applies the kit.
fn kit_sync(file: &EmittedFile) -> Option<Value> {
    let Body::Objects(objects) = &file.body else { return None };
    let sync = objects.iter().find(|it| it.kind() == "Kustomization" && it.name() == "bootstrap-kit")?;
    sync.object.get("spec").cloned()
}

/// The Kustomizations of a release, one a stage, each after the one before.
fn syncs(release: &EmittedObject, stages: &[ReleaseStage], kit: &Value) -> Vec<EmittedObject> {
    let name = release.name();
    let spec = &release.object["spec"];
    let kit_path = kit["path"].as_str().unwrap_or_default();
    let root = kit_path.strip_suffix("/bootstrap-kit").unwrap_or(kit_path);
    let mut before = spec.get("dependsOn").cloned();
    let mut out = Vec::new();
    for (at, stage) in stages.iter().enumerate() {
        let is_last = at + 1 == stages.len();
        let own = if is_last { name.to_owned() } else { format!("{name}-{}", stage.name) };
        let mut body = map([("interval", spec["interval"].clone())]);
        body.insert("timeout".into(), spec.get("timeout").cloned().unwrap_or(json!("15m")));
        if let Some(before) = before.take() {
            body.insert("dependsOn".into(), before);
        }
        body.insert("path".into(), json!(format!("{root}/releases/{name}/{}", stage.name)));
        body.insert("prune".into(), json!(true));
        let waits = stage.wait || !is_last || spec["install"]["disableWait"] != true;
        body.insert("wait".into(), json!(waits));
        for key in ["sourceRef", "serviceAccountName"] {
            if let Some(value) = kit.get(key) {
                body.insert(key.to_owned(), value.clone());
            }
        }
        let labels = release.object["metadata"]["labels"].as_object().cloned().unwrap_or_default();
        let mut object = Object::new("kustomize.toolkit.fluxcd.io/v1", "Kustomization", own.as_str());
        object = object.namespace(release.namespace().unwrap_or("flux-system"));
        for (key, value) in &labels {
            object = object.label(key, value.as_str().unwrap_or_default());
        }
        out.push(object.spec(Value::Object(body)).from_source(release.provenance.clone()));
        before = Some(json!([{ "name": own }]));
    }
    out
}

/// The files of a release: a folder a stage, and a Kustomization over all.
fn files(
    folder: &str,
    header: &[String],
    release: &EmittedObject,
    stages: &[ReleaseStage],
) -> BTreeMap<TreePath, EmittedFile> {
    let source = || Provenance::new(release.provenance.why.clone(), &release.provenance.place);
    let made = header.last().cloned().into_iter().collect::<Vec<_>>();
    let mut files = BTreeMap::new();
    for stage in stages {
        let at = format!("{folder}/{}", stage.name);
        let index = kustomization(made.clone(), stage.objects.keys().map(String::as_str), source());
        files.insert(tree_path(&format!("{at}/kustomization.yaml")), index);
        for (name, object) in &stage.objects {
            let object = EmittedObject { object: object.clone(), provenance: source() };
            let file = EmittedFile { header: made.clone(), body: Body::Objects(vec![object]) };
            files.insert(tree_path(&format!("{at}/{name}")), file);
        }
    }
    let all = kustomization(made, stages.iter().map(|it| it.name.as_str()), source());
    files.insert(tree_path(&format!("{folder}/kustomization.yaml")), all);
    files
}
