//! Releases and charts as objects: which there are, what each is rendered with, what comes of it.
//!
//! A release of the fleet is rendered with the values and for the cluster that the plan gives it; a Blueprint or a folder with the values of its
//! chart. What may give something else each time is rendered twice and compared (`unstable-render`).

use crate::charts::{self, BlueprintChart, DEFAULT_TARGET, NoChart};
use crate::{CompileOptions, Progress, Project, Refusal, Stage, compile, purity};
use catalyst_diag::{Diagnostic, Place, Severity, rule};
use catalyst_helm::{Archives, Chart, ChartFault, Engine, Object, RenderError, Rendered, Request};
use catalyst_model::{BlueprintName, Target};
use catalyst_plan::{Capability, CatalogEntry, ClusterPlan, Layered, Plan, merge_values};
use catalyst_render::{Difference, difference};
use catalyst_source::{KeyPath, LineIndex, Span, Step, TreePath};
use catalyst_system::Cancel;
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What to render, and what differs from what the project says.
#[derive(Debug, Clone, Default)]
pub struct RenderOptions {
    /// A release, a Blueprint or the folder of a chart; the whole fleet when there is none.
    pub what: Option<String>,
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

/// One release with its objects.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedRelease {
    /// Its name in the fleet: Sovereign, cluster and release, or the Blueprint alone.
    pub name: String,
    /// Its objects; why there are none when there are none.
    pub objects: Result<Vec<Object>, NotRendered>,
    /// What the engine warned of.
    pub warnings: Vec<String>,
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

/// One release as the plan has it.
struct Wanted {
    name: String,
    chart: Option<BlueprintChart>,
    values: Map<String, Value>,
    layers: Option<Arc<Layered>>,
    release: String,
    namespace: String,
    target: Target,
    target_name: String,
    apis: Vec<String>,
    /// Whether its Blueprint leaves functions to the cluster, so that renders may differ.
    deferred: bool,
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
    run.targets = wanted.iter().map(|it| it.target_name.clone()).collect();
    run.targets.sort();
    run.targets.dedup();
    let folders: std::collections::BTreeSet<&TreePath> =
        wanted.iter().filter_map(|it| Some(&it.chart.as_ref()?.folder)).collect();
    let root = &project.root;
    let read = |folder: &&TreePath| {
        let chart = charts::read_chart(root, folder).and_then(|chart| match options.own {
            true => chart.alone().map_err(|error| NoChart::Broken(error.to_string())),
            false => charts::whole_chart(&chart, archives),
        });
        let read = chart.map(|chart| Read { may_differ: purity::may_differ(&chart), chart: Arc::new(chart) });
        ((*folder).clone(), read)
    };
    let read: BTreeMap<TreePath, Result<Read, NoChart>> =
        folders.into_iter().collect::<Vec<_>>().par_iter().map(read).collect();
    progress.begin(Stage::Render, wanted.len());
    let one = |it: &Wanted| {
        let done = outcome(it, options, engine, second, &read);
        progress.step(Stage::Render, &it.name);
        done
    };
    let done: Vec<Result<Twice, NoChart>> = wanted.par_iter().map(one).collect();
    for (wanted, done) in wanted.iter().zip(done) {
        let mut release = RenderedRelease {
            name: wanted.name.clone(),
            objects: Err(NotRendered::Failed),
            warnings: Vec::new(),
        };
        match (done, &wanted.chart) {
            (Err(why), _) => release.objects = Err(NotRendered::NoChart(why.to_string())),
            (Ok(Twice { first: Ok(first), second }), Some(of)) => {
                let differs = second.as_ref().and_then(|second| difference(&first, second));
                run.findings.extend(differs.map(|it| unstable(project, of, &it)));
                release.warnings = first.warnings;
                release.objects = Ok(first.objects);
            }
            (Ok(Twice { first: Err(RenderError::Cancelled), .. }), _) | (Ok(_), None) => {}
            (Ok(Twice { first: Err(error), .. }), Some(of)) => {
                run.findings.push(failed(project, of, wanted, &error))
            }
        }
        run.releases.push(release);
    }
    run.releases.sort_by(|a, b| a.name.cmp(&b.name));
    catalyst_diag::arrange(&mut run.findings);
    run.cancelled = options.cancel.is_cancelled();
    Ok(run)
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
    first: Result<Rendered, RenderError>,
    second: Option<Rendered>,
}

fn outcome(
    wanted: &Wanted,
    options: &RenderOptions,
    engine: &dyn Engine,
    second: &dyn Engine,
    read: &BTreeMap<TreePath, Result<Read, NoChart>>,
) -> Result<Twice, NoChart> {
    let read = wanted.chart.as_ref().and_then(|it| read.get(&it.folder));
    let Some(read) = read else { return Err(NoChart::Broken("its chart stands in a registry".to_owned())) };
    if options.cancel.is_cancelled() {
        return Ok(Twice { first: Err(RenderError::Cancelled), second: None });
    }
    let Read { chart, may_differ } = read.clone()?;
    let mut apis = wanted.apis.clone();
    apis.extend(options.api_versions.iter().cloned());
    let request = Request {
        chart,
        values: Arc::new(with_set(merged(&wanted.values, &options.values), &options.set)),
        release: wanted.release.clone(),
        namespace: wanted.namespace.clone(),
        kube_version: options.kube_version.clone().unwrap_or_else(|| wanted.target.kubernetes.clone()),
        api_versions: Arc::new(apis),
    };
    let first = engine.render(&request);
    let is_doubtful = first.is_ok() && !wanted.deferred && may_differ;
    let second = if is_doubtful { second.render(&request).ok() } else { None };
    Ok(Twice { first, second })
}

/// Values with others over them.
fn merged(base: &Map<String, Value>, over: &Map<String, Value>) -> Map<String, Value> {
    let mut values = Value::Object(base.clone());
    merge_values(&mut values, &Value::Object(over.clone()));
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}

/// Values with some of them set.
fn with_set(values: Map<String, Value>, set: &[(KeyPath, Value)]) -> Map<String, Value> {
    let mut values = Value::Object(values);
    for (path, value) in set {
        merge_values(node_at(&mut values, path), value);
    }
    match values {
        Value::Object(values) => values,
        _ => Map::new(),
    }
}

/// The node at a path, which is made where there is none; what is in the way gives way.
fn node_at<'v>(values: &'v mut Value, path: &KeyPath) -> &'v mut Value {
    path.steps().iter().fold(values, |node, step| match step {
        Step::Key(key) => {
            if !node.is_object() {
                *node = Value::Object(Map::new());
            }
            &mut node[key.as_ref()]
        }
        Step::Index(at) => {
            if !node.is_array() {
                *node = Value::Array(Vec::new());
            }
            if let Value::Array(items) = node {
                items.resize(items.len().max(*at as usize + 1), Value::Null);
            }
            &mut node[*at as usize]
        }
    })
}

