//! What goes into the release of one Sovereign.

use super::BundleOptions;
use super::judged::judged;
use super::needs::{Look, needs};
use crate::looking::{every_place, provided_places};
use crate::publish::{Packed, pack};
use crate::pulled::mirror_of;
use crate::rendering::RenderedRelease;
use crate::rewriting::{Digests, Rewritten, locked_digests};
use crate::vendor::{Upstream, charts};
use crate::{Project, RenderedFile, SovereignOutput};
use catalyst_bundle::Digester;
use catalyst_bundle::archive::{File, Files};
use catalyst_bundle::release::{
    Artifact, Blueprint, Carried, Closure, Contents, Header, Origin, mirror_target, published_as,
};
use catalyst_diag::Diagnostic;
use catalyst_model::{Registry, Version};
use catalyst_plan::{CatalogEntry, Plan, digest};
use catalyst_render::ImagePlaces;
use catalyst_source::TreePath;
use catalyst_system::{IoError, IoErrorKind, Root, list_tree, read_bytes};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// What people read of a Blueprint.
const DOCUMENTS: [&str; 2] = ["DESIGN.md", "README.md"];

/// Largest file of a Blueprint's folder.
const LARGEST: u64 = 100 << 20;

/// What a release is made from beside the compilation: the folder, the hash of every file of intent, and the charts that were fetched.
pub(super) struct Sources {
    root: Root,
    hashes: Vec<(TreePath, String)>,
    /// By the file of the Blueprint that uses them.
    upstreams: BTreeMap<TreePath, Vec<Upstream>>,
    /// Blueprints as the charts that Flux reads, by their file: those that have all they need at hand.
    charts: BTreeMap<TreePath, Packed>,
    /// Where objects hold images, in the kinds that Blueprints provide.
    places: ImagePlaces,
    /// Where the objects of any chart hold images: for trees in which they stand.
    places_of_charts: ImagePlaces,
    /// Digests of images, as the lock has them.
    pub(super) digests: Digests,
}

/// One Sovereign as it was compiled.
pub(super) struct Compiled<'a> {
    pub(super) plan: &'a Plan,
    pub(super) output: &'a SovereignOutput,
    /// Its releases with their objects, where charts were rendered to look into them.
    pub(super) rendered: Option<&'a [RenderedRelease]>,
    /// The same with their images rewritten, where it is air-gapped.
    pub(super) rewritten: Option<&'a Rewritten>,
    /// Whether its tree holds the objects themselves, so that no cluster reads charts.
    pub(super) is_plain: bool,
}

impl Sources {
    pub(super) fn of(project: &Project, options: &BundleOptions) -> Sources {
        let hash = |(path, _): (&TreePath, _)| Some((path.clone(), digest(project.text(path)?.as_bytes())));
        let mut charts = charts(project, options.store.as_deref());
        if !options.has_fetched {
            charts.forget();
        }
        let (db, files) = project.database();
        let entries: Vec<&CatalogEntry> =
            catalyst_db::index(db, files).0.catalogue.blueprints.values().flatten().collect();
        let upstreams = |entry: &&CatalogEntry| (entry.blueprint.place.file.clone(), charts.upstreams(entry));
        // What cannot be read is said where its folder is read; what is not vendored, by the closure.
        let root = &project.root;
        let packed = |entry: &&CatalogEntry| {
            let packed = pack(root, entry, &charts).ok()?;
            let is_chart = packed.1.artifact_type.is_none();
            is_chart.then(|| (entry.blueprint.place.file.clone(), packed))
        };
        Sources {
            root: root.clone(),
            hashes: project.source_files().filter_map(hash).collect(),
            places: provided_places(project),
            places_of_charts: every_place(project),
            digests: locked_digests(project),
            upstreams: entries.par_iter().map(upstreams).collect(),
            charts: entries.par_iter().filter_map(packed).collect(),
        }
    }
}

