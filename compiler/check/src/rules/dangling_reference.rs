//! `dangling-reference`: what an emitted object names among the objects of its own tree is there (incident class F).
//!
//! Sources, charts, `dependsOn`, roles, accounts, the paths of Kustomizations, and what a `kustomization.yaml` lists. The compiler makes both
//! ends of these, so nobody outside may bring them. A release that must be there first in another cluster counts as well.

use crate::facts::{Facts, Realm, relative, texts};
use crate::{origin, units};
use catalyst_diag::{Diagnostic, rule, suggest};

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for realm in &facts.realms {
        objects(realm, out);
        paths(facts, realm, out);
    }
    kustomizations(facts, out);
    prerequisites(facts, out);
}

fn objects(realm: &Realm<'_>, out: &mut Vec<Diagnostic>) {
    for (at, it) in realm.references.iter().filter(|(_, it)| !it.here && it.inside) {
        let item = &realm.items[*at];
        let place = origin::of(item.object, &it.at.path());
        let message = format!("{item} names {} `{}`, which is not in {realm}", it.kind, it.name);
        let found = Diagnostic::new(&rule::DANGLING_REFERENCE, place, message);
        let others =
            realm.items.iter().filter(|other| other.kind == it.kind && other.namespace == it.namespace);
        out.push(match suggest::nearest(it.name, others.map(|other| other.name)) {
            Some(near) => found.label(format!("did you mean `{near}`?")),
            None => found.help(format!("add the {} to {realm}, or take the reference out", it.kind)),
        });
    }
}

/// Paths of Kustomizations lie in the tree, and inside what the repository object lets through.
fn paths(facts: &Facts<'_>, realm: &Realm<'_>, out: &mut Vec<Diagnostic>) {
    for item in realm.items.iter().filter(|it| it.kind == "Kustomization") {
        let spec = item.spec;
        let at = origin::keys(&["spec", "path"]);
        let Some(folder) = units::folder(facts, realm, item.namespace, spec) else { continue };
        let path = spec["path"].as_str().unwrap_or_default();
        if !facts.exists(&folder) {
            let message = format!("{item} applies `{path}`, where nothing is emitted");
            out.push(
                Diagnostic::new(&rule::DANGLING_REFERENCE, origin::of(item.object, &at), message)
                    .note(format!("the path stands for `{folder}` of the output"))
                    .help(
                        "name a folder of the output; `git.folder` of the project is the part in front of it",
                    ),
            );
        }
        let namespace = spec["sourceRef"]["namespace"].as_str().unwrap_or(item.namespace);
        let source =
            realm.find("GitRepository", namespace, spec["sourceRef"]["name"].as_str().unwrap_or_default());
        let ignore = source.and_then(|it| it.spec["ignore"].as_str()).unwrap_or_default();
        if hidden(ignore, path) {
            let message = format!("{item} applies `{path}`, which its source leaves out");
            out.push(
                Diagnostic::new(&rule::DANGLING_REFERENCE, origin::of(item.object, &at), message)
                    .note(format!(
                        "the source reads {}",
                        ignore.split_whitespace().collect::<Vec<_>>().join(" ")
                    ))
                    .help("let the `ignore` of the GitRepository keep the folder"),
            );
        }
    }
}

