//! The charts of a project: where they stand, what is in them, and what they are rendered for.

use crate::{Project, Refusal};
use catalyst_check::{ChartSubject, check_chart};
use catalyst_db::FileKind;
use catalyst_diag::{Diagnostic, Place, rule};
pub use catalyst_helm::NoArchives;
use catalyst_helm::{
    Again, Archives, Chart, Dependency, Engine, Helm, HelmError, HelmVersion, RenderError, Rendered, Request,
    embedded,
};
use catalyst_lower::{ChartTestFile, TestCase, names_of_cases};
use catalyst_model::{BlueprintName, ChartCase, Target};
use catalyst_render::Cached;
use catalyst_source::{KeyPath, TreePath};
use catalyst_system::{Cancel, EnvVars, Root, Var, list_tree, make_root, read_bytes};
use catalyst_yaml::{Dialect, ProblemKind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where renders are remembered, below the root of a project.
const RENDERS: &str = ".catalystc/renders";
/// Largest file of a chart: the limit of Helm's own loader is 5 MiB, and archives of upstream charts are smaller still.
const LARGEST: u64 = 16 << 20;
/// The target of what names none.
pub const DEFAULT_TARGET: &str = "default";

/// A Blueprint whose chart stands in the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlueprintChart {
    /// The Blueprint.
    pub blueprint: BlueprintName,
    /// Folder of the chart.
    pub folder: TreePath,
}

impl BlueprintChart {
    /// Name of the folder of the Blueprint, which is that of its release in cases.
    pub fn short(&self) -> String {
        let above = self.folder.parent();
        above.map_or_else(|| self.blueprint.short().to_owned(), |it| it.file_name().to_owned())
    }
}

/// The program that renders, with a memory in front of it where there is one.
#[derive(Debug)]
pub struct ChartEngine {
    helm: Arc<Helm>,
    memories: Option<Memories>,
}

/// What renders gave before.
#[derive(Debug)]
struct Memories {
    first: Cached<Arc<Helm>>,
    /// Of second renders, which are compared with the first ones.
    again: Cached<Again<Arc<Helm>>>,
}

impl ChartEngine {
    /// The program.
    pub fn helm(&self) -> &Helm {
        &self.helm
    }

    /// What renders for the second time: it never gives what the first one gave, only what it gave itself before.
    pub fn second(&self) -> &dyn Engine {
        match &self.memories {
            Some(memories) => &memories.again,
            None => &self.helm,
        }
    }
}

impl Engine for ChartEngine {
    fn identity(&self) -> String {
        self.helm.identity()
    }

    fn render(&self, request: &Request) -> Result<Rendered, RenderError> {
        match &self.memories {
            Some(memories) => memories.first.render(request),
            None => self.helm.render(request),
        }
    }
}

/// The charts of all Blueprints, or of those that are named, by Blueprint and folder.
pub fn charts(project: &Project, only: &[BlueprintName]) -> Vec<BlueprintChart> {
    let (db, files) = project.database();
    let entries = catalyst_db::catalogue(db, files).blueprints.iter();
    let mut charts: Vec<BlueprintChart> = entries
        .filter(|(name, _)| only.is_empty() || only.contains(name))
        .flat_map(|(name, entries)| entries.iter().filter_map(move |it| Some((name, it.chart.as_ref()?))))
        .filter_map(|(name, chart)| {
            Some(BlueprintChart { blueprint: name.clone(), folder: chart.place.file.parent()? })
        })
        .collect();
    charts.sort();
    charts
}

/// Reads a chart from its folder. Its cases are no part of it: what is published does not hold them, and an edit of one changes no render.
pub fn read_chart(root: &Root, folder: &TreePath) -> Result<Chart, NoChart> {
    let listed = list_tree(&root.join(folder)).map_err(|error| NoChart::Broken(error.to_string()))?;
    let mut files = BTreeMap::new();
    for (path, _) in listed.into_iter().filter(|(path, _)| !path.is_within("tests")) {
        let full = folder.join(path.as_str()).map_err(|error| NoChart::Broken(error.to_string()))?;
        let read = read_bytes(root, &full, LARGEST);
        let (bytes, _) = read.map_err(|error| NoChart::Broken(format!("can't read `{full}`: {error}")))?;
        files.insert(path, bytes.into());
    }
    Chart::new(files).map_err(|error| NoChart::Broken(error.to_string()))
}

/// Why there is no chart to render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoChart {
    /// It depends on charts that are not at hand.
    NotVendored(Vec<Dependency>),
    /// Its files are no chart, or cannot be read.
    Broken(String),
}