pub(super) fn contents(
    project: &Sources,
    header: Header,
    compiled: &Compiled<'_>,
    findings: &mut Vec<Diagnostic>,
) -> Result<Contents, IoError> {
    let Compiled { plan, output, rendered, rewritten, is_plain } = *compiled;
    let origin =
        Origin { source: plan.facts.git.url.clone(), intent: Some(intent(project, &header.sovereign)) };
    let used = used(plan);
    let places = if is_plain { &project.places_of_charts } else { &project.places };
    let mut closure = needs(&output.tree, Look { places, rendered, mirror: mirror_of(plan) });
    for (image, need) in &mut closure.images {
        need.digest = need.digest.or_else(|| project.digests.get(&published_as(image)).copied());
    }
    closure.judged = judged(plan, &output.tree, rendered.unwrap_or_default(), rewritten, findings);
    let registry = &plan.facts.registry;
    let mut read = used.clone();
    // Where manifests stand in the tree, only those that it still names.
    read.retain(|(name, _), entry| {
        let mut named = references(registry, name, &entry.blueprint.spec.version).into_iter();
        !is_plain || named.any(|it| closure.charts.contains_key(&it))
    });
    let mut carried = carried(project, &read, mirror_of(plan), &mut closure);
    carried.extend(own_charts(project, registry, &read, &mut closure));
    Ok(Contents {
        artifacts: artifacts(plan, output.render()),
        blueprints: blueprints(project, &used)?,
        carried,
        closure,
        header,
        origin,
    })
}

/// The tree in parts that different people answer for: the clusters, each Organization, the system. Paths are those of the Git repository, so
/// that a source of the one kind can take the place of the other.
fn artifacts(plan: &Plan, files: BTreeMap<TreePath, RenderedFile>) -> Vec<Artifact> {
    let folder = plan.facts.git.folder.trim_matches('/').to_owned();
    let mut parts: BTreeMap<String, Files> = BTreeMap::new();
    for (path, file) in files {
        let components: Vec<&str> = path.components().collect();
        let part = match components.as_slice() {
            [_, "repositories", "system", _, ..] => "system".to_owned(),
            [_, "repositories", org, _, ..] => format!("organizations/{org}"),
            _ => "clusters".to_owned(),
        };
        let full = if folder.is_empty() { path.to_string() } else { format!("{folder}/{path}") };
        // Both halves are paths.
        let full = TreePath::new(&full).unwrap_or(path);
        parts.entry(part).or_default().insert(full, File::new(file.text));
    }
    parts.into_iter().map(|(name, files)| Artifact { name, files }).collect()
}

/// Blueprints by name and version.
type Used<'a> = BTreeMap<(String, String), &'a CatalogEntry>;

/// All Blueprints that the Sovereign uses.
fn used(plan: &Plan) -> Used<'_> {
    let of_kit = plan.clusters.values().flat_map(|it| it.releases.values()).map(|it| &it.entry);
    let of_applications =
        plan.applications.values().flat_map(|it| it.environments.values()).map(|it| &it.entry);
    let id =
        |entry: &CatalogEntry| (entry.blueprint.name.to_string(), entry.blueprint.spec.version.to_string());
    of_kit.chain(of_applications).map(|entry| (id(entry), &**entry)).collect()
}

/// The charts and artefacts of others that these Blueprints use, as far as they are at hand. All of them come into the closure.
fn carried(project: &Sources, used: &Used<'_>, mirror: Option<&str>, closure: &mut Closure) -> Vec<Carried> {
    let mut carried: BTreeMap<String, Carried> = BTreeMap::new();
    for entry in used.values() {
        for it in project.upstreams.get(&entry.blueprint.place.file).into_iter().flatten() {
            // What the trees of an air-gapped Sovereign read from its own registry is this.
            let target = mirror_target(&it.reference);
            let here = mirror.zip(target.as_ref()).map(|(mirror, target)| format!("{mirror}/{target}"));
            let here = here.and_then(|it| closure.charts.remove(&it));
            let need = closure.charts.entry(it.reference.clone()).or_default();
            need.used_by.extend(here.into_iter().flat_map(|it| it.used_by));
            need.used_by.insert(format!("{}#{}", it.place.file, it.place.path()));
            let (Some(artifact), Some(target)) = (&it.artifact, target) else { continue };
            need.digest = Some(artifact.descriptor.digest);
            need.carried = true;
            need.target = Some(target.clone());
            carried.entry(target.clone()).or_insert_with(|| Carried {
                name: format!("charts/{target}"),
                target,
                descriptor: artifact.descriptor.clone(),
                parts: artifact.parts.clone(),
                far: BTreeMap::new(),
            });
        }
    }
    carried.into_values().collect()
}

