//! Rendered releases as stages, and what stands against that.

use super::Releases;
use crate::rendering::{NotRendered, RenderRun, RenderedRelease};
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_flux::{ClusterScoped, Manifest, ReleaseStage, release_stages};
use catalyst_model::PlacementMode;
use catalyst_plan::{EnvironmentPlan, Plan};
use serde_json::Value;
use std::collections::BTreeSet;

/// The releases of one Sovereign.
pub(super) fn releases(plan: &Plan, run: RenderRun) -> Releases {
    let mut out = Releases { targets: run.targets.clone(), ..Releases::default() };
    let environments = plan.applications.values().flat_map(|it| it.environments.values());
    out.findings.extend(environments.filter(|it| it.entry.has_chart()).filter_map(standing_by));
    let scoped = cluster_scoped(&run);
    let mut seen = BTreeSet::new();
    for release in &run.releases {
        let (stages, against) = stages(release, &scoped);
        // Said once, whatever clusters and Environments show it.
        let against = against.into_iter();
        out.findings.extend(
            against.filter(|it| seen.insert((it.primary.place.file.to_string(), it.message.clone()))),
        );
        let name = release.name.split_once('/').map_or(release.name.as_str(), |(_, below)| below);
        out.stages.insert(name.to_owned(), stages);
    }
    out.findings.extend(run.findings);
    out
}

/// What an agent changes in a cluster, a Kustomization would set back; a HelmRelease leaves it alone.
fn standing_by(environment: &EnvironmentPlan) -> Option<Diagnostic> {
    if environment.mode != PlacementMode::ActiveHotstandby {
        return None;
    }
    let message = format!(
        "`{}` in `{}` cannot be written as plain manifests: the agent flips its replica counts when regions change roles, and a Kustomization would set them back",
        environment.entry.blueprint.name, environment.environment
    );
    let help = "place it another way than `active-hotstandby`; or leave `spec.output` of the Sovereign at `releases`";
    Some(Diagnostic::new(&rule::UNRENDERABLE_RELEASE, environment.place.clone(), message).help(help))
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
    // What a function draws can be pinned; `unstable-render` says where it is not.
    let mut deferred = blueprint.spec.manifests.deferred.iter();
    if let Some(deferred) = deferred.find(|it| !catalyst_helm::draws(&it.function)) {
        let why = format!("it leaves `{}` to the cluster, and nothing renders there", deferred.function);
        let found = refuse(manifests_place().child("deferred"), why)
            .help("give the value that it looks for; or leave `spec.output` of the Sovereign at `releases`");
        return (Vec::new(), vec![found]);
    }
    let manifests: Vec<Manifest<'_>> = objects
        .iter()
        .map(|it| Manifest { object: &it.value, file: it.file.as_str(), chart: &it.chart })
        .collect();
    let (stages, refused) = release_stages(&release.namespace, &manifests, scoped);
    let found = refused.into_iter().map(|it| {
        refuse(blueprint.place.child("spec"), format!("`{}`: {}", it.object, it.why))
            .note(format!("made by `{}`", it.file))
            .help("switch it off by a value; or leave `spec.output` of the Sovereign at `releases`")
    });
    (stages, found.collect())
}