impl fmt::Display for NoChart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoChart::NotVendored(missing) => {
                let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
                let noun = if names.len() == 1 { "upstream chart is" } else { "upstream charts are" };
                write!(f, "the {noun} not vendored: {}", names.join(", "))
            }
            NoChart::Broken(why) => f.write_str(why),
        }
    }
}

/// A chart with all it depends on.
pub fn whole_chart(chart: &Chart, archives: &dyn Archives) -> Result<Chart, NoChart> {
    let whole = chart.with(archives).map_err(|error| NoChart::Broken(error.to_string()))?;
    whole.map_err(NoChart::NotVendored)
}

/// The cases of a chart, in the order of its files.
pub fn cases<'p>(project: &'p Project, folder: &TreePath) -> Vec<&'p TestCase> {
    let (db, _) = project.database();
    let tests = project.source_files().filter(|(path, file)| {
        file.kind(db) == FileKind::Tests && path.parent().and_then(|it| it.parent()).as_ref() == Some(folder)
    });
    tests.flat_map(|(_, file)| &catalyst_db::chart_tests(db, file).cases).collect()
}

/// What is wrong with the files of charts as they stand: values that cannot be read, cases that mean nothing.
pub fn problems(project: &Project) -> Vec<Diagnostic> {
    let (db, _) = project.database();
    let mut out = Vec::new();
    let mut folders: BTreeMap<TreePath, Vec<&ChartTestFile>> = BTreeMap::new();
    for (path, file) in project.source_files() {
        match file.kind(db) {
            FileKind::Values => {
                let broken = |kind| {
                    matches!(kind, ProblemKind::Syntax | ProblemKind::Limit | ProblemKind::DuplicateKey)
                };
                let problems = catalyst_db::parsed(db, file).problems.iter().filter(|it| broken(it.kind));
                out.extend(problems.map(|it| catalyst_lower::from_problem(path, it)));
            }
            FileKind::Tests => {
                let read = catalyst_db::chart_tests(db, file);
                out.extend(read.diagnostics.iter().cloned());
                if let Some(folder) = path.parent() {
                    folders.entry(folder).or_default().push(read);
                }
            }
            FileKind::Intent | FileKind::Chart | FileKind::Template => {}
        }
    }
    out.extend(folders.values().flat_map(|files| names_of_cases(files)));
    out.extend(shapes(project));
    out
}

/// The rules over charts as they stand.
fn shapes(project: &Project) -> Vec<Diagnostic> {
    let (db, files) = project.database();
    let mut values: BTreeMap<TreePath, (&TreePath, Value)> = BTreeMap::new();
    let mut templates: BTreeMap<TreePath, Vec<(&TreePath, &str)>> = BTreeMap::new();
    let mut texts: BTreeMap<TreePath, Vec<(&TreePath, &str)>> = BTreeMap::new();
    for (path, file) in project.source_files() {
        match file.kind(db) {
            FileKind::Values => {
                let document = catalyst_db::parsed(db, file).documents.first();
                let read = document.map(|it| it.to_value(Dialect::Kubernetes).0);
                values.extend(path.parent().zip(read.map(|read| (path, read))));
            }
            FileKind::Template => {
                let mut above = std::iter::successors(path.parent(), TreePath::parent);
                if let Some(chart) = above
                    .find(|it| {
                        it.file_name() == "templates"
                            && it.parent().is_some_and(|it| it.file_name() == "chart")
                    })
                    .and_then(|it| it.parent())
                {
                    templates.entry(chart).or_default().push((path, file.text(db)));
                }
            }
            FileKind::Intent | FileKind::Chart | FileKind::Tests => {}
        }
        if matches!(file.kind(db), FileKind::Chart | FileKind::Values)
            && let Some(chart) = path.parent()
        {
            texts.entry(chart).or_default().push((path, file.text(db)));
        }
    }
    let helms = helms(project);
    let mut out = Vec::new();
    for entry in catalyst_db::catalogue(db, files).blueprints.values().flatten() {
        let Some((facts, folder)) = entry.chart.as_ref().and_then(|it| Some((it, it.place.file.parent()?)))
        else {
            continue;
        };
        let cases: Vec<&ChartCase> = cases(project, &folder).into_iter().map(|it| &*it.case).collect();
        let manifests = &entry.blueprint.spec.manifests;
        let handed = serde_json::Value::Object(manifests.values.clone());
        let place = entry.blueprint.place.child("spec").child("manifests").child("values");
        out.extend(check_chart(&ChartSubject {
            facts,
            handed: Some((&place, &handed)),
            texts: texts.get(&folder).map_or(&[], Vec::as_slice),
            cases: &cases,
            values: values.get(&folder).map(|(path, value)| (*path, value)),
            templates: templates.get(&folder).map_or(&[], Vec::as_slice),
            deferred: &manifests.deferred,
            helms: &helms,
        }));
    }
    out
}

