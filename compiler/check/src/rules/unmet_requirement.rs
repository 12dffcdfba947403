//! `unmet-requirement` and `provided-too-late`: what a Blueprint requires inside its cluster is provided there, by something that is
//! installed before it (incident classes A and G).
//!
//! Every Blueprint states an interface, so a whole platform is checked without a chart at hand. A requirement is met by the release itself,
//! by a release it comes after, by phase 0, by the target, by an object of the tree, or by an extern. Met only by a release that may be
//! installed later, it is provided too late; otherwise it is unmet. An Application's Blueprint is asked for APIs alone, and only for those
//! it needs under every config: what else it requires becomes a Secret of its Environment or a dependency.

use crate::apis;
use crate::facts::{Facts, Realm};
use crate::rules::undeclared_extern::declare;
use catalyst_diag::{Diagnostic, EditAction, Place, rule};
use catalyst_model::BlueprintName;
use catalyst_plan::{Capability, Release};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    // Clusters with the same releases and target have the same findings.
    let mut seen = BTreeSet::new();
    for realm in &facts.realms {
        if let Some(vcluster) = realm.vcluster {
            applications(facts, realm, vcluster, out);
        } else {
            let names: Vec<&BlueprintName> = realm.cluster.releases.keys().collect();
            if seen.insert((names, &realm.cluster.target_name)) {
                releases(facts, realm, out);
            }
        }
    }
}

fn releases(facts: &Facts<'_>, realm: &Realm<'_>, out: &mut Vec<Diagnostic>) {
    let releases = &realm.cluster.releases;
    let mut providers: BTreeMap<&Capability, Vec<&BlueprintName>> = BTreeMap::new();
    for (name, release) in releases {
        for (capability, _) in &release.interface.provides {
            providers.entry(capability).or_default().push(name);
        }
    }
    let mut said: BTreeSet<(&Place, &Capability)> = BTreeSet::new();
    for (name, release) in releases {
        let mut before = None;
        for (wanted, place) in &release.interface.requires {
            let here = providers.get(wanted).map_or(&[] as &[&BlueprintName], Vec::as_slice);
            if here.contains(&name) || is_brought(facts, realm, wanted) || !said.insert((place, wanted)) {
                continue;
            }
            let before = before.get_or_insert_with(|| ancestors(releases, name));
            if here.iter().any(|it| before.contains(it)) {
                continue;
            }
            out.push(match here.first() {
                Some(late) => too_late(releases, name, release, late, wanted, place),
                None => unmet(facts, realm, name, wanted, place),
            });
        }
    }
}

/// Everything that a release comes after in its cluster.
fn ancestors<'a>(
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
                *kind == "Namespace" && crate::rules::namespace_owner::BUILT_IN.contains(&name.as_str());
            built_in
                || phase_zero.is_some_and(|it| names(it, kind, namespace, name))
                || realm.find(kind, namespace, name).is_some()
                || *kind == "Secret"
                    && realm.items.iter().any(|it| {
                        it.object.kind() == "ExternalSecret"
                            && it.namespace == namespace
                            && it.object.name() == name
                    })
                || *kind == "Endpoint" && anywhere(facts, wanted)
                || facts.extern_for(kind, namespace, name).is_some()
        }
    }
}

/// Whether phase 0 brings an API.
pub(crate) fn phase_zero_serves(facts: &Facts<'_>, group: &str, version: &str, kind: &str) -> bool {
    let apis = facts.subject.index.kit.iter().flat_map(|it| &it.spec.phase_zero.provides.apis);
    // Which APIs of Flux there are is a matter of the target.
    !group.ends_with(".toolkit.fluxcd.io")
        && apis
            .into_iter()
            .any(|it| it.group == group && it.version == version && it.kinds.iter().any(|it| it == kind))
}

