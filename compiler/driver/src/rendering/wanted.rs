//! What to render: the releases of the fleet, or what a word on the command line stands for.

use super::values::merged;
use super::{RenderOptions, RenderRun};
use crate::charts::{self, BlueprintChart, DEFAULT_TARGET};
use crate::plain::rendered_sovereigns;
use crate::{CompileOptions, Progress, Project, Refusal, compile};
use catalyst_diag::Severity;
use catalyst_lower::TestCase;
use catalyst_model::{BlueprintName, CaseScope, Expect, Target};
use catalyst_plan::{Capability, CatalogEntry, ClusterPlan, Layered, Plan};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;

/// One release as the plan has it.
pub(super) struct Wanted {
    pub(super) name: String,
    /// The Blueprint, in this version.
    pub(super) entry: Arc<CatalogEntry>,
    /// Its chart, when it stands in the project.
    pub(super) chart: Option<BlueprintChart>,
    pub(super) values: Map<String, Value>,
    pub(super) layers: Option<Arc<Layered>>,
    pub(super) release: String,
    pub(super) namespace: String,
    pub(super) target: Target,
    pub(super) target_name: String,
    pub(super) apis: Vec<String>,
    /// Whether it is no release, and is only looked at.
    pub(super) is_looked_at: bool,
    /// Whether a build writes its objects, so that nothing renders it in the cluster.
    pub(super) is_written: bool,
}

impl Wanted {
    /// Whether it is a chart with its own values, and no release of the fleet.
    pub(super) fn is_smoke(&self) -> bool {
        !self.name.contains('/')
    }

    /// The Sovereign that it belongs to; its own name when it belongs to none.
    pub(super) fn sovereign(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// Whether its Blueprint leaves functions to the cluster, so that renders may differ.
    pub(super) fn is_deferred(&self) -> bool {
        !self.entry.blueprint.spec.manifests.deferred.is_empty()
    }
}

/// Every release of every Sovereign.
pub(super) fn fleet(
    project: &Project,
    options: &RenderOptions,
    progress: &dyn Progress,
    run: &mut RenderRun,
) -> Vec<Wanted> {
    let compiled = CompileOptions {
        only: options.only.clone(),
        cancel: options.cancel.clone(),
        ..CompileOptions::default()
    };
    let done = compile(project, &compiled, progress, |_, output| output.plan);
    run.findings.extend(done.diagnostics.into_iter().filter(|it| it.severity == Severity::Error));
    let plans = done.sovereigns.values().flatten();
    plans.flat_map(|plan| releases(project, plan)).collect()
}

/// Every release of one Sovereign.
pub(super) fn releases(project: &Project, plan: &Plan) -> Vec<Wanted> {
    let is_written = rendered_sovereigns(project, &[]).contains(&plan.facts.name);
    let mut out = Vec::new();
    for cluster in plan.clusters.values() {
        let apis = apis_of(cluster);
        for release in cluster.releases.values() {
            let short = release.entry.blueprint.name.short();
            out.push(Wanted {
                name: format!("{}/{}/{short}", plan.facts.name, cluster.name),
                entry: release.entry.clone(),
                chart: chart_of(&release.entry),
                values: release.values.merged.clone(),
                layers: Some(release.values.clone()),
                release: short.to_owned(),
                namespace: release.namespace.to_string(),
                target: cluster.target.clone(),
                target_name: cluster.target_name.clone(),
                apis: apis.clone(),
                is_looked_at: false,
                is_written,
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
                    entry: environment.entry.clone(),
                    chart: chart_of(&environment.entry),
                    values,
                    layers: Some(environment.values.clone()),
                    release: application.name.to_string(),
                    namespace: application.name.to_string(),
                    apis: catalyst_check::served_apis(&environment.target),
                    is_looked_at: false,
                    target: environment.target.clone(),
                    target_name: plan
                        .clusters
                        .get(&placement.cluster)
                        .map_or(DEFAULT_TARGET.to_owned(), |it| it.target_name.clone()),
                    is_written,
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
pub(super) fn named(
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
        return Ok(charts.into_iter().filter_map(|chart| bare(project, chart)).collect());
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

/// A chart with its own values. One that fails for want of a value, as a case says, gets those of a case that gives something: the first one over
/// all of the chart, since upstream charts may ask for more, else the first one.
pub(super) fn smoke(project: &Project, chart: &BlueprintChart) -> Option<Wanted> {
    let mut wanted = Wanted { is_looked_at: true, ..bare(project, chart)? };
    let cases = charts::cases(project, &chart.folder);
    let fails = |case: &&&TestCase| case.expects.iter().any(|(it, _)| matches!(it, Expect::Fails(_)));
    let mut giving: Vec<&&TestCase> = cases.iter().filter(|case| !fails(case)).collect();
    giving.sort_by_key(|case| case.case.scope != CaseScope::Full);
    if let Some(case) = giving.first().filter(|_| cases.iter().any(|case| fails(&case))) {
        wanted.values = case.case.values.clone();
        wanted.apis.extend(case.case.api_versions.iter().cloned());
    }
    Some(wanted)
}

/// A chart with its own values, for the target of the project.
fn bare(project: &Project, chart: &BlueprintChart) -> Option<Wanted> {
    let target = charts::target(project, DEFAULT_TARGET).unwrap_or_else(catalyst_schedule::current_target);
    let (db, files) = project.database();
    let entries = catalyst_db::catalogue(db, files).entries(&chart.blueprint);
    let entry = entries.iter().find(|it| chart_of(it).as_ref() == Some(chart))?;
    Some(Wanted {
        name: chart.blueprint.to_string(),
        entry: Arc::new(entry.clone()),
        chart: Some(chart.clone()),
        values: Map::new(),
        layers: None,
        release: chart.short(),
        namespace: chart.short(),
        apis: catalyst_check::served_apis(&target),
        is_looked_at: false,
        target,
        target_name: DEFAULT_TARGET.to_owned(),
        is_written: false,
    })
}