/// A render that fails, at the line of the template and with the value of intent behind it.
fn failed(project: &Project, of: &BlueprintChart, wanted: &Wanted, error: &RenderError) -> Diagnostic {
    let place = match error {
        RenderError::Chart(fault) => spot(project, of, fault),
        _ => chart_file(of),
    };
    let what = match error {
        RenderError::Chart(fault) => fault.message.clone(),
        other => other.to_string(),
    };
    let mut found =
        Diagnostic::new(&rule::FAILED_RENDER, place, format!("`{}` does not render: {what}", of.blueprint))
            .note(format!("rendered for `{}`", wanted.name));
    if let RenderError::Chart(fault) = error {
        if let Some(spot) = fault.spot.as_ref() {
            found = found.note(format!("Helm says: {spot}"));
        }
        let set = fault.value.as_ref().zip(wanted.layers.as_ref());
        let layers = set.map(|(path, layers)| layers.who_set(path)).unwrap_or_default();
        if let Some((layer, place)) = layers.into_iter().next() {
            found = found.other(place, format!("the value is set here, by {}", layer.kind.describe()));
        }
    }
    found
}

/// The line of a fault in an own template; the `Chart.yaml` for what stands in an upstream chart.
fn spot(project: &Project, of: &BlueprintChart, fault: &ChartFault) -> Place {
    let place = || {
        let spot = fault.spot.as_ref()?;
        let file = of.folder.join(spot.file.as_str()).ok()?;
        let text = project.text(&file)?;
        let Some(line) = spot.line else { return Some(Place::file(&file)) };
        let lines = LineIndex::new(&text);
        if line == 0 || line as usize > lines.len() {
            return Some(Place::file(&file));
        }
        let range = lines.line_span(&text, line);
        let start =
            (range.start as usize + spot.column.map_or(0, |it| it as usize - 1)).min(range.end as usize);
        Some(Place::bytes(&file, Span::new(start, range.end as usize)))
    };
    place().unwrap_or_else(|| chart_file(of))
}

