//! Releases and charts as objects: which there are, what each is rendered with, what comes of it.
//!
//! A release of the fleet is rendered with the values and for the cluster that the plan gives it; a Blueprint or a folder with the values of its
//! chart. What may give something else each time is rendered twice and compared (`unstable-render`); what is pinned of it is put in before
//! anything else sees the objects.

mod faults;
mod folder;
mod pinned;
mod pinning;
mod seal;
mod unstable;
mod values;
mod wanted;

pub use folder::write_renders;

use crate::charts::{self, NoChart};
use crate::looking::image_places;
use crate::{Progress, Project, Refusal, Stage, purity};
use catalyst_diag::{Diagnostic, Place};
use catalyst_helm::{Archives, Chart, Engine, Object, RenderError, Rendered, Request};
use catalyst_model::{BlueprintName, SovereignName, Target};
use catalyst_plan::{CatalogEntry, Plan};
use catalyst_render::{ImagePlaces, Images, find_images};
use catalyst_source::{KeyPath, TreePath};
use catalyst_system::Cancel;
use faults::failed;
use pinned::Pinned;
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use values::{merged, with_set};
use wanted::{Wanted, fleet, named, releases, smoke};

pub use pinning::{PinChange, PinOptions, PinRun, check_pins, pin};
pub(crate) use seal::secrets_of;

/// What to render, and what differs from what the project says.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// A release, a Blueprint or the folder of a chart; the whole fleet when there is none.
    pub what: Option<String>,
    /// Only releases of these Sovereigns; those of all when empty.
    pub only: Vec<SovereignName>,
    /// The folder that a relative path starts from.
    pub current: std::path::PathBuf,
    /// Values over all others.
    pub values: Map<String, Value>,
    /// Values over these, one by one; a path may lead into a list, which is made longer where it has to be.
    pub set: Vec<(KeyPath, Value)>,
    /// Version of Kubernetes instead of the target's.
    pub kube_version: Option<String>,
    /// APIs beyond those that are known to be served.
    pub api_versions: Vec<String>,
    /// The templates of the chart alone, without upstream charts.
    pub own: bool,
    /// Stops the run.
    pub cancel: Cancel,
}

impl RenderOptions {
    /// Whether releases are rendered as the project says, and with nothing else.
    fn is_as_said(&self) -> bool {
        self.values.is_empty()
            && self.set.is_empty()
            && self.kube_version.is_none()
            && self.api_versions.is_empty()
            && !self.own
    }
}

/// One release with its objects.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedRelease {
    /// Its name in the fleet: Sovereign, cluster and release, or the Blueprint alone.
    pub name: String,
    /// The Blueprint, in the version that it runs.
    pub entry: Arc<CatalogEntry>,
    /// Where its objects hold images, beside pods.
    pub places: Arc<ImagePlaces>,
    /// The namespace that it is installed into.
    pub namespace: String,
    /// What its cluster runs.
    pub target: Target,
    /// Its chart, with all it needs; `None` when there is none at hand.
    pub chart: Option<Arc<Chart>>,
    /// Its objects; why there are none when there are none.
    pub objects: Result<Vec<Object>, NotRendered>,
    /// What the engine warned of.
    pub warnings: Vec<String>,
}

impl RenderedRelease {
    /// Whether it is a chart with its own values, and no release of the fleet.
    pub fn is_smoke(&self) -> bool {
        !self.name.contains('/')
    }

    /// Whether it is one of an Application: Sovereign, Organization, Application, Environment and region name it.
    pub fn is_of_an_application(&self) -> bool {
        self.name.matches('/').count() == 4
    }

    /// The Sovereign that it is of; for a chart with its own values, the Blueprint.
    pub fn sovereign(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// Where intent brings its chart.
    pub fn place(&self) -> Place {
        match &self.entry.chart {
            Some(chart) => chart.place.clone(),
            None => self.entry.blueprint.place.child("spec").child("manifests"),
        }
    }

    /// The same release with other objects.
    pub(crate) fn with_objects(&self, objects: Vec<Object>) -> RenderedRelease {
        let objects = self.objects.as_ref().map(|_| objects).map_err(NotRendered::clone);
        RenderedRelease {
            name: self.name.clone(),
            entry: self.entry.clone(),
            places: self.places.clone(),
            namespace: self.namespace.clone(),
            target: self.target.clone(),
            chart: self.chart.clone(),
            objects,
            warnings: Vec::new(),
        }
    }

    /// Every image of its objects; nothing when it has none.
    pub fn images(&self) -> impl Iterator<Item = (&Object, Images)> {
        self.objects.iter().flatten().map(|object| (object, find_images(object, &self.places)))
    }
}

/// Why a release has no objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRendered {
    /// There is no chart at hand, and why.
    NoChart(String),
    /// Its chart failed, which is a finding.
    Failed,
}

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RenderRun {
    /// Releases, by name.
    pub releases: Vec<RenderedRelease>,
    /// What is wrong, before levels.
    pub findings: Vec<Diagnostic>,
    /// Names of the targets that were rendered for.
    pub targets: Vec<String>,
    /// Whether the run was stopped.
    pub cancelled: bool,
}

