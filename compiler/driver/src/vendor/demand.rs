//! Which charts a project needs from elsewhere, and where its intent says so.

use crate::Project;
use catalyst_db::FileKind;
use catalyst_diag::{Diagnostic, Place, Severity, rule};
use catalyst_model::{BlueprintName, SourceKind};
use catalyst_plan::{CatalogEntry, ChartDependency};
use catalyst_registry::{OciReference, Source};
use catalyst_source::TreePath;

/// A chart that somebody needs.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    /// Its name.
    pub(super) name: String,
    /// The version or range.
    pub(super) wanted: String,
    /// Where it comes from.
    pub(super) from: From,
    /// The line of intent.
    pub(super) place: Place,
    /// The chart that needs it, when the project's own does not.
    pub(super) via: Option<String>,
}

/// Where a chart comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    /// A repository or a registry.
    Source(Source),
    /// An artifact that a Blueprint names outright, and whether it is a chart.
    Artifact(OciReference, bool),
    /// A folder or an archive of the project.
    Project(TreePath),
}

impl Demand {
    /// The source as the lock has it: one text for one place.
    pub(super) fn source(&self) -> String {
        match &self.from {
            From::Source(source) => source_text(source),
            From::Artifact(reference, _) => reference.repository.to_string(),
            From::Project(path) => format!("file://{path}"),
        }
    }

    /// That a chart of the project cannot be read.
    pub(super) fn unreadable(&self, path: &TreePath, why: &str) -> Box<Diagnostic> {
        let text = format!("{} cannot be read from `{path}`: {why}", self.shown());
        let found = Diagnostic::new(&rule::CHART_UNAVAILABLE, self.place.clone(), text);
        Box::new(found.help("name the folder of a chart, or its archive"))
    }

    /// What a person calls it.
    pub(super) fn shown(&self) -> String {
        match &self.via {
            Some(via) => format!("`{}` {}, which `{via}` needs,", self.name, self.wanted),
            None => format!("`{}` {}", self.name, self.wanted),
        }
    }

    /// A dependency of a chart in a folder; `None` when it stands inside the chart and nowhere else.
    pub(super) fn of(
        dependency: &ChartDependency,
        folder: Option<&TreePath>,
    ) -> Option<Result<Demand, Diagnostic>> {
        let repository = dependency.repository.as_deref().filter(|it| !it.is_empty())?;
        let place = dependency.place.child("repository");
        let from = match source_of(repository, folder) {
            Ok(from) => from,
            Err(why) => {
                let text = format!("`{}` cannot be fetched: its repository {why}", dependency.name);
                return Some(Err(Diagnostic::new(&rule::CHART_UNAVAILABLE, place, text)
                    .help("name an https, http, oci or file URL, as Helm does")));
            }
        };
        if !super::archive::is_name(&dependency.name) {
            let text = format!("`{}` is no name of a chart", dependency.name.escape_debug());
            return Some(Err(Diagnostic::new(
                &rule::CHART_UNAVAILABLE,
                dependency.place.child("name"),
                text,
            )
            .help("letters, digits, `-`, `_` and `.`")));
        }
        Some(Ok(Demand {
            name: dependency.name.clone(),
            wanted: dependency.version.clone(),
            from,
            place: dependency.place.clone(),
            via: None,
        }))
    }
}

/// A source as the lock has it, with or without a slash at its end.
pub(super) fn source_text(source: &Source) -> String {
    source.to_string().trim_end_matches('/').to_owned()
}

/// What the Blueprints of a project need, or those named, in order.
pub(super) fn of_project(project: &Project, only: &[BlueprintName]) -> (Vec<Demand>, Vec<Diagnostic>) {
    let (db, files) = project.database();
    let catalogue = &catalyst_db::index(db, files).0.catalogue;
    let mut demands = Vec::new();
    let mut findings = unread(project);
    let chosen = catalogue.blueprints.iter().filter(|(name, _)| only.is_empty() || only.contains(name));
    for entry in chosen.flat_map(|(_, entries)| entries) {
        for demand in of_entry(entry) {
            match demand {
                Ok(demand) => demands.push(demand),
                Err(found) => findings.push(found),
            }
        }
    }
    (demands, findings)
}