/// How trees name the chart of a Blueprint: before OCIRepository was stable, with the version as it is.
fn references(registry: &Registry, name: &str, version: &Version) -> [String; 2] {
    [version.tag(), version.canonical()].map(|it| format!("{}/{}/{name}:{it}", registry.host, registry.path))
}

/// The Blueprints as charts, where the trees look for them: the same artefacts that `publish` makes.
fn own_charts(
    project: &Sources,
    registry: &Registry,
    used: &Used<'_>,
    closure: &mut Closure,
) -> Vec<Carried> {
    let chart = |((name, _), entry): (&(String, String), &&CatalogEntry)| {
        let (layout, descriptor) = project.charts.get(&entry.blueprint.place.file)?;
        let version = &entry.blueprint.spec.version;
        let target = format!("{}/{name}:{}", registry.path, version.tag());
        for reference in references(registry, name, version) {
            if let Some(need) = closure.charts.get_mut(&reference) {
                need.digest = Some(descriptor.digest);
                need.carried = true;
                need.target = Some(target.clone());
            }
        }
        Some(Carried {
            name: format!("charts/{target}"),
            target,
            descriptor: descriptor.clone(),
            parts: layout.blobs.clone(),
            far: BTreeMap::new(),
        })
    };
    used.iter().filter_map(chart).collect()
}

/// The folders of Blueprints.
fn blueprints(project: &Sources, used: &Used<'_>) -> Result<Vec<Blueprint>, IoError> {
    let read = |((name, version), entry): (&(String, String), &&CatalogEntry)| {
        Ok(Blueprint { name: name.clone(), version: version.clone(), files: files_of(project, entry)? })
    };
    used.iter().map(read).collect()
}

/// What a Blueprint consists of: its file, its chart, and what people read. What else lies in its folder is somebody's own: another checkout
/// has not got it, and it may be a secret.
fn files_of(project: &Sources, entry: &CatalogEntry) -> Result<Files, IoError> {
    let file = &entry.blueprint.place.file;
    let Some(folder) = file.parent() else { return Ok(Files::new()) };
    let chart = entry.blueprint.spec.manifests.chart.as_deref().unwrap_or("./chart");
    let chart = chart.trim_start_matches("./").trim_end_matches('/');
    let is_part = |below: &TreePath| {
        let in_chart = below.is_within(chart) && !is_own_business(below, chart);
        in_chart || DOCUMENTS.contains(&below.as_str()) || file.as_str().ends_with(&format!("/{below}"))
    };
    let mut files = Files::new();
    for (below, _) in list_tree(&project.root.join(&folder))?.into_iter().filter(|(it, _)| is_part(it)) {
        // A path and a path below it.
        let Ok(path) = folder.join(below.as_str()) else { continue };
        let read = read_bytes(&project.root, &path, LARGEST);
        let (bytes, _) = read.map_err(|error| IoError {
            action: "bundle",
            path: project.root.join(&path),
            kind: IoErrorKind::Other,
            text: error.to_string(),
        })?;
        files.insert(below, File::new(bytes));
    }
    Ok(files)
}

/// Whether a file of a chart is one that a tool or a person left there: a hidden one, or an archive that `helm dependency` fetched.
fn is_own_business(below: &TreePath, chart: &str) -> bool {
    let is_hidden = |it: &str| it.starts_with('.') && it != ".helmignore";
    let is_fetched = below.is_within(&format!("{chart}/charts")) && below.as_str().ends_with(".tgz");
    is_fetched || below.components().any(is_hidden)
}

/// The digest of the intent that the Sovereign is made from, but for its Blueprints, which have digests of their own: path and SHA-256 of
/// each file.
fn intent(project: &Sources, sovereign: &str) -> catalyst_bundle::Digest {
    let own = format!("sovereigns/{sovereign}");
    let mut digester = Digester::default();
    for (path, hash) in &project.hashes {
        let is_own = path.is_within(&own);
        if is_own || !["sovereigns", "platform", "products"].iter().any(|it| path.is_within(it)) {
            digester.update(format!("{hash}  {path}\n"));
        }
    }
    digester.finish()
}