/// Renders what was asked for. `second` renders what may differ again; it must not give what `engine` remembers.
pub fn render(
    project: &Project,
    options: &RenderOptions,
    engine: &dyn Engine,
    second: &dyn Engine,
    archives: &dyn Archives,
    progress: &dyn Progress,
) -> Result<RenderRun, Refusal> {
    let mut run = RenderRun::default();
    let wanted = match &options.what {
        Some(what) => named(project, what, options, progress, &mut run)?,
        None => fleet(project, options, progress, &mut run),
    };
    let engines = Engines { engine, second, archives };
    Ok(render_all(project, options, wanted, run, &engines, progress))
}

/// Renders the releases of one Sovereign.
pub(crate) fn render_plan(
    project: &Project,
    plan: &Plan,
    options: &RenderOptions,
    engines: &Engines<'_>,
    progress: &dyn Progress,
) -> RenderRun {
    render_all(project, options, releases(project, plan), RenderRun::default(), engines, progress)
}

/// Renders the whole fleet, and every chart with its own values.
pub(crate) fn render_everything(
    project: &Project,
    options: &RenderOptions,
    engines: &Engines<'_>,
    progress: &dyn Progress,
) -> RenderRun {
    let mut run = RenderRun::default();
    let mut wanted = fleet(project, options, progress, &mut run);
    wanted.extend(charts::charts(project, &[]).iter().filter_map(|it| smoke(project, it)));
    render_all(project, options, wanted, run, engines, progress)
}

/// What the charts of these Blueprints, or of all, are rendered with when no release gives them values; those that are at hand with all they
/// need.
pub(crate) fn bare_requests(
    project: &Project,
    only: &[BlueprintName],
    archives: &dyn Archives,
) -> Vec<(Arc<CatalogEntry>, Request)> {
    let root = &project.root;
    let wanted: Vec<Wanted> =
        charts::charts(project, only).iter().filter_map(|it| smoke(project, it)).collect();
    let request = |it: &Wanted| {
        let chart = charts::read_chart(root, &it.chart.as_ref()?.folder).ok()?;
        let chart = charts::whole_chart(&chart, archives).ok()?;
        let request = Request {
            chart: Arc::new(chart),
            values: Arc::new(it.values.clone()),
            release: it.release.clone(),
            namespace: it.namespace.clone(),
            kube_version: it.target.kubernetes.clone(),
            api_versions: Arc::new(it.apis.clone()),
        };
        Some((it.entry.clone(), request))
    };
    wanted.par_iter().filter_map(request).collect()
}

/// What renders, and where upstream charts come from.
#[derive(Clone, Copy)]
pub struct Engines<'a> {
    /// Renders.
    pub engine: &'a dyn Engine,
    /// Renders again what may differ; it never gives what the first one remembers.
    pub second: &'a dyn Engine,
    /// The charts that were fetched.
    pub archives: &'a dyn Archives,
}

