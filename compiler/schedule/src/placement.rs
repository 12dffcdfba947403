//! Where the Applications of an Environment run.

use crate::Input;
use crate::clusters::is_known;
use catalyst_diag::{Diagnostic, Place, rule};
use catalyst_model::{
    AppName, ClusterName, Environment, Placement, PlacementMode, PlacementSchema, RegionKey,
};
use catalyst_plan::{ClusterPlan, EnvironmentGraph, Install, InstallTarget, Sourced};
use std::collections::BTreeMap;

/// A mode and the regions, the primary one first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub mode: PlacementMode,
    pub regions: Vec<RegionKey>,
}

/// The host clusters of an Environment, by region. A region without one is reported.
pub(crate) fn host_clusters(
    environment: &Sourced<Environment>,
    input: Input<'_>,
    clusters: &BTreeMap<ClusterName, ClusterPlan>,
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<RegionKey, ClusterName> {
    let regions = &input.sovereign.sovereign.spec.regions;
    let place = environment.place.child("spec").child("regions");
    let env = environment.spec.cluster_env_type.unwrap_or(environment.name.env);
    let mut found = BTreeMap::new();
    for (at, key) in environment.spec.regions.iter().enumerate() {
        let Some(region) = regions.iter().find(|region| region.key() == *key) else {
            // A key that a mistaken region would have is not reported as well.
            if regions.iter().all(is_known) {
                out.push(undefined_region(
                    key,
                    regions.iter().map(catalyst_model::RegionSpec::key),
                    &place.item(at),
                    "the Sovereign",
                ));
            }
            continue;
        };
        let name = ClusterName {
            provider: region.provider,
            region: region.region.clone(),
            block: environment.spec.block,
            env,
        };
        if clusters.contains_key(&name) {
            found.insert(key.clone(), name);
            continue;
        }
        let there: Vec<String> =
            clusters.values().filter(|it| it.region == *key).map(|it| format!("`{}`", it.name)).collect();
        out.push(
            Diagnostic::new(&rule::NO_HOST_CLUSTER, place.item(at), format!("Environment `{}` needs cluster `{name}`", environment.name))
                .other(input.sovereign.sovereign.place.child("spec").child("regions").on_key(), "the regions of the Sovereign")
                .note(format!("clusters in `{key}`: {}", there.join(", ")))
                .help("add the building block and env type to the region, or set `block` or `clusterEnvType` of the Environment"),
        );
    }
    found
}

fn undefined_region(
    key: &RegionKey,
    known: impl Iterator<Item = RegionKey>,
    place: &Place,
    whose: &str,
) -> Diagnostic {
    let known: Vec<String> = known.map(|it| it.to_string()).collect();
    let found =
        Diagnostic::new(&rule::UNDEFINED_REGION, place.clone(), format!("{whose} has no region `{key}`"));
    match catalyst_diag::suggest::nearest(key.as_str(), known.iter().map(String::as_str)) {
        Some(near) => found.label(format!("did you mean `{near}`?")),
        None => found.help(format!("its regions are {}", known.join(", "))),
    }
}

/// Places all Applications of an Environment: those of intent as they ask, the others beside those that need them.
pub(crate) fn place_all(
    graph: &EnvironmentGraph,
    environment: &Sourced<Environment>,
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<AppName, Placed> {
    let mut placed: BTreeMap<AppName, Placed> = BTreeMap::new();
    for (name, install) in &graph.installs {
        if let Some(application) = install.intent() {
            let section =
                application.place.child("spec").child("environments").child(environment.name.env.as_str());
            let asked =
                application.spec.environments.get(&environment.name.env).and_then(|it| it.placement.as_ref());
            placed.insert(
                name.clone(),
                place_one(install, asked, environment, &section.child("placement"), out),
            );
        }
    }
    // Dependents come before what they need, round by round; a chain is as long as the graph at most.
    for _ in 0..graph.installs.len() {
        let mut changed = false;
        for (name, install) in &graph.installs {
            let Some(above) = placed.get(name).cloned() else { continue };
            for edge in &install.edges {
                let InstallTarget::Application(to) = &edge.target else { continue };
                let Some(target) = graph.installs.get(to).filter(|it| it.intent().is_none()) else {
                    continue;
                };
                let next = follow(&target.entry.blueprint.spec.placement_schema, &above, placed.get(to));
                if placed.get(to) != Some(&next) {
                    placed.insert(to.clone(), next);
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    placed
}

/// Placement of an Application that dependents brought: everywhere they run, in their mode where its Blueprint can, else active everywhere,
/// else beside the primary.
fn follow(schema: &PlacementSchema, above: &Placed, known: Option<&Placed>) -> Placed {
    let mut regions = known.map(|it| it.regions.clone()).unwrap_or_default();
    for region in &above.regions {
        if !regions.contains(region) {
            regions.push(region.clone());
        }
    }
    let wanted = known.map_or(above.mode, |it| it.mode.max(above.mode));
    let mode = [wanted, PlacementMode::ActiveActive, PlacementMode::SingleRegion]
        .into_iter()
        .find(|mode| schema.modes.contains(mode))
        .unwrap_or(PlacementMode::SingleRegion);
    if regions.len() < 2 || mode == PlacementMode::SingleRegion {
        regions.truncate(1);
        return Placed { mode: PlacementMode::SingleRegion, regions };
    }
    Placed { mode, regions }
}

fn place_one(
    install: &Install,
    asked: Option<&Placement>,
    environment: &Sourced<Environment>,
    place: &Place,
    out: &mut Vec<Diagnostic>,
) -> Placed {
    let schema = &install.entry.blueprint.spec.placement_schema;
    let all = &environment.spec.regions;
    let Some(asked) = asked else {
        let default =
            schema.default.or_else(|| schema.modes.first().copied()).unwrap_or(PlacementMode::SingleRegion);
        // The default of a Blueprint may span regions that the Environment does not have.
        let mode = if default != PlacementMode::SingleRegion && all.len() < 2 {
            PlacementMode::SingleRegion
        } else {
            default
        };
        let regions = if mode == PlacementMode::SingleRegion { all[..1].to_vec() } else { all.clone() };
        return Placed { mode, regions };
    };
    let schema_place = install.entry.blueprint.place.child("spec").child("placementSchema");
    let name = &install.entry.blueprint.name;
    let mut refuse = |at: Place, message: String, because: Place, why: &str| {
        out.push(Diagnostic::new(&rule::PLACEMENT_OUT_OF_BOUNDS, at, message).other(because, why.to_owned()));
    };
    if !schema.modes.contains(&asked.mode) {
        let modes = schema.modes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        refuse(
            place.child("mode"),
            format!("`{name}` cannot run {}", asked.mode),
            schema_place.child("modes"),
            &format!("its modes are {modes}"),
        );
    }
    let mut regions = Vec::new();
    for (at, key) in asked.regions.iter().enumerate() {
        if all.contains(key) {
            if !regions.contains(key) {
                regions.push(key.clone());
            }
        } else {
            let place = place.child("regions").item(at);
            let known = all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            out.push(
                Diagnostic::new(
                    &rule::UNDEFINED_REGION,
                    place,
                    format!("Environment `{}` has no region `{key}`", environment.name),
                )
                .other(environment.place.child("spec").child("regions"), format!("its regions are {known}")),
            );
        }
    }
    let mut refuse = |at: Place, message: String, because: Place, why: &str| {
        out.push(Diagnostic::new(&rule::PLACEMENT_OUT_OF_BOUNDS, at, message).other(because, why.to_owned()));
    };
    if asked.regions.is_empty() {
        regions = if asked.mode == PlacementMode::SingleRegion { all[..1].to_vec() } else { all.clone() };
    }
    let at = if asked.regions.is_empty() { place.child("mode") } else { place.child("regions") };
    let count = regions.len() as u32;
    let multi = asked.mode != PlacementMode::SingleRegion;
    let environment_regions = environment.place.child("spec").child("regions");
    // How many regions a mode takes is no question while the mode itself is refused.
    if schema.modes.contains(&asked.mode) {
        if multi && count < 2 {
            refuse(
                at.clone(),
                format!("{} needs at least two regions", asked.mode),
                environment_regions.clone(),
                "regions of the Environment",
            );
        }
        if !multi && count > 1 {
            refuse(at.clone(), "single-region takes one region".into(), place.child("mode"), "the mode");
        }
        if schema.min_regions.is_some_and(|min| count < min) {
            let min = schema.min_regions.unwrap_or_default();
            refuse(
                at.clone(),
                format!("`{name}` needs at least {min} regions"),
                schema_place.child("minRegions"),
                "the bound",
            );
        }
        if schema.max_regions.is_some_and(|max| count > max) {
            let max = schema.max_regions.unwrap_or_default();
            refuse(
                at,
                format!("`{name}` runs in at most {max} regions"),
                schema_place.child("maxRegions"),
                "the bound",
            );
        }
    }
    if regions.is_empty() {
        regions = all[..1].to_vec();
    }
    if !multi {
        regions.truncate(1);
    }
    Placed { mode: asked.mode, regions }
}