/// Whether ignore rules of the form "all out, these folders in" leave out a path.
fn hidden(ignore: &str, path: &str) -> bool {
    let mut lines = ignore.lines().map(str::trim).filter(|it| !it.is_empty());
    if lines.next() != Some("/*") {
        return false;
    }
    let path = path.trim_start_matches("./").trim_end_matches('/');
    !lines.filter_map(|it| it.strip_prefix("!/")).any(|kept| {
        path.strip_prefix(kept.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// What a `kustomization.yaml` lists is in the tree.
fn kustomizations(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    for (folder, (document, provenance)) in &facts.kustomizations {
        let generators = ["configMapGenerator", "secretGenerator"]
            .into_iter()
            .flat_map(|it| document[it].as_array().into_iter().flatten())
            .flat_map(|it| texts(&it["files"]))
            .map(|it| it.split_once('=').map_or(it, |(_, file)| file));
        let listed =
            ["resources", "components", "configurations"].into_iter().flat_map(|it| texts(&document[it]));
        for name in listed.chain(generators).filter(|it| !it.contains("://")) {
            if relative(folder, name).is_some_and(|path| facts.exists(&path)) {
                continue;
            }
            let message = format!("`{folder}/kustomization.yaml` lists `{name}`, which is not emitted");
            out.push(
                Diagnostic::new(&rule::DANGLING_REFERENCE, provenance.place.clone(), message)
                    .help("this is a fault of the emitter; please report it with the intent that shows it"),
            );
        }
    }
}

/// A release that an edge waits for in another cluster runs there.
fn prerequisites(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    let plan = facts.subject.plan;
    for it in &plan.prerequisites {
        if plan
            .clusters
            .get(&it.needs_cluster)
            .is_some_and(|cluster| cluster.releases.contains_key(&it.needs))
        {
            continue;
        }
        let message = format!(
            "`{}` needs `{}` to be there first, and {} does not run it",
            it.release, it.needs, it.needs_cluster
        );
        out.push(
            Diagnostic::new(&rule::DANGLING_REFERENCE, it.place.clone(), message)
                .note(format!("`{}` runs in {}", it.release, it.cluster))
                .help(format!("keep the slot of `{}`, or take the dependency out", it.needs)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MGT, RTZ, Scene, at, lines, object};
    use catalyst_model::BlueprintName;
    use catalyst_plan::Prerequisite;
    use serde_json::json;

    const HELM: &str = "helm.toolkit.fluxcd.io/v2";
    const SOURCE: &str = "source.toolkit.fluxcd.io/v1";

    fn release(depends: &str, source: &str) -> Vec<String> {
        let mut scene = Scene::new();
        let spec = json!({
            "chartRef": { "kind": "OCIRepository", "name": source, "namespace": "flux-system" },
            "dependsOn": [{ "name": depends }],
        });
        scene.emit(
            &format!("demo/clusters/{RTZ}/bootstrap-kit/01.yaml"),
            vec![
                object(SOURCE, "OCIRepository", "flux-system/bp-x", json!({})),
                object(HELM, "HelmRelease", "flux-system/bp-x", spec),
                object(HELM, "HelmRelease", "flux-system/bp-cert-manager", json!({})),
            ],
        );
        lines(&scene.run(check))
    }

    #[test]
    fn names_of_the_tree_pass_and_others_do_not() {
        assert!(release("bp-cert-manager", "bp-x").is_empty());
        assert_eq!(
            release("bp-cert-manger", "bp-y"),
            [
                "dangling-reference intent.yaml: HelmRelease `flux-system/bp-x` names OCIRepository `bp-y`, which is not in \
                 hz-fsn-rtz-prod",
                "dangling-reference intent.yaml: HelmRelease `flux-system/bp-x` names HelmRelease `bp-cert-manger`, which is \
                 not in hz-fsn-rtz-prod",
            ]
        );
    }

    fn sync(path: &str, keep: &str) -> Vec<String> {
        let mut scene = Scene::new();
        let git = json!({ "url": "https://g.example.org/x.git", "ref": { "branch": "main" }, "ignore": format!("/*\n!/{keep}\n") });
        let sync = json!({ "path": path, "sourceRef": { "kind": "GitRepository", "name": "openova" } });
        scene.emit(
            &format!("demo/clusters/{RTZ}/flux-system/sync.yaml"),
            vec![
                object(SOURCE, "GitRepository", "flux-system/openova", git),
                object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "flux-system/kit", sync),
            ],
        );
        scene.run(check).into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn a_path_leads_into_the_tree_and_through_the_source() {
        let folder = format!("snapshots/demo/clusters/{RTZ}");
        assert!(sync(&format!("./{folder}/flux-system"), &folder).is_empty());
        let found = sync(&format!("./{folder}/nothing"), &folder);
        assert!(found[0].ends_with("where nothing is emitted"), "{found:?}");
        let found = sync(&format!("./{folder}/flux-system"), "snapshots/demo/clusters/other");
        assert!(found[0].ends_with("which its source leaves out"), "{found:?}");
    }

    #[test]
    fn a_kustomization_lists_what_is_there() {
        let mut scene = Scene::new();
        scene.emit("demo/clusters/x/a.yaml", Vec::new());
        scene.kustomization("demo/clusters/x", json!({ "resources": ["a.yaml", "b.yaml"] }));
        let found = scene.run(check);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("lists `b.yaml`"));
    }

    #[test]
    fn what_another_cluster_needs_runs_in_the_management_cluster() {
        let mut scene = Scene::new();
        let name = |it| BlueprintName::new(it).unwrap();
        scene.plan.prerequisites.push(Prerequisite {
            cluster: RTZ.parse().unwrap(),
            release: name("bp-a"),
            needs_cluster: MGT.parse().unwrap(),
            needs: name("bp-b"),
            place: at("a.yaml", "spec.depends[0]"),
        });
        assert_eq!(scene.run(check).len(), 1);
        scene.release(MGT, "bp-b", &[], &[], &[]);
        assert!(scene.run(check).is_empty());
    }
}
