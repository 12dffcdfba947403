//! `unavailable-api`: a kind that is emitted is served when its object is applied (incident class A).
//!
//! By the target itself (Kubernetes, or Flux of the target's version), by phase 0, by an extern, or by a release of the cluster. In the
//! last case the Kustomization that applies the object has to wait for the one that holds the release: in one apply, the API server
//! refuses objects of kinds it does not know yet.

use crate::facts::{Facts, Item, Realm};
use crate::requirements::{is_served, phase_zero_serves};
use crate::units::Units;
use crate::{apis, origin};
use catalyst_diag::{Diagnostic, rule};
use catalyst_plan::Capability;
use std::collections::BTreeMap;

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for realm in &facts.realms {
        let mut known: BTreeMap<(&str, &str), Served<'_>> = BTreeMap::new();
        let mut units = None;
        for item in &realm.items {
            let served = known.entry((item.api, item.kind)).or_insert_with(|| served(facts, realm, item));
            match served {
                Served::Before => {}
                Served::By { releases, said } => {
                    let units = units.get_or_insert_with(|| Units::of(facts, realm));
                    let early = realm.vcluster.is_none() && !releases.iter().any(|it| waits(units, item, it));
                    if early && !std::mem::replace(said, true) {
                        out.push(too_early(realm, item, &releases[0]));
                    }
                }
                Served::Never { said } => {
                    if !std::mem::replace(said, true) {
                        out.push(never(facts, realm, item));
                    }
                }
            }
        }
    }
}

/// When a kind is served.
enum Served<'a> {
    /// Before anything is applied.
    Before,
    /// Once one of these HelmReleases is installed. What comes too early is said once for each kind and cluster.
    By { releases: Vec<Item<'a>>, said: bool },
    /// Never, which is said once as well.
    Never { said: bool },
}

fn served<'a>(facts: &Facts<'a>, realm: &Realm<'a>, item: &Item<'a>) -> Served<'a> {
    let (group, version, kind) = parts(item);
    let early = apis::served(&realm.cluster.target, group, version, kind) == apis::Served::Yes
        || phase_zero_serves(facts, group, version, kind)
        || facts.extern_for_api(group, kind).is_some()
        || realm.items.iter().any(|it| defines(it, group, version, kind));
    if early {
        return Served::Before;
    }
    let given = |it: &Capability| matches!(it, Capability::Api { group: g, version: v, kind: k } if g == group && v == version && k == kind);
    let provides =
        realm.cluster.releases.iter().filter(|(_, it)| it.interface.provides.iter().any(|(it, _)| given(it)));
    let releases: Vec<Item<'a>> = provides
        .filter_map(|(name, _)| {
            realm.items.iter().find(|it| it.kind == "HelmRelease" && it.name == name.as_str())
        })
        .copied()
        .collect();
    if !releases.is_empty() && !apis::is_flux(group) {
        Served::By { releases, said: false }
    } else if is_served(facts, realm, group, version, kind) {
        Served::Before
    } else {
        Served::Never { said: false }
    }
}

/// Whether an object is the definition of a kind. Charts bring them along; where they stand in the tree, they are applied before the rest.
fn defines(item: &Item<'_>, group: &str, version: &str, kind: &str) -> bool {
    let versions = || item.spec["versions"].as_array().into_iter().flatten();
    item.kind == "CustomResourceDefinition"
        && item.spec["group"] == group
        && item.spec["names"]["kind"] == kind
        && versions().any(|it| it["name"] == version && it["served"] != false)
}

/// Group, version and kind.
fn parts<'a>(item: &Item<'a>) -> (&'a str, &'a str, &'a str) {
    let (group, version) = item.group_version();
    (group, version, item.kind)
}

/// Whether the apply that an object is part of waits for the one that holds a release.
fn waits(units: &Units<'_>, item: &Item<'_>, release: &Item<'_>) -> bool {
    match (units.of_file(release.file), units.of_file(item.file)) {
        (Some(earlier), Some(later)) => units.is_before(earlier, later),
        // A release that no Kustomization applies is no release of this tree's Flux.
        (None, _) => true,
        (Some(_), None) => false,
    }
}

fn too_early(realm: &Realm<'_>, item: &Item<'_>, release: &Item<'_>) -> Diagnostic {
    let message = format!("{item} is applied before its kind is served");
    Diagnostic::new(&rule::UNAVAILABLE_API, origin::of(item.object, &origin::keys(&["kind"])), message)
        .other(release.object.provenance.place.clone(), format!("`{}` brings {}", release.name, item.kind))
        .note(format!("in {realm}, `{}` does not wait for `{}`", item.file, release.file))
        .help("let the Kustomization that applies it depend on the one that applies the release")
}