/// What keeps files from being read: as long as it stands, nobody knows what else is needed.
fn unread(project: &Project) -> Vec<Diagnostic> {
    let (db, files) = project.database();
    let mut found = project.diagnostics.clone();
    for file in files.files(db) {
        found.extend(match file.kind(db) {
            FileKind::Intent => catalyst_db::lowered(db, *file).diagnostics.clone(),
            FileKind::Chart => catalyst_db::chart_problems(db, *file).clone(),
            FileKind::Values | FileKind::Template | FileKind::Tests => continue,
        });
    }
    found.retain(|it| it.severity == Severity::Error);
    found
}

pub(super) fn of_entry(entry: &CatalogEntry) -> Vec<Result<Demand, Diagnostic>> {
    let mut demands = Vec::new();
    if let Some(chart) = &entry.chart {
        let folder = chart.place.file.parent();
        demands.extend(chart.dependencies.iter().filter_map(|it| Demand::of(it, folder.as_ref())));
    }
    demands.extend(external(entry));
    demands
}

/// The published artifact that stands for the Blueprint's own chart.
fn external(entry: &CatalogEntry) -> Option<Result<Demand, Diagnostic>> {
    let spec = &entry.blueprint.spec;
    let source = spec.manifests.source.as_ref()?;
    let place = entry.blueprint.place.child("spec").child("manifests").child("source").child("ref");
    let text = source.reference.as_str();
    let text = if text.contains("://") { text.to_owned() } else { format!("oci://{text}") };
    let mut reference = match OciReference::parse(&text) {
        Ok(reference) => reference,
        Err(why) => {
            let text = format!("the artifact cannot be fetched: its reference is none: {why}");
            return Some(Err(Diagnostic::new(&rule::CHART_UNAVAILABLE, place, text)
                .help("write `oci://host/repository:tag`, or `oci://host/repository@sha256:…`")));
        }
    };
    if reference.tag.is_none() && reference.digest.is_none() {
        reference.tag = Some(spec.version.tag());
    }
    let name = reference.repository.path.rsplit('/').next().unwrap_or_default().to_owned();
    let is_chart = source.kind == SourceKind::HelmChart;
    let wanted = reference.tag.as_ref().map_or_else(|| spec.version.to_string(), |tag| tag.replace('_', "+"));
    Some(Ok(Demand { name, wanted, from: From::Artifact(reference, is_chart), place, via: None }))
}

/// Where a repository is, seen from a folder of the project.
fn source_of(repository: &str, folder: Option<&TreePath>) -> Result<From, String> {
    match Source::parse(repository)? {
        Source::Local(path) => {
            let folder = folder.ok_or("is a folder beside a chart that was fetched without it")?;
            let below = resolve(folder, &path).ok_or("leads out of the project")?;
            Ok(From::Project(below))
        }
        source => Ok(From::Source(source)),
    }
}

/// A relative path seen from a folder; `None` when it leaves the project.
fn resolve(folder: &TreePath, path: &str) -> Option<TreePath> {
    let mut parts: Vec<&str> =
        if path.starts_with('/') { return None } else { folder.components().collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    TreePath::new(&parts.join("/")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_those_of_the_project() {
        let folder = TreePath::new("platform/web/chart").unwrap();
        let at = |path: &str| resolve(&folder, path).map(|it| it.to_string());
        assert_eq!(at("../../lib/chart").as_deref(), Some("platform/lib/chart"));
        assert_eq!(at("./sub//a-1.0.0.tgz").as_deref(), Some("platform/web/chart/sub/a-1.0.0.tgz"));
        for path in ["../../../..", "../../../../etc", "/etc", "../../.."] {
            assert_eq!(at(path), None, "{path}");
        }
    }
}
