//! `undeclared-extern`: what a tree uses and nobody in it produces is declared in `catalyst.yaml` (incident class F).
//!
//! Looked at are the Secrets, ConfigMaps, namespaces, stores, issuers and classes that emitted objects name. A producer is an object of the
//! same tree, what a controller makes of one (an ExternalSecret, a Certificate, a vCluster's kubeconfig), the interface of a release, phase
//! 0, or an extern. What releases need inside their charts is checked by `unmet-requirement`.

use crate::facts::Facts;
use crate::origin;
use crate::references::Reference;
use catalyst_diag::{Diagnostic, rule, suggest};
use std::collections::BTreeSet;

pub(crate) fn check(facts: &Facts<'_>, out: &mut Vec<Diagnostic>) {
    // A thousand objects may wait for one Secret; it is one finding.
    let mut said: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for realm in &facts.realms {
        for (at, it) in realm.references.iter().filter(|(_, it)| !it.here && !it.inside) {
            if facts.extern_for(it.kind, it.namespace, it.name).is_some()
                || !said.insert((it.kind, it.namespace, it.name))
            {
                continue;
            }
            let item = &realm.items[*at];
            let message = format!("{} is used, and nobody brings it", shown(it));
            // What somebody wrote is shown there. What the compiler puts into every tree is shown where it would be declared, once for
            // all Sovereigns.
            let provenance = &item.object.provenance;
            let found = match (origin::exact(provenance, &it.at.path()), facts.extern_place()) {
                (None, Some(externs)) => Diagnostic::new(&rule::UNDECLARED_EXTERN, externs, message)
                    .other(provenance.place.clone(), provenance.why.clone()),
                (written, _) => {
                    let place = written.unwrap_or_else(|| provenance.place.clone());
                    Diagnostic::new(&rule::UNDECLARED_EXTERN, place, message)
                }
            };
            let found = found.note(format!("{item} in {realm} names it"));
            let near =
                realm.items.iter().filter(|other| other.kind == it.kind && other.namespace == it.namespace);
            let found = match suggest::nearest(it.name, near.map(|other| other.name)) {
                Some(near) => found.label(format!("did you mean `{near}`?")),
                None => found,
            };
            out.push(found.help(declare(facts, it.kind, it.namespace, it.name)));
        }
    }
}

/// What to write into the project file.
pub(crate) fn declare(facts: &Facts<'_>, kind: &str, namespace: &str, name: &str) -> String {
    let file = facts.extern_place().map_or_else(|| "catalyst.yaml".to_owned(), |it| it.file.to_string());
    let namespace = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!(
        "if something outside of the tree brings it, say so under `spec.externs` of `{file}`: \
         `{{kind: {kind}, name: {name}{namespace}, by: …, reason: …}}`"
    )
}

fn shown(it: &Reference<'_>) -> String {
    match it.namespace {
        "" => format!("{} `{}`", it.kind, it.name),
        namespace => format!("{} `{namespace}/{}`", it.kind, it.name),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::testing::{RTZ, Scene, lines, object};
    use serde_json::json;

    fn scene() -> Scene {
        let mut scene = Scene::new();
        let spec = json!({ "secretRef": { "name": "ghcr-pull" } });
        scene.emit(
            &format!("demo/clusters/{RTZ}/x.yaml"),
            vec![
                object("v1", "Namespace", "flux-system", json!({})),
                object("source.toolkit.fluxcd.io/v1", "OCIRepository", "flux-system/a", spec.clone()),
                object("source.toolkit.fluxcd.io/v1", "OCIRepository", "flux-system/b", spec),
            ],
        );
        scene
    }

    #[test]
    fn a_secret_without_producer_is_found_once() {
        assert_eq!(
            lines(&scene().run(check)),
            [
                "undeclared-extern catalyst.yaml:spec.externs: Secret `flux-system/ghcr-pull` is used, and nobody brings it"
            ]
        );
    }

    #[test]
    fn phase_zero_externs_and_controllers_bring_it() {
        let mut with = scene();
        with.document(
            "kit.yaml",
            "Kit",
            "kit",
            json!({ "phaseZero": { "provides": { "secrets": [
            { "name": "ghcr-pull", "namespace": "flux-system" }] } } }),
        );
        assert!(with.run(check).is_empty());

        let mut with = scene();
        with.document(
            "catalyst.yaml",
            "Project",
            "p",
            json!({ "externs": [
            { "kind": "Secret", "name": "ghcr-pull", "by": "x", "reason": "x" }] }),
        );
        assert!(with.run(check).is_empty());

        let mut with = scene();
        let secret = object("external-secrets.io/v1", "ExternalSecret", "flux-system/ghcr-pull", json!({}));
        with.emit(&format!("demo/clusters/{RTZ}/y.yaml"), vec![secret]);
        assert!(with.run(check).is_empty());
    }

    #[test]
    fn pull_secrets_stand_in_the_namespace_of_the_release() {
        let run = |namespace: &str| {
            let mut scene = scene();
            scene.emit(
                &format!("demo/clusters/{RTZ}/x.yaml"),
                vec![
                    object("v1", "Namespace", "x", json!({})),
                    object("external-secrets.io/v1", "ExternalSecret", &format!("{namespace}/pull"), json!({})),
                    object("v1", "Namespace", "y", json!({})),
                    object(
                        "helm.toolkit.fluxcd.io/v2",
                        "HelmRelease",
                        "x/r",
                        json!({ "targetNamespace": "y", "values": { "global": { "imagePullSecrets": [{ "name": "pull" }] } } }),
                    ),
                ],
            );
            scene.run(check).iter().filter(|it| it.message.contains("y/pull")).count()
        };
        assert_eq!((run("y"), run("x")), (0, 1));
    }

    #[test]
    fn a_vcluster_writes_its_kubeconfig() {
        let mut scene = Scene::new();
        let release = |name: &str, spec| object("helm.toolkit.fluxcd.io/v2", "HelmRelease", name, spec);
        scene.emit(
            &format!("demo/clusters/{RTZ}/x.yaml"),
            vec![
                object("v1", "Namespace", "acme", json!({})),
                release("acme/acme", json!({ "chartRef": { "name": "vcluster" }, "releaseName": "acme" })),
                release("acme/acme-flux", json!({ "kubeConfig": { "secretRef": { "name": "vc-acme" } } })),
                release("acme/other", json!({ "kubeConfig": { "secretRef": { "name": "vc-other" } } })),
            ],
        );
        let found = scene.run(check);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("acme/vc-other"));
    }
}
