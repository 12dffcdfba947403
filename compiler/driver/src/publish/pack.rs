//! From the folder of a Blueprint to its artefact: the chart as Helm would package it, with the charts it depends on from the store, and
//! with `blueprint.yaml` and what people read beside it. What else lies in the folder is somebody's own.

use crate::charts::read_chart;
use catalyst_bundle::archive::{File, Files, Limits, read_tgz};
use catalyst_bundle::blueprint::{card_artifact, chart_artifact};
use catalyst_bundle::oci::{Descriptor, Layout};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_helm::{Archives, Chart, IGNORE_FILE, Ignore};
use catalyst_plan::{CatalogEntry, ChartDependency, ChartFacts};
use catalyst_source::TreePath;
use catalyst_system::{IoError, IoErrorKind, ReadError, Root, read_bytes};
use catalyst_yaml::Dialect;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What of a Blueprint's folder goes with it, beside its own file.
const DOCUMENTS: [&str; 2] = ["DESIGN.md", "README.md"];
/// What the file of a Blueprint is called in an artefact, whatever it is called in the folder.
const BLUEPRINT_FILE: &str = "blueprint.yaml";
/// A chart without an upstream on purpose.
const NO_UPSTREAM: &str = "catalyst.openova.io/no-upstream";

/// Why there is no artefact.
pub(crate) enum NotPacked {
    /// A file cannot be read.
    Io(IoError),
    /// What is wrong with the Blueprint.
    Findings(Vec<Diagnostic>),
}

/// A layout with the artefact in it.
pub(crate) type Packed = (Layout, Descriptor);

/// Packs a Blueprint.
pub(crate) fn pack(root: &Root, entry: &CatalogEntry, archives: &dyn Archives) -> Result<Packed, NotPacked> {
    let blueprint = &entry.blueprint;
    let (name, file) = (blueprint.name.as_str(), &blueprint.place.file);
    let mut files = documents(root, file)?;
    let mut layout = Layout::default();
    let Some(facts) = &entry.chart else {
        let version = blueprint.spec.version.as_str();
        let made = card_artifact(&mut layout, name, version, &files);
        let made = made.map_err(|error| one(Place::file(file), error.to_string()))?;
        return Ok((layout, made));
    };
    let chart = chart(root, facts, archives)?;
    // What a chart has of the same name is its own.
    let own = chart.files().iter().map(|(path, bytes)| (path.clone(), File::new(&**bytes)));
    files.extend(own);
    let at = Place::file(&facts.place.file);
    let made = chart_artifact(&mut layout, name, &files, &metadata(&chart, facts));
    let made = made.map_err(|error| one(at.clone(), error.to_string()))?;
    // Helm refuses what is larger, and so does whoever reads it here.
    let layers = layout.blobs.values().filter(|it| it.starts_with(&[0x1f, 0x8b]));
    for layer in layers {
        read_tgz(layer, &Limits::CHART)
            .map_err(|error| one(at.clone(), format!("Helm would refuse its archive: {error}")))?;
    }
    Ok((layout, made))
}

/// A Blueprint that has something to install, and no chart here: as a card it would be hollow.
pub(super) fn without_chart(entry: &CatalogEntry) -> Option<Diagnostic> {
    let manifests = &entry.blueprint.spec.manifests;
    if entry.chart.is_some() {
        return None;
    }
    let (name, place) = (&entry.blueprint.name, entry.blueprint.place.child("spec").child("manifests"));
    let (place, text, help) = match (&manifests.source, &manifests.chart, manifests.upstream.first()) {
        (Some(source), ..) => (
            place.child("source"),
            format!("the chart of `{name}` is the artefact `{}`, which others publish", source.reference),
            "bring it over with `catalystc mirror`, or give the Blueprint a chart of its own",
        ),
        (None, Some(folder), _) => (
            place.child("chart"),
            format!("`{name}` has its chart in `{folder}`, and there is no `Chart.yaml`"),
            "write the chart, or take out `chart` where there is nothing to install",
        ),
        (None, None, Some(upstream)) => (
            place.child("upstream"),
            format!("`{name}` wraps `{}`, and has no chart that does", upstream.chart),
            "write the chart with this dependency",
        ),
        (None, None, None) => return None,
    };
    Some(Diagnostic::new(&rule::HOLLOW_CHART, place, text).help(help))
}

fn one(place: Place, text: String) -> NotPacked {
    let found = Diagnostic::new(&rule::INPUT_LIMIT, place, format!("it cannot be packed: {text}"));
    NotPacked::Findings(vec![found.help("take the file out of the folder, or make it smaller")])
}

/// The file of the Blueprint, and what people read.
fn documents(root: &Root, file: &TreePath) -> Result<Files, NotPacked> {
    let mut files = Files::new();
    let Some(folder) = file.parent() else { return Ok(files) };
    for name in std::iter::once(file.file_name()).chain(DOCUMENTS) {
        let Ok(path) = folder.join(name) else { continue };
        let bytes = match read_bytes(root, &path, Limits::CHART.file as u64) {
            Ok((bytes, _)) => bytes,
            Err(ReadError::Missing) => continue,
            Err(error) => return Err(NotPacked::Io(unread(root, &path, error.to_string()))),
        };
        let name = if name == file.file_name() { BLUEPRINT_FILE } else { name };
        files.extend(TreePath::new(name).ok().map(|name| (name, File::new(bytes))));
    }
    Ok(files)
}