fn chart_file(of: &BlueprintChart) -> Place {
    Place::file(&of.folder.join("Chart.yaml").unwrap_or_else(|_| of.folder.clone()))
}

fn unstable(project: &Project, of: &BlueprintChart, differs: &Difference<'_>) -> Diagnostic {
    let object = differs.object();
    let own = of.folder.join(object.file.as_str()).ok().filter(|it| project.file(it).is_some());
    let place = own.map_or_else(|| chart_file(of), |file| Place::file(&file));
    let message = match differs {
        Difference::Field { path, .. } => format!("`{path}` of `{object}` is another one in each render"),
        Difference::OnlyFirst(_) | Difference::OnlySecond(_) => {
            format!("`{object}` has another name in each render")
        }
    };
    Diagnostic::new(&rule::UNSTABLE_RENDER, place, message)
        .note(format!("made by `{}` of chart `{}`", object.file, object.chart))
        .help("give the value that the chart makes up when it is empty, such as the name of an existing Secret; or leave it to the cluster under `manifests.deferred`")
}

/// Every release of every Sovereign.
fn fleet(
    project: &Project,
    options: &RenderOptions,
    progress: &dyn Progress,
    run: &mut RenderRun,
) -> Vec<Wanted> {
    let compiled = CompileOptions { cancel: options.cancel.clone(), ..CompileOptions::default() };
    let done = compile(project, &compiled, progress, |_, output| output.plan);
    run.findings.extend(done.diagnostics.into_iter().filter(|it| it.severity == Severity::Error));
    let plans = done.sovereigns.values().flatten();
    plans.flat_map(|plan| releases(plan)).collect()
}

fn releases(plan: &Plan) -> Vec<Wanted> {
    let mut out = Vec::new();
    for cluster in plan.clusters.values() {
        let apis = apis_of(cluster);
        for release in cluster.releases.values() {
            let short = release.entry.blueprint.name.short();
            out.push(Wanted {
                name: format!("{}/{}/{short}", plan.facts.name, cluster.name),
                chart: chart_of(&release.entry),
                values: release.values.merged.clone(),
                layers: Some(release.values.clone()),
                release: short.to_owned(),
                namespace: release.namespace.to_string(),
                target: cluster.target.clone(),
                target_name: cluster.target_name.clone(),
                apis: apis.clone(),
                deferred: !release.entry.blueprint.spec.manifests.deferred.is_empty(),
            });
        }
    }
    for application in plan.applications.values() {
        for environment in application.environments.values() {
            for placement in environment.placements.iter().filter(|_| environment.entry.has_chart()) {
                let values = merged(&environment.values.merged, &placement.overlay);
                out.push(Wanted {
                    name: format!(
                        "{}/{}/{}/{}/{}",
                        plan.facts.name,
                        application.org,
                        application.name,
                        environment.environment.env,
                        placement.region
                    ),
                    chart: chart_of(&environment.entry),
                    values,
                    layers: Some(environment.values.clone()),
                    release: application.name.to_string(),
                    namespace: application.name.to_string(),
                    apis: catalyst_check::served_apis(&environment.target),
                    target: environment.target.clone(),
                    target_name: plan
                        .clusters
                        .get(&placement.cluster)
                        .map_or(DEFAULT_TARGET.to_owned(), |it| it.target_name.clone()),
                    deferred: !environment.entry.blueprint.spec.manifests.deferred.is_empty(),
                });
            }
        }
    }
    out
}

