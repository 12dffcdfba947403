//! `unused-extern`: a declared extern is used. One that nothing needs any more hides the next mistake of the same name.

use crate::apis;
use crate::facts::Facts;
use catalyst_diag::{Diagnostic, EditAction, rule};
use catalyst_plan::{Capability, Index};
use std::collections::BTreeSet;

/// Externs that a Sovereign uses: those that an object names, whose kind an object is of, or that a release requires.
pub(crate) fn used(facts: &Facts<'_>) -> BTreeSet<usize> {
    let mut used = BTreeSet::new();
    if facts.externs.is_empty() {
        return used;
    }
    for realm in &facts.realms {
        let mut kinds = BTreeSet::new();
        for item in &realm.items {
            if kinds.insert((item.api, item.kind)) {
                used.extend(facts.extern_for_api(item.group_version().0, item.kind));
            }
        }
        for (_, it) in realm.references.iter().filter(|(_, it)| !it.inside) {
            used.extend(facts.extern_for(it.kind, it.namespace, it.name));
        }
        for release in realm.cluster.releases.values().filter(|_| realm.vcluster.is_none()) {
            for (capability, _) in &release.interface.requires {
                used.extend(match capability {
                    Capability::Api { group, kind, .. } => facts.extern_for_api(group, kind),
                    Capability::Named { kind, name, namespace } => {
                        facts.extern_for(kind, namespace.as_deref().unwrap_or_default(), name)
                    }
                });
            }
        }
        for (environment, _) in realm.vcluster.into_iter().flat_map(|it| facts.environments(it)) {
            for api in &environment.entry.blueprint.spec.requires.apis {
                for kind in &api.kinds {
                    if apis::served(&realm.cluster.target, &api.group, &api.version, kind)
                        == apis::Served::Foreign
                    {
                        used.extend(facts.extern_for_api(&api.group, kind));
                    }
                }
            }
        }
    }
    used
}

/// Externs that no Sovereign uses.
pub(crate) fn check(index: &Index, used: &BTreeSet<usize>) -> Vec<Diagnostic> {
    let Some(project) = &index.project else { return Vec::new() };
    let externs = project.spec.externs.iter().enumerate().filter(|(at, _)| !used.contains(at));
    externs
        .map(|(at, it)| {
            let place = project.place.child("spec").child("externs").item(at);
            let message = format!("nothing uses {} `{}`", it.kind, it.name);
            Diagnostic::new(&rule::UNUSED_EXTERN, place.child("name"), message).fix(
                "take the extern out",
                place,
                EditAction::Remove,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{check, used};
    use crate::testing::{RTZ, Scene, api, fix, index, named, object};
    use catalyst_diag::EditAction;
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_needed_is_used() {
        let mut scene = Scene::new();
        let known = |kind: &str, name: &str| json!({ "kind": kind, "name": name, "by": "x", "reason": "x" });
        let externs = json!({ "externs": [
            known("Secret", "acme-dns01"), known("CustomResourceDefinition", "widgets.example.org"),
            known("CustomResourceDefinition", "gadgets.example.org"), known("Secret", "other"), known("Secret", "git"),
        ] });
        scene.document("catalyst.yaml", "Project", "p", externs.clone());
        scene.release(
            RTZ,
            "bp-x",
            &[],
            &[named("Secret", "x/acme-dns01"), api("example.org/v1 Widget")],
            &[],
        );
        scene.emit(
            &format!("demo/clusters/{RTZ}/x.yaml"),
            vec![
                object("example.org/v1", "Gadget", "a", json!({})),
                object(
                    "source.toolkit.fluxcd.io/v1",
                    "GitRepository",
                    "x/a",
                    json!({ "secretRef": { "name": "git" } }),
                ),
            ],
        );
        let found = scene.with(used);
        assert_eq!(found, BTreeSet::from([0, 1, 2, 4]));
        let found = check(&index(&[("catalyst.yaml", "Project", "p", externs)]), &found);
        assert_eq!(found[0].message, "nothing uses Secret `other`");
        assert_eq!(fix(&found), Some(EditAction::Remove));
    }
}
