//! The host clusters of a Sovereign: for each region, its building blocks and env types.

use crate::Input;
use catalyst_diag::{Diagnostic, EditAction, Place, rule, suggest};
use catalyst_model::{BuildingBlock, ClusterName, EnvType, Region, RegionSpec, Target};
use catalyst_plan::ClusterPlan;
use std::collections::BTreeMap;

pub(crate) fn clusters(
    input: Input<'_>,
    out: &mut Vec<Diagnostic>,
) -> Option<(BTreeMap<ClusterName, ClusterPlan>, ClusterName)> {
    let sovereign = &input.sovereign.sovereign;
    let regions_place = sovereign.place.child("spec").child("regions");
    let mut clusters: BTreeMap<ClusterName, ClusterPlan> = BTreeMap::new();
    let mut keys: BTreeMap<String, Place> = BTreeMap::new();
    let mut management: Vec<(ClusterName, Place)> = Vec::new();
    for (at, region) in sovereign.spec.regions.iter().enumerate() {
        let place = regions_place.item(at);
        known_region(region, &place, out);
        if let Some(first) = keys.insert(region.key().to_string(), place.clone()) {
            out.push(
                Diagnostic::new(
                    &rule::DUPLICATE_IDENTITY,
                    place.clone(),
                    format!("region `{}` is listed twice", region.key()),
                )
                .other(first, "the first one")
                .help("list each region once, or give one of them a `key` of its own"),
            );
            continue;
        }
        let (target_name, target) = target(input, region, &place, out);
        for (number, block) in region.blocks.iter().enumerate() {
            let block_place = place.child("blocks").item(number);
            let envs: &[EnvType] = match block {
                BuildingBlock::Mgt => std::slice::from_ref(&sovereign.spec.env_type),
                _ => &region.env_types,
            };
            for env in envs {
                let name = ClusterName {
                    provider: region.provider,
                    region: region.region.clone(),
                    block: *block,
                    env: *env,
                };
                if *block == BuildingBlock::Mgt {
                    management.push((name.clone(), block_place.clone()));
                }
                let plan = ClusterPlan {
                    name: name.clone(),
                    region: region.key(),
                    place: place.clone(),
                    target: target.clone(),
                    target_name: target_name.clone(),
                    management: *block == BuildingBlock::Mgt,
                    releases: BTreeMap::new(),
                    vclusters: BTreeMap::new(),
                };
                if let Some(first) = clusters.insert(name.clone(), plan) {
                    out.push(
                        Diagnostic::new(
                            &rule::DUPLICATE_IDENTITY,
                            block_place.clone(),
                            format!("cluster `{name}` is listed twice"),
                        )
                        .other(first.place, "the first one"),
                    );
                }
            }
        }
    }
    let management = one_management(management, &regions_place, out)?;
    Some((clusters, management))
}

fn one_management(
    found: Vec<(ClusterName, Place)>,
    regions: &Place,
    out: &mut Vec<Diagnostic>,
) -> Option<ClusterName> {
    let mut found = found.into_iter();
    let Some((first, first_place)) = found.next() else {
        out.push(
            Diagnostic::new(
                &rule::MANAGEMENT_CLUSTER,
                regions.on_key(),
                "no region has the management cluster",
            )
            .help("add `mgt` to the `blocks` of one region"),
        );
        return None;
    };
    for (other, place) in found {
        out.push(
            Diagnostic::new(
                &rule::MANAGEMENT_CLUSTER,
                place,
                format!("`{other}` is a second management cluster"),
            )
            .other(first_place.clone(), format!("`{first}` is the first"))
            .help("a Sovereign has one management cluster; take `mgt` out of one of the regions"),
        );
    }
    Some(first)
}

/// Whether the provider has a region, as far as its regions are known.
pub(crate) fn is_known(region: &RegionSpec) -> bool {
    let mut known = catalyst_model::REGIONS.iter().filter(|it| it.provider == region.provider);
    known.next().is_none() || Region::find(region.provider, region.region.as_str()).is_some()
}

/// The region exists at the provider, where there is a table.
fn known_region(region: &RegionSpec, place: &Place, out: &mut Vec<Diagnostic>) {
    let known: Vec<&str> = catalyst_model::REGIONS
        .iter()
        .filter(|it| it.provider == region.provider)
        .map(|it| it.code)
        .collect();
    if is_known(region) {
        return;
    }
    let place = place.child("region");
    let found = Diagnostic::new(
        &rule::UNDEFINED_REGION,
        place.clone(),
        format!("`{}` has no region `{}`", region.provider, region.region),
    );
    out.push(match suggest::nearest(region.region.as_str(), known.iter().copied()) {
        Some(near) => found.label(format!("did you mean `{near}`?")).fix(
            format!("replace `{}` by `{near}`", region.region),
            place,
            EditAction::SetValue(near.into()),
        ),
        None => found.help(format!("regions of `{}` are {}", region.provider, known.join(", "))),
    });
}

/// What the clusters of a region run: the region's target, else the Sovereign's, else `default`.
fn target(
    input: Input<'_>,
    region: &RegionSpec,
    place: &Place,
    out: &mut Vec<Diagnostic>,
) -> (String, Target) {
    let sovereign = &input.sovereign.sovereign;
    let (name, place) = match (&region.target, &sovereign.spec.target) {
        (Some(name), _) => (name.as_str(), place.child("target")),
        (None, Some(name)) => (name.as_str(), sovereign.place.child("spec").child("target")),
        (None, None) => ("default", place.clone()),
    };
    let targets = &input.project.spec.targets;
    if let Some(target) = targets.get(name) {
        return (name.to_owned(), target.clone());
    }
    // A project without targets runs what the compiler knows to be current.
    if name != "default" {
        let found = Diagnostic::new(&rule::UNDEFINED_TARGET, place, format!("no target is named `{name}`"))
            .other(input.project.place.child("spec").child("targets").on_key(), "targets are declared here");
        out.push(match suggest::nearest(name, targets.keys().map(String::as_str)) {
            Some(near) => found.label(format!("did you mean `{near}`?")),
            None => found,
        });
    }
    (name.to_owned(), current_target())
}

/// The versions that the compiler takes for current.
pub fn current_target() -> Target {
    Target { kubernetes: "1.33".into(), flux: "2.7".into(), gateway_api: None, helm: None }
}