/// What a cluster serves by itself, and what its releases bring.
fn apis_of(cluster: &ClusterPlan) -> Vec<String> {
    let mut apis = catalyst_check::served_apis(&cluster.target);
    for (capability, _) in cluster.releases.values().flat_map(|it| &it.interface.provides) {
        if let Capability::Api { group, version, kind } = capability {
            apis.push(format!("{group}/{version}"));
            apis.push(format!("{group}/{version}/{kind}"));
        }
    }
    apis.sort();
    apis.dedup();
    apis
}

fn chart_of(entry: &CatalogEntry) -> Option<BlueprintChart> {
    let folder = entry.chart.as_ref()?.place.file.parent()?;
    Some(BlueprintChart { blueprint: entry.blueprint.name.clone(), folder })
}

/// What a word on the command line stands for: a Blueprint, the folder of a chart, or releases whose name ends with it.
fn named(
    project: &Project,
    what: &str,
    options: &RenderOptions,
    progress: &dyn Progress,
    run: &mut RenderRun,
) -> Result<Vec<Wanted>, Refusal> {
    let blueprint = BlueprintName::new(what).ok();
    let folder = project.root.locate(Path::new(what), &options.current);
    let all = charts::charts(project, &[]);
    let is_it = |chart: &&BlueprintChart| {
        blueprint.as_ref() == Some(&chart.blueprint)
            || folder
                .as_ref()
                .is_some_and(|it| *it == chart.folder || chart.folder.parent().as_ref() == Some(it))
    };
    let charts: Vec<&BlueprintChart> = all.iter().filter(is_it).collect();
    if !charts.is_empty() {
        return Ok(charts.into_iter().map(|chart| bare(project, chart)).collect());
    }
    if let Some(name) = blueprint {
        project.known_blueprints(std::slice::from_ref(&name))?;
        return Err(Refusal {
            text: format!("the chart of `{name}` does not stand in the project"),
            help: Some("only charts beside their Blueprint are rendered".to_owned()),
        });
    }
    let releases = fleet(project, options, progress, run);
    let ending = format!("/{what}");
    let names: Vec<String> = releases.iter().map(|it| it.name.clone()).collect();
    let found: Vec<Wanted> =
        releases.into_iter().filter(|it| it.name == what || it.name.ends_with(&ending)).collect();
    if found.is_empty() { Err(Refusal::unknown("release", what, &names)) } else { Ok(found) }
}

/// A chart with its own values, for the target of the project.
fn bare(project: &Project, chart: &BlueprintChart) -> Wanted {
    let target = charts::target(project, DEFAULT_TARGET).unwrap_or_else(catalyst_schedule::current_target);
    let (db, files) = project.database();
    let entries = catalyst_db::catalogue(db, files).entries(&chart.blueprint);
    Wanted {
        name: chart.blueprint.to_string(),
        chart: Some(chart.clone()),
        values: Map::new(),
        layers: None,
        release: chart.short(),
        namespace: chart.short(),
        apis: catalyst_check::served_apis(&target),
        target,
        target_name: DEFAULT_TARGET.to_owned(),
        deferred: entries.iter().any(|it| !it.blueprint.spec.manifests.deferred.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_set_where_their_paths_lead() {
        let set = |base: Value, path: &str, value: Value| {
            let base = base.as_object().unwrap().clone();
            Value::Object(with_set(base, &[(KeyPath::parse(path).unwrap(), value)]))
        };
        let base = || json!({"a": {"b": 1}, "l": [{"x": 1}, 2]});
        assert_eq!(set(base(), "a.c", json!(2)), json!({"a": {"b": 1, "c": 2}, "l": [{"x": 1}, 2]}));
        assert_eq!(set(base(), "a", json!({"c": 2}))["a"], json!({"b": 1, "c": 2}));
        assert_eq!(set(base(), "l[0].y", json!(3))["l"], json!([{"x": 1, "y": 3}, 2]));
        assert_eq!(set(base(), "l[3]", json!("z"))["l"], json!([{"x": 1}, 2, null, "z"]));
        assert_eq!(set(base(), "a.b[1].c", json!(true))["a"], json!({"b": [null, {"c": true}]}));
    }
}