fn unread(root: &Root, path: &TreePath, text: String) -> IoError {
    IoError { action: "publish", path: root.join(path), kind: IoErrorKind::Other, text }
}

/// The chart of a folder with all that it depends on: from the store where it names a repository, from its own `charts/` where it does not.
fn chart(root: &Root, facts: &ChartFacts, archives: &dyn Archives) -> Result<Chart, NotPacked> {
    let Some(folder) = facts.place.file.parent() else { return Err(NotPacked::Findings(Vec::new())) };
    let broken = |text: String| NotPacked::Io(unread(root, &folder, text));
    let read = read_chart(root, &folder).map_err(|why| broken(why.to_string()))?;
    let ignore = match read.files().iter().find(|(path, _)| path.as_str() == IGNORE_FILE) {
        Some((_, bytes)) => Ignore::read(&String::from_utf8_lossy(bytes)),
        None => Ignore::read(""),
    };
    let ignore = ignore.map_err(|why| broken(format!("`{IGNORE_FILE}`: {why}")))?;
    // An archive that `Chart.yaml` does not count on to be there was left by `helm dependency`; another checkout has not got it.
    let fetched = |path: &TreePath| {
        let file = path.as_str().strip_prefix("charts/").filter(|it| it.ends_with(".tgz"));
        let is_of = |it: &ChartDependency, file: &str| {
            it.repository.as_deref().is_none_or(str::is_empty) && file.starts_with(&format!("{}-", it.name))
        };
        file.is_some_and(|file| !facts.dependencies.iter().any(|it| is_of(it, file)))
    };
    let is_hidden = |path: &TreePath| path.components().any(|it| it.starts_with('.') && it != IGNORE_FILE);
    let files: BTreeMap<TreePath, Arc<[u8]>> = read
        .files()
        .iter()
        .filter(|(path, _)| !ignore.leaves_out(path) && !is_hidden(path) && !fetched(path))
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect();
    let chart = Chart::new(files).map_err(|why| broken(why.to_string()))?;
    let whole = chart.with(archives).map_err(|why| broken(why.to_string()))?;
    let whole = whole.map_err(|missing| {
        let missing = |it: &&ChartDependency| missing.iter().any(|other| other.name == it.name);
        NotPacked::Findings(facts.dependencies.iter().filter(missing).map(not_there).collect())
    })?;
    match empty(&whole, facts) {
        Some(found) => Err(NotPacked::Findings(vec![found])),
        None => Ok(whole),
    }
}

fn not_there(dependency: &ChartDependency) -> Diagnostic {
    let ChartDependency { name, version, repository, place } = dependency;
    let (text, help) = match repository.as_deref().filter(|it| !it.is_empty()) {
        Some(from) => {
            (format!("`{name}` {version} from {from} is not in the store"), "run `catalystc vendor`")
        }
        None => (
            format!("`{name}` {version} names no repository, and does not stand in `charts/`"),
            "put its folder there, or name the repository that has it",
        ),
    };
    Diagnostic::new(&rule::CHART_NOT_VENDORED, place.clone(), text).help(help)
}

/// A chart that has no objects of its own, and wraps charts that have none: what the store holds shows it, a `Chart.yaml` does not.
fn empty(chart: &Chart, facts: &ChartFacts) -> Option<Diagnostic> {
    let is_meant = facts.annotations.get(NO_UPSTREAM).is_some_and(|it| it == "true");
    let first = facts.dependencies.first()?;
    let brings = |(path, bytes): (&TreePath, &Arc<[u8]>)| {
        let inner = path.as_str().strip_prefix("charts/");
        match inner.filter(|it| it.ends_with(".tgz") && !it.contains('/')) {
            Some(_) => read_tgz(bytes, &Limits::CHART).is_ok_and(|files| {
                files.keys().any(|path| path.as_str().split_once('/').is_some_and(|(_, it)| makes(it)))
            }),
            None => makes(path.as_str()),
        }
    };
    if is_meant || chart.files().iter().any(brings) {
        return None;
    }
    let text =
        format!("`{}` has no objects of its own, and `{}` that it wraps has none", facts.name, first.name);
    Some(Diagnostic::new(&rule::HOLLOW_CHART, first.place.clone(), text).help(format!(
        "wrap the chart that installs something; a chart without workloads on purpose says so by the annotation `{NO_UPSTREAM}: \"true\"`"
    )))
}

/// Whether a file of a chart makes objects. Helpers, whose names begin with `_`, and notes do not; a chart inside may.
fn makes(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_template = path.starts_with("templates/") && !name.starts_with('_') && name != "NOTES.txt";
    is_template || path.starts_with("crds/") || path.starts_with("charts/") && name != "Chart.yaml"
}

/// The `Chart.yaml` as JSON. Versions are texts, even where they are written like numbers.
fn metadata(chart: &Chart, facts: &ChartFacts) -> Value {
    let file = chart.files().iter().find(|(path, _)| path.as_str() == "Chart.yaml");
    let text = file.and_then(|(_, bytes)| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let parsed = catalyst_yaml::parse(text);
    let mut value = parsed.documents.first().map_or(Value::Null, |it| it.to_value(Dialect::Kubernetes).0);
    let stated = [("version", Some(&facts.version)), ("appVersion", facts.app_version.as_ref())];
    for (key, text) in stated.into_iter().filter_map(|(key, text)| Some((key, text?))) {
        value[key] = text.as_str().into();
    }
    value
}