fn render_all(
    project: &Project,
    options: &RenderOptions,
    wanted: Vec<Wanted>,
    mut run: RenderRun,
    engines: &Engines<'_>,
    progress: &dyn Progress,
) -> RenderRun {
    run.targets = wanted.iter().map(|it| it.target_name.clone()).collect();
    run.targets.sort();
    run.targets.dedup();
    let pinned = Pinned::of(project, options, &mut run.findings);
    let places = places_of(project, &wanted);
    for (wanted, drawn) in wanted.iter().zip(draw(project, options, &wanted, engines, progress)) {
        let mut release = RenderedRelease {
            name: wanted.name.clone(),
            entry: wanted.entry.clone(),
            places: places.get(&wanted.entry.blueprint.place.file).cloned().unwrap_or_default(),
            namespace: wanted.namespace.clone(),
            target: wanted.target.clone(),
            chart: None,
            objects: Err(NotRendered::Failed),
            warnings: Vec::new(),
        };
        match (drawn, &wanted.chart) {
            (Err(why), _) => release.objects = Err(NotRendered::NoChart(why.to_string())),
            (Ok(Twice { chart, first: Ok(mut first), second }), Some(of)) => {
                pinned.settle(project, wanted, of, &chart, (&mut first, second), &mut run.findings);
                release.chart = Some(chart);
                release.warnings = first.warnings;
                release.objects = Ok(first.objects);
            }
            (Ok(Twice { chart, first: Err(error), .. }), of) => {
                release.chart = Some(chart);
                if let (Some(of), true) = (of, error != RenderError::Cancelled) {
                    run.findings.push(failed(project, of, wanted, &error));
                }
            }
            (Ok(_), None) => {}
        }
        run.releases.push(release);
    }
    pinned.finish(options, &wanted, &mut run.findings);
    run.releases.sort_by(|a, b| a.name.cmp(&b.name));
    catalyst_diag::arrange(&mut run.findings);
    run.cancelled = options.cancel.is_cancelled();
    run
}

/// Renders each of these, and again what may give something else each time.
fn draw(
    project: &Project,
    options: &RenderOptions,
    wanted: &[Wanted],
    engines: &Engines<'_>,
    progress: &dyn Progress,
) -> Vec<Result<Twice, NoChart>> {
    let folders: BTreeSet<&TreePath> =
        wanted.iter().filter_map(|it| Some(&it.chart.as_ref()?.folder)).collect();
    let root = &project.root;
    let read = |folder: &&TreePath| {
        let chart = charts::read_chart(root, folder).and_then(|chart| match options.own {
            true => chart.alone().map_err(|error| NoChart::Broken(error.to_string())),
            false => charts::whole_chart(&chart, engines.archives),
        });
        let read = chart.map(|chart| Read { may_differ: purity::may_differ(&chart), chart: Arc::new(chart) });
        ((*folder).clone(), read)
    };
    let read: BTreeMap<TreePath, Result<Read, NoChart>> =
        folders.into_iter().collect::<Vec<_>>().par_iter().map(read).collect();
    progress.begin(Stage::Render, wanted.len());
    let one = |it: &Wanted| {
        let done = outcome(it, options, engines, &read);
        progress.step(Stage::Render, &it.name);
        done
    };
    wanted.par_iter().map(one).collect()
}

/// Where the objects of each Blueprint hold images, by its file.
fn places_of(project: &Project, wanted: &[Wanted]) -> BTreeMap<TreePath, Arc<ImagePlaces>> {
    let mut places = BTreeMap::new();
    for it in wanted {
        let file = &it.entry.blueprint.place.file;
        if !places.contains_key(file) {
            places.insert(file.clone(), Arc::new(image_places(project, &it.entry)));
        }
    }
    places
}

/// A chart with all it needs.
#[derive(Clone)]
struct Read {
    chart: Arc<Chart>,
    /// Whether a render of it may give something else each time.
    may_differ: bool,
}

/// A render, and another one to compare it with where they may differ.
struct Twice {
    chart: Arc<Chart>,
    first: Result<Rendered, RenderError>,
    second: Option<Rendered>,
}

fn outcome(
    wanted: &Wanted,
    options: &RenderOptions,
    engines: &Engines<'_>,
    read: &BTreeMap<TreePath, Result<Read, NoChart>>,
) -> Result<Twice, NoChart> {
    let read = wanted.chart.as_ref().and_then(|it| read.get(&it.folder));
    let Some(read) = read else { return Err(NoChart::Broken("its chart stands in a registry".to_owned())) };
    let Read { chart, may_differ } = read.clone()?;
    if options.cancel.is_cancelled() {
        return Ok(Twice { chart, first: Err(RenderError::Cancelled), second: None });
    }
    let mut apis = wanted.apis.clone();
    apis.extend(options.api_versions.iter().cloned());
    let request = Request {
        chart: chart.clone(),
        values: Arc::new(with_set(merged(&wanted.values, &options.values), &options.set)),
        release: wanted.release.clone(),
        namespace: wanted.namespace.clone(),
        kube_version: options.kube_version.clone().unwrap_or_else(|| wanted.target.kubernetes.clone()),
        api_versions: Arc::new(apis),
    };
    let first = engines.engine.render(&request);
    // What the cluster renders anyway needs no second look.
    let is_doubtful = first.is_ok() && may_differ && (!wanted.is_deferred() || wanted.is_written);
    let second = if is_doubtful { engines.second.render(&request).ok() } else { None };
    Ok(Twice { chart, first, second })
}