/// The targets that Sovereigns name, each with the Helm that renders in its clusters, as far as that is known; `default` where there are none.
pub(crate) fn helms(project: &Project) -> Vec<(String, [u32; 3])> {
    let (db, files) = project.database();
    let sovereigns = catalyst_db::index(db, files).0.sovereigns.values();
    let mut names: Vec<String> = sovereigns
        .flat_map(|it| {
            let spec = &it.sovereign.spec;
            let own = spec.target.as_deref().unwrap_or(DEFAULT_TARGET);
            spec.regions.iter().map(|it| it.target.as_deref().unwrap_or(own).to_owned()).collect::<Vec<_>>()
        })
        .collect();
    if names.is_empty() {
        names.push(DEFAULT_TARGET.to_owned());
    }
    names.sort();
    names.dedup();
    let helm = |name: String| {
        let helm = helm_of(&target(project, &name)?)?;
        Some((name, [helm.major, helm.minor, helm.patch]))
    };
    names.into_iter().filter_map(helm).collect()
}

/// The Helm that renders in clusters of a target: the one that it states, else that of its Flux.
fn helm_of(target: &Target) -> Option<HelmVersion> {
    match &target.helm {
        Some(stated) => stated.as_str().parse().ok(),
        None => embedded(&target.flux),
    }
}

/// A target of the project by its name; what the compiler takes for current when the project has no target `default`.
pub fn target(project: &Project, name: &str) -> Option<Target> {
    let (db, files) = project.database();
    let settings = catalyst_db::project(db, files).as_ref();
    let found = settings.and_then(|it| it.spec.targets.get(name).cloned());
    found.or_else(|| (name == DEFAULT_TARGET).then(catalyst_schedule::current_target))
}

/// The program that is named on the command line, else in the project file, else the first in `PATH`. With `remember` what it renders is
/// kept below the root of the project, where that can be written to.
pub fn engine(
    project: &Project,
    named: Option<&Path>,
    env: &EnvVars,
    cancel: &Cancel,
    remember: bool,
) -> Result<ChartEngine, Refusal> {
    let named = named_program(project, named);
    let found = Helm::find(named.as_deref(), env.get(Var::Path).unwrap_or_default(), cancel);
    let helm =
        found.map_err(|error: HelmError| Refusal { text: error.to_string(), help: Some(error.help()) })?;
    let helm = Arc::new(helm);
    let memory = |folder: Root| Memories {
        again: Cached::new(Again(helm.clone()), folder.clone()),
        first: Cached::new(helm.clone(), folder),
    };
    let memories = remember.then(|| renders(&project.root)).flatten().map(memory);
    Ok(ChartEngine { helm, memories })
}

/// The program that is named on the command line, else in the project file.
pub(crate) fn named_program(project: &Project, named: Option<&Path>) -> Option<PathBuf> {
    let (db, files) = project.database();
    let settings = catalyst_db::project(db, files).as_ref().and_then(|it| it.spec.helm.as_ref());
    named.map(Path::to_path_buf).or_else(|| settings.map(|it| project.root.path().join(it)))
}

fn renders(root: &Root) -> Option<Root> {
    crate::cache::keep_out_of_git(root)?;
    make_root(&root.path().join(RENDERS)).ok()
}

/// `helm-mismatch`: the program is not of the series that a target renders by.
pub fn mismatch(project: &Project, helm: HelmVersion, target_name: &str) -> Option<Diagnostic> {
    let target = target(project, target_name)?;
    let key = if target.helm.is_some() { "helm" } else { "flux" };
    let wanted = helm_of(&target)?;
    if helm.is_series_of(wanted) {
        return None;
    }
    let place = TreePath::new(catalyst_system::PROJECT_FILE).ok()?;
    let path = KeyPath::root().key("spec").key("targets").key(target_name).key(key);
    let message =
        format!("charts are rendered by Helm {helm}, and in clusters of target `{target_name}` by {wanted}");
    let help = "what renders here may differ there, or fail; name a program of that series with `--helm` or under `spec.helm`";
    Some(Diagnostic::new(&rule::HELM_MISMATCH, Place::value(&place, 0, path), message).help(help))
}