fn names(interface: &catalyst_model::Interface, kind: &str, namespace: &str, name: &str) -> bool {
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

fn too_late(
    releases: &BTreeMap<BlueprintName, Release>,
    name: &BlueprintName,
    release: &Release,
    late: &BlueprintName,
    wanted: &Capability,
    place: &Place,
) -> Diagnostic {
    let message = format!("`{name}` requires {wanted}, and `{late}` may bring it later");
    let mut found = Diagnostic::new(&rule::PROVIDED_TOO_LATE, place.clone(), message)
        .label(format!("nothing orders `{name}` after `{late}`"));
    let provider = releases.get(late);
    let given = provider.and_then(|it| it.interface.provides.iter().find(|(given, _)| given == wanted));
    if let Some((_, place)) = given {
        found = found.other(place.clone(), format!("`{late}` provides it"));
    }
    if ancestors(releases, late).contains(name) {
        return found.help(format!(
            "`{late}` comes after `{name}` already: one of the two has to do without the other"
        ));
    }
    found = found.help(format!(
        "let `{name}` depend on `{late}`, or order slot {} after it in the kit",
        release.slot.id
    ));
    if release.slot.after.is_empty() {
        let reason = format!("It brings {wanted}.").replace('`', "");
        let after = serde_json::json!([{ "blueprint": late.as_str(), "reason": reason }]);
        let action = EditAction::Insert { key: "after".into(), value: after };
        found = found.fix(
            format!("order slot {} after `{late}`", release.slot.id),
            release.place.clone(),
            action,
        );
    }
    found
}

fn unmet(
    facts: &Facts<'_>,
    realm: &Realm<'_>,
    name: &BlueprintName,
    wanted: &Capability,
    place: &Place,
) -> Diagnostic {
    let message = format!("`{name}` requires {wanted}, and nothing provides it");
    let mut found = Diagnostic::new(&rule::UNMET_REQUIREMENT, place.clone(), message)
        .note(format!("in {realm} of Sovereign `{}`", facts.subject.plan.facts.name));
    if let Capability::Api { group, kind, version } = wanted {
        for (other, place) in realm.cluster.releases.values().flat_map(|it| &it.interface.provides) {
            if matches!(other, Capability::Api { group: g, kind: k, version: v } if g == group && k == kind && v != version)
            {
                return found
                    .other(place.clone(), format!("provides {other}"))
                    .help("require the version that is provided");
            }
        }
    }
    let elsewhere = facts
        .subject
        .plan
        .clusters
        .values()
        .flat_map(|it| it.releases.iter())
        .find(|(_, release)| release.interface.provides.iter().any(|(given, _)| given == wanted));
    if let Some((provider, release)) = elsewhere {
        return found
            .other(release.place.clone(), format!("`{provider}` provides it in another cluster"))
            .help(format!(
                "let `{name}` depend on `{provider}`: its slot is then widened to where it is used"
            ));
    }
    let known = catalogue(facts, wanted);
    if !known.is_empty() {
        let names: Vec<String> = known.iter().map(|it| format!("`{it}`")).collect();
        found = found.help(format!("{} would provide it: give it a slot", names.join(" or ")));
    }
    match wanted {
        Capability::Api { group, kind, .. } => {
            let plural = format!("{}s.{group}", kind.to_lowercase());
            found.help(declare(facts, "CustomResourceDefinition", "", &plural))
        }
        Capability::Named { kind, name, namespace } => {
            found.help(declare(facts, kind, namespace.as_deref().unwrap_or_default(), name))
        }
    }
}

/// Blueprints of the catalogue that provide something, at most three.
fn catalogue<'a>(facts: &Facts<'a>, wanted: &Capability) -> Vec<&'a BlueprintName> {
    let provides = |entry: &catalyst_plan::CatalogEntry| {
        let interface = &entry.blueprint.value.spec.provides;
        match wanted {
            Capability::Api { group, version, kind } => interface
                .apis
                .iter()
                .any(|it| it.group == *group && it.version == *version && it.kinds.contains(kind)),
            Capability::Named { kind, name, namespace } => {
                let short = entry.blueprint.value.name.short();
                let own = namespace.as_deref().unwrap_or_default();
                names(interface, kind, own, name) || own == short && names(interface, kind, "", name)
            }
        }
    };
    let all = facts.subject.index.catalogue.blueprints.iter();
    all.filter(|(_, entries)| entries.iter().any(provides)).map(|(name, _)| name).take(3).collect()
}

