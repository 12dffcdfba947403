//! What Blueprints require inside their cluster, and who meets it. Shared by `unmet-requirement`, `provided-too-late` and
//! `unavailable-api`.

use crate::apis;
use crate::facts::{Facts, Realm};
use catalyst_diag::Place;
use catalyst_model::{BlueprintName, Interface};
use catalyst_plan::{Capability, Release};
use std::collections::{BTreeMap, BTreeSet};

/// A requirement of a release that nothing meets in time.
pub(crate) struct Gap<'f, 'a> {
    /// The cluster.
    pub(crate) realm: &'f Realm<'a>,
    /// The release.
    pub(crate) name: &'f BlueprintName,
    /// The same.
    pub(crate) release: &'f Release,
    /// What it requires.
    pub(crate) wanted: &'f Capability,
    /// Where that is written.
    pub(crate) place: &'f Place,
    /// A release of the cluster that brings it, though nothing orders it before.
    pub(crate) late: Option<&'f BlueprintName>,
}

/// Calls `found` with every gap of every host cluster; each requirement once a cluster.
pub(crate) fn gaps(facts: &Facts<'_>, found: &mut dyn FnMut(&Gap<'_, '_>)) {
    // Clusters with the same releases and target have the same gaps.
    let mut seen = BTreeSet::new();
    for realm in facts.realms.iter().filter(|it| it.vcluster.is_none()) {
        let names: Vec<&BlueprintName> = realm.cluster.releases.keys().collect();
        if seen.insert((names, &realm.cluster.target_name)) {
            gaps_of(facts, realm, found);
        }
    }
}

fn gaps_of(facts: &Facts<'_>, realm: &Realm<'_>, found: &mut dyn FnMut(&Gap<'_, '_>)) {
    let releases = &realm.cluster.releases;
    let mut providers: BTreeMap<&Capability, Vec<&BlueprintName>> = BTreeMap::new();
    for (name, release) in releases {
        for (capability, _) in &release.interface.provides {
            providers.entry(capability).or_default().push(name);
        }
    }
    for (name, release) in releases {
        let mut before = None;
        for (wanted, place) in &release.interface.requires {
            let here = providers.get(wanted).map_or(&[] as &[&BlueprintName], Vec::as_slice);
            if here.contains(&name) || is_brought(facts, realm, wanted) {
                continue;
            }
            let before = before.get_or_insert_with(|| ancestors(releases, name));
            if !here.iter().any(|it| before.contains(it)) {
                found(&Gap { realm, name, release, wanted, place, late: here.first().copied() });
            }
        }
    }
}

/// Everything that a release comes after in its cluster.
pub(crate) fn ancestors<'a>(
    releases: &'a BTreeMap<BlueprintName, Release>,
    name: &BlueprintName,
) -> BTreeSet<&'a BlueprintName> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Release> = releases.get(name).into_iter().collect();
    while let Some(release) = open.pop() {
        for edge in release.depends_on.iter().filter(|edge| edge.active) {
            if found.insert(&edge.to) {
                open.extend(releases.get(&edge.to));
            }
        }
    }
    found
}

/// Whether phase 0, the target, an object of the tree or somebody outside brings something. Namespaces of slots are applied before all
/// releases.
fn is_brought(facts: &Facts<'_>, realm: &Realm<'_>, wanted: &Capability) -> bool {
    match wanted {
        Capability::Api { group, version, kind } => {
            apis::served(&realm.cluster.target, group, version, kind) == apis::Served::Yes
                || phase_zero_serves(facts, group, version, kind)
                || facts.extern_for_api(group, kind).is_some()
        }
        Capability::Named { kind, name, namespace } => {
            let namespace = namespace.as_deref().unwrap_or_default();
            let phase_zero = facts.subject.index.kit.as_ref().map(|it| &it.spec.phase_zero.provides);
            let built_in =
                *kind == "Namespace" && catalyst_model::BUILT_IN_NAMESPACES.contains(&name.as_str());
            built_in
                || phase_zero.is_some_and(|it| names(it, kind, namespace, name))
                || realm.find(kind, namespace, name).is_some()
                || *kind == "Secret" && realm.has(kind, namespace, name)
                || *kind == "Endpoint" && anywhere(facts, wanted)
                || facts.extern_for(kind, namespace, name).is_some()
        }
    }
}

/// Whether phase 0 brings an API.
pub(crate) fn phase_zero_serves(facts: &Facts<'_>, group: &str, version: &str, kind: &str) -> bool {
    let apis = facts.subject.index.kit.iter().flat_map(|it| &it.spec.phase_zero.provides.apis);
    // Which APIs of Flux there are is a matter of the target.
    !apis::is_flux(group)
        && apis
            .into_iter()
            .any(|it| it.group == group && it.version == version && it.kinds.iter().any(|it| it == kind))
}

/// Whether an interface names an object, conditions aside.
pub(crate) fn names(interface: &Interface, kind: &str, namespace: &str, name: &str) -> bool {
    let list = match kind {
        "Secret" => &interface.secrets,
        "ConfigMap" => &interface.config_maps,
        "Service" => &interface.services,
        "StorageClass" => &interface.storage_classes,
        "ClusterIssuer" => &interface.issuers,
        "GatewayClass" => &interface.gateway_classes,
        "Namespace" => &interface.namespaces,
        _ => &interface.endpoints,
    };
    list.iter().any(|it| it.name == name && it.namespace.as_deref().unwrap_or_default() == namespace)
}

/// An address may be served by any cluster of the Sovereign.
fn anywhere(facts: &Facts<'_>, wanted: &Capability) -> bool {
    let releases = facts.subject.plan.clusters.values().flat_map(|it| it.releases.values());
    releases.into_iter().any(|it| it.interface.provides.iter().any(|(given, _)| given == wanted))
}

/// Whether an API server serves a kind, in whatever order it comes.
pub(crate) fn is_served(
    facts: &Facts<'_>,
    realm: &Realm<'_>,
    group: &str,
    version: &str,
    kind: &str,
) -> bool {
    let given = |it: &Capability| matches!(it, Capability::Api { group: g, version: v, kind: k } if g == group && v == version && k == kind);
    let own = || {
        realm.vcluster.into_iter().flat_map(|it| facts.environments(it)).any(|(environment, _)| {
            let apis = &environment.entry.blueprint.spec.provides.apis;
            apis.iter()
                .any(|it| it.group == group && it.version == version && it.kinds.iter().any(|it| it == kind))
        })
    };
    match apis::served(&realm.cluster.target, group, version, kind) {
        apis::Served::Yes => return true,
        apis::Served::No if apis::is_flux(group) => return false,
        _ => {}
    }
    phase_zero_serves(facts, group, version, kind)
        || realm.cluster.releases.values().any(|it| it.interface.provides.iter().any(|(it, _)| given(it)))
        || own()
        || facts.extern_for_api(group, kind).is_some()
}