fn never(facts: &Facts<'_>, realm: &Realm<'_>, item: &Item<'_>) -> Diagnostic {
    let (group, version, kind) = parts(item);
    let target = &realm.cluster.target;
    let message = format!("{item} is of a kind that nothing serves: {} {kind}", item.api);
    let place = origin::of(item.object, &origin::keys(&["apiVersion"]));
    let found = Diagnostic::new(&rule::UNAVAILABLE_API, place, message).note(format!(
        "in {realm}, which runs target `{}`: Kubernetes {}, Flux {}",
        realm.cluster.target_name, target.kubernetes, target.flux
    ));
    let others = apis::versions(target, group, kind);
    if !others.is_empty() {
        return found.help(format!("the target serves the kind in {}", others.join(", ")));
    }
    if apis::served(target, group, version, kind) == apis::Served::No {
        return found.help("choose a target that serves it");
    }
    let mut names = facts.subject.index.catalogue.blueprints.iter().filter(|(_, entries)| {
        let apis = entries.iter().flat_map(|it| &it.blueprint.spec.provides.apis);
        apis.into_iter().any(|it| it.group == group && it.kinds.iter().any(|it| it == kind))
    });
    match names.next() {
        Some((name, _)) => found.help(format!("`{name}` would bring it: give it a slot in this cluster")),
        None => found.help(crate::rules::undeclared_extern::declare(
            facts,
            "CustomResourceDefinition",
            "",
            &format!("{}s.{group}", kind.to_lowercase()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{RTZ, Scene, api, lines, object};
    use serde_json::json;

    #[test]
    fn a_definition_in_the_tree_serves_its_kind() {
        let mut scene = Scene::new();
        let folder = format!("demo/clusters/{RTZ}/releases/bp-thing");
        let thing = |version: &str| vec![object(version, "Thing", "x/thing", json!({}))];
        scene.emit(&format!("{folder}/objects/thing.yaml"), thing("omani.works/v1"));
        let never = "unavailable-api intent.yaml: Thing `x/thing` is of a kind that nothing serves: omani.works/v1 Thing";
        assert_eq!(lines(&scene.run(check)), [never]);
        let spec = json!({ "spec": { "group": "omani.works", "names": { "kind": "Thing" }, "versions": [{ "name": "v1", "served": true }] } });
        let definition =
            object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.omani.works", spec);
        scene.emit(&format!("{folder}/crds/things.yaml"), vec![definition]);
        assert!(scene.run(check).is_empty());
        scene.emit(&format!("{folder}/objects/old.yaml"), thing("omani.works/v1beta1"));
        assert_eq!(scene.run(check).len(), 1);
    }

    fn scene(depends: &[&str]) -> Scene {
        let mut scene = Scene::new();
        let folder = |it: &str| format!("demo/clusters/{RTZ}/{it}");
        let depends: Vec<_> = depends.iter().map(|it| json!({ "name": it })).collect();
        let sync = |name: &str, folder: &str, depends: serde_json::Value| {
            let spec = json!({ "path": format!("./snapshots/{folder}"), "dependsOn": depends,
                "sourceRef": { "kind": "GitRepository", "name": "openova" } });
            object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", &format!("flux-system/{name}"), spec)
        };
        let git = object(
            "source.toolkit.fluxcd.io/v1",
            "GitRepository",
            "flux-system/openova",
            json!({ "url": "https://g.example.org/x.git" }),
        );
        scene.emit(
            &folder("flux-system/sync.yaml"),
            vec![
                git,
                sync("kit", &folder("bootstrap-kit"), json!([])),
                sync("infra", &folder("infrastructure"), json!(depends)),
            ],
        );
        let release =
            object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "flux-system/bp-crossplane", json!({}));
        scene.emit(&folder("bootstrap-kit/04.yaml"), vec![release]);
        scene.emit(
            &folder("infrastructure/x.yaml"),
            vec![object("pkg.crossplane.io/v1", "Provider", "hcloud", json!({}))],
        );
        scene
    }

    #[test]
    fn a_kind_that_a_release_brings_waits_for_it() {
        let with = |depends: &[&str]| {
            let mut scene = scene(depends);
            scene.release(RTZ, "bp-crossplane", &[api("pkg.crossplane.io/v1 Provider")], &[], &[]);
            lines(&scene.run(check))
        };
        assert!(with(&["kit"]).is_empty());
        assert_eq!(
            with(&[]),
            ["unavailable-api intent.yaml: Provider `hcloud` is applied before its kind is served"]
        );
    }

    #[test]
    fn a_kind_that_nobody_brings_is_found() {
        let found = scene(&["kit"]).run(check);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.ends_with("nothing serves: pkg.crossplane.io/v1 Provider"));
        let mut with = scene(&["kit"]);
        with.document("catalyst.yaml", "Project", "p", json!({ "externs": [
            { "kind": "CustomResourceDefinition", "name": "providers.pkg.crossplane.io", "by": "x", "reason": "x" }] }));
        assert!(with.run(check).is_empty());
    }

    #[test]
    fn an_older_target_serves_older_versions() {
        let mut scene = Scene::new();
        let source = |version: &str| {
            object(
                &format!("source.toolkit.fluxcd.io/{version}"),
                "OCIRepository",
                "flux-system/x",
                json!({}),
            )
        };
        let file = format!("demo/clusters/{RTZ}/x.yaml");
        scene.emit(&file, vec![source("v1")]);
        assert!(scene.run(check).is_empty());
        scene.cluster(RTZ).target.flux = "2.4".into();
        assert_eq!(scene.run(check)[0].help, ["the target serves the kind in v1beta2"]);
        scene.emit(&file, vec![source("v1beta2")]);
        assert!(scene.run(check).is_empty());
    }
}