/// What the Applications of a vCluster need of its API server. APIs of the host's kit are there for its Organizations.
fn applications(
    facts: &Facts<'_>,
    realm: &Realm<'_>,
    vcluster: &catalyst_plan::VClusterPlan,
    out: &mut Vec<Diagnostic>,
) {
    for (environment, install) in facts.environments(vcluster) {
        let blueprint = &environment.entry.blueprint;
        for (at, api) in blueprint.spec.requires.apis.iter().enumerate().filter(|(_, it)| it.when.is_none()) {
            for kind in &api.kinds {
                if is_served(facts, realm, &api.group, &api.version, kind) {
                    continue;
                }
                let place = blueprint.place.child("spec").child("requires").child("apis").item(at);
                let wanted = Capability::Api {
                    group: api.group.clone(),
                    version: api.version.clone(),
                    kind: kind.clone(),
                };
                out.push(unmet(facts, realm, &blueprint.name, &wanted, &place).other(
                    install.place.clone(),
                    format!("Application `{}` runs it in {realm}", install.app),
                ));
            }
        }
    }
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
    apis::served(&realm.cluster.target, group, version, kind) == apis::Served::Yes
        || phase_zero_serves(facts, group, version, kind)
        || realm.cluster.releases.values().any(|it| it.interface.provides.iter().any(|(it, _)| given(it)))
        || own()
        || facts.extern_for_api(group, kind).is_some()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{MGT, RTZ, Scene, api, fix, lines, named};
    use catalyst_diag::EditAction;
    use serde_json::json;

    #[test]
    fn what_comes_before_or_from_outside_will_do() {
        let mut scene = Scene::new();
        scene.document(
            "catalyst.yaml",
            "Project",
            "p",
            json!({ "externs": [
            { "kind": "CustomResourceDefinition", "name": "widgets.example.org", "by": "x", "reason": "x" },
            { "kind": "Secret", "name": "tsig", "namespace": "c", "by": "x", "reason": "x" } ] }),
        );
        scene.document(
            "kit.yaml",
            "Kit",
            "kit",
            json!({ "phaseZero": { "provides": { "storageClasses": [{ "name": "default" }] } } }),
        );
        let cluster = api("postgresql.cnpg.io/v1 Cluster");
        scene.release(RTZ, "bp-a", std::slice::from_ref(&cluster), &[], &[]);
        scene.release(RTZ, "bp-b", &[], &[], &["bp-a"]);
        let wanted = [
            cluster,
            api("example.org/v1 Widget"),
            api("apps/v1 Deployment"),
            named("Secret", "c/tsig"),
            named("StorageClass", "default"),
        ];
        scene.release(RTZ, "bp-c", &[], &wanted, &["bp-b"]);
        assert_eq!(lines(&scene.run(check)), [] as [&str; 0]);
    }

    #[test]
    fn a_provider_that_is_not_ordered_before_is_too_late() {
        let mut scene = Scene::new();
        let issuer = named("ClusterIssuer", "internal-ca");
        scene.release(RTZ, "bp-a", &[], std::slice::from_ref(&issuer), &[]);
        scene.release(RTZ, "bp-b", std::slice::from_ref(&issuer), &[], &[]);
        let found = scene.run(check);
        assert_eq!(
            lines(&found),
            [
                "provided-too-late platform/a/blueprint.yaml:spec.requires[0]: `bp-a` requires ClusterIssuer `internal-ca`, and \
                 `bp-b` may bring it later"
            ]
        );
        let Some(EditAction::Insert { key, value }) = fix(&found) else { panic!("no fix") };
        assert_eq!((key.as_str(), &value[0]["blueprint"]), ("after", &json!("bp-b")));
    }

    #[test]
    fn a_provider_that_comes_after_is_no_fix() {
        let mut scene = Scene::new();
        let issuer = named("ClusterIssuer", "internal-ca");
        scene.release(RTZ, "bp-a", &[], std::slice::from_ref(&issuer), &[]);
        scene.release(RTZ, "bp-b", std::slice::from_ref(&issuer), &[], &["bp-a"]);
        assert_eq!(fix(&scene.run(check)), None);
    }

    #[test]
    fn nothing_in_the_cluster_is_unmet() {
        let mut scene = Scene::new();
        let secret = named("Secret", "cnpg/x");
        scene.document(
            "b.yaml",
            "Blueprint",
            "bp-cnpg",
            json!({ "provides": { "secrets": [{ "name": "x" }] } }),
        );
        scene.release(RTZ, "bp-a", &[], std::slice::from_ref(&secret), &[]);
        let found = scene.run(check);
        assert_eq!(
            lines(&found),
            [
                "unmet-requirement platform/a/blueprint.yaml:spec.requires[0]: `bp-a` requires Secret `cnpg/x`, and nothing provides it"
            ]
        );
        assert_eq!(found[0].help[0], "`bp-cnpg` would provide it: give it a slot");
        scene.release(MGT, "bp-cnpg", &[secret], &[], &[]);
        assert!(scene.run(check)[0].help[0].contains("widened"));
    }

    #[test]
    fn another_version_is_named() {
        let mut scene = Scene::new();
        scene.release(RTZ, "bp-a", &[], &[api("external-secrets.io/v1 ExternalSecret")], &["bp-b"]);
        scene.release(RTZ, "bp-b", &[api("external-secrets.io/v1beta1 ExternalSecret")], &[], &[]);
        assert_eq!(scene.run(check)[0].help, ["require the version that is provided"]);
    }

    #[test]
    fn an_application_needs_its_apis_in_the_vcluster() {
        let mut scene = Scene::new();
        scene.vcluster("acme", "shop");
        let (_, application) = scene.plan.applications.iter_mut().next().unwrap();
        application.environments.values_mut().next().unwrap().entry = Scene::entry(
            "bp-shop",
            json!({ "requires": { "apis": [{ "group": "cert-manager.io", "version": "v1", "kinds": ["Certificate"] }] } }),
        );
        assert_eq!(scene.run(check).len(), 1);
        scene.release(RTZ, "bp-cert-manager", &[api("cert-manager.io/v1 Certificate")], &[], &[]);
        assert!(scene.run(check).is_empty());
    }
}
